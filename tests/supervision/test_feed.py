import pytest

from supervision.definitions import current_definitions
from supervision.feed import fact_of, switch_events
from supervision.state import LiveState
from telephony import events as line
from tests.supervision.story import (
    ANN,
    BOB,
    CENTER,
    LUNCH,
    PHONES,
    QUEUE,
    SKILL,
    WRAP_UP,
    Story,
    user,
)


def state_after(story: Story) -> LiveState:
    state = LiveState.empty(current_definitions())
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
