from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from portal.api.roles import SUPERVISORS, has_role
from provisioning.models.base import ContactCenterQuerySet
from telephony.models.base import LiveModel
from telephony.switch.tables import CallType, LegState


def _choices(names: Any) -> list[tuple[str, str]]:
    return [(str(name), str(name)) for name in names]


class Call(LiveModel):
    """A call that is not over; the event log keeps those that are."""

    id = models.CharField(primary_key=True, max_length=16)
    uuid = models.CharField(max_length=32)
    type = models.CharField(max_length=16, choices=_choices(CallType))
    ani = models.CharField(max_length=32, blank=True)
    dnis = models.CharField(max_length=32, blank=True)
    user_data = models.JSONField(default=dict)
    # Whatever belongs to a live call cannot be deleted.
    queue = models.ForeignKey(
        "provisioning.Queue", on_delete=models.PROTECT, null=True, related_name="calls"
    )
    queued_at_ms = models.BigIntegerField(null=True)
    is_waiting = models.BooleanField(default=False)
    rejections = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(
                fields=["queue", "queued_at_ms", "id"],
                name="call_waiting_in_queue",
                condition=Q(is_waiting=True),
            ),
            models.Index(
                fields=["contact_center", "queued_at_ms", "id"],
                name="call_waiting",
                condition=Q(is_waiting=True),
            ),
        ]

    def __str__(self) -> str:
        return self.id


class LegQuerySet(ContactCenterQuerySet):
    def visible_to(self, user: Any) -> "LegQuerySet":
        """Supervisors and admins see every party of their contact center, agents themselves."""
        visible = self.filter(contact_center_id=user.contact_center_id, device__isnull=False)
        return visible if has_role(user, SUPERVISORS) else visible.filter(user_id=user.pk)


class Leg(LiveModel):
    """One party of a call; without a device it is the outside party."""

    # The repository deletes legs before their call; nothing else deletes calls one by one.
    call = models.ForeignKey(Call, on_delete=models.DO_NOTHING, related_name="legs")
    number = models.CharField(max_length=32, blank=True)
    device = models.ForeignKey(
        "provisioning.Device", on_delete=models.PROTECT, null=True, related_name="legs"
    )
    user = models.ForeignKey(
        "provisioning.User", on_delete=models.PROTECT, null=True, related_name="legs"
    )
    state = models.CharField(max_length=16, choices=_choices(LegState))
    began_ms = models.BigIntegerField()
    answers_on_request = models.BooleanField(default=True)

    objects: ClassVar[Any] = LegQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device"],
                name="leg_one_established_at_a_device",
                condition=Q(state="Established"),
            ),
            models.UniqueConstraint(
                fields=["call", "device"],
                name="leg_device_once_in_a_call",
                condition=Q(device__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.state} in {self.call_id}"
