"""Calls with what pages show beside their columns: people, queues, dispositions by name.

What calls keep are ids of what may have gone. A page of calls costs the same few queries whatever
it holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from provisioning.models import Disposition, Queue, User
from telephony.models import CallPartRecord, CallRecord
from telephony.services.call_data import disposition_key

CALLS_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    record: CallRecord
    queue_name: str
    agents: Sequence[User]
    dispositions: Sequence[str]
    # Of the agent whom a list is about.
    part: CallPartRecord | None = None

    @property
    def is_answered(self) -> bool:
        return self.record.answered_ms is not None

    @property
    def talk_seconds(self) -> float | None:
        if self.record.answered_ms is None:
            return None
        return (self.record.ended_ms - self.record.answered_ms) / 1000

    @property
    def wait_seconds(self) -> float | None:
        """In the queue, until somebody answered or the caller had enough."""
        if self.record.queued_at_ms is None:
            return None
        until_ms = self.record.answered_ms or self.record.ended_ms
        return (until_ms - self.record.queued_at_ms) / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCalls:
    rows: Sequence[CallRow]
    count: int

    @property
    def is_cut(self) -> bool:
        return self.count > len(self.rows)


def calls_of_agent(viewer: User, agent: User, *, since_ms: int) -> AgentCalls:
    """His newest calls that ended since then, as far as the viewer may see them."""
    parts = CallPartRecord.objects.filter(
        contact_center_id=viewer.contact_center_id, user_id=agent.pk, ended_ms__gte=since_ms
    )
    newest = list(parts.order_by("-ended_ms", "-pk")[:CALLS_SHOWN])
    by_uuid = {part.call_uuid: part for part in newest}
    found = CallRecord.objects.visible_to(viewer).filter(call_uuid__in=by_uuid)
    records = sorted(found, key=lambda record: -by_uuid[record.call_uuid].began_ms)
    rows = rows_of(viewer, records, parts=by_uuid)
    return AgentCalls(rows=rows, count=max(parts.count(), len(rows)))


def rows_of(
    viewer: User, records: Sequence[CallRecord], *, parts: dict[str, CallPartRecord] | None = None
) -> list[CallRow]:
    uuids = [record.call_uuid for record in records]
    queues = queue_names(viewer, (record.queue_id for record in records))
    people = _agents_of(viewer, uuids)
    key, names = disposition_key(viewer), disposition_names(viewer)
    return [
        CallRow(
            record=record,
            queue_name=queues.get(record.queue_id, ""),
            agents=people.get(record.call_uuid, []),
            dispositions=_dispositions(record, key, names),
            part=(parts or {}).get(record.call_uuid),
        )
        for record in records
    ]


def queue_names(viewer: User, ids: Iterable[Any]) -> dict[Any, str]:
    found = Queue.objects.visible_to(viewer).filter(pk__in=set(ids) - {None})
    return dict(found.values_list("pk", "name"))


def people_by_id(viewer: User, ids: Iterable[Any]) -> dict[Any, User]:
    """Those who are still there."""
    found = User.objects.visible_to(viewer).filter(pk__in=set(ids) - {None})
    return {user.pk: user for user in found}


def disposition_names(viewer: User) -> dict[str, str]:
    """What people read for what is attached."""
    found = Disposition.objects.visible_to(viewer).order_by("display_name", "pk")
    return dict(found.values_list("name", "display_name"))


def _agents_of(viewer: User, uuids: Sequence[str]) -> dict[str, list[User]]:
    """Those who answered a call, in the order in which they came in."""
    parts = CallPartRecord.objects.filter(
        contact_center_id=viewer.contact_center_id,
        call_uuid__in=uuids,
        user_id__isnull=False,
        answered_ms__isnull=False,
    )
    pairs = list(parts.order_by("began_ms", "pk").values_list("call_uuid", "user_id"))
    people = people_by_id(viewer, (user_id for _, user_id in pairs))
    agents: dict[str, list[User]] = {}
    for call_uuid, user_id in pairs:
        one = people.get(user_id)
        if one is not None and one not in agents.setdefault(call_uuid, []):
            agents[call_uuid].append(one)
    return agents


def _dispositions(record: CallRecord, key: str, names: dict[str, str]) -> list[str]:
    """What was set afterwards, under any key; else what was set during the call."""
    values: list[Any] = list(record.dispositions.values())
    if not values and key in record.user_data:
        during = record.user_data[key]
        values = during if isinstance(during, list) else [during]
    return [names.get(str(value), str(value)) for value in values]
