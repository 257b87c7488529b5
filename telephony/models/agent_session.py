from django.db import models
from django.db.models import Q

from telephony.models.base import LiveModel
from telephony.switch.tables import Presence


class AgentSession(LiveModel):
    """What an agent does on the voice channel now; one row an agent, since his first session."""

    user = models.OneToOneField(
        "provisioning.User",
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="agent_session",
    )
    device = models.OneToOneField(
        "provisioning.Device",
        on_delete=models.PROTECT,
        null=True,
        related_name="agent_session",
    )
    presence = models.CharField(
        max_length=16,
        default=Presence.INACTIVE.value,
        choices=[(presence.value, presence.value) for presence in Presence],
    )
    guid = models.CharField(max_length=36, blank=True)
    display_name = models.CharField(max_length=255, blank=True)
    work_mode = models.CharField(max_length=32, blank=True)
    reason = models.CharField(max_length=255, blank=True)
    since_ms = models.BigIntegerField(default=0)
    idle_since_ms = models.BigIntegerField(default=0)
    is_do_not_disturb = models.BooleanField(default=False)
    leg_count = models.PositiveSmallIntegerField(default=0)
    # Written with every change, so that routing reads the index below and nothing else.
    is_available = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["contact_center", "idle_since_ms", "user"],
                name="agent_session_available",
                condition=Q(is_available=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.presence}"
