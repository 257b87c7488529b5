"""What webhooks send: the facts of an event as JSON, under the names that API clients know."""

import dataclasses
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from portal.events.log import Event
from portal.events.reader import RecordedEvent
from provisioning.api.foresight import as_clients_see
from provisioning.events import ProvisioningChanged
from provisioning.services.recording import client_id

MAX_BODY_BYTES = 256 * 1024
_SECRETS = frozenset({"password", "secret", "token", "tokenhash", "credentials", "pin"})
_USERS = frozenset({"user_id", "actor_id"})
_ENVELOPE = frozenset({"contact_center_id", "occurred_at_ms"})


def body_of_event(*, delivery_id: UUID, sequence: int, recorded: RecordedEvent) -> str:
    """The message; one that is too large has no facts and says so."""
    event = recorded.event
    content: dict[str, Any] = {
        "id": str(delivery_id),
        "type": event.kind,
        "timestamp": _iso(event.occurred_at_ms),
        "sequence": sequence,
        "eventId": str(recorded.id),
        "contactCenterId": event.contact_center_id,
        "data": facts_of(event),
    }
    text = orjson.dumps(content)
    if len(text) > MAX_BODY_BYTES:
        text = orjson.dumps({**content, "data": {}, "isTruncated": True})
    return text.decode()


def body_of_ping(
    *, delivery_id: UUID, sequence: int, kind: str, contact_center_id: UUID, at_ms: int
) -> str:
    return orjson.dumps(
        {
            "id": str(delivery_id),
            "type": kind,
            "timestamp": _iso(at_ms),
            "sequence": sequence,
            "contactCenterId": str(contact_center_id),
            "data": {},
        }
    ).decode()


def facts_of(event: Event) -> dict[str, Any]:
    """The event's own fields; nothing that looks like a secret is among them."""
    facts = {
        _camel_case(field.name): _shown(field.name, getattr(event, field.name))
        for field in dataclasses.fields(event)
        if field.name not in _ENVELOPE
    }
    if isinstance(event, ProvisioningChanged):
        facts["objectId"] = client_id(event)
        facts["before"] = as_clients_see(event.resource, event.before)
        facts["after"] = as_clients_see(event.resource, event.after)
    without_secrets: dict[str, Any] = _without_secrets(facts)
    return without_secrets


def _shown(name: str, value: Any) -> Any:
    if name in _USERS and isinstance(value, str):
        return value.replace("-", "")
    if name == "views" and isinstance(value, list):
        return [{_camel_case(key): _shown(key, one) for key, one in view.items()} for view in value]
    return value


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_secrets(one) for key, one in value.items() if not _is_secret(str(key))
        }
    if isinstance(value, list):
        return [_without_secrets(one) for one in value]
    return value


def _is_secret(name: str) -> bool:
    return name.replace("_", "").replace("-", "").lower() in _SECRETS


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _iso(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, tz=UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
