"""Listeners: the rows of a board's dispatch table, and the stretches in which a filter holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from supervision.statistics.accumulators.base import Accumulator
from supervision.statistics.filters import Condition
from supervision.statistics.occurrences import Occurrence

Told = Callable[..., None]


@dataclass(slots=True, eq=False)
class Stretch:
    """The listeners of one slot under one filter: they see the stretches in which it holds.

    ``actives`` look at what runs now and keep its true age (statistics-spec.md section 10).
    """

    condition: Condition
    listeners: list[Accumulator]
    actives: list[Accumulator]

    def begin(self, occurrence: Occurrence, start_ms: int, now_ms: int) -> None:
        """The filter began to hold for an occurrence."""
        occurrence.stretches[self] = now_ms
        for listener in self.listeners:
            listener.begin(occurrence, now_ms, now_ms)
        for active in self.actives:
            active.begin(occurrence, start_ms, now_ms)

    def carry(self, occurrence: Occurrence, now_ms: int) -> None:
        """The filter holds at the opening for something that began before it."""
        occurrence.stretches[self] = now_ms
        for listener in (*self.listeners, *self.actives):
            listener.carry(occurrence, now_ms, now_ms)

    def end(self, occurrence: Occurrence, now_ms: int) -> None:
        """The stretch of an occurrence, if there is one, ends."""
        start_ms = occurrence.stretches.pop(self, None)
        if start_ms is not None:
            for listener in (*self.listeners, *self.actives):
                listener.end(occurrence, start_ms, now_ms)

    def instant(self, conn: str | None, duration: int, now_ms: int) -> None:
        """An instantaneous action while the filter holds."""
        for listener in self.listeners:
            listener.instant(conn, duration, now_ms)


# definitions touched, begins, ends, instants, filtered listeners; empty when nobody listens
Row = (
    tuple[int, tuple[Told, ...], tuple[Told, ...], tuple[Told, ...], tuple["Stretch", ...]]
    | tuple[()]
)


def told(listeners: list[Accumulator], phase: str) -> tuple[Told, ...]:
    """The methods to call in a phase, those that do nothing left out."""
    nothing = getattr(Accumulator, phase)
    return tuple(
        getattr(listener, phase)
        for listener in listeners
        if getattr(type(listener), phase) is not nothing
    )
