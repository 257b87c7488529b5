"""Listeners: the rows of a board's dispatch table, and the stretches in which a filter holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from supervision.statistics.accumulators.base import Accumulator, Port
from supervision.statistics.accumulators.listed import SelectionPort
from supervision.statistics.filters import Condition
from supervision.statistics.occurrences import Occurrence

# Where a listener stands among a board's accumulators, and what is called with it first. Boards of
# one plan share their rows, so that what thousands of agents have in common stays in the caches.
Told = tuple[int, Callable[..., None]]
Listener = tuple[int, Accumulator]


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


def told(listeners: list[Listener], phase: str) -> tuple[Told, ...]:
    """What to call in a phase, what does nothing left out."""
    nothing = getattr(Accumulator, phase)
    return tuple(
        (index, _method(listener, phase))
        for index, listener in listeners
        if getattr(type(listener), phase) is not nothing
    )


def _method(listener: Accumulator, phase: str) -> Callable[..., None]:
    """Called with a board's own accumulator, but for a port, which belongs to one board."""
    if isinstance(listener, Port):
        own = getattr(listener, phase)
        return lambda _, *given: own(*given)
    if isinstance(listener, SelectionPort):
        masks = listener.masks
        return lambda selection, *given: getattr(SelectionPort(selection, masks), phase)(*given)
    method: Callable[..., None] = getattr(type(listener), phase)
    return method
