"""The event log: publishing in the transaction that makes an event true.

An event is a frozen dataclass of JSON values that carries the facts its readers need. It is
written together with the rows it tells of, or not at all.
"""

import contextlib
import dataclasses
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, ClassVar

from django.db import connection, transaction

from portal.events import wakeup
from portal.events.models import EventRecord
from portal.events.statements import insert

_event_classes: dict[str, type["Event"]] = {}
_facts: dict[type["Event"], tuple[str, ...]] = {}
_captured: ContextVar[list["Event"] | None] = ContextVar("captured", default=None)


def now_ms() -> int:
    """The present, in whole milliseconds since 1970 (UTC)."""
    return time.time_ns() // 1_000_000


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Base of all events; a subclass names its kind: `class CallQueued(Event, kind="call.queued")`.

    Fields hold JSON values only (ids as strings, times in milliseconds since 1970).
    """

    kind: ClassVar[str] = ""
    contact_center_id: str | None
    occurred_at_ms: int = dataclasses.field(default_factory=now_ms)

    def __init_subclass__(cls, *, kind: str = "") -> None:
        # dataclass(slots=True) makes the class a second time, without the class keywords.
        kind = kind or cls.kind
        if not kind:
            raise TypeError(f"{cls.__name__} needs a kind.")
        cls.kind = kind
        _event_classes[kind] = cls

    def payload(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _facts_of(type(self))}


def _facts_of(event_class: type[Event]) -> tuple[str, ...]:
    """The fields of a kind that its payload holds; found once, since each event read asks."""
    facts = _facts.get(event_class)
    if facts is None:
        names = (field.name for field in dataclasses.fields(event_class))
        facts = tuple(name for name in names if name not in {"contact_center_id", "occurred_at_ms"})
        _facts[event_class] = facts
    return facts


def event_kinds() -> dict[str, type[Event]]:
    """Every declared kind of event with its class."""
    return dict(_event_classes)


def event_from_record(record: EventRecord) -> Event:
    """The event that a stored row holds.

    Raises KeyError for a kind that no installed application declares.
    """
    centre = record.contact_center_id
    return _event_classes[record.kind](
        contact_center_id=str(centre) if centre else None,
        occurred_at_ms=record.occurred_at_ms,
        **record.payload,
    )


def publish(*events: Event) -> None:
    """Write events to the log, in the order given, in the running transaction.

    Call it once, last, in the transaction that makes the events true and after its rows are
    locked: ids then follow the order of those locks, which is the order readers see.
    Raises TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Events are published in a transaction.")
    if not events:
        return
    if (captured := _captured.get()) is not None:
        captured.extend(events)
    ids = _draw_ids(len(events))
    # The savepoint gives the rows a transaction id of their own: see portal/events/reader.py.
    with transaction.atomic(savepoint=connection.vendor == "postgresql"):
        insert(
            EventRecord,
            [
                {
                    **({} if event_id is None else {"id": event_id}),
                    "kind": event.kind,
                    "contact_center_id": event.contact_center_id,
                    "occurred_at_ms": event.occurred_at_ms,
                    "payload": event.payload(),
                }
                for event_id, event in zip(ids, events, strict=True)
            ],
        )
    transaction.on_commit(wakeup.announce, robust=True)


@contextlib.contextmanager
def capture() -> Iterator[list[Event]]:
    """The events published while the block runs, also if they are rolled back afterwards."""
    captured: list[Event] = []
    token = _captured.set(captured)
    try:
        yield captured
    finally:
        _captured.reset(token)


def _draw_ids(count: int) -> list[int | None]:
    """Ids for so many events, drawn when the transaction has its id and before rows are written.

    Readers rely on that order. SQLite has one writer at a time, so its ids commit in order.
    """
    if connection.vendor != "postgresql":
        return [None] * count
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_current_xact_id(), nextval(pg_get_serial_sequence(%s, 'id'))"
            " FROM generate_series(1, %s)",
            [EventRecord._meta.db_table, count],
        )
        return [row[1] for row in cursor.fetchall()]
