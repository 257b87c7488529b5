"""Reading the log with a cursor.

A cursor is the id of the last event read. Ids of concurrent transactions may commit out of order,
so on PostgreSQL an event is shown only once it is *settled*: no event with a lower id can appear
any more. A writer has its transaction id first, then draws event ids, then writes the rows in a
savepoint, which PostgreSQL gives the next transaction id of all (it is the row's `xmin`). So
whoever drew a lower event id has a transaction id below that `xmin`, and has ended once the oldest
running transaction is not below it either.

`xmin` survives neither a dump nor freezing, and need not: restored rows are written anew, and
frozen ones are older than everything that runs.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL, Value

from portal.events.log import Event, event_from_record
from portal.events.models import EventRecord, ReaderPosition

BATCH_SIZE = 500
_COLUMNS = ("id", "kind", "contact_center_id", "occurred_at_ms", "payload", "settled")


@dataclasses.dataclass(frozen=True, slots=True)
class RecordedEvent:
    id: int
    event: Event


def read_events(
    *,
    after: int,
    limit: int = BATCH_SIZE,
    kinds: Iterable[str] | None = None,
    contact_center_id: UUID | str | None = None,
) -> list[RecordedEvent]:
    """The settled events with ids above `after`, oldest first, at most `limit` of them."""
    records: QuerySet[Any] = _with_settled(EventRecord.objects.filter(id__gt=after).order_by("id"))
    if kinds is not None:
        records = records.filter(kind__in=list(kinds))
    if contact_center_id is not None:
        records = records.filter(contact_center_id=contact_center_id)
    read = []
    # Plain rows: instances of the model would cost more than all that is then done with them.
    for record in records.values_list(*_COLUMNS, named=True)[:limit]:
        if not record.settled:
            break
        read.append(RecordedEvent(record.id, event_from_record(record)))
    return read


def newest_event_id() -> int:
    """The cursor after which a reader that starts now misses nothing and repeats nothing."""
    newest = _with_settled(EventRecord.objects.order_by("-id")).filter(settled=True).first()
    return int(newest.id) if newest else 0


def _with_settled(records: QuerySet[EventRecord]) -> QuerySet[Any]:
    """The records, each with `settled`: whether no lower id can appear any more."""
    if connection.vendor != "postgresql":
        return records.annotate(settled=Value(True, output_field=BooleanField()))  # noqa: FBT003
    return records.annotate(
        settled=RawSQL(
            "age(events_eventrecord.xmin) >= age(pg_snapshot_xmin(pg_current_snapshot())::xid)",
            [],
            output_field=BooleanField(),
        )
    )


class DurableReader:
    """A reader that goes on where it stopped, whichever process ran it."""

    def __init__(self, name: str, *, kinds: Iterable[str] | None = None) -> None:
        self.name = name
        self.kinds = None if kinds is None else tuple(kinds)

    def position(self) -> int:
        row = ReaderPosition.objects.filter(name=self.name).first()
        return row.last_event_id if row else 0

    def batches(self, *, after: int) -> Iterator[list[RecordedEvent]]:
        """What the log holds after a cursor now, batch by batch."""
        while batch := read_events(after=after, kinds=self.kinds):
            yield batch
            after = batch[-1].id

    def advance(self, to: int) -> None:
        """Store the position, in the transaction that stores what was made of the events."""
        if not connection.in_atomic_block:
            raise transaction.TransactionManagementError("A position moves in a transaction.")
        ReaderPosition.objects.update_or_create(name=self.name, defaults={"last_event_id": to})


def trim(*, older_than_ms: int) -> int:
    """Delete events from before a time that every durable reader has passed; gives their number."""
    positions = ReaderPosition.objects.values_list("last_event_id", flat=True)
    passed_by_all = min(positions, default=newest_event_id())
    deleted, _ = EventRecord.objects.filter(
        occurred_at_ms__lt=older_than_ms, id__lte=passed_by_all
    ).delete()
    return deleted
