"""Checkpoints: what the log made of engine and board, kept with the position in the log.

The newest is where a restart begins. The baseline is where a recomputation begins once the log
before it may be trimmed: the position of its reader holds the trimming back.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from portal.events.reader import DurableReader
from supervision.models import StatisticsCheckpoint
from supervision.state import pack, unpack

READER = DurableReader("statistics")
BASELINE_READER = DurableReader("statistics-baseline")
# Every so often a checkpoint is kept that can become the baseline.
_KEEP_APART_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    cursor: int
    content: dict[str, Any]


@transaction.atomic
def save_checkpoint(*, cursor: int, at_ms: int, content: dict[str, Any]) -> None:
    """Store engine, board and position together; the log before it need not be read again."""
    kept = {"at_ms": at_ms, "content": pack(content)}
    StatisticsCheckpoint.objects.update_or_create(last_event_id=cursor, defaults=kept)
    READER.advance(cursor)
    BASELINE_READER.advance(_baseline_cursor())
    _forget_between(cursor)


def newest_checkpoint() -> Checkpoint | None:
    return _read(StatisticsCheckpoint.objects.order_by("-last_event_id").first())


def newest_checkpoint_before(at_ms: int) -> Checkpoint | None:
    rows = StatisticsCheckpoint.objects.filter(at_ms__lte=at_ms)
    return _read(rows.order_by("-last_event_id").first())


def baseline_checkpoint() -> Checkpoint | None:
    """None while the log is whole."""
    return _read(StatisticsCheckpoint.objects.filter(is_baseline=True).first())


@transaction.atomic
def move_baseline(*, older_than_ms: int) -> None:
    """Make the newest checkpoint from before a time the baseline, and forget those before it."""
    old = StatisticsCheckpoint.objects.filter(at_ms__lt=older_than_ms)
    baseline = old.order_by("-last_event_id").first()
    if baseline is None or baseline.is_baseline:
        return
    StatisticsCheckpoint.objects.filter(last_event_id__lt=baseline.last_event_id).delete()
    baseline.is_baseline = True
    baseline.save(update_fields=["is_baseline"])
    BASELINE_READER.advance(baseline.last_event_id)


def _read(row: StatisticsCheckpoint | None) -> Checkpoint | None:
    return Checkpoint(row.last_event_id, unpack(bytes(row.content))) if row else None


def _baseline_cursor() -> int:
    row = StatisticsCheckpoint.objects.filter(is_baseline=True).only("last_event_id").first()
    return row.last_event_id if row else 0


def _forget_between(newest: int) -> None:
    """Of the older checkpoints keep one a day."""
    rows = StatisticsCheckpoint.objects.filter(last_event_id__lt=newest).order_by("last_event_id")
    forgotten, kept_ms = [], None
    for row in rows.only("pk", "at_ms", "is_baseline"):
        if row.is_baseline or kept_ms is None or row.at_ms >= kept_ms + _KEEP_APART_MS:
            kept_ms = row.at_ms
        else:
            forgotten.append(row.pk)
    StatisticsCheckpoint.objects.filter(pk__in=forgotten).delete()
