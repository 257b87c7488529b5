from django.db import models
from django.db.models import Q

from telephony.models.base import LiveModel
from telephony.switch.tables import Presence


class AtDevice(LiveModel):
    """Base of what says how an agent is at a device."""

    presence = models.CharField(
        max_length=16,
        default=Presence.INACTIVE.value,
        choices=[(presence.value, presence.value) for presence in Presence],
    )
    guid = models.CharField(max_length=36, blank=True)
    display_name = models.CharField(max_length=255, blank=True)
    work_mode = models.CharField(max_length=32, blank=True)
    reason = models.CharField(max_length=255, blank=True)
    is_do_not_disturb = models.BooleanField(default=False)

    class Meta:
        abstract = True


class AgentSession(AtDevice):
    """What an agent does on the voice channel now; one row an agent, since his first session.

    `device` is the one that he works at, and the columns say how he is there.
    """

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
    since_ms = models.BigIntegerField(default=0)
    idle_since_ms = models.BigIntegerField(default=0)
    leg_count = models.PositiveSmallIntegerField(default=0)
    # How many `OtherDevice`s there are: who has none, as most, costs no query to find that out.
    other_count = models.PositiveSmallIntegerField(default=0)
    # Whether the contact center's supervisors may monitor: what he reads of a device says so.
    may_monitor = models.BooleanField(default=False)
    # Of a supervisor: what he monitors.
    monitoring = models.JSONField(null=True)
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


class OtherDevice(AtDevice):
    """A further device of an agent's session. Whoever changes one holds the session's row."""

    session = models.ForeignKey(
        AgentSession, on_delete=models.CASCADE, related_name="other_devices"
    )
    device = models.OneToOneField(
        "provisioning.Device", on_delete=models.PROTECT, related_name="other_session"
    )

    class Meta:
        verbose_name = "other device"

    def __str__(self) -> str:
        return f"{self.session_id} {self.presence} at {self.device_id}"
