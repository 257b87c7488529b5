"""What runs now: number, ages, continuous time (statistics-spec.md section 8)."""

from __future__ import annotations

from supervision.statistics.accumulators.base import Accumulator
from supervision.statistics.categories import Span
from supervision.statistics.occurrences import Occurrence


class Active(Accumulator):
    """Running occurrences by identity: floor(start) and connection.

    Under a filter an occurrence may come back with its old start, so only an unfiltered
    accumulator may take its first entry for the oldest.
    """

    __slots__ = ("is_ordered", "running", "total")
    STATE = ("running", "total")

    def __init__(self, *, is_ordered: bool) -> None:
        self.is_ordered = is_ordered
        self.running: dict[int, tuple[int, str | None]] = {}
        self.total = 0

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        start = start_ms // 1000
        self.running[occurrence.ident] = start, occurrence.conn
        self.total += start

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.total -= self.running.pop(occurrence.ident)[0]

    def is_moving(self, at_ms: int) -> bool:
        return bool(self.running)

    def number(self, at_ms: int) -> int:
        """How many run."""
        return len(self.running)

    def time(self, at_ms: int) -> int:
        """Sum of ages."""
        return len(self.running) * (at_ms // 1000) - self.total

    def max(self, at_ms: int) -> int:
        """Greatest age, 0 when none."""
        if not self.running:
            return 0
        if self.is_ordered:
            return at_ms // 1000 - next(iter(self.running.values()))[0]
        return at_ms // 1000 - min(start for start, _ in self.running.values())

    def min(self, at_ms: int) -> int:
        """Least age, 0 when none."""
        if not self.running:
            return 0
        if self.is_ordered:
            return at_ms // 1000 - next(reversed(self.running.values()))[0]
        return at_ms // 1000 - max(start for start, _ in self.running.values())

    def number_within(self, at_ms: int, span: Span) -> int:
        """How many have an age in [left, right)."""
        latest, earliest = at_ms // 1000 - span[0], at_ms // 1000 - span[1]
        return sum(earliest < start <= latest for start, _ in self.running.values())

    def connections_within(self, at_ms: int, span: Span) -> int:
        """How many connections do; what has no connection counts by itself."""
        latest, earliest = at_ms // 1000 - span[0], at_ms // 1000 - span[1]
        return distinct(conn for start, conn in self.running.values() if earliest < start <= latest)


class ActiveNumber(Accumulator):
    """How many run, for those who ask nothing else: groups have many running and ask little."""

    __slots__ = ("count",)
    STATE = ("count",)

    def __init__(self) -> None:
        self.count = 0

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.count += 1

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.count -= 1

    def number(self, at_ms: int) -> int:
        """How many run."""
        return self.count


class Connections(Accumulator):
    """How many connections run; what has no connection counts by itself."""

    __slots__ = ("count", "loose")
    STATE = ("count", "loose")

    def __init__(self) -> None:
        self.count: dict[str, int] = {}
        self.loose = 0

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.add(occurrence.conn)

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.remove(occurrence.conn)

    def add(self, conn: str | None) -> None:
        """One more occurrence of a connection."""
        if conn is None:
            self.loose += 1
        else:
            self.count[conn] = self.count.get(conn, 0) + 1

    def remove(self, conn: str | None) -> None:
        """One occurrence of a connection less."""
        if conn is None:
            self.loose -= 1
        elif self.count[conn] == 1:
            del self.count[conn]
        else:
            self.count[conn] -= 1

    def number(self, at_ms: int) -> int:
        """How many connections run."""
        return len(self.count) + self.loose


class Continuous(Accumulator):
    """How long an agent's status has been within the mask without leaving it."""

    __slots__ = ("left_ms", "since_ms")
    STATE = ("left_ms", "since_ms")

    def __init__(self) -> None:
        self.since_ms: int | None = None
        self.left_ms: int | None = None

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        # One status follows another at the same instant: the mask was not left between them.
        if self.since_ms is None or self.left_ms != now_ms:
            self.since_ms = start_ms
        self.left_ms = None

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.left_ms = now_ms

    def is_moving(self, at_ms: int) -> bool:
        return self.since_ms is not None and self.left_ms is None

    def time(self, at_ms: int) -> int:
        """Seconds within the mask, 0 outside."""
        if self.since_ms is None or self.left_ms is not None:
            return 0
        return at_ms // 1000 - self.since_ms // 1000


def distinct(conns: object) -> int:
    """How many connections there are; each None counts by itself."""
    seen: set[str] = set()
    loose = 0
    for conn in conns:  # type: ignore[attr-defined]
        if conn is None:
            loose += 1
        else:
            seen.add(conn)
    return len(seen) + loose
