"""An agent at several devices: each has its state, and he works at one of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.modes import AFTER_CALL_WORK, NOT_READY, OFFLINE, READY, SYSTEM_MODES
from telephony.switch import agents
from telephony.switch.effects import AgentFact, StopTimer
from telephony.switch.positions import is_undisturbed, position_at, positions_of
from telephony.switch.state import AgentSession, Position
from telephony.switch.tables import Presence, RefusedError

AUX = SYSTEM_MODES["AuxWork"]
DEVICES = ("desk", "home", "car")


def agent_at(*devices: str) -> AgentSession:
    agent = AgentSession(user_id="bob", contact_center_id="red")
    first, *others = devices
    agents.start_session(
        agent,
        device_id=first,
        number=first,
        answers_on_request=True,
        mode=NOT_READY,
        at_ms=1,
        others=[Position(device_id=one, number=one, mode=OFFLINE) for one in others],
    )
    return agent


def modes(agent):
    return {one.device_id: one.mode.display_name for one in positions_of(agent)}


def told(effects):
    return [(one.kind, one.device_id) for one in effects if isinstance(one, AgentFact)]


def test_a_session_logs_in_at_the_first_device_only():
    agent = AgentSession(user_id="bob", contact_center_id="red")
    effects = agents.start_session(
        agent,
        device_id="desk",
        number="5001",
        answers_on_request=True,
        mode=NOT_READY,
        at_ms=1,
        others=[Position(device_id="home", mode=OFFLINE)],
    )

    assert modes(agent) == {"desk": "Not Ready", "home": "Offline"}
    assert told(effects) == [("agent.login", "desk"), ("device.changed", "home")]


def test_a_state_is_asked_for_wherever_he_is_logged_in():
    agent = agent_at("desk", "home", "car")
    agents.set_mode(agent, AUX, device_id="home", at_ms=2)

    effects = agents.set_mode(agent, READY, at_ms=3)

    assert modes(agent) == {"desk": "Ready", "home": "Ready", "car": "Offline"}
    assert told(effects) == [("agent.ready", "desk"), ("agent.ready", "home")]


def test_a_state_at_one_device_leaves_the_others():
    agent = agent_at("desk", "home")

    effects = agents.set_mode(agent, READY, device_id="home", at_ms=2)

    assert modes(agent) == {"desk": "Not Ready", "home": "Ready"}
    assert told(effects) == [("agent.login", "home")]
    [fact] = effects
    assert (fact.mode, fact.channel_mode) == (READY, READY)


def test_he_works_where_he_takes_calls():
    agent = agent_at("desk", "home")
    agents.set_mode(agent, READY, device_id="home", at_ms=2)
    assert (agent.device_id, agent.is_available, agent.mode) == ("home", True, READY)

    agents.set_mode(agent, READY, device_id="desk", at_ms=3)
    agents.set_do_not_disturb(agent, is_on=True, device_id="home", at_ms=4)
    assert (agent.device_id, agent.is_available) == ("desk", True)

    agents.set_do_not_disturb(agent, is_on=True, device_id="desk", at_ms=5)
    assert not agent.is_available
    assert is_undisturbed(agent)


def test_what_he_is_on_the_whole_is_what_he_is_where_he_works():
    agent = agent_at("desk", "home")
    agents.set_mode(agent, READY, device_id="home", at_ms=2)

    [fact] = agents.set_mode(agent, AUX, device_id="desk", at_ms=3)

    assert (fact.mode, fact.channel_mode) == (AUX, READY)
    assert (agent.mode, agent.since_ms) == (READY, 2)


def test_logged_out_everywhere_he_logs_in_where_he_worked():
    agent = agent_at("desk", "home")
    agents.set_mode(agent, READY, device_id="home", at_ms=2)
    assert told(agents.set_mode(agent, OFFLINE, at_ms=3)) == [
        ("agent.logout", "home"),
        ("agent.logout", "desk"),
    ]

    agents.set_mode(agent, READY, at_ms=4)

    assert modes(agent) == {"home": "Ready", "desk": "Offline"}


def test_wrap_up_holds_wherever_he_was_ready_and_ends_there():
    agent = agent_at("desk", "home", "car")
    agents.set_mode(agent, READY, at_ms=2)
    agents.set_mode(agent, READY, device_id="home", at_ms=2)
    agents.set_mode(agent, AUX, device_id="car", at_ms=2)

    agents.change_mode(agent, AFTER_CALL_WORK, at_ms=3)
    assert modes(agent) == {"desk": "AfterCallWork", "home": "AfterCallWork", "car": "AuxWork"}

    effects = agents.wrap_up_over(agent, READY, at_ms=4)
    assert modes(agent) == {"desk": "Ready", "home": "Ready", "car": "AuxWork"}
    assert told(effects) == [("agent.ready", "desk"), ("agent.ready", "home")]


def test_asking_at_one_device_ends_the_wrap_up_there_alone():
    agent = agent_at("desk", "home")
    for device in ("desk", "home"):
        agents.set_mode(agent, READY, device_id=device, at_ms=2)
    agents.change_mode(agent, AFTER_CALL_WORK, at_ms=3)

    effects = agents.set_mode(agent, READY, device_id="home", at_ms=4)
    assert not any(isinstance(one, StopTimer) for one in effects)

    effects = agents.set_mode(agent, NOT_READY, device_id="desk", at_ms=5)
    assert isinstance(effects[0], StopTimer)


def test_a_device_that_leaves_takes_nobody_along():
    agent = agent_at("desk", "home")
    agents.set_mode(agent, READY, device_id="home", at_ms=2)

    assert told(agents.leave_device(agent, "home", at_ms=3)) == [("agent.logout", "home")]
    assert modes(agent) == {"desk": "Not Ready"}
    assert agents.leave_device(agent, "home", at_ms=4) == []

    assert told(agents.leave_device(agent, "desk", at_ms=5)) == [("agent.logout", "desk")]
    assert agent.mode.presence is Presence.INACTIVE
    assert positions_of(agent) == []


def test_a_device_of_nobodys_session_is_refused():
    agent = agent_at("desk")
    with pytest.raises(RefusedError, match="Device is not registered"):
        agents.set_mode(agent, READY, device_id="home", at_ms=2)
    with pytest.raises(RefusedError, match="Device is not registered"):
        agents.set_do_not_disturb(agent, is_on=True, device_id="home", at_ms=2)
    assert modes(agent) == {"desk": "Not Ready"}


_ACTS = st.one_of(
    st.tuples(
        st.just("mode"),
        st.sampled_from([READY, NOT_READY, AUX, AFTER_CALL_WORK, OFFLINE]),
        st.sampled_from([*DEVICES, None]),
    ),
    st.tuples(st.just("dnd"), st.booleans(), st.sampled_from([*DEVICES, None])),
    st.tuples(st.just("change"), st.sampled_from([AFTER_CALL_WORK, NOT_READY]), st.none()),
    st.tuples(st.just("over"), st.just(READY), st.none()),
)


@given(st.lists(_ACTS, max_size=25))
def test_whatever_is_asked_he_works_where_he_can_be_reached_and_all_is_told(acts):
    agent = agent_at(*DEVICES)
    known = {one.device_id: (one.mode, one.is_do_not_disturb) for one in positions_of(agent)}
    for at_ms, (kind, value, device) in enumerate(acts, start=2):
        if kind == "mode":
            effects = agents.set_mode(agent, value, device_id=device, at_ms=at_ms)
        elif kind == "dnd":
            effects = agents.set_do_not_disturb(agent, is_on=value, device_id=device, at_ms=at_ms)
        elif kind == "change":
            effects = agents.change_mode(agent, value, at_ms=at_ms)
        else:
            effects = agents.wrap_up_over(agent, value, at_ms=at_ms)
        for fact in effects:
            if isinstance(fact, AgentFact):
                assert fact.channel_mode == agent.mode
                known[fact.device_id] = (fact.mode, fact.is_do_not_disturb)
        positions = positions_of(agent)
        # What was told adds up to what is.
        assert known == {one.device_id: (one.mode, one.is_do_not_disturb) for one in positions}
        assert sorted(one.device_id for one in positions) == sorted(DEVICES)
        assert agent.is_available == any(one.takes_calls for one in positions)
        assert position_at(agent, str(agent.device_id)) == positions[0]
