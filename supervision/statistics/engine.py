"""The engine: events in, values out; all values are a function of the events' log.

Asking changes nothing: whatever is asked in between, the same events give the same values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from supervision.statistics import snapshots
from supervision.statistics.boards import Board
from supervision.statistics.categories import Number
from supervision.statistics.definitions import Definition
from supervision.statistics.events import SwitchEvent
from supervision.statistics.inspection import Inspection
from supervision.statistics.notification import Change, Notifier
from supervision.statistics.objects import Objects
from supervision.statistics.places import Agent
from supervision.statistics.plans import plan_for
from supervision.statistics.refusal import Refused
from supervision.statistics.restoring import Restoring
from supervision.statistics.states import State, state_of
from supervision.statistics.switch import HANDLERS
from supervision.statistics.vocabulary import OBJECT_TYPES, QUEUE_TYPES
from supervision.statistics.world import World

Value = Number | State


class Engine(Objects):
    """Statistics of the objects of many contact centers, each object in its zone.

    ``opening`` is the instant (milliseconds UTC) before which nothing counts; objects may come and
    go at any time, see :class:`Objects`.
    """

    def __init__(
        self, definitions: Iterable[Definition], *, zone: str = "UTC", opening: int = 0
    ) -> None:
        self.definitions = tuple(definitions)
        plans = {kind: plan_for(kind, self.definitions) for kind in OBJECT_TYPES}
        super().__init__(World(plans, opening), zone)
        self.ignored = 0
        self._notifier = Notifier(self._world, self._read, opening)

    @property
    def now_ms(self) -> int:
        """The time of the last event."""
        return self._world.now_ms

    def apply(self, event: SwitchEvent) -> bool:
        """Take one event of the log; a malformed or impossible one is ignored and counted."""
        handler = HANDLERS.get(event.name) if isinstance(event.name, str) else None
        if handler is None or type(event.time_ms) is not int:
            self.ignored += 1
            return False
        try:
            handler(self._world, event)
        except Refused:
            self.ignored += 1
            return False
        return True

    def attached(self, call: str) -> Mapping[str, object]:
        """The data attached to a call, as far as is known."""
        known = self._world.calls.get(call)
        return {} if known is None else dict(known.attached)

    def names(self, object_type: str) -> tuple[str, ...]:
        """The statistics defined for a type of objects, in the order of their definition."""
        return tuple(one.definition.name for one in self._world.plans[object_type].compiled)

    def value(self, object_type: str, object_id: str, name: str, at_ms: int) -> Value:
        """A value at an instant that is not before the last event; KeyError when unknown."""
        board = self._world.boards[object_type, object_id]
        self._prepare(at_ms, board)
        return self._read(board, board.plan.positions[name], at_ms)

    def values(self, object_type: str, object_id: str, at_ms: int) -> dict[str, Value]:
        """All values of an object by name."""
        board = self._world.boards[object_type, object_id]
        self._prepare(at_ms, board)
        return {
            name: self._read(board, index, at_ms) for name, index in board.plan.positions.items()
        }

    def evaluate(self, at_ms: int) -> list[Change]:
        """The notification tick: what is due at this instant and differs from the last time."""
        self._prepare(at_ms)
        return self._notifier.evaluate(at_ms)

    def snapshot(self) -> dict[str, Any]:
        """The whole state as a JSON-serialisable mapping."""
        if self._world.shown is not None:
            self._world.advance(self._world.now_ms)
        return snapshots.save(self, self._world, self._notifier)

    @classmethod
    def restore(cls, definitions: Iterable[Definition], mapping: Mapping[str, Any]) -> Engine:
        """An engine that goes on where a snapshot was taken.

        A definition that the snapshot does not know opens now.
        """
        engine = cls(definitions, zone=mapping["zone"], opening=mapping["now_ms"])
        engine.ignored = mapping["ignored"]
        Restoring(engine._world, mapping).run(engine._notifier)
        return engine

    def redefined(self, definitions: Iterable[Definition], at_ms: int) -> Engine:
        """An engine that goes on with other definitions: those that stay keep what they counted.

        Those that are new open at this instant.
        """
        self._world.advance(max(at_ms, self._world.now_ms))
        return type(self).restore(definitions, self.snapshot())

    def touched(self) -> list[tuple[str, str, str]]:
        """Type, id and name of each value that was touched since the last call or tick."""
        found = []
        for board, bits in self._notifier.take_touched().items():
            for index, one in enumerate(board.plan.compiled):
                if bits >> index & 1:
                    found.append((board.object_type, board.ident, one.definition.name))
        return found

    def inspect(self, object_type: str, object_id: str) -> Inspection | None:
        """A closer look at an object; None where the engine keeps no statistics of it."""
        board = self._world.boards.get((object_type, object_id))
        return None if board is None else Inspection(self._world, board)

    def _prepare(self, at_ms: int, board: Board | None = None) -> None:
        if at_ms < self._world.now_ms:
            raise ValueError(f"{at_ms} lies before the last event, {self._world.now_ms}")
        # Queues have no statuses: nothing of theirs waits for the end of the timestamp.
        if board is None or board.object_type not in QUEUE_TYPES:
            self._world.show()

    def _read(self, board: Board, index: int, at_ms: int) -> Value:
        definition = board.plan.compiled[index].definition
        if board.plan.compiled[index].category is None:
            return state_of(definition, board, self._agents_of(board), at_ms)
        return board.number(index, at_ms)

    def _agents_of(self, board: Board) -> list[Agent]:
        if board.object_type == "AGENT":
            return [self._world.agents[board.ident]]
        return list(self._world.members[board])
