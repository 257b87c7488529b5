"""Growing windows: numbers, times, extremes, ranges since the last reset (spec sections 7, 9)."""

from __future__ import annotations

from supervision.statistics.accumulators.base import Windowed
from supervision.statistics.categories import Span
from supervision.statistics.clocks import Clock
from supervision.statistics.occurrences import Occurrence


class Count(Windowed):
    """A number that starts anew with each window."""

    __slots__ = ("count",)
    STATE = ("serial", "count")

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.count = 0

    def value(self, at_ms: int) -> int:
        """How many counted in the window."""
        return self.count if self.is_current(at_ms) else 0


class ActionNumber(Count):
    """TotalNumber over actions: at their end, or when they happen."""

    __slots__ = ()

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        serial = self.clock.serial
        if serial == self.serial:
            self.count += 1
        else:
            self.serial = serial
            self.count = 1

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        serial = self.clock.serial
        if serial == self.serial:
            self.count += 1
        else:
            self.serial = serial
            self.count = 1


class StatusNumber(Count):
    """TotalNumber over statuses: at their start."""

    __slots__ = ()

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        serial = self.clock.serial
        if serial == self.serial:
            self.count += 1
        else:
            self.serial = serial
            self.count = 1

    def carry(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        """Its start is not in the window."""


def is_over_at_start(clock: Clock, start_ms: int, now_ms: int) -> bool:
    """Whether a status that ends now ends as the window starts, and so has no part in it.

    An action that ends then belongs to the window: its end does.
    """
    return now_ms == clock.start_ms and start_ms < now_ms


class EndedTime(Windowed):
    """TotalTime over actions: cut(o) once ended, retrospective actions whole."""

    __slots__ = ("total",)
    STATE = ("serial", "total")

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.total = 0

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.instant(None, now_ms // 1000 - max(start_ms // 1000, self.clock.start_s), now_ms)

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        serial = self.clock.serial
        if serial == self.serial:
            self.total += duration
        else:
            self.serial = serial
            self.total = duration

    def value(self, at_ms: int) -> int:
        """Seconds brought in the window."""
        return self.total if self.is_current(at_ms) else 0


class RunningTime(Windowed):
    """TotalTime over statuses, TotalAdjustedTime: cut(o), running too.

    ``starts`` is the sum of the starts of what runs, cut to the window; a reset makes it
    running * window start.
    """

    __slots__ = ("running", "starts", "total")
    STATE = ("serial", "total", "running", "starts")

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.total = 0
        self.running = 0
        self.starts = 0

    def _roll(self) -> None:
        self.serial = self.clock.serial
        self.total = 0
        self.starts = self.running * self.clock.start_s

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        if self.serial != self.clock.serial:
            self._roll()
        self.running += 1
        self.starts += start_ms // 1000

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        clock, start = self.clock, start_ms // 1000
        if self.serial != clock.serial:
            self._roll()
        if start < clock.start_s:
            start = clock.start_s
        self.running -= 1
        self.starts -= start
        self.total += now_ms // 1000 - start

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        if self.serial != self.clock.serial:
            self._roll()
        self.total += min(duration, now_ms // 1000 - self.clock.start_s)

    def is_moving(self, at_ms: int) -> bool:
        return self.running > 0

    def value(self, at_ms: int) -> int:
        """Seconds within the window so far."""
        if self.is_current(at_ms):
            return self.total + self.running * (at_ms // 1000) - self.starts
        return self.running * (at_ms // 1000 - self.clock.start_at(at_ms) // 1000)


class AdjustedNumber(Windowed):
    """TotalAdjustedNumber: whatever has a part in the window."""

    __slots__ = ("count", "is_status", "running")
    STATE = ("serial", "count", "running")

    def __init__(self, clock: Clock, *, is_status: bool) -> None:
        super().__init__(clock)
        self.is_status = is_status
        self.count = 0
        self.running = 0

    def _roll(self) -> None:
        if self.serial != self.clock.serial:
            self.serial = self.clock.serial
            self.count = self.running

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self._roll()
        self.count += 1
        self.running += 1

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self._roll()
        self.running -= 1
        if self.is_status and is_over_at_start(self.clock, start_ms, now_ms):
            self.count -= 1

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        self._roll()
        self.count += 1

    def value(self, at_ms: int) -> int:
        """How many have a part in the window."""
        return self.count if self.is_current(at_ms) else self.running


class Extremes(Windowed):
    """MaxTime and MinTime over what TotalTime sums; Max with running statuses."""

    __slots__ = ("greatest", "is_status", "least", "running")
    STATE = ("serial", "greatest", "least", "running")

    def __init__(self, clock: Clock, *, is_status: bool) -> None:
        super().__init__(clock)
        self.is_status = is_status
        self.greatest = 0
        self.least: int | None = None
        self.running: dict[int, int] = {}

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        if self.is_status:
            self.running[occurrence.ident] = start_ms // 1000

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        if self.is_status:
            del self.running[occurrence.ident]
            if is_over_at_start(self.clock, start_ms, now_ms):
                return
        self.instant(None, now_ms // 1000 - max(start_ms // 1000, self.clock.start_s), now_ms)

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        if self.serial != self.clock.serial:
            self.serial = self.clock.serial
            self.greatest = 0
            self.least = None
        if duration > self.greatest:
            self.greatest = duration
        if self.least is None or duration < self.least:
            self.least = duration

    def is_moving(self, at_ms: int) -> bool:
        return bool(self.running)

    def max(self, at_ms: int) -> int:
        """The longest, 0 when none."""
        ended = self.greatest if self.is_current(at_ms) else 0
        if not self.running:
            return ended
        start = max(next(iter(self.running.values())), self.clock.start_at(at_ms) // 1000)
        return max(ended, at_ms // 1000 - start)

    def min(self, at_ms: int) -> int:
        """The shortest that ended, 0 when none."""
        return (self.least or 0) if self.is_current(at_ms) else 0


class InSpan(Windowed):
    """TotalNumberInTimeRange, TotalTimeInTimeRange: whole durations in [left, right).

    A status belongs to the window in which it began, so ``begun`` remembers those of this window.
    """

    __slots__ = ("begun", "count", "is_status", "left", "right", "total")
    STATE = ("serial", "count", "total", "begun")

    def __init__(self, clock: Clock, span: Span, *, is_status: bool) -> None:
        super().__init__(clock)
        self.left, self.right = span
        self.is_status = is_status
        self.count = 0
        self.total = 0
        self.begun: set[int] = set()

    def _roll(self) -> None:
        if self.serial != self.clock.serial:
            self.serial = self.clock.serial
            self.count = 0
            self.total = 0
            self.begun.clear()

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        if self.is_status:
            self._roll()
            self.begun.add(occurrence.ident)

    def carry(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        """Its start is not in the window."""

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self._roll()
        if self.is_status:
            if occurrence.ident not in self.begun:
                return
            self.begun.discard(occurrence.ident)
        self.instant(None, now_ms // 1000 - start_ms // 1000, now_ms)

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        self._roll()
        if self.left <= duration < self.right:
            self.count += 1
            self.total += duration

    def number(self, at_ms: int) -> int:
        """How many durations lie in the range."""
        return self.count if self.is_current(at_ms) else 0

    def time(self, at_ms: int) -> int:
        """Their sum."""
        return self.total if self.is_current(at_ms) else 0
