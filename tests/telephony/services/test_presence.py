"""Seed 001 "User monitor and cleanup": a session ends when the last client has stayed away."""

import pytest

from portal.events.log import now_ms
from telephony import runtime
from telephony.models import AgentSession, ContactCenterSession, Timer
from telephony.modes import AFTER_CALL_WORK
from telephony.services import presence
from telephony.services.agents import end_session, set_agent_state, start_session
from telephony.services.calls import answer
from telephony.services.links import set_voice_link
from telephony.services.presence import client_connected, client_gone
from telephony.services.session_terms import Terms
from telephony.switch.effects import TimerKind
from tests.factories import SettingFactory
from tests.telephony.factories import call_in, make_agent, make_queue, ready_agent

MOBILE = {"mobileDeviceId": "72ED", "mobilePushType": "IOS", "timeout": "OneHour", "debug": False}


def kinds(events):
    return [event.kind for event in events]


def expiry_of(user):
    timer = Timer.objects.filter(kind=TimerKind.SESSION_EXPIRY, target=str(user.pk)).first()
    return timer and timer.due_at_ms


def time_is_up():
    Timer.objects.filter(kind=TimerKind.SESSION_EXPIRY).update(due_at_ms=1)


@pytest.fixture
def agent(center):
    return ready_agent(center)


def seconds_left(user):
    return (expiry_of(user) - now_ms()) / 1000


def test_the_session_ends_after_the_last_client_has_gone(agent, told):
    told()
    client_gone(user_id=str(agent.pk))
    assert 55 < seconds_left(agent) <= 60
    assert runtime.fire_due_timers() == 0
    assert told() == []

    time_is_up()

    assert runtime.fire_due_timers() == 1
    assert kinds(told()) == ["agent.logout"]
    assert AgentSession.objects.get(user=agent).presence == "Inactive"
    assert not ContactCenterSession.objects.exists()
    assert not Timer.objects.exists()
    assert runtime.fire_due_timers() == 0


def test_a_client_that_comes_back_in_time_keeps_it(agent, told):
    client_gone(user_id=agent.pk.hex)
    client_connected(user_id=agent.pk.hex)
    assert expiry_of(agent) is None
    time_is_up()
    assert runtime.fire_due_timers() == 0
    assert AgentSession.objects.get(user=agent).presence == "Ready"


def test_each_going_counts_anew(agent):
    client_gone(user_id=str(agent.pk))
    Timer.objects.update(due_at_ms=now_ms() + 1000)
    client_connected(user_id=str(agent.pk))
    client_gone(user_id=str(agent.pk))
    assert seconds_left(agent) > 55


def test_without_a_session_there_is_nothing_to_end(center, told):
    user = make_agent(center)
    client_gone(user_id=str(user.pk))
    client_connected(user_id=str(user.pk))
    assert not Timer.objects.exists()
    assert told() == []


def test_who_never_connected_keeps_his_session(agent):
    assert expiry_of(agent) is None


def test_the_end_of_the_session_calls_it_off(agent):
    client_gone(user_id=str(agent.pk))
    end_session(user=agent)
    assert not Timer.objects.exists()


def test_a_session_that_is_started_anew_waits_for_nobody(agent):
    client_gone(user_id=str(agent.pk))
    end_session(user=agent)
    start_session(user=agent)
    time_is_up()
    assert runtime.fire_due_timers() == 0
    assert AgentSession.objects.get(user=agent).presence == "NotReady"


def test_what_rings_returns_and_a_talk_goes_on(center, agent, told):
    queue = make_queue(center)
    rung = ready_agent(center)
    Timer.objects.all().delete()
    first, second = call_in(queue), call_in(queue)
    answer(user=agent, call_id=first)
    for user in (agent, rung):
        client_gone(user_id=str(user.pk))
    time_is_up()
    told()

    runtime.fire_due_timers()

    assert sorted(kinds(told())) == [
        "agent.logout",
        "agent.logout",
        "call.queued",
        "call.ring_cancelled",
    ]
    assert [leg.call_id for leg in agent.legs.all()] == [first]
    assert not rung.legs.exists()
    assert second != first


def test_the_setting(settings, agent):
    settings.SESSION_EXPIRY_SECONDS = 5
    client_gone(user_id=str(agent.pk))
    assert 0 < seconds_left(agent) <= 5


@pytest.mark.parametrize(
    ("value", "expected"), [("300", 300), (300, 300), ("soon", 60), (None, 60), ("0", 60)]
)
def test_the_contact_centers_own_timeout(center, agent, value, expected):
    SettingFactory.create(
        contact_center=center,
        key="agentLogoutTimeout",
        value={"name": "agentLogoutTimeout", "value": value},
    )
    client_gone(user_id=str(agent.pk))
    assert expected - 5 < seconds_left(agent) <= expected


@pytest.mark.parametrize(("timeout", "expected"), [("ThirtyMinutes", 1800), ("OneHour", 3600)])
def test_a_mobile_application_may_stay_away_longer(center, timeout, expected):
    user = make_agent(center)
    start_session(user=user, terms=Terms(mobile_session={**MOBILE, "timeout": timeout}))
    client_gone(user_id=str(user.pk))
    assert expected - 5 < seconds_left(user) <= expected


def test_its_session_is_discarded_in_the_end(center, told):
    user = make_agent(center)
    start_session(user=user, terms=Terms(mobile_session=MOBILE))
    client_gone(user_id=str(user.pk))
    time_is_up()
    told()

    runtime.fire_due_timers()

    ended = told()
    assert kinds(ended) == ["agent.logout", "agent.mobile_session"]
    assert ended[1].mobile_session is None
    assert presence.mobile_session_of(user) is None


def test_while_the_switch_is_not_there_it_is_put_off(center, agent, told):
    client_gone(user_id=str(agent.pk))
    time_is_up()
    set_voice_link(contact_center=center, is_up=False)
    told()

    assert runtime.fire_due_timers() == 0
    assert told() == []
    assert 0 < seconds_left(agent) <= 5

    set_voice_link(contact_center=center, is_up=True)
    time_is_up()
    told()
    assert runtime.fire_due_timers() == 1
    assert kinds(told()) == ["agent.logout"]


def test_it_outlives_the_process(agent):
    """The timer is a row: a process that starts later, or another one, fires it."""
    client_gone(user_id=str(agent.pk))
    due = expiry_of(agent)
    runtime.recover()
    assert expiry_of(agent) == due


def test_other_rooms_are_told(agent):
    seen = []
    presence.watch_clients(
        connected=lambda user_id: seen.append(("+", user_id)),
        gone=lambda user_id: seen.append(("-", user_id)),
    )
    try:
        client_gone(user_id=agent.pk.hex)
        client_connected(user_id=agent.pk.hex)
    finally:
        presence._when_connected.pop()
        presence._when_gone.pop()
    assert seen == [("-", str(agent.pk)), ("+", str(agent.pk))]


def test_wrap_up_and_expiry_do_not_touch_each_other(agent):
    client_gone(user_id=str(agent.pk))
    set_agent_state(user=agent, mode=AFTER_CALL_WORK)
    assert expiry_of(agent) is not None
