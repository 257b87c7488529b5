"""Asking for exports, calling them off, and what becomes of those that nobody fetched."""

from typing import Any, cast

from django.conf import settings
from django.db import transaction

from portal.api.status import ApiError, StatusCode, not_found
from portal.events.log import now_ms
from provisioning.models import ContactCenter, User
from supervision.models import Export
from supervision.tasks import run_export

_HOUR_MS = 3_600_000
# Without a sign of life for so long, a job is given to the next worker.
_LOST_MS = 120_000


@transaction.atomic
def start_export(*, user: User, kind: str, format: str, parameters: dict[str, Any]) -> Export:  # noqa: A002
    """An export that a worker makes soon; its file can be fetched for a time that is a setting."""
    now = now_ms()
    export: Export = Export.objects.create(
        contact_center=cast(ContactCenter, user.contact_center),
        requested_by=user,
        kind=kind,
        format=format,
        parameters=parameters,
        stirred_ms=now,
        expires_ms=now + settings.EXPORT_RETENTION_HOURS * _HOUR_MS,
    )
    run_export.delay_on_commit(str(export.pk))
    return export


@transaction.atomic
def cancel_export(*, export: Export) -> None:
    """Raises ApiError 2 where it is over already, 6 where it has gone."""
    locked = Export.objects.select_for_update().filter(pk=export.pk).first()
    if locked is None:
        raise not_found("export")
    if not locked.is_under_way:
        raise ApiError(StatusCode.INVALID_STATE, f"The export is {locked.state} already")
    locked.state = Export.CANCELLED
    locked.save()


@transaction.atomic
def delete_export(*, export: Export) -> None:
    """With its file; one under way is called off by it."""
    Export.objects.filter(pk=export.pk).delete()


@transaction.atomic
def tend_exports() -> None:
    """Drop what has expired, and send again what no worker seems to have."""
    now = now_ms()
    Export.objects.filter(expires_ms__lt=now).delete()
    lost = Export.objects.filter(
        state__in=(Export.WAITING, Export.RUNNING), stirred_ms__lt=now - _LOST_MS
    )
    for export in lost.select_for_update(skip_locked=True):
        export.state, export.stirred_ms = Export.WAITING, now
        export.save()
        run_export.delay_on_commit(str(export.pk))
