from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        from notifications.connections import on_first_connected, on_last_gone
        from notifications.push import presence
        from notifications.push import runtime as push
        from notifications.services.webhook_deliveries import forget_old_deliveries
        from notifications.webhooks import runtime as webhooks
        from portal.runtime.periodic import periodic
        from portal.runtime.tasks import RuntimeTask, register
        from telephony.services.presence import client_connected, client_gone

        on_first_connected(client_connected)
        on_last_gone(client_gone)
        on_first_connected(presence.tell_connected)
        on_last_gone(presence.tell_gone)
        register(RuntimeTask("mobile-push", push.run))
        register(RuntimeTask("webhooks", webhooks.run))
        register(periodic("webhook-retention", forget_old_deliveries, seconds=3600))
