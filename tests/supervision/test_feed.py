import pytest

from supervision import user_groups
from supervision.definitions import file_definitions
from supervision.feed import fact_of, switch_events
from supervision.state import LiveState
from supervision.statistics.definitions import parse_definitions
from telephony import events as line
from tests.supervision.story import (
    ANN,
    BOB,
    CENTER,
    LUNCH,
    PHONES,
    QUEUE,
    READY,
    SKILL,
    WRAP_UP,
    Story,
    user,
)


def state_after(story: Story) -> LiveState:
    state = LiveState.empty(file_definitions())
    for recorded in story.events:
        state.take(recorded.id, fact_of(recorded.event))
    return state


def words(story: Story) -> list[tuple]:
    """The last event in the engine's words: (name, call, queue, dn, agent, mode, reason)."""
    return [
        (one.name, one.call, one.queue, one.dn, one.agent, one.mode, one.reason)
        for one in switch_events(fact_of(story.events[-1].event))
    ]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (line.CallDistributed, "call_distributed"),
        (line.CallRinging, "call_ringing"),
        (line.CallDialing, "call_dialing"),
        (line.CallAnswered, "call_answered"),
        (line.CallRingAbandoned, "call_ring_abandoned"),
        (line.CallRingCancelled, "call_ring_cancelled"),
        (line.CallHeld, "call_held"),
        (line.CallRetrieved, "call_retrieved"),
        (line.CallReleased, "call_released"),
    ],
)
def test_a_partys_events_name_call_queue_and_device(kind, name):
    story = Story().call(kind, "c1", ANN)

    assert words(story) == [(name, "uuid-c1", QUEUE, PHONES[ANN], None, None, None)]


def test_states_name_the_agents_device_and_the_reason():
    story = Story().mode(line.AgentNotReady, LUNCH)

    assert words(story) == [("agent_notready", None, None, PHONES[ANN], ANN, None, "lunch")]


@pytest.mark.parametrize(
    ("state", "mode", "reason"), [(LUNCH, "notready", "lunch"), (WRAP_UP, "acw", None)]
)
def test_a_login_brings_its_state(state, mode, reason):
    story = Story().login(state=state)

    assert words(story) == [("agent_login", None, None, PHONES[ANN], ANN, mode, reason)]


def test_a_calls_data_and_numbers_can_be_asked_for_by_filters():
    facts = {"call_id": "c1", "call_uuid": "u1", "call_type": "Inbound", "queue_id": QUEUE}
    story = Story().tell(line.CallQueued, **facts, ani="4711", user_data={"Language": "de"})

    [event] = switch_events(fact_of(story.events[-1].event))

    assert event.data == {"ANI": "4711", "Language": "de"}


def test_a_story_is_counted_for_queue_skill_and_agent():
    story = Story().furnish().login().login(BOB).answered_call().later(1)
    story.call(line.CallQueued, "c2").later(4)
    engine = state_after(story).engine
    at_ms = story.now_ms

    assert engine.value("QUEUE", QUEUE, "Total_Answered", at_ms) == 1
    assert engine.value("QUEUE", QUEUE, "Current_In_Queue", at_ms) == 1
    assert engine.value("QUEUE", QUEUE, "CurrMaxCallWaitingTime", at_ms) == 4
    assert engine.value("SKILL_Q", SKILL, "ServiceLevel", at_ms) == 100
    assert engine.value("SKILL_AG", SKILL, "CurrentReadyAgents", at_ms) == 2
    assert engine.value("AGENT", ANN, "InboundCalls", at_ms) == 1
    assert engine.ignored == 0


def test_who_becomes_an_agent_later_counts_in_the_skills_held_before():
    carl = "00000000-0000-0000-0000-00000000000c"
    story = Story().furnish().provision("users", carl, user("Carl", is_agent=False))
    story.provision("user-skills", "", {"user_id": carl, "skill_id": SKILL, "level": 1})
    story.provision("users", carl, user("Carl"))
    facts = {"user_id": carl, "device_ids": ["phone"], "device": {}}
    story.tell(line.AgentLogin, **facts, user_state=LUNCH)

    engine = state_after(story).engine

    assert engine.value("SKILL_AG", SKILL, "CurrentNotReadyAgents", story.now_ms) == 1


