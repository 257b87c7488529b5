import uuid
from typing import Any, ClassVar, NoReturn, Self

from django.db import models

from provisioning.models.base import ContactCenterQuerySet
from telephony.models.base import LiveModel
from telephony.switch.monitoring_table import MonitorMode, MonitorScope
from telephony.switch.tables import MonitorKind


def _choices(names: Any) -> list[tuple[str, str]]:
    return [(str(name), str(name)) for name in names]


class Monitoring(LiveModel):
    """A supervisor who monitors an agent's device now.

    What it refers to may go; the row stays until the switch has ended the monitoring.
    """

    session_id = models.UUIDField(primary_key=True, editable=False)
    device = models.OneToOneField(
        "provisioning.Device", on_delete=models.SET_NULL, null=True, related_name="monitoring"
    )
    agent = models.ForeignKey(
        "provisioning.User", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    supervisor = models.OneToOneField(
        "provisioning.User", on_delete=models.SET_NULL, null=True, related_name="monitoring"
    )
    supervisor_device = models.ForeignKey(
        "provisioning.Device", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    supervisor_number = models.CharField(max_length=32)
    kind = models.CharField(max_length=16, choices=_choices(MonitorKind))
    mode = models.CharField(max_length=16, choices=_choices(MonitorMode))
    scope = models.CharField(max_length=16, choices=_choices(MonitorScope))
    needs_session = models.BooleanField(default=False)
    # No foreign keys: calls are deleted one by one, and often.
    call_id = models.CharField(max_length=16, blank=True)
    left_call_id = models.CharField(max_length=16, blank=True)

    def __str__(self) -> str:
        return f"{self.supervisor_id} {self.kind} {self.device_id}"


class AppendOnlyError(TypeError):
    """The ledger is written once: nothing in it is changed or deleted."""


def _refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
    raise AppendOnlyError("The monitoring ledger is append-only")


class LedgerQuerySet(ContactCenterQuerySet):
    update = delete = bulk_update = update_or_create = _refuse

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs.get("update_conflicts"):
            _refuse()
        return super().bulk_create(objs, **kwargs)

    def with_steps(self) -> Self:
        return self.prefetch_related("steps")


class LedgerModel(models.Model):
    """Base of rows that are written once. They go with their contact center, and only so."""

    contact_center = models.ForeignKey(
        "provisioning.ContactCenter", on_delete=models.CASCADE, related_name="+"
    )
    at = models.DateTimeField()

    objects: ClassVar[Any] = LedgerQuerySet.as_manager()

    delete = _refuse

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            _refuse()
        super().save(*args, **{**kwargs, "force_insert": True})


class MonitoringSession(LedgerModel):
    """The ledger's entry of one monitoring, or of an attempt that was denied.

    Ids and names are kept as they were: an entry outlives its users and its device.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    supervisor_id = models.CharField(max_length=32)
    supervisor_name = models.CharField(max_length=254)
    agent_id = models.CharField(max_length=32, blank=True)
    agent_name = models.CharField(max_length=254, blank=True)
    device_id = models.CharField(max_length=36)
    phone_number = models.CharField(max_length=32)
    kind = models.CharField(max_length=16, choices=_choices(MonitorKind))
    mode = models.CharField(max_length=16, choices=_choices(MonitorMode))
    scope = models.CharField(max_length=16, choices=_choices(MonitorScope))
    reason = models.CharField(max_length=200, blank=True)
    # Why the attempt was denied: its statusCode and message; absent where it was not.
    denial_code = models.PositiveSmallIntegerField(null=True)
    denial = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = "monitoring session"
        indexes = [
            models.Index(fields=["contact_center", "-at", "id"]),
            models.Index(fields=["contact_center", "supervisor_id", "-at"]),
            models.Index(fields=["contact_center", "agent_id", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.supervisor_name} {self.kind} {self.phone_number}"

    @property
    def is_denied(self) -> bool:
        return self.denial_code is not None


class MonitoringStep(LedgerModel):
    """What became of a monitoring, one row a step, in their order."""

    STEPS = ("Started", "Changed", "Joined", "Switched", "Muted", "Unmuted", "Left", "Ended")

    session = models.ForeignKey(
        MonitoringSession, on_delete=models.DO_NOTHING, related_name="steps"
    )
    step = models.CharField(max_length=16, choices=_choices(STEPS))
    kind = models.CharField(max_length=16, choices=_choices(MonitorKind))
    mode = models.CharField(max_length=16, choices=_choices(MonitorMode))
    scope = models.CharField(max_length=16, choices=_choices(MonitorScope))
    call_id = models.CharField(max_length=16, blank=True)
    call_uuid = models.CharField(max_length=32, blank=True)
    # Why it ended, or the kind that a talk was switched to.
    detail = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name = "step of a monitoring"
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["session"],
                name="monitoring_ends_once",
                condition=models.Q(step="Ended"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.session_id}"
