"""How the number of running occurrences moved: MaxNumber, MinNumber, AverageOfCurrentNumber.

The level at an instant is the one after all its events, so a level that lasts no time, between
two events of one timestamp, never existed (statistics-spec.md sections 2, 7).
"""

from __future__ import annotations

from supervision.statistics.accumulators.active import Connections
from supervision.statistics.accumulators.base import Accumulator, Saved
from supervision.statistics.clocks import Clock
from supervision.statistics.occurrences import Occurrence
from supervision.statistics.windows import SlidingWindow


class Level(Accumulator):
    """The running number; ``hold`` is told before it changes at a later instant."""

    __slots__ = ("changed_ms", "conns", "level")
    STATE: tuple[str, ...] = ("level", "changed_ms")

    def __init__(self, opening_ms: int, *, is_distinct: bool) -> None:
        self.level = 0
        self.changed_ms = opening_ms
        self.conns = Connections() if is_distinct else None

    def hold(self, now_ms: int) -> None:
        """The level stood from ``changed_ms`` until now."""
        raise NotImplementedError

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        if now_ms != self.changed_ms:
            self.hold(now_ms)
        if self.conns is None:
            self.level += 1
        else:
            self.conns.add(occurrence.conn)
            self.level = self.conns.number(now_ms)

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        if now_ms != self.changed_ms:
            self.hold(now_ms)
        if self.conns is None:
            self.level -= 1
        else:
            self.conns.remove(occurrence.conn)
            self.level = self.conns.number(now_ms)

    def save(self) -> Saved:
        saved = super().save()
        if self.conns is not None:
            saved["conns"] = self.conns.save()
        return saved

    def load(self, saved: Saved) -> None:
        own = dict(saved)
        if self.conns is not None:
            self.conns.load(own.pop("conns"))
        super().load(own)


class GrowingLevel(Level):
    """Extremes and area since the last reset."""

    __slots__ = ("area", "clock", "greatest", "least", "serial")
    STATE = ("level", "changed_ms", "serial", "area", "greatest", "least")

    def __init__(self, clock: Clock, opening_ms: int, *, is_distinct: bool) -> None:
        super().__init__(opening_ms, is_distinct=is_distinct)
        self.clock = clock
        self.serial = clock.serial
        self.area = 0
        self.greatest: int | None = None
        self.least: int | None = None

    def hold(self, now_ms: int) -> None:
        clock = self.clock
        since_ms = self.changed_ms
        self.changed_ms = now_ms
        if self.serial != clock.serial:
            self.serial = clock.serial
            self.area = 0
            self.greatest = self.least = None
            since_ms = clock.start_ms
            if since_ms == now_ms:
                return
        self.area += self.level * (now_ms // 1000 - since_ms // 1000)
        self.greatest = self.max_with(self.level)
        self.least = self.level if self.least is None else min(self.least, self.level)

    def max_with(self, level: int) -> int:
        """The greatest level of the window, this one included."""
        return level if self.greatest is None else max(self.greatest, level)

    def _is_current(self, at_ms: int) -> bool:
        return self.serial == self.clock.serial and at_ms < self.clock.next_ms

    def is_moving(self, at_ms: int) -> bool:
        return self.level > 0

    def max(self, at_ms: int) -> int:
        """The greatest level in the window."""
        return self.max_with(self.level) if self._is_current(at_ms) else self.level

    def min(self, at_ms: int) -> int:
        """The least level in the window."""
        if not self._is_current(at_ms) or self.least is None:
            return self.level
        return min(self.least, self.level)

    def area_at(self, at_ms: int) -> int:
        """Occurrence-seconds in the window."""
        if self._is_current(at_ms):
            return self.area + self.level * (at_ms // 1000 - self.changed_ms // 1000)
        return self.level * (at_ms // 1000 - self.clock.start_at(at_ms) // 1000)


Segment = tuple[int, int, int]


class SlidingLevel(Level):
    """Segments (from, to, level) of the sliding window.

    ``peaks`` and ``dips`` are monotone queues of the segments over which a later one does not
    tower; ``recent`` are those that closed in the step not yet visible.
    """

    __slots__ = ("areas", "dips", "opening_ms", "peaks", "recent", "step_s", "window")
    STATE = ("level", "changed_ms", "step_s", "recent", "peaks", "dips", "areas")

    def __init__(self, window: SlidingWindow, opening_ms: int, *, is_distinct: bool) -> None:
        super().__init__(opening_ms, is_distinct=is_distinct)
        self.window = window
        self.opening_ms = opening_ms
        self.step_s = self._step(opening_ms)
        self.recent: list[Segment] = []
        self.peaks: list[Segment] = []
        self.dips: list[Segment] = []
        self.areas: list[Segment] = []

    def _step(self, at_ms: int) -> int:
        return at_ms // 1000 // self.window.step * self.window.step

    def hold(self, now_ms: int) -> None:
        step = self._step(now_ms)
        if step != self.step_s:
            self._settle(step)
        segment = self.changed_ms, now_ms, self.level
        self.recent.append(segment)
        self.areas.append(segment)
        self.changed_ms = now_ms

    def _settle(self, step_s: int) -> None:
        for segment in self.recent:
            _push(self.peaks, segment, 1)
            _push(self.dips, segment, -1)
        self.recent.clear()
        self.step_s = step_s
        gone_ms = (step_s - self.window.length) * 1000
        for segments in (self.peaks, self.dips, self.areas):
            _drop_until(segments, gone_ms)

    def is_moving(self, at_ms: int) -> bool:
        visible_ms = 1000 * (self.window.length + self.window.step)
        return self.level > 0 or self.changed_ms + visible_ms >= at_ms

    def _levels(self, settled: list[Segment], at_ms: int) -> list[int]:
        end_ms = self._step(at_ms) * 1000
        begin_ms = end_ms - self.window.length * 1000
        current = [*self.recent, (self.changed_ms, end_ms + 1, self.level)]
        front = next((segment for segment in settled if segment[1] > begin_ms), None)
        levels = [level for start, end, level in current if start < end_ms and end > begin_ms]
        return levels if front is None else [front[2], *levels]

    def max(self, at_ms: int) -> int:
        """The greatest level in the window."""
        return max(self._levels(self.peaks, at_ms), default=0)

    def min(self, at_ms: int) -> int:
        """The least level in the window; before the opening there was none."""
        return min(self._levels(self.dips, at_ms), default=0)

    def area_at(self, at_ms: int) -> int:
        """Occurrence-seconds in the window."""
        end = self._step(at_ms)
        begin = end - self.window.length
        open_segment = self.changed_ms, max(end * 1000, self.changed_ms), self.level
        return sum(
            level * max(0, min(stop // 1000, end) - max(start // 1000, begin))
            for start, stop, level in (*self.areas, open_segment)
        )


def _push(queue: list[Segment], segment: Segment, sign: int) -> None:
    while queue and sign * queue[-1][2] <= sign * segment[2]:
        queue.pop()
    queue.append(segment)


def _drop_until(segments: list[Segment], gone_ms: int) -> None:
    count = 0
    for segment in segments:
        if segment[1] > gone_ms:
            break
        count += 1
    if count:
        del segments[:count]
