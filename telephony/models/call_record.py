from typing import Any, ClassVar

from django.db import models

from portal.api.roles import SUPERVISORS, has_role
from provisioning.models.base import ContactCenterQuerySet
from telephony.models.base import LiveModel
from telephony.switch.tables import CallType


class CallRecordQuerySet(ContactCenterQuerySet):
    def visible_to(self, user: Any) -> "CallRecordQuerySet":
        """Supervisors and admins see their contact center's calls, agents those they were in."""
        visible = self.filter(contact_center_id=user.contact_center_id)
        if has_role(user, SUPERVISORS):
            return visible
        parts = CallPartRecord.objects.filter(
            contact_center_id=user.contact_center_id,
            user_id=user.pk,
            call_uuid=models.OuterRef("call_uuid"),
        )
        return visible.filter(models.Exists(parts))


class CallRecord(LiveModel):
    """A call that is over, written in the transaction that ends it.

    Ids are values and no keys: what they name may have gone. `continued_in` is the uuid of the call
    that this one went into by a transfer or a conference. `dispositions` are those set afterwards,
    by key; those set during the call are in `user_data`.
    """

    call_uuid = models.CharField(max_length=32, unique=True)
    call_id = models.CharField(max_length=16)
    type = models.CharField(max_length=16, choices=[(str(one), str(one)) for one in CallType])
    ani = models.CharField(max_length=32, blank=True)
    dnis = models.CharField(max_length=32, blank=True)
    queue_id = models.UUIDField(null=True)
    queued_at_ms = models.BigIntegerField(null=True)
    began_ms = models.BigIntegerField()
    answered_ms = models.BigIntegerField(null=True)
    ended_ms = models.BigIntegerField()
    user_data = models.JSONField(default=dict)
    dispositions = models.JSONField(default=dict)
    is_recorded = models.BooleanField(default=False)
    continued_in = models.CharField(max_length=32, blank=True)

    objects: ClassVar[Any] = CallRecordQuerySet.as_manager()

    class Meta:
        verbose_name = "call record"
        indexes = [
            models.Index(fields=["contact_center", "ended_ms"], name="call_record_of_center"),
            models.Index(fields=["ended_ms"], name="call_record_ended"),
        ]

    def __str__(self) -> str:
        return self.call_uuid


class CallPartRecord(LiveModel):
    """A party's part in a call; written when the party leaves, perhaps before the call ends.

    One who has no device was outside. Whose part a call's first one was began first.
    """

    call_uuid = models.CharField(max_length=32, db_index=True)
    number = models.CharField(max_length=32, blank=True)
    device_id = models.UUIDField(null=True)
    user_id = models.UUIDField(null=True)
    queue_id = models.UUIDField(null=True)
    began_ms = models.BigIntegerField()
    answered_ms = models.BigIntegerField(null=True)
    ended_ms = models.BigIntegerField()

    class Meta:
        verbose_name = "call part record"
        indexes = [
            models.Index(fields=["user_id", "ended_ms"], name="call_part_of_user"),
            models.Index(fields=["ended_ms"], name="call_part_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.number} in {self.call_uuid}"
