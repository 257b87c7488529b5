"""Undoing recorded changes: one entry, or all that one request wrote.

A change can be undone while nothing later stands on it. Undoing is a change itself: it is
recorded, and can be undone.
"""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from portal.api.status import ApiError, StatusCode
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import (
    AgentState,
    CallRecording,
    ChangeLogEntry,
    Contact,
    ContactCenter,
    Device,
    Disposition,
    Group,
    GroupMember,
    PhoneNumber,
    Place,
    PlannedSkill,
    Queue,
    QueueSkill,
    Setting,
    SettingsGroup,
    Skill,
    User,
    UserSetting,
    UserSkill,
)
from provisioning.services.phone_numbers import number_facts
from provisioning.services.recording import Facts, changed, facts, in_use, record

REVERTIBLE: dict[str, type[models.Model]] = {
    "agent-states": AgentState,
    "contact-centers": ContactCenter,
    "contacts": Contact,
    "devices": Device,
    "dispositions": Disposition,
    "group-users": GroupMember,
    "groups": Group,
    "phone-numbers": PhoneNumber,
    "places": Place,
    "planned-skills": PlannedSkill,
    "queue-settings": CallRecording,
    "queue-skills": QueueSkill,
    "queues": Queue,
    "settings": Setting,
    "settings-groups": SettingsGroup,
    "skills": Skill,
    "user-settings": UserSetting,
    "user-skills": UserSkill,
    "users": User,
}
_NUMBERED = (Device, Queue)


@transaction.atomic
def revert(
    *, change: Change, entry: ChangeLogEntry, whole_request: bool = False
) -> list[ChangeLogEntry]:
    """Undo an entry, or its whole request, newest first; gives the entries that were undone.

    Raises ApiError 2 (HTTP 409) with `conflicts` where later changes stand on it or it is undone
    already, 18 or 19 where what it took away has been taken by others meanwhile.
    """
    entries = ChangeLogEntry.objects.select_for_update().filter(
        contact_center_id=entry.contact_center_id
    )
    wanted = {"request_id": entry.request_id} if whole_request else {"pk": entry.pk}
    undone = list(entries.filter(**wanted).order_by("-pk"))
    _refuse_conflicts(undone)
    events = [_undo(change, one) for one in undone]
    record(*events)
    newest = ChangeLogEntry.objects.filter(request_id=change.request_id).order_by("-pk").first()
    ChangeLogEntry.objects.filter(pk__in=[one.pk for one in undone]).update(reverted_by=newest)
    return undone


def _refuse_conflicts(undone: Sequence[ChangeLogEntry]) -> None:
    own = {one.pk for one in undone}
    conflicts: dict[int, ChangeLogEntry] = {}
    for one in undone:
        if one.resource not in REVERTIBLE:
            raise ApiError(StatusCode.INVALID_STATE, f"Changes of {one.resource} cannot be undone")
        if one.reverted_by_id is not None:
            conflicts[one.reverted_by_id] = one.reverted_by  # type: ignore[assignment]
        later = ChangeLogEntry.objects.filter(
            contact_center_id=one.contact_center_id,
            resource=one.resource,
            object_id=one.object_id,
            pk__gt=one.pk,
        ).exclude(pk__in=own)
        conflicts |= {conflict.pk: conflict for conflict in later.order_by("pk")[:20]}
    if conflicts:
        raise ApiError(
            StatusCode.INVALID_STATE,
            "Later changes stand on this one",
            http_status=409,
            conflicts=[
                {"id": str(pk), "path": f"/change-log/{pk}", "summary": str(one)}
                for pk, one in sorted(conflicts.items())
            ],
        )


def _undo(change: Change, entry: ChangeLogEntry) -> ProvisioningChanged:
    model = REVERTIBLE[entry.resource]
    try:
        with transaction.atomic():
            before, after = _restore(model, entry)
    except IntegrityError as error:
        raise ApiError(
            StatusCode.ALREADY_EXISTS, f"{entry} cannot be undone: its place is taken"
        ) from error
    except ProtectedError as error:
        raise in_use(f"{entry} cannot be undone: it is in use") from error
    return changed(
        change,
        contact_center_id=entry.contact_center_id,
        resource=entry.resource,
        object_id=entry.object_id,
        before=before,
        after=after,
    )


def _restore(model: type[models.Model], entry: ChangeLogEntry) -> tuple[Facts | None, Facts | None]:
    """Put an object back to what the entry found; gives it before and after."""
    if entry.after is None:
        obj = _recreate(model, entry.before or {})
        return None, _facts(obj)
    objects: Any = model._default_manager
    obj = objects.select_for_update().filter(pk=entry.after["id"]).first()
    if obj is None:
        raise ApiError(StatusCode.NOT_FOUND, f"{entry} cannot be undone: the object has gone")
    found = _facts(obj)
    if entry.before is None:
        _remove(obj)
        return found, None
    for name, value in entry.before.items():
        if entry.after.get(name) != value and name in _columns(model):
            setattr(obj, name, value)
    if hasattr(obj, "version"):
        obj.version += 1
    obj.save()
    obj.refresh_from_db()
    return found, _facts(obj)


def _columns(model: type[models.Model]) -> dict[str, Any]:
    return {field.attname: field for field in model._meta.concrete_fields}


def _recreate(model: type[models.Model], columns: Facts) -> models.Model:
    """The object as it was, under its old id. A user's password is not known any more."""
    values = {name: value for name, value in columns.items() if name in _columns(model)}
    if model in _NUMBERED:
        _recreate_number(columns)
    obj = model(**values)
    if isinstance(obj, User):
        obj.set_unusable_password()
    obj.save(force_insert=True)
    obj.refresh_from_db()
    return obj


def _recreate_number(columns: Facts) -> None:
    center = ContactCenter.objects.get(pk=columns["contact_center_id"])
    PhoneNumber.objects.get_or_create(
        pk=columns["phone_number_id"],
        defaults={
            "contact_center": center,
            **number_facts(columns["phone_number"], center.country),
        },
    )


def _remove(obj: models.Model) -> None:
    number = obj.phone_number if isinstance(obj, _NUMBERED) else None
    obj.delete()
    if number is not None:
        number.delete()


def _facts(obj: models.Model) -> Facts:
    if isinstance(obj, _NUMBERED):
        return {**facts(obj), "phone_number": obj.phone_number.number}
    return facts(obj)
