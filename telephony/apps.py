from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    name = "telephony"

    def ready(self) -> None:
        from portal.runtime.periodic import periodic
        from portal.runtime.tasks import register
        from provisioning.api.foresight import foresee
        from provisioning.services.users import before_leaving
        from telephony import events, foresight, runtime  # noqa: F401
        from telephony.api.extensions import extend_resources
        from telephony.history import forget_old_calls
        from telephony.services import monitoring
        from telephony.services.agents import release_user
        from telephony.services.presence import watch_clients

        before_leaving(release_user)
        watch_clients(connected=monitoring.client_connected, gone=monitoring.client_gone)
        foresee(foresight.watch, foresight.tell)
        extend_resources()
        register(runtime.TASK)
        register(periodic("call-history", forget_old_calls, seconds=3600))
