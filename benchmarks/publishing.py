"""Publishing one event in a transaction against a bare INSERT of the same row in a transaction."""

import json
import time
import uuid
from collections.abc import Callable, Iterator

from django.db import connection, transaction

from benchmarks import scratch
from benchmarks.measure import Comparison, Row, Size, compare, timed
from portal.events.log import publish
from portal.events.models import EventRecord
from telephony.events import CallQueued

_CENTER = uuid.UUID(int=1)
_INSERT = (
    "INSERT INTO events_eventrecord (kind, contact_center_id, occurred_at_ms, payload)"
    " VALUES (%s, %s, %s, %s)"
)


def compare_with_insert(size: Size) -> Iterator[Row]:
    """On the SQLite file, and on PostgreSQL where it answers."""
    yield _row("event-log, SQLite", _compare(size))
    with scratch.postgres() as answers:
        if answers:
            with connection.schema_editor() as editor:
                editor.create_model(EventRecord)
            yield _row("event-log, PostgreSQL", _compare(size))


def _row(name: str, comparison: Comparison) -> Row:
    return Row(name, "event", comparison, "publish one event / bare INSERT, each a transaction")


def _compare(size: Size) -> Comparison:
    _require_same_rows()
    return compare(
        lambda: _seconds(_publish, size.publications),
        lambda: _seconds(_insert, size.publications),
        repetitions=size.repetitions * 3,
    )


def _seconds(act: Callable[[], None], times: int) -> float:
    def repeat() -> None:
        for _ in range(times):
            act()

    return timed(repeat, units=times, clock=time.perf_counter)


def _event() -> CallQueued:
    """One of the commonest and largest; readers get what they need of the call with it."""
    return CallQueued(
        contact_center_id=str(_CENTER),
        occurred_at_ms=time.time_ns() // 1_000_000,
        call_id="0072a1b2c3d4e5f6",
        call_uuid="00KMK5Q0N89JJ7V0CC1G22LAES000001",
        call_type="Inbound",
        queue_id=str(uuid.UUID(int=2)),
        ani="+16505550100",
        dnis="+16505550199",
        user_data={"customer": "4711", "language": "en", "segment": "gold"},
    )


def _publish() -> None:
    with transaction.atomic():
        publish(_event())


def _insert() -> None:
    event = _event()
    center = str(_CENTER) if connection.vendor == "postgresql" else _CENTER.hex
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _INSERT, [event.kind, center, event.occurred_at_ms, json.dumps(event.payload())]
        )


def _require_same_rows() -> None:
    _publish()
    _insert()
    columns = ("kind", "contact_center_id", "payload")
    first, second = EventRecord.objects.order_by("-id").values(*columns)[:2]
    if first != second:
        raise RuntimeError(f"publish writes {second}, the bare INSERT {first}")
