"""Undoing recorded changes: one entry, or all that one request wrote.

A change can be undone while nothing later stands on it. Undoing is a change itself: it is
recorded, and can be undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from portal.api.status import ApiError, StatusCode, no_permission
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import (
    AgentState,
    AssignedFeature,
    CallRecording,
    ChangeLogEntry,
    Contact,
    ContactCenter,
    Device,
    Disposition,
    Group,
    GroupMember,
    GroupSupervisor,
    KeptPassword,
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
from provisioning.services.recording import (
    Facts,
    changed,
    facts,
    in_use,
    keep_password,
    record,
)
from provisioning.services.users import let_go_of

REVERTIBLE: dict[str, type[models.Model]] = {
    "agent-states": AgentState,
    "contact-centers": ContactCenter,
    "contacts": Contact,
    "devices": Device,
    "dispositions": Disposition,
    "features": AssignedFeature,
    "group-supervisors": GroupSupervisor,
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

    A user who comes back has the password he had. Raises ApiError 2 (HTTP 409) with `conflicts`
    where later changes stand on it or it is undone already, 18 or 19 where what it took away has
    been taken by others meanwhile, 5 for what only cloud admins may undo.
    """
    entries = ChangeLogEntry.objects.select_for_update().filter(
        contact_center_id=entry.contact_center_id
    )
    wanted = {"request_id": entry.request_id} if whole_request else {"pk": entry.pk}
    undone = list(entries.filter(**wanted).order_by("-pk"))
    for one in undone:
        _refuse_stranger(change, one)
    _refuse_conflicts(undone)
    undoings = [_undo(change, one) for one in undone]
    recorded = record(*(undoing.event for undoing in undoings))
    for undoing, new_entry in zip(undoings, recorded, strict=True):
        keep_password(new_entry, undoing.password)
    KeptPassword.objects.filter(entry__in=undone).delete()
    newest = ChangeLogEntry.objects.filter(request_id=change.request_id).order_by("-pk").first()
    ChangeLogEntry.objects.filter(pk__in=[one.pk for one in undone]).update(reverted_by=newest)
    return undone


def _refuse_stranger(change: Change, entry: ChangeLogEntry) -> None:
    """Cloud admins alone give features, and make others cloud admins; nobody removes himself."""
    actor = change.actor
    if actor is None or actor.is_superuser:
        return
    facts_of = (entry.before or {}, entry.after or {})
    is_of_staff = any(one.get(name) for one in facts_of for name in ("is_staff", "is_superuser"))
    if entry.resource == "features" or (entry.resource == "users" and is_of_staff):
        raise no_permission()
    if entry.resource == "users" and entry.before is None and entry.object_id == actor.pk.hex:
        raise ApiError(StatusCode.FORBIDDEN, "Users cannot delete themselves")


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


@dataclass(frozen=True, slots=True)
class _Undoing:
    """What undoing an entry did; with the password hash of a user that it deleted."""

    event: ProvisioningChanged
    password: str


@dataclass(frozen=True, slots=True)
class _Restored:
    before: Facts | None
    after: Facts | None
    password: str = ""


def _undo(change: Change, entry: ChangeLogEntry) -> _Undoing:
    model = REVERTIBLE[entry.resource]
    try:
        with transaction.atomic():
            restored = _restore(model, entry)
    except IntegrityError as error:
        raise ApiError(
            StatusCode.ALREADY_EXISTS, f"{entry} cannot be undone: its place is taken"
        ) from error
    except ProtectedError as error:
        raise in_use(f"{entry} cannot be undone: it is in use") from error
    event = changed(
        change,
        contact_center_id=entry.contact_center_id,
        resource=entry.resource,
        object_id=entry.object_id if model is not User else str(UUID(entry.object_id)),
        before=restored.before,
        after=restored.after,
    )
    return _Undoing(event, restored.password)


def _restore(model: type[models.Model], entry: ChangeLogEntry) -> _Restored:
    """Put an object back to what the entry found; gives it before and after."""
    if entry.after is None:
        return _Restored(None, _facts(_recreate(model, entry)))
    objects: Any = model._default_manager
    obj = objects.select_for_update().filter(pk=entry.after["id"]).first()
    if obj is None:
        raise ApiError(StatusCode.NOT_FOUND, f"{entry} cannot be undone: the object has gone")
    found = _facts(obj)
    if entry.before is None:
        password = obj.password if isinstance(obj, User) else ""
        _remove(obj)
        return _Restored(found, None, password)
    for name, value in entry.before.items():
        if entry.after.get(name) != value and name in _columns(model):
            setattr(obj, name, value)
    if hasattr(obj, "version"):
        obj.version += 1
    obj.save()
    obj.refresh_from_db()
    return _Restored(found, _facts(obj))


def _columns(model: type[models.Model]) -> dict[str, Any]:
    return {field.attname: field for field in model._meta.concrete_fields}


def _recreate(model: type[models.Model], entry: ChangeLogEntry) -> models.Model:
    """The object as it was, under its old id."""
    columns: Facts = entry.before or {}
    values = {name: value for name, value in columns.items() if name in _columns(model)}
    if model in _NUMBERED:
        _recreate_number(columns)
    obj = model(**values)
    if isinstance(obj, User):
        kept = KeptPassword.objects.filter(entry=entry).first()
        obj.password = kept.password_hash if kept else make_password(None)
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
    if isinstance(obj, User):
        let_go_of(obj)
    number = obj.phone_number if isinstance(obj, _NUMBERED) else None
    obj.delete()
    if number is not None:
        number.delete()


def _facts(obj: models.Model) -> Facts:
    if isinstance(obj, _NUMBERED):
        return {**facts(obj), "phone_number": obj.phone_number.number}
    return facts(obj)
