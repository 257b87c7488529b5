"""Engine and board together: everything that is a function of the log."""

import zlib
from collections.abc import Sequence
from typing import Any

import orjson

from supervision.board import Board, Fact, Touched
from supervision.events import StatisticsDefined
from supervision.feed import Feed
from supervision.recording import watched_definitions
from supervision.statistics.definitions import Definition, parse_definitions
from supervision.statistics.engine import Engine

Entries = list[dict[str, Any]]


class LiveState:
    """Where the log has led to after the event `cursor`."""

    def __init__(
        self, engine: Engine, board: Board, cursor: int, entries: Entries | None = None
    ) -> None:
        self.definitions_of = engine_definitions
        self.engine = engine
        self.board = board
        self.cursor = cursor
        # The definitions that the log has brought; None while they are those it began with.
        self.entries = entries
        self._feed = Feed(engine, board)

    @classmethod
    def empty(cls, definitions: Sequence[Definition]) -> "LiveState":
        return cls(Engine(definitions), Board(), 0)

    @classmethod
    def restored(
        cls, definitions: Sequence[Definition], content: dict[str, Any], cursor: int
    ) -> "LiveState":
        """`definitions` are those the log began with, used unless it has brought others."""
        if (entries := content.get("definitions")) is not None:
            definitions = engine_definitions(entries)
        engine = Engine.restore(definitions, content["engine"])
        return cls(engine, Board(content["board"]), cursor, entries)

    def take(self, event_id: int, fact: Fact) -> set[Touched]:
        """Take in the event after `cursor`; tells which rows of its contact center changed."""
        self.cursor = event_id
        if fact.kind == StatisticsDefined.kind:
            self.entries = fact.values["entries"]
            self.engine = self.engine.redefined(self.definitions_of(self.entries), fact.at_ms)
            self._feed = Feed(self.engine, self.board)
            return set()
        return self._feed.take(fact)

    def content(self) -> dict[str, Any]:
        """What restores it, as JSON values."""
        return {
            "engine": self.engine.snapshot(),
            "board": self.board.centers,
            "definitions": self.entries,
        }


def engine_definitions(entries: Entries) -> tuple[Definition, ...]:
    """Definitions as the leader's engine has them."""
    return watched_definitions(parse_definitions(entries))


def pack(content: dict[str, Any]) -> bytes:
    return zlib.compress(orjson.dumps(content), level=1)


def unpack(packed: bytes) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(zlib.decompress(packed))
    return content
