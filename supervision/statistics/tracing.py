"""What an object's accumulators are told, noted down for people who ask what was counted."""

from __future__ import annotations

from dataclasses import dataclass

from supervision.statistics.accumulators.base import Accumulator, Port
from supervision.statistics.occurrences import Occurrence


@dataclass(frozen=True, slots=True)
class Note:
    """An action or status that began, ended or happened for the object.

    ``since_ms`` is its beginning as the object counts it; ``seconds`` how long it was when it
    ended, or the duration that an instantaneous action brought along.
    """

    what: str
    name: str
    since_ms: int | None = None
    seconds: int | None = None


class Trace:
    """The notes since they were last taken; what several accumulators hear is noted once."""

    def __init__(self) -> None:
        self._notes: dict[Note, None] = {}

    def note(self, note: Note) -> None:
        """Note something, unless it stands there already."""
        self._notes[note] = None

    def take(self) -> list[Note]:
        """The notes, in the order in which things happened."""
        taken = list(self._notes)
        self._notes.clear()
        return taken


class TracePort(Port):
    """Feeds an accumulator and notes what it is told."""

    __slots__ = ("accumulator", "name", "trace")

    def __init__(self, accumulator: Accumulator, name: str, trace: Trace) -> None:
        self.accumulator = accumulator
        self.name = name
        self.trace = trace

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.trace.note(Note("begins", self.name, start_ms))
        self.accumulator.begin(occurrence, start_ms, now_ms)

    def carry(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        self.trace.note(Note("begins", self.name, start_ms))
        self.accumulator.carry(occurrence, start_ms, now_ms)

    def end(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        seconds = now_ms // 1000 - start_ms // 1000
        self.trace.note(Note("ends", self.name, start_ms, seconds))
        self.accumulator.end(occurrence, start_ms, now_ms)

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        self.trace.note(Note("happens", self.name, None, duration))
        self.accumulator.instant(conn, duration, now_ms)
