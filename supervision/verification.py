"""Are the statistics a function of the log? Recompute from the log, compare with what goes on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.events.reader import newest_event_id, read_events
from supervision.board import Center
from supervision.checkpoints import Checkpoint, baseline_checkpoint, newest_checkpoint
from supervision.definitions import first_definitions
from supervision.feed import fact_of
from supervision.recording import watched_definitions
from supervision.state import LiveState

_NOTHING = "absent"


@dataclass(frozen=True, slots=True)
class Difference:
    contact_center: str
    object_type: str
    object_id: str
    name: str
    recomputed: Any
    continued: Any


@dataclass(frozen=True, slots=True)
class Verdict:
    cursor: int
    at_ms: int
    compared: int
    differences: list[Difference]


def verify(contact_center: str | None = None) -> Verdict | None:
    """Compare all values, and the board, at the end of the log; of one contact center if named.

    None when there is no checkpoint that could be gone on from.
    """
    newest = newest_checkpoint()
    if newest is None:
        return None
    cursor = max(newest_event_id(), newest.cursor)
    continued = _state_at(cursor, newest)
    recomputed = _state_at(cursor, baseline_checkpoint())
    at_ms = max(continued.engine.now_ms, recomputed.engine.now_ms)
    compared, differences = 0, []
    for found in _compare(recomputed, continued, at_ms, contact_center):
        compared += 1
        if found.recomputed != found.continued:
            differences.append(found)
    return Verdict(cursor, at_ms, compared, differences)


def _state_at(cursor: int, start: Checkpoint | None) -> LiveState:
    definitions = watched_definitions(first_definitions())
    state = (
        LiveState.restored(definitions, start.content, start.cursor)
        if start
        else LiveState.empty(definitions)
    )
    while batch := read_events(after=state.cursor):
        for recorded in batch:
            if recorded.id > cursor:
                return state
            state.take(recorded.id, fact_of(recorded.event))
    return state


def _compare(
    recomputed: LiveState, continued: LiveState, at_ms: int, named: str | None
) -> Iterator[Difference]:
    """Everything side by side, the equal included."""
    centers = recomputed.board.centers | continued.board.centers
    for center_id, center in centers.items():
        if named is not None and center["name"] != named:
            continue
        rows, others = (_board_rows(one, center_id) for one in (recomputed, continued))
        for kind, one in rows | others:
            pair = rows.get((kind, one), _NOTHING), others.get((kind, one), _NOTHING)
            yield Difference(center["name"], "BOARD", one, kind, *pair)
        for object_type, object_id in _objects(center):
            ours, theirs = (
                _values(one, object_type, object_id, at_ms) for one in (recomputed, continued)
            )
            for name in ours | theirs:
                pair = ours.get(name, _NOTHING), theirs.get(name, _NOTHING)
                yield Difference(center["name"], object_type, object_id, name, *pair)


def _board_rows(state: LiveState, center_id: str) -> dict[tuple[str, str], Any]:
    center = state.board.centers.get(center_id)
    rows: dict[tuple[str, str], Any] = {}
    for kind, content in (center or {}).items():
        if isinstance(content, dict):
            rows |= {(kind, one): row for one, row in content.items()}
        else:
            rows[kind, center_id] = content
    return rows


def _objects(center: Center) -> Iterator[tuple[str, str]]:
    yield from (("QUEUE", one) for one in center["queues"])
    for object_type in ("SKILL_Q", "SKILL_AG"):
        yield from ((object_type, one) for one in center["skills"])
    yield from (("AGENT", one) for one in center["agents"])


def _values(state: LiveState, object_type: str, object_id: str, at_ms: int) -> dict[str, Any]:
    if not state.engine.has(object_type, object_id):
        return {}
    return state.engine.values(object_type, object_id, at_ms)
