from notifications.models.mobile import MobileSession, PushRequest
from notifications.models.webhook import Webhook, WebhookDelivery

__all__ = ["MobileSession", "PushRequest", "Webhook", "WebhookDelivery"]
