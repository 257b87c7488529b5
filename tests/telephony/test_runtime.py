import threading

import pytest

from telephony import runtime
from telephony.models import AgentSession, Call, Leg, Timer
from telephony.modes import AFTER_CALL_WORK, READY
from telephony.recovery import recover
from telephony.services.agents import set_agent_state
from telephony.services.calls import answer, hangup
from tests.telephony.factories import call_in, make_queue, ready_agent, set_wrap_up


def kinds(events):
    return [event.kind for event in events]


def time_is_up():
    Timer.objects.update(due_at_ms=1)


def test_a_call_that_nobody_answers_returns_to_its_queue(center, told):
    queue, agent = make_queue(center), ready_agent(center)
    call_id = call_in(queue)
    queued_at_ms = Call.objects.get().queued_at_ms
    told()
    assert runtime.fire_due_timers() == 0

    time_is_up()
    assert runtime.fire_due_timers() == 1

    cancelled, not_ready, queued = told()
    assert kinds([cancelled, not_ready, queued]) == [
        "call.ring_cancelled",
        "agent.notready",
        "call.queued",
    ]
    assert cancelled.device_id == str(agent.devices.get().pk)
    assert not_ready.user_state["state"] == "NotReady"
    assert queued.call_id == call_id
    call = Call.objects.get()
    assert (call.is_waiting, call.queued_at_ms) == (True, queued_at_ms)
    assert AgentSession.objects.get().leg_count == 0
    assert not Timer.objects.exists()
    assert runtime.fire_due_timers() == 0


def test_the_ring_timeout_is_a_setting(center, settings):
    settings.RING_TIMEOUT_SECONDS = 7
    ready_agent(center)
    call_in(make_queue(center))
    leg = Leg.objects.get(device__isnull=False)
    assert Timer.objects.get().due_at_ms == leg.began_ms + 7000


def test_a_call_that_returned_is_the_next_one(center):
    queue, absent = make_queue(center), ready_agent(center)
    first = call_in(queue)
    call_in(queue)
    time_is_up()
    runtime.fire_due_timers()

    agent = ready_agent(center)

    assert Leg.objects.get(user=agent).call_id == first
    assert not Leg.objects.filter(user=absent).exists()


def test_an_answered_call_has_no_timeout(center, told):
    queue, agent = make_queue(center), ready_agent(center)
    call_id = call_in(queue)
    due = list(Timer.objects.values_list("kind", "target"))
    answer(user=agent, call_id=call_id)
    told()

    # The other process had read its list before the answer.
    assert [runtime._FIRE[kind](target) for kind, target in due] == [False]
    assert told() == []


def after_a_call(center):
    set_wrap_up(center, 10)
    queue, agent = make_queue(center), ready_agent(center)
    call_id = call_in(queue)
    answer(user=agent, call_id=call_id)
    hangup(user=agent, call_id=call_id)
    return queue, agent


def test_wrap_up_ends_in_ready_and_the_next_call(center, told):
    queue, agent = after_a_call(center)
    call_id = call_in(queue)
    told()

    time_is_up()
    runtime.fire_due_timers()

    assert kinds(told()) == ["agent.ready", "call.distributed", "call.ringing"]
    assert Leg.objects.get(user=agent).call_id == call_id


def test_who_asks_for_ready_ends_his_wrap_up(center, told):
    _, agent = after_a_call(center)
    told()

    set_agent_state(user=agent, mode=READY)

    assert kinds(told()) == ["agent.ready"]
    assert not Timer.objects.exists()


def test_who_asks_for_wrap_up_stays_in_it(center, told):
    _, agent = after_a_call(center)
    told()

    set_agent_state(user=agent, mode=AFTER_CALL_WORK)

    assert told() == []
    assert not Timer.objects.exists()
    assert AgentSession.objects.get().work_mode == "AfterCallWork"


def test_a_call_ends_at_its_limit(center, told):
    queue, agent = make_queue(center), ready_agent(center)
    call_id = call_in(queue, limit_seconds=60)
    answer(user=agent, call_id=call_id)
    told()

    time_is_up()
    runtime.fire_due_timers()

    assert kinds(told()) == ["call.released"]
    assert not Call.objects.exists()


def test_a_timer_whose_target_is_gone_goes_quietly(center, told):
    for kind in runtime._FIRE:
        Timer.objects.create(contact_center=center, kind=kind, target="gone", due_at_ms=1)
        # A user's id is a UUID.
    users = Timer.objects.filter(kind__in=["wrap-up", "session-expiry", "monitor-release"])
    users.update(target="9c14cad7-17c4-48d0-8492-7cf0ff92c224")
    assert runtime.fire_due_timers() == 0
    assert told() == []
    assert not Timer.objects.exists()


def test_the_start_puts_right_what_would_last_for_ever(center):
    queue, agent = make_queue(center), ready_agent(center)
    call_in(queue)
    Timer.objects.all().delete()
    idle = ready_agent(center)
    AgentSession.objects.filter(user=idle).update(leg_count=1, is_available=False)
    lost = Call.objects.create(id="0" * 16, uuid="U", contact_center=center, type="Inbound")

    recover()

    assert Timer.objects.get().kind == "ring-timeout"
    assert AgentSession.objects.get(user=idle).is_available
    assert AgentSession.objects.get(user=agent).leg_count == 1
    assert not Call.objects.filter(pk=lost.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_the_task_runs_until_it_is_stopped():
    stop = threading.Event()
    thread = threading.Thread(target=_run_and_close, args=(stop,))
    thread.start()
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def _run_and_close(stop):
    from django.db import connections

    runtime.run(stop)
    connections.close_all()