def test_what_is_deleted_has_no_statistics():
    story = Story().furnish()
    story.provision("queues", QUEUE, None).provision("skills", SKILL, None)
    story.provision("users", ANN, None)
    state = state_after(story)

    for object_type, object_id in (
        ("QUEUE", QUEUE),
        ("SKILL_Q", SKILL),
        ("SKILL_AG", SKILL),
        ("AGENT", ANN),
    ):
        assert not state.engine.has(object_type, object_id)
    assert state.board.centers[CENTER]["agents"].keys() == {BOB}


# --- settings, zones, groups, attached data ---

INTERVAL = "reporting/defaultServiceLevelInterval"


def set_interval(story: Story, seconds: str, before: str | None = None) -> Story:
    """The setting as provisioning tells of it."""
    old = None if before is None else {"value": {"value": before}}
    return story.provision("settings", INTERVAL, {"value": {"value": seconds}}, old)


def level_of(story: Story, object_type: str = "QUEUE", object_id: str = QUEUE) -> object:
    return state_after(story).engine.value(object_type, object_id, "ServiceLevel", story.now_ms)


def test_the_service_level_interval_reaches_all_queues_and_skills_and_starts_anew():
    story = Story().furnish().login()
    assert level_of(story.answered_call("c1")) == 100

    set_interval(story, "6")
    assert level_of(story) == 0  # Nothing has been counted since.

    story.answered_call("c2")  # After seven seconds.
    assert level_of(story) == 0
    set_interval(story, "7", before="6").answered_call("c3")
    assert level_of(story) == 0
    set_interval(story, "8", before="7").answered_call("c4")
    assert level_of(story) == 100
    assert level_of(story, "SKILL_Q", SKILL) == 100


def test_the_same_interval_once_more_changes_nothing():
    story = set_interval(Story().furnish().login(), "8").answered_call()

    assert level_of(set_interval(story, "8", before="8")) == 100


def test_a_queue_made_later_has_the_interval_too():
    story = set_interval(Story().furnish().login(), "6")
    new = "00000000-0000-0000-0000-00000000000d"
    story.provision("queues", new, {"name": "New"})
    facts = {"call_id": "c9", "call_uuid": "u9", "call_type": "Inbound", "queue_id": new}
    party = {**facts, "user_id": ANN, "device_id": PHONES[ANN]}
    story.tell(line.CallQueued, **facts).later(7)
    story.tell(line.CallRinging, **party).tell(line.CallAnswered, **party)

    assert level_of(story, "QUEUE", new) == 0


def test_the_interval_outlives_a_restart():
    story = set_interval(Story().furnish().login(), "6")
    state = state_after(story)
    restored = LiveState.restored(file_definitions(), state.content(), state.cursor)
    for recorded in story.answered_call().events[state.cursor :]:
        restored.take(recorded.id, fact_of(recorded.event))

    assert restored.engine.value("QUEUE", QUEUE, "ServiceLevel", story.now_ms) == 0


def test_another_time_zone_counts_from_the_next_reset():
    hour = 3600
    story = Story(now_ms=1_795_046_400_000 + 20 * hour * 1000).furnish().login()  # 20:00 UTC.
    story.answered_call("c1")
    story.provision("contact-centers", CENTER, {"name": "Red", "time_zone": "Europe/Moscow"})
    before = state_after(story).engine
    answered = before.value("QUEUE", QUEUE, "Total_Answered", story.now_ms)

    story.later(2 * hour).answered_call("c2")  # 01:00 in Moscow, still the day before in UTC.
    state = state_after(story)
    restored = LiveState.restored(file_definitions(), state.content(), state.cursor)

    assert answered == 1  # What was counted stays until Moscow's midnight.
    for engine in (state.engine, restored.engine):
        for object_type, object_id, name in (
            ("QUEUE", QUEUE, "Total_Answered"),
            ("AGENT", ANN, "InboundCalls"),
        ):
            at_ms = story.now_ms
            assert engine.value(object_type, object_id, name, at_ms) == 1
            assert engine.value(object_type, object_id, name, at_ms + 4 * hour * 1000) == 1
            assert engine.value(object_type, object_id, name, at_ms + 24 * hour * 1000) == 0


TEAM, UNIT = (f"2-00000000-0000-0000-0000-0000000000{number}" for number in (21, 22))
IN_CALLS = {
    "name": "Talking",
    "objectType": "USER_GROUP",
    "statisticDefinitionEx": {
        "category": "CurrentNumber",
        "mainMask": "WaitForNextCall",
        "subject": "AgentStatus",
    },
}


