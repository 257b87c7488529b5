"""Windows that keep their occurrences: the rare sliding forms and SlidingSelection.

A range over statuses, the cut part of retrospective actions and connections counted once cannot be
told from cumulative counts. The work per event stays constant; reading costs the window's length.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from supervision.statistics.accumulators.active import distinct
from supervision.statistics.accumulators.base import Accumulator
from supervision.statistics.categories import Span
from supervision.statistics.occurrences import Occurrence
from supervision.statistics.windows import SlidingWindow

INSTANT, ENDED = 0, 1
# what it is, floor(start), floor(end), whole duration, connection, began after the opening,
# ended on a full second
Item = tuple[int, int, int, int, str | None, bool, bool]


class SlidingList(Accumulator):
    """What ended or happened in [e - L, e), and what runs."""

    __slots__ = ("is_status", "items", "running", "window")
    STATE = ("items", "running")

    def __init__(self, window: SlidingWindow, *, is_status: bool) -> None:
        self.window = window
        self.is_status = is_status
        self.items: deque[Item] = deque()
        self.running: dict[int, tuple[int, str | None, bool]] = {}

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.running[occurrence.ident] = start_ms // 1000, occurrence.conn, True

    def carry(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.running[occurrence.ident] = start_ms // 1000, occurrence.conn, False

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        start, conn, counts = self.running.pop(occurrence.ident)
        now = now_ms // 1000
        self._append((ENDED, start, now, now - start, conn, counts, now_ms % 1000 == 0))

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        now = now_ms // 1000
        self._append((INSTANT, now - duration, now, duration, conn, True, False))

    def _append(self, item: Item) -> None:
        self.items.append(item)
        gone = item[2] // self.window.step * self.window.step - self.window.length
        while self.items[0][2] < gone:
            self.items.popleft()

    def is_moving(self, at_ms: int) -> bool:
        visible_s = self.window.length + self.window.step
        return bool(self.running) or (
            bool(self.items) and self.items[-1][2] + visible_s >= at_ms // 1000
        )

    def _bounds(self, at_ms: int) -> tuple[int, int]:
        end = at_ms // 1000 // self.window.step * self.window.step
        return end - self.window.length, end

    def _ended(self, at_ms: int) -> Iterator[Item]:
        begin, end = self._bounds(at_ms)
        return (item for item in self.items if begin <= item[2] < end)

    def _ran(self, at_ms: int) -> Iterator[tuple[int, str | None, bool]]:
        """What ran at e: what runs now, and what has ended since."""
        _, end = self._bounds(at_ms)
        yield from (ran for ran in self.running.values() if ran[0] < end)
        for what, start, stop, _, conn, counts, _ in self.items:
            if what == ENDED and start < end <= stop:
                yield start, conn, counts

    def _counted(self, at_ms: int, span: Span) -> Iterator[Item]:
        begin, _ = self._bounds(at_ms)
        for item in self._ended(at_ms):
            belongs = not self.is_status or (item[5] and item[1] >= begin)
            if belongs and span[0] <= item[3] < span[1]:
                yield item

    def number_within(self, at_ms: int, span: Span) -> int:
        """How many whole durations lie in the range."""
        return sum(1 for _ in self._counted(at_ms, span))

    def time_within(self, at_ms: int, span: Span) -> int:
        """Their sum."""
        return sum(item[3] for item in self._counted(at_ms, span))

    def connections_within(self, at_ms: int, span: Span) -> int:
        """How many connections they have."""
        return distinct(item[4] for item in self._counted(at_ms, span))

    def connections(self, at_ms: int) -> int:
        """How many connections ended or happened; of statuses, began in the window."""
        if not self.is_status:
            return distinct(item[4] for item in self._ended(at_ms))
        begin, _ = self._bounds(at_ms)
        begun = [item[4] for item in self._ended(at_ms) if item[5] and item[1] >= begin]
        begun += [conn for start, conn, counts in self._ran(at_ms) if counts and start >= begin]
        return distinct(begun)

    def connections_touching(self, at_ms: int) -> int:
        """How many connections have a part in the window."""
        begin, _ = self._bounds(at_ms)
        ran = [conn for _, conn, _ in self._ran(at_ms)]
        ended = [
            item[4]
            for item in self._ended(at_ms)
            if not (self.is_status and item[6] and item[1] < begin == item[2])
        ]
        return distinct([*ended, *ran])

    def elapsed(self, at_ms: int) -> int:
        """Seconds within the window, of what runs too and of the last part of instants."""
        begin, end = self._bounds(at_ms)
        ended = sum(item[2] - max(item[1], begin) for item in self._ended(at_ms))
        return ended + sum(end - max(start, begin) for start, _, _ in self._ran(at_ms))


class Selection(Accumulator):
    """The last N completed occurrences: which masks each matched, its duration, its connection."""

    __slots__ = ("items",)
    STATE = ("items",)

    def __init__(self, size: int) -> None:
        self.items: deque[tuple[int, int, str | None]] = deque(maxlen=size)

    def _of(self, mask: int, span: Span | None) -> Iterator[tuple[int, int, str | None]]:
        for item in self.items:
            if item[0] & mask and (span is None or span[0] <= item[1] < span[1]):
                yield item

    def number(self, mask: int, span: Span | None) -> int:
        """How many of them matched the mask."""
        return sum(1 for _ in self._of(mask, span))

    def connections(self, mask: int, span: Span | None) -> int:
        """How many connections those have."""
        return distinct(item[2] for item in self._of(mask, span))

    def time(self, mask: int, span: Span | None) -> int:
        """Sum of their durations."""
        return sum(item[1] for item in self._of(mask, span))

    def max(self, mask: int) -> int:
        """The longest."""
        return max((item[1] for item in self._of(mask, None)), default=0)

    def min(self, mask: int) -> int:
        """The shortest."""
        return min((item[1] for item in self._of(mask, None)), default=0)


@dataclass(slots=True, eq=False)
class SelectionPort(Accumulator):
    """Feeds a selection from occurrences that match one set of its masks."""

    selection: Selection
    masks: int

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.instant(occurrence.conn, now_ms // 1000 - start_ms // 1000, now_ms)

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        self.selection.items.append((self.masks, duration, conn))
