"""The recorded values: written by the leader's statistics task, read by the API and pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from supervision.models import StatisticHistory, StatisticValue

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Recorded:
    object_type: str
    object_id: str
    name: str
    value: Any
    at_ms: int


@transaction.atomic
def record(values: Iterable[Recorded]) -> None:
    """Keep values, oldest first, as newest and as history.

    Values are a function of the log, so one recorded again, after a restart, is the same one.
    """
    rows = list(values)
    newest = {(row.object_type, row.object_id, row.name): row for row in rows}
    StatisticValue.objects.bulk_create(
        [StatisticValue(**_columns(row)) for row in newest.values()],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["object_id", "object_type", "name"],
        update_fields=["value", "at_ms"],
    )
    StatisticHistory.objects.bulk_create(
        [StatisticHistory(**_columns(row)) for row in rows],
        batch_size=_BATCH,
        ignore_conflicts=True,
    )


def newest_values(object_id: UUID) -> dict[str, StatisticValue]:
    """By name: an object's types share no names."""
    return {row.name: row for row in StatisticValue.objects.filter(object_id=object_id)}


def history(
    object_id: UUID,
    name: str,
    *,
    limit: int,
    from_ms: int | None = None,
    to_ms: int | None = None,
) -> list[StatisticHistory]:
    """Newest first; both ends of the range belong to it."""
    rows = StatisticHistory.objects.filter(object_id=object_id, name=name).order_by("-at_ms")
    if from_ms is not None:
        rows = rows.filter(at_ms__gte=from_ms)
    if to_ms is not None:
        rows = rows.filter(at_ms__lte=to_ms)
    return list(rows[:limit])


def forget_history(*, older_than_ms: int) -> None:
    """Drop old history; the newest value of a statistic stays, however old it is."""
    StatisticHistory.objects.filter(at_ms__lt=older_than_ms).delete()


def _columns(row: Recorded) -> dict[str, Any]:
    return {
        "object_type": row.object_type,
        "object_id": row.object_id,
        "name": row.name,
        "value": row.value,
        "at_ms": row.at_ms,
    }
