"""Sessions and states at the same moment, on PostgreSQL: threads with connections of their own."""

import contextlib
import random
from collections import Counter

import pytest

from portal.api.status import ApiError
from portal.events.models import EventRecord
from provisioning.change import Change
from provisioning.models import Device
from provisioning.services.devices import assign_device, unassign_device
from telephony import runtime
from telephony.models import AgentSession, ContactCenterSession, OtherDevice, Timer
from telephony.modes import AFTER_CALL_WORK, NOT_READY, OFFLINE, READY
from telephony.services.agents import (
    end_session,
    set_agent_state,
    set_do_not_disturb,
    start_session,
)
from telephony.services.calls import answer, hangup
from telephony.services.links import set_voice_link
from telephony.services.presence import client_connected, client_gone
from telephony.services.session_terms import Terms
from tests.factories import ContactCenterFactory, DeviceFactory, PlaceFactory
from tests.telephony.factories import (
    call_in,
    make_agent,
    make_queue,
    phone_of,
    ready_agent,
    set_wrap_up,
)
from tests.telephony.services.test_races import at_once

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
CHANGE = Change(actor=None, origin="tests")


@pytest.fixture
def center():
    return ContactCenterFactory.create()


def kinds():
    rows = EventRecord.objects.order_by("id").values_list("kind", flat=True)
    return [kind for kind in rows if not kind.startswith(("provisioning.", "service."))]


def borrowed(center):
    device = DeviceFactory.create(contact_center=center)
    return PlaceFactory.create(contact_center=center, name="Desk", device=device)


def test_two_sessions_claim_one_place(center):
    place = borrowed(center)
    for _ in range(8):
        people = [make_agent(center) for _ in range(3)]

        results = at_once(
            *[
                lambda user=user: start_session(user=user, terms=Terms(place="Desk"))
                for user in people
            ]
        )

        refused = [error for error in results if error is not None]
        assert [(type(error), error.code) for error in refused] == [(ApiError, 19)] * 2
        [owner] = [user for user, error in zip(people, results, strict=True) if error is None]
        assert Device.objects.get(pk=place.device_id).user == owner
        [session] = AgentSession.objects.exclude(presence="Inactive")
        assert (session.user, session.device_id) == (owner, place.device_id)
        assert ContactCenterSession.objects.get().user == owner
        end_session(user=owner)
        assert Device.objects.get(pk=place.device_id).user is None


def test_two_sessions_claim_one_login_code(center):
    for _ in range(5):
        people = [make_agent(center) for _ in range(3)]
        results = at_once(
            *[
                lambda user=user: start_session(user=user, terms=Terms(login_code="8000"))
                for user in people
            ]
        )
        assert Counter(error.code if error else 0 for error in results) == {0: 1, 19: 2}
        assert AgentSession.objects.exclude(presence="Inactive").count() == 1
        end_session(user=ContactCenterSession.objects.get().user)


def test_one_agent_starts_twice_at_once(center):
    for _ in range(5):
        user = make_agent(center)
        assert at_once(*[lambda user=user: start_session(user=user)] * 3) == [None] * 3
        assert AgentSession.objects.get(user=user).presence == "NotReady"
    assert Counter(kinds()) == {"agent.login": 5}


def test_a_supervisor_sets_a_state_while_the_agent_logs_out(center):
    agent = make_agent(center)
    for _ in range(15):
        start_session(user=agent)
        first = len(kinds())

        set_by_supervisor, ended = at_once(
            lambda: set_agent_state(user=agent, mode=READY), lambda: end_session(user=agent)
        )

        assert ended is None
        assert AgentSession.objects.get(user=agent).presence == "Inactive"
        assert not ContactCenterSession.objects.exists()
        if set_by_supervisor is None:
            assert kinds()[first:] == ["agent.ready", "agent.logout"]
        else:
            assert isinstance(set_by_supervisor, ApiError)
            assert set_by_supervisor.code == 2
            assert kinds()[first:] == ["agent.logout"]


def test_the_last_client_goes_and_comes_back_while_the_time_is_up(center):
    for _ in range(10):
        user = make_agent(center)
        start_session(user=user)
        client_gone(user_id=str(user.pk))
        Timer.objects.update(due_at_ms=1)

        fired, *rest = at_once(
            runtime.fire_due_timers, lambda user=user: client_connected(user_id=str(user.pk))
        )

        assert rest == [None]
        session = AgentSession.objects.get(user=user)
        # Either the client was in time, or the session is over; never something between.
        assert session.presence == ("Inactive" if fired else "NotReady")
        assert ContactCenterSession.objects.filter(user=user).exists() == (not fired)
        assert not Timer.objects.exists()


