"""What provisioning does to people and things that are on the line."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from portal.api.status import ApiError
from provisioning import runtime as provisioning
from provisioning.change import Change
from provisioning.services.devices import delete_device, unassign_device
from provisioning.services.planned_skills import assign_skill_for
from provisioning.services.queues import delete_queue
from provisioning.services.skills import assign_skill
from provisioning.services.users import delete_user, update_user
from telephony import runtime
from telephony.models import AgentSession, Call, Leg
from telephony.services.agents import end_session
from tests.factories import ContactCenterFactory, SkillFactory
from tests.telephony.factories import call_in, make_queue, phone_of, ready_agent

CHANGE = Change(actor=None, origin="tests")


def refused_as_in_use(service, **arguments):
    with pytest.raises(ApiError) as refusal:
        service(change=CHANGE, **arguments)
    return refusal.value.code == 19


def test_what_belongs_to_a_live_call_cannot_be_deleted(center):
    queue, agent = make_queue(center), ready_agent(center)
    call_in(queue)

    assert refused_as_in_use(delete_queue, queue=queue)
    assert refused_as_in_use(delete_user, user=agent)
    assert refused_as_in_use(delete_device, device=phone_of(agent))
    assert Leg.objects.filter(user=agent, device=phone_of(agent)).exists()


def test_a_phone_with_somebody_at_it_cannot_be_deleted(center):
    agent = ready_agent(center)
    assert refused_as_in_use(delete_device, device=phone_of(agent))
    end_session(user=agent)
    delete_device(change=CHANGE, device=phone_of(agent))


def test_a_deleted_users_session_ends_first(center, told):
    agent = ready_agent(center)
    told()

    delete_user(change=CHANGE, user=agent)

    assert [event.kind for event in told()] == ["agent.logout"]
    assert not AgentSession.objects.filter(pk=agent.pk).exists()


@pytest.mark.parametrize("fields", [{"enabled": False}, {"roles": ["ROLE_ADMIN"]}])
def test_who_is_no_agent_any_more_is_logged_out(center, told, fields):
    agent, other = ready_agent(center), ready_agent(center)
    call_in(make_queue(center))
    update_user(change=CHANGE, user=agent, **fields)
    told()

    runtime.end_sessions_without_right()

    assert [event.kind for event in told()] == [
        "call.ring_cancelled",
        "call.queued",
        "agent.logout",
        "call.distributed",
        "call.ringing",
    ]
    assert AgentSession.objects.get(user=agent).presence == "Inactive"
    assert Leg.objects.get(user=other).call == Call.objects.get()
    runtime.end_sessions_without_right()
    assert told() == []


def test_who_gets_a_skill_gets_the_call_that_waits_for_it(center, monkeypatch):
    """However many have been idle for longer and lack the skill."""
    monkeypatch.setattr(runtime, "_AGENTS_A_ROUND", 1)
    skill = SkillFactory.create(contact_center=center)
    ready_agent(center)
    agent = ready_agent(center, {skill: 3})
    call_id = call_in(make_queue(center, {skill: 5}))
    runtime.route_waiting()
    assert not Leg.objects.filter(user=agent).exists()

    assign_skill(change=CHANGE, user=agent, skill=skill, level=5)
    runtime.route_waiting()

    assert Leg.objects.get(user=agent).call_id == call_id


@pytest.mark.django_db(transaction=True)
def test_a_planned_skill_brings_the_waiting_call_within_a_second():
    center = ContactCenterFactory.create()
    skill = SkillFactory.create(contact_center=center)
    agent = ready_agent(center)
    call_in(make_queue(center, {skill: 5}))
    stop = threading.Event()
    threads = [
        threading.Thread(target=_run, args=(task, stop))
        for task in (provisioning.TASK, runtime.TASK)
    ]
    for thread in threads:
        thread.start()
    try:
        starts_at = timezone.now() + timedelta(seconds=0.6)
        assign_skill_for(change=CHANGE, user=agent, skill=skill, level=5, valid_from=starts_at)
        deadline = starts_at + timedelta(seconds=5)
        while not (leg := Leg.objects.filter(user=agent).first()) and timezone.now() < deadline:
            stop.wait(0.02)
    finally:
        stop.set()
        for thread in threads:
            thread.join(5)

    assert leg is not None
    late_ms = leg.began_ms - starts_at.timestamp() * 1000
    assert 0 <= late_ms < 1000


def _run(task, stop):
    task.run(stop)
    connections.close_all()


def test_who_loses_his_phone_is_logged_out(center):
    agent = ready_agent(center)
    unassign_device(change=CHANGE, device=phone_of(agent))

    runtime.end_sessions_without_right()

    session = AgentSession.objects.get(user=agent)
    assert (session.presence, session.device) == ("Inactive", None)
