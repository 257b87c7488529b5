"""Old snapshot and delta make the new snapshot."""

import copy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.board import Board
from supervision.feed import fact_of
from supervision.frames import Frames
from telephony import events as line
from tests.supervision.story import ANN, CENTER, QUEUE, SKILL, Story, busy_story

KINDS = ("queues", "skills", "agents")


def apply_delta(snapshot: dict[str, Any], delta: dict[str, Any]) -> dict[str, Any]:
    """What a client does with a delta; docs/runtime.md says so too."""
    result = copy.deepcopy(snapshot) | {"seq": delta["seq"], "time": delta["time"]}
    if "contactCenter" in delta:
        result["contactCenter"] = delta["contactCenter"]
    for kind in KINDS:
        rows = {row["id"]: row for row in result[kind]}
        for row in delta[kind]:
            if kind == "agents" or row["id"] not in rows:
                rows[row["id"]] = row
                continue
            known = rows[row["id"]]
            known["statistics"] |= row["statistics"]
            known |= {"name": row.get("name", known["name"])}
        gone = set(delta["removed"][kind])
        result[kind] = [row for one, row in rows.items() if one not in gone]
    return result


def normal(snapshot: dict[str, Any]) -> dict[str, Any]:
    """The order of rows says nothing."""
    return snapshot | {kind: sorted(snapshot[kind], key=lambda row: row["id"]) for kind in KINDS}


@given(seed=st.integers(0, 10_000), cut=st.integers(0, 60))
def test_old_snapshot_and_delta_make_the_new_snapshot(seed: int, cut: int):
    story = busy_story(seed, steps=60)
    board = Board()
    frames = Frames(board)
    seen: dict[str, Any] | None = None

    for number, recorded in enumerate(story.events):
        frames.touch(CENTER, board.apply(fact_of(recorded.event)))
        frames.set_value(("queues", QUEUE), "Total_Answered", number // 3, number)
        if number == cut:
            seen = frames.snapshot(CENTER, seq=0, at_ms=0)
            seen = orjson.loads(orjson.dumps(seen))
            frames.delta(CENTER, seq=0, at_ms=0)
        elif seen is not None and number % 7 == 0:
            seen = apply_delta(seen, frames.delta(CENTER, seq=number, at_ms=number))

    if seen is not None:
        seen = apply_delta(seen, frames.delta(CENTER, seq=99, at_ms=99))
        assert normal(seen) == normal(frames.snapshot(CENTER, seq=99, at_ms=99) or {})


@pytest.fixture
def frames() -> Frames:
    board = Board()
    frames = Frames(board)
    for recorded in Story().furnish().events:
        frames.touch(CENTER, board.apply(fact_of(recorded.event)))
    frames.delta(CENTER, seq=1, at_ms=1)
    return frames


def test_a_delta_without_news_is_empty_but_comes(frames: Frames):
    assert frames.delta(CENTER, seq=2, at_ms=5) == {
        "type": "delta",
        "seq": 2,
        "time": 5,
        "queues": [],
        "skills": [],
        "agents": [],
        "removed": {"queues": [], "agents": [], "skills": []},
    }


def test_only_values_that_changed_are_told(frames: Frames):
    frames.set_value(("skills", SKILL), "CurrentReadyAgents", 1, 10)
    frames.set_value(("skills", SKILL), "ServiceLevel", 0, 10)
    frames.delta(CENTER, seq=2, at_ms=10)

    frames.set_value(("skills", SKILL), "CurrentReadyAgents", 2, 20)
    frames.set_value(("skills", SKILL), "ServiceLevel", 0, 20)

    told = frames.delta(CENTER, seq=3, at_ms=20)
    expected = {"CurrentReadyAgents": {"value": 2, "time": 20}}
    assert told["skills"] == [{"id": SKILL, "statistics": expected}]


def test_an_agents_row_is_told_whole():
    board = Board()
    frames = Frames(board)
    story = Story().furnish().login().call(line.CallRinging, user_id=ANN)
    *before, last = story.events
    for recorded in before:
        board.apply(fact_of(recorded.event))

    frames.touch(CENTER, board.apply(fact_of(last.event)))

    [row] = frames.delta(CENTER, seq=2, at_ms=5)["agents"]
    assert row.keys() == {"id", "name", "state", "displayName", "since", "call", "skills"}


def test_there_is_no_snapshot_of_an_unknown_contact_center(frames: Frames):
    assert frames.snapshot("elsewhere", seq=1, at_ms=1) is None
