from typing import Any, ClassVar

from django.db import models

from portal.api.roles import ADMINS, has_role
from provisioning.models.base import ContactCenterModel, ContactCenterQuerySet


class ExportQuerySet(ContactCenterQuerySet):
    def visible_to(self, user: Any) -> "ExportQuerySet":
        """Everybody's own; admins see all of their contact center."""
        visible = self.filter(contact_center_id=user.contact_center_id)
        return visible if has_role(user, ADMINS) else visible.filter(requested_by_id=user.pk)


class Export(ContactCenterModel):
    """A file that was asked for, made in the background, to be fetched until it expires."""

    STATISTICS, CALLS = "Statistics", "Calls"
    KINDS = (STATISTICS, CALLS)
    FORMATS = ("csv", "xlsx")
    WAITING, RUNNING, DONE = "Waiting", "Running", "Done"
    FAILED, CANCELLED = "Failed", "Cancelled"
    STATES = (WAITING, RUNNING, DONE, FAILED, CANCELLED)

    requested_by = models.ForeignKey(
        "provisioning.User", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    kind = models.CharField(max_length=16, choices=[(one, one) for one in KINDS])
    format = models.CharField(max_length=8, choices=[(one, one) for one in FORMATS])
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=[(one, one) for one in STATES], default=WAITING)
    message = models.CharField(max_length=255, blank=True)
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(null=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    # The last sign of life: of who asked, then of the worker.
    stirred_ms = models.BigIntegerField()
    expires_ms = models.BigIntegerField()

    objects: ClassVar[Any] = ExportQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["contact_center", "created_at"]),
            models.Index(fields=["expires_ms"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} as {self.format}"

    @property
    def is_under_way(self) -> bool:
        return self.state in {self.WAITING, self.RUNNING}


class ExportPiece(models.Model):
    """A piece of an export's file: web processes and workers share the database and no disk."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["export", "number"], name="export_piece_once")
        ]

    def __str__(self) -> str:
        return f"{self.export_id}/{self.number}"
