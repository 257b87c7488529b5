"""Snapshots, and that asking changes nothing."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from supervision.statistics.definitions import parse_definitions
from supervision.statistics.engine import Engine
from supervision.statistics.events import SwitchEvent
from tests.supervision.statistics import streams
from tests.supervision.statistics.streams import OPENING
from tests.supervision.statistics.test_oracle import FEW, definitions, engine_of, seeds

FEWER = settings(FEW, max_examples=12)

STATE = {
    "name": "State",
    "objectType": "AGENT",
    "notificationMode": "IMMEDIATE",
    "statisticDefinitionEx": {
        "category": "CurrentState",
        "subject": "DNAction",
        "mainMask": "*",
    },
}


def everything(engine, at_ms):
    return {
        (kind, ident): engine.values(kind, ident, at_ms)
        for kind, idents in streams.OBJECTS.items()
        for ident in idents
    }


def with_state(seed):
    return [*definitions(seed), *parse_definitions([STATE])]


@FEWER
@given(seeds, st.integers(5, 60), st.floats(0, 1))
def test_a_snapshot_in_the_middle_of_a_log_changes_no_value(seed, size, share):
    log = streams.log_of(seed, size)
    cut = int(share * len(log))
    straight, broken = engine_of(with_state(seed)), engine_of(with_state(seed))

    for event in log:
        straight.apply(event)
    for event in log[:cut]:
        broken.apply(event)
    text = json.dumps(broken.snapshot())
    restored = Engine.restore(with_state(seed), json.loads(text))
    for event in log[cut:]:
        restored.apply(event)

    for later in (0, 700, 9_000, 70_000):
        at_ms = log[-1].time_ms + later
        assert everything(restored, at_ms) == everything(straight, at_ms)
    assert restored.ignored == straight.ignored


@FEWER
@given(seeds, st.integers(5, 60))
def test_asking_between_the_events_of_one_timestamp_changes_no_later_value(seed, size):
    lot = streams.lot_of(seed)
    log = streams.log_of(seed, size)
    quiet, asked = engine_of(with_state(seed)), engine_of(with_state(seed))

    for event in log:
        quiet.apply(event)
        asked.apply(event)
        if lot.random() < 0.5:
            asked.values("SKILL_AG", "s1", event.time_ms + lot.choice((0, 0, 1, 90_000)))

    at_ms = log[-1].time_ms + 3_000
    assert everything(asked, at_ms) == everything(quiet, at_ms)


@FEWER
@given(seeds, st.integers(5, 50))
def test_a_restored_engine_goes_on_notifying_where_the_other_stopped(seed, size):
    log = streams.log_of(seed, size)
    cut = len(log) // 2
    straight, broken = engine_of(with_state(seed)), engine_of(with_state(seed))
    for engine in (straight, broken):
        for event in log[:cut]:
            engine.apply(event)
        engine.evaluate(log[cut - 1].time_ms + 5)

    restored = Engine.restore(with_state(seed), json.loads(json.dumps(broken.snapshot())))

    for event in log[cut:]:
        event = SwitchEvent(**{**fields(event), "time_ms": event.time_ms + 10})
        straight.apply(event)
        restored.apply(event)
    for later in (1_000, 11_000, 90_000):
        at_ms = log[-1].time_ms + later
        assert in_order(restored.evaluate(at_ms)) == in_order(straight.evaluate(at_ms))


def fields(event):
    return {name: getattr(event, name) for name in ("time_ms", "name", *streams.FIELDS)}


def in_order(changes):
    return sorted(changes, key=lambda c: (c.object_type, c.object_id, c.name, c.time_ms))


def test_a_definition_new_to_a_snapshot_opens_when_it_is_restored():
    number = {
        "name": "Entered",
        "objectType": "QUEUE",
        "statisticDefinitionEx": {
            "category": "TotalNumber",
            "subject": "DNAction",
            "mainMask": "CallEntered",
        },
    }
    wait = {
        "name": "Waited",
        "objectType": "QUEUE",
        "statisticDefinitionEx": {
            "category": "TotalTime",
            "subject": "DNAction",
            "mainMask": "CallWait,CallAbandoned",
        },
    }
    engine = Engine(parse_definitions([number]), opening=OPENING)
    engine.add_queue("q1")
    engine.apply(SwitchEvent(OPENING + 10_000, "call_queued", call="c1", queue="q1"))
    engine.apply(SwitchEvent(OPENING + 30_000, "call_data", call="c1", data={"a": "b"}))

    restored = Engine.restore(parse_definitions([number, wait]), engine.snapshot())
    restored.apply(SwitchEvent(OPENING + 40_000, "call_abandoned", call="c1"))

    assert restored.value("QUEUE", "q1", "Entered", OPENING + 50_000) == 1
    assert restored.value("QUEUE", "q1", "Waited", OPENING + 50_000) == 10 + 10
