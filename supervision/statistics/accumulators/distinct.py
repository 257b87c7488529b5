"""Growing numbers that count each connection once per window (statistics-spec.md section 11)."""

from __future__ import annotations

from supervision.statistics.accumulators.base import Windowed
from supervision.statistics.accumulators.growing import is_over_at_start
from supervision.statistics.categories import Span
from supervision.statistics.clocks import Clock
from supervision.statistics.occurrences import Occurrence


class DistinctNumber(Windowed):
    """TotalNumber of connections; what has no connection counts by itself.

    Actions count when they end, statuses when they begin; with a range both when they end, a
    status then only in the window in which it began (``begun``).
    """

    __slots__ = ("begun", "conns", "is_status", "loose", "span")
    STATE = ("serial", "conns", "loose", "begun")

    def __init__(self, clock: Clock, span: Span | None, *, is_status: bool) -> None:
        super().__init__(clock)
        self.span = span
        self.is_status = is_status
        self.conns: set[str] = set()
        self.loose = 0
        self.begun: set[int] = set()

    def _roll(self) -> None:
        if self.serial != self.clock.serial:
            self.serial = self.clock.serial
            self.conns.clear()
            self.loose = 0
            self.begun.clear()

    def _add(self, conn: str | None) -> None:
        if conn is None:
            self.loose += 1
        else:
            self.conns.add(conn)

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        if not self.is_status:
            return
        self._roll()
        if self.span is None:
            self._add(occurrence.conn)
        else:
            self.begun.add(occurrence.ident)

    def carry(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        """Its start is not in the window."""

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self._roll()
        if self.is_status:
            if self.span is None or occurrence.ident not in self.begun:
                return
            self.begun.discard(occurrence.ident)
        self.instant(occurrence.conn, now_ms // 1000 - start_ms // 1000, now_ms)

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        self._roll()
        if self.span is None or self.span[0] <= duration < self.span[1]:
            self._add(conn)

    def value(self, at_ms: int) -> int:
        """How many connections counted in the window."""
        return len(self.conns) + self.loose if self.is_current(at_ms) else 0


class DistinctAdjustedNumber(Windowed):
    """TotalAdjustedNumber of connections: those with any part in the window."""

    __slots__ = ("conns", "is_status", "loose", "running")
    STATE = ("serial", "conns", "loose", "running")

    def __init__(self, clock: Clock, *, is_status: bool) -> None:
        super().__init__(clock)
        self.is_status = is_status
        self.conns: set[str] = set()
        self.loose = 0
        self.running: dict[int, str | None] = {}

    def _carried(self) -> tuple[set[str], int]:
        conns = {conn for conn in self.running.values() if conn is not None}
        return conns, sum(conn is None for conn in self.running.values())

    def _roll(self) -> None:
        if self.serial != self.clock.serial:
            self.serial = self.clock.serial
            self.conns, self.loose = self._carried()

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.instant(occurrence.conn, 0, now_ms)
        self.running[occurrence.ident] = occurrence.conn

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self._roll()
        del self.running[occurrence.ident]
        if self.is_status and is_over_at_start(self.clock, start_ms, now_ms):
            self.conns, self.loose = self._carried()

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        self._roll()
        if conn is None:
            self.loose += 1
        else:
            self.conns.add(conn)

    def value(self, at_ms: int) -> int:
        """How many connections have a part in the window."""
        conns, loose = (self.conns, self.loose) if self.is_current(at_ms) else self._carried()
        return len(conns) + loose
