"""The engine's own promises: objects come and go, nonsense is ignored, settings start anew."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.statistics.definitions import parse_definitions
from supervision.statistics.engine import Engine
from supervision.statistics.events import EventError, SwitchEvent
from supervision.statistics.switch import EVENT_NAMES
from tests.supervision.statistics import streams
from tests.supervision.statistics.streams import OPENING
from tests.supervision.statistics.test_oracle import FEW, definitions, engine_of
from tests.supervision.statistics.test_snapshots import everything


def define(category, subject="DNAction", mask="*", kind="QUEUE", name="Some", **more):
    inner = {"category": category, "subject": subject, "mainMask": mask, **more}
    return {"name": name, "objectType": kind, "statisticDefinitionEx": inner}


def made(*entries, **how):
    return Engine(parse_definitions(entries), opening=OPENING, **how)


def event(second, name, **fields):
    return SwitchEvent(OPENING + round(second * 1000), name, **fields)


def test_an_object_added_while_running_opens_then():
    engine = made(define("TotalTime", "AgentStatus", "LoggedOut", "AGENT"))
    engine.add_agent("a1", at_ms=OPENING + 50_000)

    assert engine.value("AGENT", "a1", "Some", OPENING + 60_000) == 10


def test_a_group_added_while_its_members_talk_counts_from_the_joining():
    engine = made(define("TotalAdjustedTime", "DNAction", "CallInbound", "USER_GROUP"))
    engine.add_agent("a1")
    engine.apply(event(1, "agent_login", agent="a1", dn="1"))
    engine.apply(event(2, "call_answered", call="c", dn="1", type="Inbound"))
    engine.add_user_group("g", at_ms=OPENING + 10_000)
    engine.apply(event(10, "group_add", group="g", agent="a1"))

    assert engine.value("USER_GROUP", "g", "Some", OPENING + 15_000) == 5


def test_removing_an_agent_ends_its_part_in_the_groups():
    engine = made(define("CurrentNumber", "AgentStatus", "*", "SKILL_AG"))
    engine.add_skill("s")
    for agent in ("a1", "a2"):
        engine.add_agent(agent)
        engine.apply(event(1, "group_add", group="s", agent=agent))
    engine.apply(event(2, "agent_login", agent="a1", dn="1"))

    engine.remove_agent("a1", at_ms=OPENING + 5_000)

    assert engine.value("SKILL_AG", "s", "Some", OPENING + 6_000) == 1
    assert not engine.has("AGENT", "a1")
    assert not engine.apply(event(7, "agent_ready", dn="1"))


def test_removing_a_queue_ends_the_waits_of_its_skill():
    engine = made(define("CurrentNumber", "DNAction", "CallWait", "SKILL_Q"))
    engine.add_skill("s")
    engine.add_queue("q")
    engine.apply(event(0, "queue_skill_add", group="s", queue="q"))
    engine.apply(event(1, "call_queued", call="c", queue="q"))

    engine.remove_queue("q", at_ms=OPENING + 2_000)

    assert engine.value("SKILL_Q", "s", "Some", OPENING + 3_000) == 0
    assert not engine.apply(event(4, "call_abandoned", call="c"))


def test_removing_a_skill_or_dn_leaves_the_agents_alone():
    engine = made(define("CurrentNumber", "DNAction", "LoggedIn", "AGENT"))
    engine.add_skill("s")
    engine.add_agent("a1")
    engine.apply(event(1, "group_add", group="s", agent="a1"))
    engine.apply(event(2, "agent_login", agent="a1", dn="1"))

    engine.remove_skill("s", at_ms=OPENING + 3_000)
    assert engine.value("AGENT", "a1", "Some", OPENING + 3_000) == 1
    engine.remove_dn("1", at_ms=OPENING + 4_000)
    assert engine.value("AGENT", "a1", "Some", OPENING + 4_000) == 0


def test_each_object_resets_at_its_own_midnight():
    engine = made(define("TotalNumber", "DNAction", "CallEntered"), zone="UTC")
    engine.add_queue("q1")
    engine.add_queue("q2", zone="Asia/Tokyo")
    for queue in ("q1", "q2"):
        engine.apply(event(3600, "call_queued", call=queue, queue=queue))

    tokyo_midnight = OPENING + 15 * 3_600_000
    assert engine.value("QUEUE", "q1", "Some", tokyo_midnight) == 1
    assert engine.value("QUEUE", "q2", "Some", tokyo_midnight - 1) == 1
    assert engine.value("QUEUE", "q2", "Some", tokyo_midnight) == 0


def answer(engine, call, queued, answered):
    """A call that waits, rings at once, is answered and released."""
    engine.apply(event(queued, "call_queued", call=call, queue="q"))
    engine.apply(event(queued, "call_distributed", call=call))
    engine.apply(event(queued, "call_ringing", call=call, dn="1"))
    engine.apply(event(answered, "call_answered", call=call, dn="1"))
    engine.apply(event(answered + 1, "call_released", call=call, dn="1"))


def test_a_new_service_level_interval_starts_service_level_anew_and_nothing_else():
    engine = made(
        define("ServiceFactor1", name="ServiceLevel", timeRangeLeft=0, timeRangeRight=5),
        define("TotalNumber", mask="CallAnswered", name="Answered"),
    )
    engine.add_queue("q")
    answer(engine, "c1", 10, 18)
    assert engine.value("QUEUE", "q", "ServiceLevel", OPENING + 20_000) == 0

    engine.set_service_level("q", 10, at_ms=OPENING + 20_000)
    answer(engine, "c2", 30, 38)
    restored = Engine.restore(engine.definitions, json.loads(json.dumps(engine.snapshot())))
    answer(restored, "c3", 50, 65)

    assert engine.value("QUEUE", "q", "ServiceLevel", OPENING + 70_000) == 100
    assert restored.value("QUEUE", "q", "ServiceLevel", OPENING + 70_000) == 50
    assert restored.value("QUEUE", "q", "Answered", OPENING + 70_000) == 3


def test_an_event_older_than_its_predecessor_is_taken_at_its_time():
    engine = made(define("CurrentMaxTime", mask="CallWait"))
    engine.add_queue("q")
    engine.apply(event(100, "call_queued", call="c1", queue="q"))
    engine.apply(event(90, "call_queued", call="c2", queue="q"))

    assert engine.now_ms == OPENING + 100_000
    assert engine.value("QUEUE", "q", "Some", OPENING + 110_000) == 10


def test_a_question_before_the_last_event_is_an_error():
    engine = made(define("TotalNumber"))
    engine.add_queue("q")
    engine.apply(event(10, "call_queued", call="c", queue="q"))

    with pytest.raises(ValueError, match="lies before the last event"):
        engine.value("QUEUE", "q", "Some", OPENING)


def test_a_group_state_lists_its_agents_by_name():
    engine = made(define("CurrentTargetState", "DNStatus", "*", "SKILL_AG"))
    engine.add_skill("s")
    for agent in ("b", "a"):
        engine.add_agent(agent)
        engine.apply(event(1, "group_add", group="s", agent=agent))
    engine.apply(event(2, "agent_login", agent="b", dn="1"))

    assert engine.value("SKILL_AG", "s", "Some", OPENING + 5_000) == [
        {"agent": "a", "status": "LoggedOut", "dns": []},
        {
            "agent": "b",
            "status": "NotReadyForNextCall",
            "duration": 3,
            "dns": [{"dn": "1", "status": "NotReadyForNextCall"}],
        },
    ]


def test_a_mapping_without_name_or_time_is_no_event():
    for mapping in ({"t": 1}, {"ev": "call_data"}, {"ev": "call_data", "t": "now"}):
        with pytest.raises(EventError):
            SwitchEvent.from_mapping(mapping)


junk = st.sampled_from(
    (None, "", "c1", "1001", "q1", "a1", "s1", 7, 1.5, [], {}, {"L": "es"}, True)
)


@FEW
@given(
    st.lists(
        st.tuples(
            st.sampled_from((*EVENT_NAMES, "nonsense", "", None)),
            st.dictionaries(st.sampled_from(streams.FIELDS), junk),
        ),
        max_size=30,
    ),
    st.integers(0, 1000),
)
def test_nonsense_never_raises_and_what_is_ignored_changes_nothing(nonsense, seed):
    found = definitions(seed)[::7]
    engine, sober = engine_of(found), engine_of(found)
    log = streams.log_of(seed, 20)
    for usual in log:
        engine.apply(usual)
        sober.apply(usual)

    now_ms = log[-1].time_ms
    for number, (name, fields) in enumerate(nonsense):
        odd = SwitchEvent(now_ms + number, name, **fields)
        if engine.apply(odd):
            sober.apply(odd)

    assert sober.ignored <= engine.ignored
    at_ms = now_ms + 60_000
    assert everything(engine, at_ms) == everything(sober, at_ms)
    json.dumps(engine.snapshot())