def ready_in(story: Story, *groups: str) -> list[object]:
    state = LiveState.empty(parse_definitions([IN_CALLS]))
    for recorded in story.events:
        state.take(recorded.id, fact_of(recorded.event))
    assert state.engine.ignored == 0
    return [
        state.engine.value("USER_GROUP", user_groups.engine_id(one), "Talking", story.now_ms)
        for one in groups
    ]


def test_a_groups_statistics_are_those_of_its_users_and_of_the_groups_below():
    story = Story().furnish().login().login(BOB)
    story.provision("groups", UNIT, {"contains": "users", "parent_id": None})
    story.provision("groups", TEAM, {"contains": "users", "parent_id": UNIT})
    story.provision("groups", "1-x", {"contains": "dispositions", "parent_id": None})
    anns, bobs = ({"group_id": TEAM, "user_id": one} for one in (ANN, BOB))
    anns_too = {"group_id": UNIT, "user_id": ANN}
    for pair in (anns, bobs, anns_too):
        story.provision("group-users", f"{pair['group_id']}/{pair['user_id']}", pair)
    assert ready_in(story, TEAM, UNIT) == [2, 2]

    story.provision("group-users", f"{TEAM}/{ANN}", None, anns)
    assert ready_in(story, TEAM, UNIT) == [1, 2]  # Ann is in the unit herself.

    story.provision("group-users", f"{TEAM}/{BOB}", None, bobs)
    assert ready_in(story, TEAM, UNIT) == [0, 1]


def test_who_becomes_an_agent_later_counts_in_the_groups_joined_before():
    story = Story().furnish().provision("users", ANN, None)
    story.provision("groups", TEAM, {"contains": "users", "parent_id": None})
    pair = {"group_id": TEAM, "user_id": ANN}
    story.provision("group-users", f"{TEAM}/{ANN}", pair)
    story.provision("users", ANN, user("Ann")).login()

    assert ready_in(story, TEAM) == [1]


def test_keys_that_are_missing_from_a_calls_data_have_gone():
    facts = {"call_id": "c1", "call_uuid": "u1", "call_type": "Inbound"}
    story = Story().furnish()
    story.tell(
        line.CallQueued,
        **facts,
        queue_id=QUEUE,
        ani="4711",
        user_data={"Tier": "gold", "Lang": "de"},
    )
    story.tell(line.CallData, **facts, data={"Lang": "en"})

    attached = state_after(story).engine.attached("u1")

    assert attached == {"ANI": "4711", "Lang": "en", "ThisQueue": QUEUE}


class TestAnAgentAtSeveralDevices:
    """`user_state` is the channel's, `device.userState` what the agent is at this device."""

    def test_he_logs_out_at_one_of_them(self):
        story = Story().furnish().login()
        story.tell(
            line.AgentLogin,
            user_id=ANN,
            device_ids=["second"],
            device={"userState": LUNCH},
            user_state=READY,
        )
        assert words(story) == [
            ("agent_login", None, None, "second", ANN, "notready", LUNCH["reason"])
        ]

        story.tell(
            line.AgentLogout, user_id=ANN, device_ids=["second"], device={}, user_state=READY
        )

        assert words(story) == [("agent_logout", None, None, "second", ANN, None, None)]
        assert state_after(story).board.centers[CENTER]["agents"][ANN]["state"] == "Ready"

    def test_a_device_that_is_back_has_its_state_again(self):
        story = Story().tell(
            line.DeviceRegistered,
            user_id=ANN,
            device_id=PHONES[ANN],
            device={"userState": LUNCH},
            user_state=LUNCH,
        )

        assert words(story) == [
            ("dn_registered", None, None, PHONES[ANN], None, None, LUNCH["reason"]),
            ("agent_notready", None, None, PHONES[ANN], ANN, None, LUNCH["reason"]),
        ]

    def test_nobody_is_logged_in_again_at_a_device_where_he_was_not(self):
        story = Story().tell(
            line.DeviceRegistered,
            user_id=ANN,
            device_id=PHONES[ANN],
            device={"userState": {"state": "LoggedOut", "displayName": "Offline"}},
            user_state=READY,
        )

        assert [one[0] for one in words(story)] == ["dn_registered"]
