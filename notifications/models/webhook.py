import uuid
from typing import Any, ClassVar

from django.db import models

from portal.api.roles import ADMINS, has_role
from provisioning.models.base import ContactCenterModel, ContactCenterQuerySet


class WebhookQuerySet(ContactCenterQuerySet):
    def visible_to(self, user: Any) -> "WebhookQuerySet":
        """Admins see those of their contact center; nobody else sees any."""
        if not has_role(user, ADMINS):
            return self.none()
        return self.filter(contact_center_id=user.contact_center_id)


class Webhook(ContactCenterModel):
    """A URL that is told of events of its contact center.

    Inactive is what an admin makes it, Disabled what too many failures do.
    """

    ACTIVE, INACTIVE, DISABLED = "Active", "Inactive", "Disabled"
    STATES = (ACTIVE, INACTIVE, DISABLED)

    name = models.CharField(max_length=255)
    url = models.CharField(max_length=2000)
    # Kinds of events, or patterns of them: `call.*`.
    event_kinds = models.JSONField()
    state = models.CharField(
        max_length=16, default=ACTIVE, choices=[(name, name) for name in STATES]
    )
    disabled_reason = models.CharField(max_length=255, blank=True)

    # As they are, since whoever signs must know them; shown once and then to nobody.
    secret = models.CharField(max_length=100, editable=False)
    previous_secret = models.CharField(max_length=100, blank=True, editable=False)
    previous_secret_valid_until = models.DateTimeField(null=True, editable=False)

    # Events up to this one are not its: they are from before it was there, or active again.
    collects_after = models.BigIntegerField(default=0, editable=False)
    last_sequence = models.BigIntegerField(default=0, editable=False)
    failure_count = models.PositiveIntegerField(default=0, editable=False)
    quiet_until = models.DateTimeField(null=True, editable=False)
    # Whose turn it is to deliver: one worker at a time, which keeps the order.
    busy_until = models.DateTimeField(null=True, editable=False)
    busy_token = models.UUIDField(null=True, editable=False)
    last_delivered_at = models.DateTimeField(null=True, editable=False)
    last_failed_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = WebhookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact_center", "name"], name="webhook_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class WebhookDeliveryQuerySet(ContactCenterQuerySet):
    def visible_to(self, user: Any) -> "WebhookDeliveryQuerySet":
        if not has_role(user, ADMINS):
            return self.none()
        return self.filter(webhook__contact_center_id=user.contact_center_id)


class WebhookDelivery(models.Model):
    """One event for one webhook: what is sent, and what became of it.

    Its id is what receivers know a message by: the same however often it is sent.
    """

    PENDING, DELIVERED, DEAD = "Pending", "Delivered", "Dead"
    STATES = (PENDING, DELIVERED, DEAD)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    # Counts a webhook's deliveries without a gap, in the order of the log.
    sequence = models.BigIntegerField()
    # None for what is no event: a ping.
    event_id = models.BigIntegerField(null=True)
    event_kind = models.CharField(max_length=64)
    # The JSON text as it is signed and sent.
    body = models.TextField()
    state = models.CharField(
        max_length=16, default=PENDING, choices=[(name, name) for name in STATES]
    )
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    last_attempt_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    # The HTTP status of the last answer; None where none came.
    last_status = models.PositiveIntegerField(null=True)
    last_error = models.CharField(max_length=255, blank=True)

    objects: ClassVar[Any] = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "webhook delivery"
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "sequence"], name="webhook_delivery_sequence_once"
            ),
            models.UniqueConstraint(
                fields=["webhook", "event_id"], name="webhook_delivery_event_once"
            ),
        ]
        indexes = [
            models.Index(fields=["webhook", "state", "sequence"]),
            models.Index(
                fields=["webhook", "next_attempt_at"],
                condition=models.Q(state="Pending"),
                name="webhook_delivery_due",
            ),
            models.Index(fields=["created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.event_kind} {self.sequence}"
