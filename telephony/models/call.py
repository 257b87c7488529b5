from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from portal.api.roles import SUPERVISORS, has_role
from provisioning.models.base import ContactCenterQuerySet
from telephony.models.base import LiveModel
from telephony.switch.tables import CallType, LegState, MonitorKind, RecordingState


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
    # Whether it may leave its queue now: it waits, and has heard the greeting.
    is_deliverable = models.BooleanField(default=False)
    # The same for all calls that the same agents can take: routing looks at the first of each.
    waits_for = models.CharField(max_length=72, blank=True)
    route = models.JSONField(default=dict)
    priority = models.SmallIntegerField(default=0)
    # What agents must have instead of the queue's own skills; the own again if it is deleted.
    target_skill = models.ForeignKey(
        "provisioning.Skill",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
    )
    lowered_by = models.PositiveSmallIntegerField(default=0)
    rejections = models.JSONField(default=dict)
    began_ms = models.BigIntegerField(default=0)
    answered_ms = models.BigIntegerField(null=True)
    conference_owner = models.UUIDField(null=True)
    recording = models.CharField(max_length=16, blank=True, choices=_choices(RecordingState))

    class Meta:
        indexes = [
            models.Index(
                fields=["queue", "queued_at_ms", "id"],
                name="call_waiting_in_queue",
                condition=Q(is_waiting=True),
            ),
            models.Index(
                fields=["contact_center", "waits_for", "-priority", "queued_at_ms", "id"],
                name="call_deliverable",
                condition=Q(is_deliverable=True),
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
    is_muted = models.BooleanField(default=False)
    # A supervisor's leg: how he takes part, and at which device's call.
    monitoring = models.CharField(max_length=16, blank=True, choices=_choices(MonitorKind))
    monitored_device = models.ForeignKey(
        "provisioning.Device", on_delete=models.PROTECT, null=True, related_name="monitored_legs"
    )
    has_muted_agent = models.BooleanField(default=False)
    # The queue that delivered the call here.
    queue = models.ForeignKey(
        "provisioning.Queue", on_delete=models.PROTECT, null=True, related_name="legs"
    )
    # The call about which this one asks somebody's advice; it may be over by now.
    parent_call_id = models.CharField(max_length=16, null=True)  # noqa: DJ001 - absent is absent
    # An outside party's name to its timers.
    party = models.CharField(max_length=32, blank=True)
    answered_ms = models.BigIntegerField(null=True)

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
        indexes = [models.Index(fields=["party"], name="leg_outside_party", condition=~Q(party=""))]

    def __str__(self) -> str:
        return f"{self.number} {self.state} in {self.call_id}"
