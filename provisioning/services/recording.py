"""What every provisioning write does around its rows: facts, refusals, versions."""

import contextlib
import datetime
import uuid
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.hashers import is_password_usable
from django.db import IntegrityError, models, transaction

from portal.api.status import ApiError, StatusCode
from portal.events.log import publish
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import ChangeLogEntry, KeptPassword

Facts = dict[str, Any]

_NOT_FACTS = frozenset({"password", "last_login", "version", "created_at"})


def facts(obj: models.Model) -> Facts:
    """The object's columns as JSON values; passwords and book-keeping left out."""
    return {
        field.attname: _json_value(getattr(obj, field.attname))
        for field in obj._meta.concrete_fields
        if field.name not in _NOT_FACTS
    }


def _json_value(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return value


def changed(
    change: Change,
    *,
    contact_center_id: uuid.UUID | None,
    resource: str,
    object_id: object,
    before: Facts | None,
    after: Facts | None,
    action: str = "",
) -> ProvisioningChanged:
    """The event that tells of one write; the action follows from what stood before and after."""
    if not action:
        action = "created" if before is None else "deleted" if after is None else "updated"
    return ProvisioningChanged(
        contact_center_id=str(contact_center_id) if contact_center_id else None,
        resource=resource,
        object_id=str(object_id),
        action=action,
        before=before,
        after=after,
        actor_id=str(change.actor.pk) if change.actor else None,
        actor_name=change.actor.user_name if change.actor else "",
        origin=change.origin,
        request_id=change.request_id,
        reason=change.reason,
    )


def record(*events: ProvisioningChanged) -> list[ChangeLogEntry]:
    """Publish what was written and keep it in the change log, in the running transaction.

    Call it once, last, after the rows are locked and written. Gives the entries.
    """
    entries = ChangeLogEntry.objects.bulk_create(
        ChangeLogEntry(
            contact_center_id=event.contact_center_id,
            request_id=event.request_id,
            actor_id=event.actor_id or "",
            actor_name=event.actor_name,
            origin=event.origin,
            reason=event.reason,
            resource=event.resource,
            object_id=client_id(event),
            action=event.action,
            before=event.before,
            after=event.after,
        )
        for event in events
    )
    publish(*events)
    return entries


def keep_password(entry: ChangeLogEntry, password_hash: str) -> None:
    """For whoever undoes the deletion of a user; unusable ones are not kept."""
    if password_hash and is_password_usable(password_hash):
        KeptPassword.objects.create(entry=entry, password_hash=password_hash)


def client_id(event: ProvisioningChanged) -> str:
    """The object's id as clients read it: users' have no dashes."""
    return event.object_id.replace("-", "") if event.resource == "users" else event.object_id


def assign_fields(obj: Any, fields: dict[str, Any]) -> None:
    """Set the given attributes and count the version up; the caller holds the row's lock."""
    for name, value in fields.items():
        setattr(obj, name, value)
    obj.version += 1


@contextlib.contextmanager
def refusing_duplicates(message: str) -> Iterator[None]:
    """Turn a broken unique constraint into statusCode 18; the database decides races."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise ApiError(StatusCode.ALREADY_EXISTS, message) from error


def in_use(message: str) -> ApiError:
    return ApiError(StatusCode.IN_USE, message)
