from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    name = "provisioning"
    verbose_name = "Provisioning"

    def ready(self) -> None:
        from corsheaders.signals import check_request_enabled

        from portal.api.authentication import ApiAuthentication
        from portal.api.views import ApiView
        from portal.api.writing import DryRuns
        from portal.runtime.tasks import register
        from provisioning import access_control, requests, runtime
        from provisioning.api.foresight import ProvisioningForesight
        from provisioning.services.tokens import holder_of

        DryRuns.foresight = ProvisioningForesight()
        ApiAuthentication.check_token = staticmethod(holder_of)
        ApiView.change_of = staticmethod(requests.change_of_api_request)
        check_request_enabled.connect(access_control.allows_request)
        register(runtime.TASK)
