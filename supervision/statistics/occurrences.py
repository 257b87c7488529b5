"""Occurrences: an action or a status that runs, and the boards that count it.

The work per occurrence is here and in the accumulators: nothing on this path depends on how many
objects or definitions exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from supervision.statistics.vocabulary import KIND_COUNT, Kind

if TYPE_CHECKING:
    from supervision.statistics.boards import Board
    from supervision.statistics.stretches import Stretch


_NOTHING: Mapping[str, object] = MappingProxyType({})


class Occurrence:
    """A running action or status.

    ``boards`` holds, per board that counts it, since when it does so there: its beginning, cut to
    the login and to the membership. ``stretches`` does the same per filter that holds.
    """

    __slots__ = (
        "attached",
        "boards",
        "conn",
        "ident",
        "is_hidden",
        "kind",
        "slot",
        "source",
        "start_ms",
        "stretches",
    )

    def __init__(
        self,
        ident: int,
        subject: int,
        kind: Kind,
        start_ms: int | None,
        conn: str | None = None,
        attached: Mapping[str, object] | None = None,
        source: Occurrence | None = None,
    ) -> None:
        self.ident = ident
        self.slot = subject * KIND_COUNT + kind.index
        self.kind = kind
        self.start_ms = start_ms
        self.conn = conn
        self.attached: Mapping[str, object] = _NOTHING if attached is None else attached
        self.source = source
        self.is_hidden = False
        self.boards: dict[Board, int] = {}
        self.stretches: dict[Stretch, int] = {}
