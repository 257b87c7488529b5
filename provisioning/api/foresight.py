"""What a dry run answers: the changes by the names clients know, and what they would cause."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from portal.api.fields import Choices
from portal.api.resources import Resource
from portal.events.log import Event
from provisioning.coverage import lost_coverage, qualified_agents
from provisioning.events import ProvisioningChanged
from provisioning.services.recording import Facts, client_id

# What a room foresees: it looks before the write, and again after it with the events.
Watch = Callable[[Any], Any]
Tell = Callable[[Any, Sequence[ProvisioningChanged], Any], list[str]]

_consequences: list[tuple[Watch, Tell]] = []
# What no resource declares as a field of its own, and yet is what a change is about.
_SHOWN_EVERYWHERE = frozenset({"user_id", "skill_id", "queue_id", "group_id", "level"})


def foresee(watch: Watch, tell: Tell) -> None:
    """Add a kind of consequence; called while a room is loaded."""
    _consequences.append((watch, tell))


def as_clients_see(resource: str, facts: Facts | None) -> dict[str, Any] | None:
    """Recorded columns under the API's names, without those that no client reads."""
    if facts is None:
        return None
    shown = {_camel_case(name): value for name, value in facts.items() if name in _SHOWN_EVERYWHERE}
    declared = _declared().get(resource)
    if declared is None:
        return shown or {_camel_case(name): value for name, value in facts.items()}
    for field in declared.fields:
        if isinstance(field, Choices):
            held = [name for name, column in field.columns.items() if facts.get(column)]
            shown[field.name] = held
        elif field.is_shown and field.attribute.split(".")[0] in facts and field.name != "id":
            shown[field.name] = facts[field.attribute.split(".")[0]]
    return shown


@functools.cache
def _declared() -> dict[str, type[Resource]]:
    # The addresses name every declared resource; they are loaded after all rooms.
    from provisioning.api.urls import RESOURCES

    return {resource.path: resource for resource in RESOURCES}


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def only_changed(
    before: dict[str, Any] | None, after: dict[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Both sides of an update without what is the same on both; else as they are."""
    if before is None or after is None:
        return before, after
    names = [
        name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)
    ]
    return (
        {name: before.get(name) for name in names},
        {name: after.get(name) for name in names},
    )


class ProvisioningForesight:
    """`portal.api.writing.Foresight` of all that goes through the provisioning services."""

    def watch(self, user: Any) -> list[Any]:
        return [watch(user) for watch, _ in _consequences]

    def tell(self, watched: Any, events: Sequence[Event], user: Any) -> dict[str, Any]:
        changes = [event for event in events if isinstance(event, ProvisioningChanged)]
        consequences: list[str] = []
        for (_, tell), seen in zip(_consequences, watched, strict=True):
            consequences += tell(seen, changes, user)
        return {
            "changes": [_described(change) for change in changes],
            "consequences": consequences,
        }


def _described(change: ProvisioningChanged) -> dict[str, Any]:
    before, after = only_changed(
        as_clients_see(change.resource, change.before),
        as_clients_see(change.resource, change.after),
    )
    described: dict[str, Any] = {
        "resource": change.resource,
        "id": client_id(change),
        "action": change.action,
    }
    if before is not None:
        described["before"] = before
    if after is not None:
        described["after"] = after
    return described


def _watch_coverage(user: Any) -> Any:
    return qualified_agents(user.contact_center_id)


def _tell_coverage(seen: Any, changes: Sequence[ProvisioningChanged], user: Any) -> list[str]:
    return lost_coverage(seen, qualified_agents(user.contact_center_id))


foresee(_watch_coverage, _tell_coverage)
