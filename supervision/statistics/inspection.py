"""A closer look at one object: what is counted, what runs, and where its window begins."""

from __future__ import annotations

from dataclasses import dataclass

from supervision.statistics.boards import Board
from supervision.statistics.definitions import Definition
from supervision.statistics.tracing import Trace
from supervision.statistics.windows import GrowingWindow, SinceLogin
from supervision.statistics.world import World


@dataclass(frozen=True, slots=True)
class Running:
    """An action or status that runs for an object since an instant, cut to login and membership."""

    name: str
    since_ms: int


class Inspection:
    """Looks at one board; it sees what the engine sees and changes no value."""

    def __init__(self, world: World, board: Board) -> None:
        self._world = world
        self._board = board

    def is_of(self, object_type: str, object_id: str) -> bool:
        """Whether this board is still the object's: another engine has others."""
        return self._world.boards.get((object_type, object_id)) is self._board

    def trace(self, trace: Trace) -> None:
        """Note from now on what the object's accumulators are told."""
        self._board.trace = trace
        self._board.find_rows()

    def settle(self) -> None:
        """Settle statuses: the present timestamp is over."""
        self._world.settle()

    def running(self) -> list[Running]:
        """What runs now and is looked at by a statistic of the object, the oldest first."""
        board = self._board
        found = [
            Running(one.kind.label, one.boards[board])
            for one in self._world.concerning(board)
            if board in one.boards and board.plan.listeners(one.slot)
        ]
        return sorted(found, key=lambda one: one.since_ms)

    def window(self, definition: Definition, at_ms: int) -> tuple[int, int | None] | None:
        """Since when a growing window grows, and its next reset; None for any other."""
        interval = definition.interval
        clock = self._board.clock(interval)
        if isinstance(interval, SinceLogin):
            return (clock.start_ms, None) if self._board.login_clock.is_started else None
        if not isinstance(interval, GrowingWindow) or not interval.starts:
            return None
        return clock.start_at(at_ms), clock.profile.around(at_ms, clock.zone)[1]  # type: ignore[union-attr]
