"""What accumulators share: how they are told, asked, saved and restored.

They are told ``begin``, ``end`` and ``instant``; ``carry`` is a begin whose true start lies before
the statistic's opening. Times are whole seconds inside: milliseconds are cut from timestamps, not
from durations (statistics-spec.md section 2). Asking changes nothing, so that an event with an
earlier timestamp than the question still counts where it belongs.
"""

from __future__ import annotations

from collections import deque
from copy import copy
from typing import Any

from supervision.statistics.clocks import Clock
from supervision.statistics.occurrences import Occurrence

Saved = dict[str, Any]


class Accumulator:
    """Ignores everything; each kind overrides what it needs and names its state."""

    __slots__ = ()
    STATE: tuple[str, ...] = ()

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        """An occurrence of the mask began."""

    def carry(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        """An occurrence runs at the opening and began before it."""
        self.begin(occurrence, start_ms, now_ms)

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        """An occurrence that began at ``start_ms`` ended."""

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        """A momentary or retrospective action with its whole duration in seconds."""

    def is_moving(self, at_ms: int) -> bool:
        """Whether values may change by the mere passing of time."""
        del at_ms
        return False

    def save(self) -> Saved:
        """A copy of the state that later events do not change."""
        return {name: copy(getattr(self, name)) for name in self.STATE}

    def load(self, saved: Saved) -> None:
        """Take back a saved state."""
        for name, value in saved.items():
            setattr(self, name, copy(value))


class Port(Accumulator):
    """Stands before the accumulator of one board and hears in its place."""

    __slots__ = ()


class LatePort(Port):
    """Feeds an accumulator that opened later than its object: what was before is cut off."""

    __slots__ = ("accumulator", "opening_ms")

    def __init__(self, accumulator: Accumulator, opening_ms: int) -> None:
        self.accumulator = accumulator
        self.opening_ms = opening_ms

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.accumulator.begin(occurrence, max(start_ms, self.opening_ms), now_ms)

    def carry(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.accumulator.carry(occurrence, max(start_ms, self.opening_ms), now_ms)

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.accumulator.end(occurrence, max(start_ms, self.opening_ms), now_ms)

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        limit = now_ms // 1000 - self.opening_ms // 1000
        self.accumulator.instant(conn, min(duration, limit), now_ms)


class Windowed(Accumulator):
    """An accumulator of a growing window; ``roll`` starts the next window."""

    __slots__ = ("clock", "serial")

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.serial = clock.serial

    def is_current(self, at_ms: int) -> bool:
        """Whether the state belongs to the window that holds the instant."""
        clock = self.clock
        return self.serial == clock.serial and at_ms < clock.next_ms


def pack(value: Any) -> Any:
    """JSON-serialisable form of a state value; tags tell the containers apart."""
    if isinstance(value, dict):
        return ["d", [[pack(key), pack(item)] for key, item in value.items()]]
    if isinstance(value, set):
        return ["s", sorted(value)]
    if isinstance(value, deque):
        return ["q", value.maxlen, [pack(item) for item in value]]
    if isinstance(value, list | tuple):
        return ["t" if isinstance(value, tuple) else "l", [pack(item) for item in value]]
    return value


def unpack(packed: Any) -> Any:
    """The value that was packed."""
    if not isinstance(packed, list):
        return packed
    tag, items = packed[0], packed[-1]
    if tag == "d":
        return {unpack(key): unpack(item) for key, item in items}
    if tag == "s":
        return set(items)
    if tag == "q":
        return deque((unpack(item) for item in items), packed[1])
    made = [unpack(item) for item in items]
    return tuple(made) if tag == "t" else made
