"""Records, values and frames are the same, however often the process was killed."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supervision.definitions import file_definitions
from supervision.live import Live
from supervision.realtime.broadcast import Snapshot, SnapshotRequest
from supervision.state import pack, unpack
from supervision.values import Recorded
from telephony import events as line
from tests.supervision.story import ANN, CENTER, QUEUE, SKILL, START_MS, Story, busy_story


def new_live() -> Live:
    return Live(file_definitions(), first_seq=100)


def killed_and_restored(live: Live) -> Live:
    """Another process that goes on from a checkpoint, as it is stored."""
    restored = new_live()
    restored.restore(unpack(pack(live.content())), live.state.cursor)
    return restored


def run(story: Story, live: Live | None = None) -> Live:
    live = live or new_live()
    for recorded in story.events:
        live.take(recorded, present_ms=recorded.event.occurred_at_ms)
    live.pass_ticks(story.now_ms, present_ms=story.now_ms)
    return live


def key(record: Recorded) -> tuple[Any, ...]:
    return record.object_type, record.object_id, record.name, record.at_ms


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), cuts=st.sets(st.integers(0, 66), max_size=4))
def test_kills_leave_no_trace(seed: int, cuts: set[int]):
    story = busy_story(seed, steps=60).later(25)
    whole = run(story)

    live, records = new_live(), []
    for number, recorded in enumerate(story.events):
        live.take(recorded, present_ms=recorded.event.occurred_at_ms)
        records += live.take_records()
        if number in cuts:
            live = killed_and_restored(live)
    live.pass_ticks(story.now_ms, present_ms=story.now_ms)
    records += live.take_records()

    assert {key(one): one.value for one in records} == {
        key(one): one.value for one in whole.take_records()
    }
    assert live.state.board == whole.state.board
    for object_type, object_id in (("QUEUE", QUEUE), ("SKILL_AG", SKILL), ("AGENT", ANN)):
        values = [
            one.state.engine.values(object_type, object_id, story.now_ms) for one in (live, whole)
        ]
        assert values[0] == values[1]


def test_ticks_are_full_seconds_between_the_events():
    live = run(Story().furnish().later(0.7).call(line.CallQueued).later(11.6))

    assert live.tick_ms == START_MS + 12_000


def test_a_value_is_recorded_at_multiples_of_its_frequency_when_it_changed():
    story = Story().furnish().later(13).call(line.CallQueued).later(3).call(line.CallAbandoned)
    story.later(1).call(line.CallQueued, "c2").later(30)

    waiting = [
        ((one.at_ms - START_MS) // 1000, one.value)
        for one in run(story).take_records()
        if (one.object_id, one.name) == (QUEUE, "Current_In_Queue")
    ]

    assert waiting == [(0, 0), (20, 1)]


def test_after_a_long_absence_only_the_last_hours_ticks_are_made_good():
    story = Story().furnish().later(1).call(line.CallQueued)
    live = run(story)
    live.take_records()
    day_later = story.now_ms + 86_400_000

    live.pass_ticks(day_later, present_ms=day_later)

    of_ticks = {one.at_ms for one in live.take_records() if one.at_ms % 1000 == 0}
    assert min(of_ticks) >= day_later - 3_600_000
    assert live.tick_ms == day_later - day_later % 1000


def frames_of(live: Live, at_ms: int) -> dict[str, Any]:
    [delta] = live.deltas(at_ms, only_news=False)
    return orjson.loads(delta.text)


def test_news_is_told_before_the_period_is_over():
    story = Story().furnish().later(3)
    live = run(story)
    live.begin_showing(story.now_ms)
    first = frames_of(live, story.now_ms)
    story.later(0.1).call(line.CallQueued)

    assert live.deltas(story.now_ms, only_news=True) == []
    live.take(story.events[-1], present_ms=story.now_ms)
    second = frames_of(live, story.now_ms)

    assert second["seq"] == first["seq"] + 1
    [row] = second["queues"]
    assert row["statistics"]["Current_In_Queue"] == {"value": 1, "time": story.now_ms}
    assert {row["id"] for row in second["skills"]} <= {SKILL}


def test_a_snapshot_belongs_before_the_next_delta():
    story = Story().furnish().later(3)
    live = run(story)
    live.begin_showing(story.now_ms)
    before = frames_of(live, story.now_ms)
    requests = [SnapshotRequest(CENTER, "a"), SnapshotRequest(CENTER, "b")]

    answers = live.snapshots([*requests, SnapshotRequest("elsewhere", "c")], story.now_ms)

    assert [(one.reply_to, one.seq) for one in answers if isinstance(one, Snapshot)] == [
        ("a", before["seq"]),
        ("b", before["seq"]),
    ]
    content = orjson.loads(answers[0].text)
    assert content["seq"] == before["seq"]
    assert content["queues"][0]["statistics"]["Current_In_Queue"]["value"] == 0
    assert frames_of(live, story.now_ms)["seq"] == before["seq"] + 1


@pytest.mark.parametrize("seconds", [0, 5])
def test_a_restored_process_shows_all_values_at_once(seconds: int):
    story = Story().furnish().later(1).call(line.CallQueued).later(seconds)
    live = killed_and_restored(run(story))

    live.begin_showing(story.now_ms)

    [answer] = live.snapshots([SnapshotRequest(CENTER, "a")], story.now_ms)
    [queue] = orjson.loads(answer.text)["queues"]
    assert queue["statistics"]["Current_In_Queue"]["value"] == 1
    assert queue["statistics"]["CurrMaxCallWaitingTime"]["value"] == seconds
