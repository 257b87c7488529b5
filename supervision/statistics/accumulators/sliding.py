"""Sliding windows: cumulative counts and a mark for each step in which something happened.

The state at a boundary is the first mark at or after it, or else the present state, so silence
costs nothing and reading changes nothing. Source: statistics-spec.md sections 6, 7, 9.
"""

from __future__ import annotations

from bisect import bisect_left

from supervision.statistics.accumulators.base import Accumulator
from supervision.statistics.occurrences import Occurrence
from supervision.statistics.windows import SlidingWindow

# begun, counted at end or instant, running, sum of running starts, closed seconds
Totals = tuple[int, int, int, int, int]
_CROWDED = 64


class Sliding(Accumulator):
    """Numbers and times of [e - L, e).

    ``marks`` holds, per step with events, the totals before the step. ``running`` and ``recent``
    (what ended within the step not yet visible) say what still ran at e.
    """

    __slots__ = (
        *("edges", "first", "is_status", "marks", "recent", "running", "steps", "totals"),
        *("until_ms", "window"),
    )
    STATE = ("first", "marks", "steps", "edges", "recent", "running", "totals", "until_ms")

    def __init__(self, window: SlidingWindow, *, is_status: bool) -> None:
        self.window = window
        self.is_status = is_status
        # Statuses that ended exactly as a step began: they have no part in a window from there.
        self.edges: list[int] = []
        # The end of the last marked step.
        self.until_ms = 0
        self.first = 0
        self.steps: list[int] = []
        self.marks: list[Totals] = []
        self.totals: Totals = (0, 0, 0, 0, 0)
        self.running: dict[int, int] = {}
        self.recent: list[int] = []

    def _advance(self, now_ms: int) -> None:
        """Mark the step that holds the instant, for the first time."""
        length = self.window.step
        step = now_ms // 1000 // length * length
        self.until_ms = (step + length) * 1000
        if self.steps and self.steps[-1] == step:
            return
        self.steps.append(step)
        self.marks.append(self.totals)
        self.edges.append(0)
        self.recent.clear()
        gone = step - self.window.length
        while self.steps[self.first] < gone:
            self.first += 1
        # Deleting from the front in bulk keeps the cost per event constant.
        if self.first > _CROWDED and self.first * 2 > len(self.steps):
            del self.steps[: self.first], self.marks[: self.first], self.edges[: self.first]
            self.first = 0

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self._start(occurrence, start_ms, now_ms, 1)

    def carry(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self._start(occurrence, start_ms, now_ms, 0)

    def _start(self, occurrence: Occurrence, start_ms: int, now_ms: int, counted: int) -> None:
        if now_ms >= self.until_ms:
            self._advance(now_ms)
        start = start_ms // 1000
        begun, done, running, starts, closed = self.totals
        self.totals = begun + counted, done, running + 1, starts + start, closed
        self.running[occurrence.ident] = start

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        if now_ms >= self.until_ms:
            self._advance(now_ms)
        start = self.running.pop(occurrence.ident)
        begun, done, running, starts, closed = self.totals
        closed += now_ms // 1000 - start
        self.totals = begun, done + 1, running - 1, starts - start, closed
        if start < self.steps[-1]:
            self.recent.append(start)
            if self.is_status and now_ms == self.steps[-1] * 1000:
                self.edges[-1] += 1

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        if now_ms >= self.until_ms:
            self._advance(now_ms)
        begun, done, running, starts, closed = self.totals
        self.totals = begun, done + 1, running, starts, closed + duration

    def is_moving(self, at_ms: int) -> bool:
        visible_s = self.window.length + self.window.step
        return bool(self.running) or (
            bool(self.steps) and self.steps[-1] + visible_s >= at_ms // 1000
        )

    def _bounds(self, at_ms: int) -> tuple[int, int]:
        end = at_ms // 1000 // self.window.step * self.window.step
        return end - self.window.length, end

    def _totals_at(self, boundary: int) -> Totals:
        index = bisect_left(self.steps, boundary, self.first)
        return self.marks[index] if index < len(self.steps) else self.totals

    def started(self, at_ms: int) -> int:
        """How many began in the window."""
        begin, end = self._bounds(at_ms)
        return self._totals_at(end)[0] - self._totals_at(begin)[0]

    def finished(self, at_ms: int) -> int:
        """How many ended or happened in the window."""
        begin, end = self._bounds(at_ms)
        return self._totals_at(end)[1] - self._totals_at(begin)[1]

    def touching(self, at_ms: int) -> int:
        """How many have a part in the window."""
        begin, end = self._bounds(at_ms)
        index = bisect_left(self.steps, begin, self.first)
        is_marked = index < len(self.steps) and self.steps[index] == begin
        over = self.edges[index] if is_marked else 0
        return self.finished(at_ms) + self._totals_at(end)[2] - over

    def elapsed(self, at_ms: int) -> int:
        """Seconds within the window, of what runs too."""
        begin, end = self._bounds(at_ms)
        _, _, running1, starts1, closed1 = self._totals_at(end)
        _, _, running0, starts0, closed0 = self._totals_at(begin)
        return (closed1 + running1 * end - starts1) - (closed0 + running0 * begin - starts0)

    def ended_time(self, at_ms: int) -> int:
        """Seconds within the window of what ended in it; instants whole.

        What ended brings its whole length, less the part before the window of all that ran at
        its beginning and has ended since.
        """
        begin, end = self._bounds(at_ms)
        _, _, _, _, closed1 = self._totals_at(end)
        _, _, running0, starts0, closed0 = self._totals_at(begin)
        return closed1 - closed0 - (running0 * begin - starts0) + self._before(begin, end)

    def _before(self, begin: int, end: int) -> int:
        """Seconds before the window of what ran at its beginning and still ran at its end."""
        seconds = 0
        for start in self.running.values():
            if start >= begin:
                break
            seconds += begin - start
        if self.steps and self.steps[-1] == end:
            seconds += sum(begin - start for start in self.recent if start < begin)
        return seconds


class SlidingExtremes(Accumulator):
    """MaxTime and MinTime over whole durations: monotone queues of (end in ms, duration).

    ``recent`` are those that ended within the step not yet visible. An action counts when it ended
    in the window, a status when it has a part there.
    """

    __slots__ = ("highs", "is_status", "lows", "recent", "running", "step_ms", "window")
    STATE = ("highs", "lows", "recent", "running", "step_ms")

    def __init__(self, window: SlidingWindow, *, is_status: bool) -> None:
        self.window = window
        self.is_status = is_status
        self.step_ms = 0
        self.highs: list[tuple[int, int]] = []
        self.lows: list[tuple[int, int]] = []
        self.recent: list[tuple[int, int]] = []
        self.running: dict[int, int] = {}

    def _step_at(self, at_ms: int) -> int:
        step_ms = self.window.step * 1000
        return at_ms // step_ms * step_ms

    def _first_in(self, queue: list[tuple[int, int]], end_ms: int) -> int:
        """Where those begin that count in the window up to ``end_ms``."""
        begin_ms = end_ms - self.window.length * 1000
        return bisect_left(queue, (begin_ms + self.is_status, -1))

    def _advance(self, now_ms: int) -> None:
        step_ms = self._step_at(now_ms)
        if step_ms == self.step_ms:
            return
        for ended in self.recent:
            _push(self.highs, ended, 1)
            _push(self.lows, ended, -1)
        self.recent.clear()
        self.step_ms = step_ms
        for queue in (self.highs, self.lows):
            del queue[: self._first_in(queue, step_ms)]

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self._advance(now_ms)
        if self.is_status:
            self.running[occurrence.ident] = start_ms // 1000

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        if self.is_status:
            del self.running[occurrence.ident]
        self.instant(None, now_ms // 1000 - start_ms // 1000, now_ms)

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        self._advance(now_ms)
        self.recent.append((now_ms, duration))

    def is_moving(self, at_ms: int) -> bool:
        visible_ms = 1000 * (self.window.length + self.window.step)
        last = [*self.highs[-1:], *self.recent[-1:]]
        return bool(self.running) or any(end_ms + visible_ms >= at_ms for end_ms, _ in last)

    def _ended(self, queue: list[tuple[int, int]], at_ms: int) -> list[int]:
        end_ms = self._step_at(at_ms)
        front = self._first_in(queue, end_ms)
        visible = [ended for ended in self.recent if ended[0] < end_ms]
        visible = visible[self._first_in(visible, end_ms) :]
        lengths = [duration for _, duration in visible]
        return [queue[front][1], *lengths] if front < len(queue) else lengths

    def max(self, at_ms: int) -> int:
        """The longest, statuses that still run at e included."""
        end_ms = self._step_at(at_ms)
        lengths = self._ended(self.highs, at_ms)
        if self.is_status:
            starts = [next(iter(self.running.values()))] if self.running else []
            starts += [when // 1000 - lasted for when, lasted in self.recent if when >= end_ms]
            lengths += [end_ms // 1000 - start for start in starts if start < end_ms // 1000]
        return max(lengths, default=0)

    def min(self, at_ms: int) -> int:
        """The shortest that ended."""
        return min(self._ended(self.lows, at_ms), default=0)


def _push(queue: list[tuple[int, int]], ended: tuple[int, int], sign: int) -> None:
    while queue and sign * queue[-1][1] <= sign * ended[1]:
        queue.pop()
    queue.append(ended)
