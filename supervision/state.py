"""Engine and board together: everything that is a function of the log."""

import zlib
from collections.abc import Sequence
from typing import Any

import orjson

from supervision.board import Board, Fact, Touched
from supervision.feed import Feed
from supervision.statistics.definitions import Definition
from supervision.statistics.engine import Engine


class LiveState:
    """Where the log has led to after the event `cursor`."""

    def __init__(self, engine: Engine, board: Board, cursor: int) -> None:
        self.engine = engine
        self.board = board
        self.cursor = cursor
        self._feed = Feed(engine, board)

    @classmethod
    def empty(cls, definitions: Sequence[Definition]) -> "LiveState":
        return cls(Engine(definitions), Board(), 0)

    @classmethod
    def restored(
        cls, definitions: Sequence[Definition], content: dict[str, Any], cursor: int
    ) -> "LiveState":
        engine = Engine.restore(definitions, content["engine"])
        return cls(engine, Board(content["board"]), cursor)

    def take(self, event_id: int, fact: Fact) -> set[Touched]:
        """Take in the event after `cursor`; tells which rows of its contact center changed."""
        self.cursor = event_id
        return self._feed.take(fact)

    def content(self) -> dict[str, Any]:
        """What restores it, as JSON values."""
        return {"engine": self.engine.snapshot(), "board": self.board.centers}


def pack(content: dict[str, Any]) -> bytes:
    return zlib.compress(orjson.dumps(content), level=1)


def unpack(packed: bytes) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(zlib.decompress(packed))
    return content
