"""Processes at the same moment, on PostgreSQL: threads with connections of their own."""

import random
import threading
from collections import Counter

import pytest
from django.db import connections

from portal.api.status import ApiError
from portal.events.models import EventRecord
from telephony import runtime
from telephony.models import AgentSession, Call, Leg, Timer
from telephony.modes import NOT_READY, READY
from telephony.services.agents import set_agent_state
from telephony.services.calls import abandon, answer, hangup, reject
from tests.factories import ContactCenterFactory
from tests.telephony.factories import call_in, make_agent, make_queue, ready_agent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def at_once(*acts, seconds=30):
    """Run the acts in threads that start together; gives what each returned or raised."""
    gate = threading.Barrier(len(acts))
    results = [None] * len(acts)

    def run(index, act):
        gate.wait()
        try:
            results[index] = act()
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index, act)) for index, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
    return results


def told_kinds():
    return list(
        EventRecord.objects.filter(kind__startswith="call.")
        .order_by("id")
        .values_list("kind", flat=True)
    )


def test_two_calls_and_one_agent():
    center = ContactCenterFactory.create()
    queue, agent = make_queue(center), ready_agent(center)

    at_once(*[lambda: call_in(queue)] * 4)

    assert Leg.objects.filter(user=agent).count() == 1
    assert Call.objects.filter(is_waiting=True).count() == 3
    assert Counter(told_kinds())["call.ringing"] == 1


def test_one_call_and_four_agents_who_become_ready():
    center = ContactCenterFactory.create()
    call_in(make_queue(center))
    people = [make_agent(center) for _ in range(4)]
    for user in people:
        from telephony.services.agents import start_session

        start_session(user=user)

    at_once(*[lambda user=user: set_agent_state(user=user, mode=READY) for user in people])
    runtime.route_waiting()

    assert Leg.objects.filter(device__isnull=False).count() == 1
    assert Counter(told_kinds())["call.distributed"] == 1


def test_answer_and_giving_up_at_the_same_instant():
    center = ContactCenterFactory.create()
    queue, agent = make_queue(center), ready_agent(center)
    for _ in range(10):
        call_id = call_in(queue)
        assert Leg.objects.filter(user=agent).exists()

        answered, given_up = at_once(
            lambda call_id=call_id: answer(user=agent, call_id=call_id),
            lambda call_id=call_id: abandon(call_id=call_id),
        )

        assert given_up is True
        kinds = told_kinds()[-2:]
        if answered is True:
            assert kinds == ["call.answered", "call.released"]
        else:
            assert isinstance(answered, ApiError)
            assert kinds[-1] == "call.ring_abandoned"
        assert not Call.objects.exists()
        assert AgentSession.objects.get().is_available


def test_a_timer_fires_once():
    center = ContactCenterFactory.create()
    queue, agent = make_queue(center), ready_agent(center)
    call_in(queue)
    Timer.objects.update(due_at_ms=1)

    fired = at_once(*[runtime.fire_due_timers] * 4)

    assert sum(fired) == 1
    assert Counter(told_kinds())["call.ring_cancelled"] == 1
    assert AgentSession.objects.get(user=agent).presence == "NotReady"


def test_everybody_does_anything_at_once():
    """No deadlock, nothing doubled: the rows and the log tell the same story in the end."""
    center = ContactCenterFactory.create()
    queues = [make_queue(center), make_queue(center)]
    people = [ready_agent(center) for _ in range(4)]

    def work(seed):
        draw = random.Random(seed)
        for _ in range(30):
            try:
                one_act(draw)
            except ApiError:
                pass
            finally:
                runtime.route_waiting()

    def one_act(draw):
        user = draw.choice(people)
        calls = list(Call.objects.values_list("pk", flat=True))
        own = list(Leg.objects.filter(user=user).values_list("call_id", flat=True))
        act = draw.randrange(7)
        if act <= 1 or not calls:
            call_in(draw.choice(queues))
        elif act == 2:
            abandon(call_id=draw.choice(calls))
        elif act == 3:
            set_agent_state(user=user, mode=draw.choice([READY, READY, NOT_READY]))
        elif own:
            [answer, hangup, reject][act - 4](user=user, call_id=own[0])

    results = at_once(*[lambda seed=seed: work(seed) for seed in range(4)])

    assert results == [None] * 4
    assert_told_and_stored_agree()


def assert_told_and_stored_agree():
    kinds = Counter(told_kinds())
    ended = kinds["call.abandoned"] + kinds["call.ring_abandoned"] + kinds["call.released"]
    fresh = kinds["call.queued"] - kinds["call.ring_cancelled"]
    assert fresh - ended == Call.objects.count()
    assert kinds["call.queued"] - kinds["call.distributed"] - kinds["call.abandoned"] == (
        Call.objects.filter(is_waiting=True).count()
    )
    for session in AgentSession.objects.all():
        assert session.leg_count == Leg.objects.filter(user=session.pk).count() <= 1
