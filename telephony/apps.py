from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    name = "telephony"

    def ready(self) -> None:
        from portal.runtime.tasks import register
        from provisioning.services.users import before_leaving
        from telephony import events, runtime  # noqa: F401
        from telephony.api.extensions import extend_resources
        from telephony.services.agents import release_user

        before_leaving(release_user)
        extend_resources()
        register(runtime.TASK)
