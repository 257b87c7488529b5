import pytest

from telephony.modes import SYSTEM_MODES
from telephony.switch import agents, queueing, talking
from telephony.switch.capabilities import possible_operations
from telephony.switch.state import AgentSession, Call, Leg
from telephony.switch.tables import (
    AGENT_OPERATIONS,
    LEG_OPERATIONS,
    CallType,
    LegState,
    Presence,
    RefusedError,
)

DATA_OPERATIONS = ("AttachUserData", "UpdateUserData", "DeleteUserData", "DeleteUserDataPair")


def call_with(state, *, queue_id="queue", answers_on_request=True):
    caller = Leg(number="+1", state=LegState.ESTABLISHED, began_ms=0)
    party = Leg(
        number="5001",
        state=state,
        began_ms=0,
        device_id="phone",
        user_id="bob",
        answers_on_request=answers_on_request,
        queue_id=queue_id,
    )
    call = Call(
        id="1",
        uuid="U",
        contact_center_id="center",
        type=CallType.INBOUND,
        ani="+1",
        dnis="9000",
        queue_id=queue_id,
        legs=[caller, party],
    )
    return call, party


def agent_in(presence, **more):
    mode = next(mode for mode in SYSTEM_MODES.values() if mode.presence is presence)
    values = {"user_id": "bob", "contact_center_id": "center", "device_id": "phone"}
    return AgentSession(**{**values, "mode": mode, **more})


def test_the_tables_know_every_state():
    assert set(LEG_OPERATIONS) == set(LegState)
    assert set(AGENT_OPERATIONS) == set(Presence)


def test_a_direct_call_cannot_be_rejected():
    call, party = call_with(LegState.RINGING, queue_id=None)
    assert set(possible_operations(call, party)) == {"Answer", *DATA_OPERATIONS}
    with pytest.raises(RefusedError, match="Incorrect object state"):
        talking.reject(call, party, agent_in(Presence.READY, leg_count=1), pass_over_ms=1, at_ms=1)
    assert party.state is LegState.RINGING


@pytest.mark.parametrize(
    ("case", "more", "is_available"),
    [
        ("ready", {}, True),
        ("do not disturb", {"is_do_not_disturb": True}, False),
        ("on the phone", {"leg_count": 1}, False),
        ("without a phone", {"device_id": None}, False),
    ],
)
def test_who_can_get_a_call(case, more, is_available):
    assert agent_in(Presence.READY, **more).is_available is is_available
    assert not agent_in(Presence.NOT_READY, **more).is_available
    assert not agent_in(Presence.LOGGED_OUT, **more).is_available


def test_the_longest_idle_with_the_skills_is_chosen():
    call, _ = call_with(LegState.RELEASED)
    people = [
        agent_in(Presence.READY, user_id="new", idle_since_ms=30),
        agent_in(Presence.READY, user_id="unskilled", idle_since_ms=1),
        agent_in(Presence.READY, user_id="beginner", idle_since_ms=2),
        agent_in(Presence.READY, user_id="idle", idle_since_ms=20),
        agent_in(Presence.READY, user_id="rejecter", idle_since_ms=3),
    ]
    levels = {"new": {"s": 5}, "beginner": {"s": 4}, "idle": {"s": 9}, "rejecter": {"s": 5}}
    call.rejections = {"rejecter": 100}

    def choose(at_ms):
        return queueing.choose_agent(
            call, people, levels=levels, required={"s": 5}, at_ms=at_ms
        ).user_id

    assert choose(50) == "idle"
    assert choose(100) == "rejecter"


def test_asking_for_the_same_state_tells_nothing():
    bob = agent_in(Presence.READY)
    assert agents.set_mode(bob, bob.mode, at_ms=5) == []
    assert bob.since_ms == 0


def test_a_call_that_returns_keeps_its_place():
    call, party = call_with(LegState.RINGING)
    call.queued_at_ms = 7
    bob = agent_in(Presence.READY, leg_count=1)

    talking.ring_timeout(call, party, bob, absent=SYSTEM_MODES["NotReady"], at_ms=15_007)

    assert (call.is_waiting, call.queued_at_ms) == (True, 7)
    assert bob.mode == SYSTEM_MODES["NotReady"]