def test_each_timer_fires_once_in_several_processes(center):
    """Ring timeout, wrap-up and expiry, all due at one moment, and four processes at them."""
    set_wrap_up(center, 60)
    queue = make_queue(center)
    wrapping = [ready_agent(center) for _ in range(3)]
    for _ in wrapping:
        call_in(queue)
    for user in wrapping:
        leg = user.legs.get()
        answer(user=user, call_id=leg.call_id)
        hangup(user=user, call_id=leg.call_id)
    ringing = [ready_agent(center) for _ in range(3)]
    for _ in ringing:
        call_in(queue)
    gone = [make_agent(center) for _ in range(3)]
    for user in gone:
        start_session(user=user)
        client_gone(user_id=str(user.pk))
    assert Counter(Timer.objects.values_list("kind", flat=True)) == {
        "wrap-up": 3,
        "ring-timeout": 3,
        "session-expiry": 3,
    }
    before = Counter(kinds())
    Timer.objects.update(due_at_ms=1)

    fired = at_once(*[runtime.fire_due_timers] * 4)

    assert sum(fired) == 9
    told = Counter(kinds()) - before
    assert told["call.ring_cancelled"] == 3
    assert told["agent.logout"] == 3
    assert told["agent.ready"] == 3
    assert told["agent.notready"] == 3
    assert not Timer.objects.filter(due_at_ms__lte=1).exists()
    assert {session.presence for session in AgentSession.objects.filter(user__in=gone)} == {
        "Inactive"
    }


@pytest.mark.slow
def test_a_restart_between_the_timer_and_its_time(center):
    """Nothing is kept in a process: whoever comes later fires what an earlier one has set."""
    user = make_agent(center)
    start_session(user=user)
    at_once(lambda: client_gone(user_id=str(user.pk)))  # That thread, and its connection, are gone.
    runtime.recover()
    assert at_once(runtime.fire_due_timers) == [0]
    Timer.objects.update(due_at_ms=1)
    assert at_once(runtime.recover, runtime.fire_due_timers)[1] == 1
    assert AgentSession.objects.get(user=user).presence == "Inactive"


@pytest.mark.slow
def test_the_link_goes_while_agents_change(center):
    people = [ready_agent(center) for _ in range(3)]
    for number in range(6):
        is_up, is_on = bool(number % 2), bool(number % 3)
        results = at_once(
            lambda is_up=is_up: set_voice_link(contact_center=center, is_up=is_up),
            *[
                lambda user=user, is_on=is_on: set_do_not_disturb(user=user, is_on=is_on)
                for user in people
            ],
        )
        assert results[0] is None
        assert all(one is None or one.http_status == 503 for one in results[1:])
    changes = Counter(kinds())
    assert changes["device.unregistered"] == changes["device.registered"] == 9


@pytest.mark.slow
def test_a_phone_is_taken_while_its_agent_logs_in_there(center):
    """Whatever comes first: in the end nobody is logged in at a phone that is not his."""
    for _ in range(8):
        user = make_agent(center)
        home = DeviceFactory.create(contact_center=center, user=user)
        start_session(user=user)
        at_once(
            lambda home=home: unassign_device(change=CHANGE, device=home),
            lambda user=user, home=home: set_agent_state(user=user, mode=READY, device=home),
        )
        runtime.end_sessions_without_right()
        session = AgentSession.objects.get(user=user)
        assert (session.device, session.presence) == (phone_of(user), "NotReady")
        assert not OtherDevice.objects.exists()


@pytest.mark.slow
def test_everybody_does_anything_with_sessions_at_once(center):
    """No deadlock, and the log tells what the rows say: a session for each login not ended."""
    place = borrowed(center)
    people = [make_agent(center) for _ in range(3)]
    for user in people:
        DeviceFactory.create(contact_center=center, user=user)
    spare = DeviceFactory.create(contact_center=center)

    def one_act(draw):
        user = draw.choice(people)
        acts = [
            lambda: start_session(user=user),
            lambda: start_session(user=user, terms=Terms(place="Desk", login_code="8000")),
            lambda: end_session(user=user),
            lambda: set_agent_state(
                user=user, mode=draw.choice([READY, NOT_READY, OFFLINE, AFTER_CALL_WORK])
            ),
            lambda: set_agent_state(
                user=user,
                mode=draw.choice([READY, OFFLINE]),
                device=draw.choice(user.devices.all()),
            ),
            lambda: set_do_not_disturb(user=user, is_on=draw.random() < 0.5),
            lambda: client_gone(user_id=str(user.pk)),
            lambda: client_connected(user_id=str(user.pk)),
            lambda: Timer.objects.update(due_at_ms=1),
            runtime.fire_due_timers,
            runtime.end_sessions_without_right,
            lambda: assign_device(change=CHANGE, user=user, device=spare),
            lambda: unassign_device(change=CHANGE, device=spare),
        ]
        draw.choice(acts)()

    def work(seed):
        draw = random.Random(seed)
        for _ in range(40):
            with contextlib.suppress(ApiError):
                one_act(draw)

    assert at_once(*[lambda seed=seed: work(seed) for seed in range(4)]) == [None] * 4

    runtime.end_sessions_without_right()
    state = {}
    for row in EventRecord.objects.order_by("id"):
        device = row.payload.get("device")
        if device and row.payload.get("user_id"):
            state[row.payload["user_id"], device["id"]] = device
    for session in AgentSession.objects.exclude(presence="Inactive"):
        for one in (session, *session.other_devices.all()):
            told = state[str(session.user_id), str(one.device_id)]
            assert told["userState"]["displayName"] == one.display_name
            assert told["doNotDisturb"] == ("On" if one.is_do_not_disturb else "Off")
    running = AgentSession.objects.exclude(presence="Inactive").values_list("user_id", flat=True)
    assert set(ContactCenterSession.objects.values_list("user_id", flat=True)) == set(running)
    owner = Device.objects.get(pk=place.device_id).user_id
    assert owner is None or owner in running
