import uuid
from typing import Any

from django.db import models


class MobileSession(models.Model):
    """A mobile application that holds a contact center session, and may be pushed to.

    Made, changed and ended by what the log says; kept after its end until the gateway knows of it.
    Source: seed 001 "Mobile Push Notifications".
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact_center = models.ForeignKey(
        "provisioning.ContactCenter", on_delete=models.CASCADE, related_name="+"
    )
    user = models.ForeignKey("provisioning.User", on_delete=models.CASCADE, related_name="+")
    mobile_device_id = models.CharField(max_length=255)
    push_type = models.CharField(max_length=16)
    # With the user's id in place of each `<id>`, which makes it longer than what was sent.
    filter = models.CharField(max_length=4000)
    is_debug = models.BooleanField(default=False)
    # Whether nothing else reaches the user: his last notification connection has gone.
    is_active = models.BooleanField(default=False)
    is_over = models.BooleanField(default=False)
    # What the gateway calls the subscription, and when it is to be made anew.
    subscription_id = models.CharField(max_length=255, blank=True)
    subscribe_at = models.DateTimeField(null=True)

    # Whose turn it is to push to it: one worker at a time, which keeps the order.
    quiet_until = models.DateTimeField(null=True)
    busy_until = models.DateTimeField(null=True)
    busy_token = models.UUIDField(null=True)

    objects: "models.Manager[Any]" = models.Manager()

    class Meta:
        verbose_name = "mobile session"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(is_over=False), name="mobile_session_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.push_type}"


class PushRequest(models.Model):
    """One request to the push gateway; a session's are sent in the order of their ids."""

    SUBSCRIBE, PUBLISH, UNSUBSCRIBE = "Subscribe", "Publish", "Unsubscribe"
    ACTIONS = (SUBSCRIBE, PUBLISH, UNSUBSCRIBE)

    session = models.ForeignKey(MobileSession, on_delete=models.CASCADE, related_name="requests")
    action = models.CharField(max_length=16, choices=[(name, name) for name in ACTIONS])
    # The event it came of, and which of that event's; empty for a subscription made anew.
    event_id = models.BigIntegerField(null=True)
    number = models.PositiveSmallIntegerField(default=0)
    tag = models.CharField(max_length=255, blank=True)
    message = models.CharField(max_length=1000, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "push request"
        constraints = [
            models.UniqueConstraint(
                fields=["session", "event_id", "number"], name="push_request_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.tag}"
