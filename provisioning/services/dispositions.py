"""The codes that tell how a call has ended; they stand in groups."""

from typing import Any

from django.db import transaction

from portal.api.status import ApiError, StatusCode, not_found
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import Disposition, Group
from provisioning.models.group import DISPOSITIONS
from provisioning.services.recording import (
    Facts,
    assign_fields,
    changed,
    facts,
    record,
    refusing_duplicates,
)
from provisioning.services.setting_rules import check_json


@transaction.atomic
def create_disposition(
    *,
    change: Change,
    group: Group,
    name: str,
    display_name: str,
    attributes: dict[str, Any] | None = None,
) -> Disposition:
    """Raises ApiError 18 where the group has one of that name, 2 where it holds users, 6 where it
    has gone.
    """
    check_json(attributes)
    if Group.objects.select_for_update().filter(pk=group.pk).first() is None:
        raise not_found("group")
    if group.contains != DISPOSITIONS:
        raise ApiError(StatusCode.INVALID_STATE, f"Group {group.name} holds no dispositions")
    disposition = Disposition(
        contact_center_id=group.contact_center_id,
        group=group,
        name=name,
        display_name=display_name,
        attributes=attributes or {},
    )
    with refusing_duplicates(f"Disposition {name} already exists"):
        disposition.save(force_insert=True)
    record(disposition_changed(change, disposition, before=None, after=facts(disposition)))
    return disposition


@transaction.atomic
def update_disposition(
    *,
    change: Change,
    disposition: Disposition,
    display_name: str | None = None,
    attributes: dict[str, Any] | None = None,
) -> Disposition:
    """With the given attributes; others stay. Raises ApiError 6 where it has gone."""
    check_json(attributes)
    disposition = _lock_disposition(disposition)
    before = facts(disposition)
    values: dict[str, Any] = {"attributes": {**disposition.attributes, **(attributes or {})}}
    if display_name is not None:
        values["display_name"] = display_name
    assign_fields(disposition, values)
    disposition.save()
    record(disposition_changed(change, disposition, before=before, after=facts(disposition)))
    return disposition


@transaction.atomic
def delete_disposition(*, change: Change, disposition: Disposition) -> None:
    """Calls that have it keep it. Raises ApiError 6 where it has gone."""
    disposition = _lock_disposition(disposition)
    event = disposition_changed(change, disposition, before=facts(disposition), after=None)
    disposition.delete()
    record(event)


def disposition_changed(
    change: Change, disposition: Disposition, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=disposition.contact_center_id,
        resource="dispositions",
        object_id=disposition.pk,
        before=before,
        after=after,
    )


def _lock_disposition(disposition: Disposition) -> Disposition:
    locked: Disposition | None = (
        Disposition.objects.select_for_update().filter(pk=disposition.pk).first()
    )
    if locked is None:
        raise not_found("disposition")
    return locked
