"""What a write would do to whoever is on the line: consequences that dry runs tell of.

Source: issue "Dry run": "device in use by a call"; wishes, feature 1: "4 calls waiting".
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from provisioning.coverage import qualified_agents
from provisioning.events import ProvisioningChanged
from provisioning.models import Device, Queue, User
from telephony.models import AgentSession, Call, Leg
from telephony.switch.tables import Presence

_AWAY = (Presence.INACTIVE.value, Presence.LOGGED_OUT.value)
# What of a user, and of a queue, matters to the calls they are at; their names do not.
_OF_WORK = ("is_active", "is_agent")
_OF_ROUTING = ("routing_template_id", "routing")


@dataclass(frozen=True, slots=True)
class Line:
    """What was on the line before the write, by ids."""

    talking: frozenset[str]
    in_session: frozenset[str]
    devices: frozenset[str]
    waiting: Counter[str]
    qualified: dict[UUID, int]


def watch(user: Any) -> Line:
    center = user.contact_center_id
    legs = Leg.objects.filter(contact_center_id=center, device__isnull=False)
    sessions = AgentSession.objects.filter(contact_center_id=center).exclude(presence__in=_AWAY)
    calls = Call.objects.filter(contact_center_id=center, is_waiting=True, queue__isnull=False)
    held = list(legs.values_list("user_id", "device_id"))
    waiting = Counter(str(queue_id) for queue_id in calls.values_list("queue_id", flat=True))
    return Line(
        talking=frozenset(str(user_id) for user_id, _ in held if user_id),
        in_session=frozenset(str(pk) for pk in sessions.values_list("pk", flat=True)),
        devices=frozenset(str(device_id) for _, device_id in held),
        waiting=waiting,
        qualified=qualified_agents(center) if waiting else {},
    )


def tell(seen: Line, changes: Sequence[ProvisioningChanged], user: Any) -> list[str]:
    """Who and what is in the middle of something that the changes are about."""
    devices = {one.object_id for one in changes if _takes_device(one)}
    users = {pk for one in changes if (pk := _user_kept_from_work(one))}
    queues = {pk for one in changes if (pk := _queue_rerouted(one))}
    queues |= _left_alone(seen, user)
    waiting = _named(Queue, "name", changes, queues & seen.waiting.keys())
    return [
        *_sentences(
            "Device {} is in use by a call",
            _named(Device, "phone_number__number", changes, devices & seen.devices),
        ),
        *_sentences(
            "Agent {} is in a call", _named(User, "user_name", changes, users & seen.talking)
        ),
        *_sentences(
            "Agent {} is in a contact center session",
            _named(User, "user_name", changes, (users & seen.in_session) - seen.talking),
        ),
        *(
            f"Queue {name} has {_calls(seen.waiting[pk])} waiting"
            for pk, name in sorted(waiting.items(), key=lambda one: one[1])
        ),
    ]


def _takes_device(change: ProvisioningChanged) -> bool:
    return change.resource == "devices" and change.action in {"unassigned", "deleted"}


def _user_kept_from_work(change: ProvisioningChanged) -> str | None:
    """Whoever goes, is disabled, is no agent any more, or loses a skill or levels of it."""
    before, after = change.before, change.after or {}
    if before is None:
        return None
    if change.resource == "users":
        goes = any(before.get(name) and not after.get(name) for name in _OF_WORK)
        return change.object_id if goes or change.after is None else None
    if change.resource == "user-skills":
        loses = change.after is None or after["level"] < before["level"]
        return str(before["user_id"]) if loses else None
    return None


def _queue_rerouted(change: ProvisioningChanged) -> str | None:
    before, after = change.before, change.after
    if change.resource == "queue-skills":
        return change.object_id.split("/")[0]
    if change.resource != "queues" or before is None:
        return None
    is_other = after is None or any(before.get(name) != after.get(name) for name in _OF_ROUTING)
    return change.object_id if is_other else None


def _left_alone(seen: Line, user: Any) -> set[str]:
    """The queues with waiting calls that somebody could serve before, and nobody can now."""
    if not seen.waiting:
        return set()
    now = qualified_agents(user.contact_center_id)
    return {
        str(queue_id)
        for queue_id, count in seen.qualified.items()
        if count and not now.get(queue_id, 1)
    }


def _named(
    model: type[Any], attribute: str, changes: Sequence[ProvisioningChanged], ids: Iterable[str]
) -> dict[str, str]:
    """The objects' names by id; what the write deleted is named as it was before."""
    wanted = set(ids)
    if not wanted:
        return {}
    found = model.objects.filter(pk__in=wanted).values_list("pk", attribute)
    column = attribute.split("__")[0]
    before = {
        change.object_id: str(change.before[column])
        for change in changes
        if change.object_id in wanted and change.before and column in change.before
    }
    return before | {str(pk): name for pk, name in found}


def _sentences(sentence: str, names: dict[str, str]) -> list[str]:
    return [sentence.format(name) for name in sorted(names.values())]


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count} calls"
