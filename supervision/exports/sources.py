"""What exports hold: rows of cells, read piece by piece."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from django.db.models import QuerySet

from provisioning.models import Queue, User
from supervision.exports.writers import Cell
from supervision.models import Export, StatisticHistory
from telephony.models import CallPartRecord, CallRecord

_PIECE = 500


@dataclass(frozen=True, slots=True)
class Source:
    columns: Sequence[str]
    total: int
    rows: Iterator[Sequence[Cell]]


def source_of(export: Export) -> Source:
    zone = ZoneInfo(export.contact_center.time_zone)
    make = _statistics if export.kind == Export.STATISTICS else _calls
    return make(export, zone)


def _statistics(export: Export, zone: ZoneInfo) -> Source:
    asked = export.parameters
    rows = StatisticHistory.objects.filter(
        object_id=UUID(asked["object"]), object_type__in=asked["objectTypes"]
    )
    if asked.get("statistic"):
        rows = rows.filter(name=asked["statistic"])
    rows = _between(rows, "at_ms", asked).order_by("at_ms", "name")

    def read() -> Iterator[Sequence[Cell]]:
        for row in rows.iterator(chunk_size=_PIECE):
            value = row.value
            if isinstance(value, dict | list | bool):
                value = orjson.dumps(value).decode()
            local = _local(row.at_ms, zone)
            yield local, row.at_ms, asked["objectId"], row.object_type, row.name, value

    columns = ("time", "timeMs", "objectId", "objectType", "statistic", "value")
    return Source(columns, rows.count(), read())


_CALL_COLUMNS = (
    *("callId", "callUuid", "callType", "ani", "dnis", "queue", "began", "queued", "answered"),
    *("ended", "waitSeconds", "talkSeconds", "agents", "isRecorded", "dispositions", "userData"),
)


def _calls(export: Export, zone: ZoneInfo) -> Source:
    """The calls that ended within the period; those that go on are not over."""
    found = CallRecord.objects.filter(contact_center_id=export.contact_center_id)
    calls = _between(found, "ended_ms", export.parameters).order_by("ended_ms", "pk")

    def read() -> Iterator[Sequence[Cell]]:
        queues = dict(
            Queue.objects.filter(contact_center_id=export.contact_center_id).values_list(
                "pk", "name"
            )
        )
        every = calls.iterator(chunk_size=_PIECE)
        while piece := list(itertools.islice(every, _PIECE)):
            agents = _agents_of(piece)
            for call in piece:
                yield _call(call, queues, agents[call.call_uuid], zone)

    return Source(_CALL_COLUMNS, calls.count(), read())


def _call(
    call: CallRecord, queues: dict[UUID, str], agents: list[str], zone: ZoneInfo
) -> list[Cell]:
    answered = call.answered_ms
    queued = call.queued_at_ms
    waited_until = call.ended_ms if answered is None else answered
    return [
        call.call_id,
        call.call_uuid,
        call.type,
        call.ani,
        call.dnis,
        queues.get(call.queue_id, str(call.queue_id)) if call.queue_id else None,
        _local(call.began_ms, zone),
        _local(queued, zone),
        _local(answered, zone),
        _local(call.ended_ms, zone),
        None if queued is None else waited_until // 1000 - queued // 1000,
        None if answered is None else call.ended_ms // 1000 - answered // 1000,
        ", ".join(agents),
        "true" if call.is_recorded else "false",
        _json(call.dispositions),
        _json(call.user_data),
    ]


def _agents_of(calls: Sequence[CallRecord]) -> dict[str, list[str]]:
    """Who answered each call, by name, in the order of their parts."""
    parts = CallPartRecord.objects.filter(
        call_uuid__in=[call.call_uuid for call in calls],
        user_id__isnull=False,
        answered_ms__isnull=False,
    ).order_by("began_ms", "pk")
    pairs = list(parts.values_list("call_uuid", "user_id"))
    users = User.objects.filter(pk__in={user_id for _, user_id in pairs})
    names = {user.pk: user.full_name for user in users}
    found: dict[str, list[str]] = defaultdict(list)
    for call_uuid, user_id in pairs:
        name = names.get(user_id, str(user_id))
        if name not in found[call_uuid]:
            found[call_uuid].append(name)
    return found


def _between(rows: QuerySet[Any], column: str, asked: dict[str, Any]) -> QuerySet[Any]:
    """Both ends belong to it."""
    if asked.get("from") is not None:
        rows = rows.filter(**{f"{column}__gte": asked["from"]})
    if asked.get("to") is not None:
        rows = rows.filter(**{f"{column}__lte": asked["to"]})
    return rows


def _json(content: dict[str, Any]) -> str | None:
    return orjson.dumps(content).decode() if content else None


def _local(at_ms: int | None, zone: ZoneInfo) -> datetime | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, zone)
