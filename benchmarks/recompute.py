"""Six statistics of a queue recomputed by SQL, as well as SQL can do it.

One row for each wait in a queue, in an SQLite database in memory: no disk, no server. One statement
recomputes all six, every part of it answered from a covering index. Seconds are cut from
milliseconds first, as the engine does.
"""

import sqlite3
from collections.abc import Iterable

from supervision.statistics.events import SwitchEvent

NAMES = (
    "Current_In_Queue",
    "CurrMaxCallWaitingTime",
    "AverageWaitingTime",
    "Total_Answered",
    "Total_Abandoned",
    "ServiceLevel",
)
_DAY_SECONDS, _HOUR_SECONDS = 86_400, 3_600

_TABLE = """
CREATE TABLE wait (
    id INTEGER PRIMARY KEY, queue TEXT NOT NULL, queued INTEGER NOT NULL, ended INTEGER,
    outcome INTEGER,  -- 0 answered, 1 abandoned, 2 abandoned while it rang
    outcome_at INTEGER
);
CREATE INDEX waiting ON wait (queue, queued) WHERE ended IS NULL;
CREATE INDEX ended ON wait (queue, ended, queued) WHERE ended IS NOT NULL;
CREATE INDEX outcome ON wait (queue, outcome_at, outcome, queued) WHERE outcome_at IS NOT NULL;
"""
# ServiceLevel: answered within 120 s of all but those who gave up within 10 s, in this hour.
_RECOMPUTE = """
SELECT waiting.number, coalesce(:now - waiting.oldest, 0),
    coalesce(ended.seconds * 1.0 / ended.number, 0), total.answered, total.abandoned,
    coalesce(100.0 * hour.in_time / nullif(hour.number - hour.short, 0), 0)
FROM (
    SELECT count(*) AS number, min(queued) AS oldest
    FROM wait WHERE queue = :queue AND ended IS NULL
) AS waiting, (
    SELECT count(*) AS number, sum(ended - queued) AS seconds
    FROM wait WHERE queue = :queue AND ended >= :midnight
) AS ended, (
    SELECT count(*) FILTER (WHERE outcome = 0) AS answered,
        count(*) FILTER (WHERE outcome = 1) AS abandoned
    FROM wait WHERE queue = :queue AND outcome_at >= :midnight
) AS total, (
    SELECT count(*) AS number,
        count(*) FILTER (WHERE outcome = 0 AND outcome_at - queued < 120) AS in_time,
        count(*) FILTER (WHERE outcome > 0 AND outcome_at - queued < 10) AS short
    FROM wait WHERE queue = :queue AND outcome_at >= :hour
) AS hour
"""
_INSERT = "INSERT INTO wait (queue, queued) VALUES (?1, ?2)"
_UPDATE = {
    "call_distributed": "UPDATE wait SET ended = ?1 WHERE id = ?2",
    "call_answered": "UPDATE wait SET outcome = 0, outcome_at = ?1 WHERE id = ?2",
    "call_abandoned": "UPDATE wait SET outcome = 1, outcome_at = ?1, ended = ?1 WHERE id = ?2",
    "call_ring_abandoned": "UPDATE wait SET outcome = 2, outcome_at = ?1 WHERE id = ?2",
}
# The events that change one of the six; the others need no recomputing.
TOUCHING = frozenset({"call_queued", *_UPDATE})


class Waits:
    """The waits of all calls, and what SQL makes of them."""

    def __init__(self) -> None:
        self._store = sqlite3.connect(":memory:", isolation_level=None)
        self._store.executescript(_TABLE)
        # The row of each call that is not over: SQL need not look for it.
        self._rows: dict[str | None, int] = {}

    def record(self, events: Iterable[SwitchEvent]) -> None:
        """Keep what the events say, without asking anything."""
        for event in events:
            self._record(event)

    def record_and_recompute(self, events: Iterable[SwitchEvent]) -> None:
        """Keep each event, then recompute the values of the queue it touches."""
        for event in events:
            self._record(event)
            if event.name in TOUCHING:
                self.values(event.queue, event.time_ms)

    def values(self, queue: str | None, at_ms: int) -> dict[str, float]:
        """The six values of a queue."""
        now = at_ms // 1000
        arguments = {
            "queue": queue,
            "now": now,
            "midnight": now - now % _DAY_SECONDS,
            "hour": now - now % _HOUR_SECONDS,
        }
        found: tuple[float, ...] = self._store.execute(_RECOMPUTE, arguments).fetchone()
        return dict(zip(NAMES, found, strict=True))

    def _record(self, event: SwitchEvent) -> None:
        seconds = event.time_ms // 1000
        if event.name == "call_queued":
            added = self._store.execute(_INSERT, (event.queue, seconds))
            self._rows[event.call] = added.lastrowid or 0
        elif event.name in _UPDATE:
            self._store.execute(_UPDATE[event.name], (seconds, self._rows[event.call]))
