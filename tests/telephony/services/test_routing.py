import itertools
import random

import pytest

from provisioning.models import UserSkill
from telephony import matching, runtime
from telephony.columns import agent_of
from telephony.line import Line
from telephony.models import AgentSession, Call, Leg
from telephony.modes import NOT_READY
from telephony.services.agents import set_agent_state
from telephony.services.calls import abandon, reject
from telephony.services.links import set_voice_link
from telephony.switch.queueing import choose_agent
from tests.factories import ContactCenterFactory, SkillFactory
from tests.telephony.factories import call_in, make_queue, ready_agent


def taker(call_id):
    leg = Leg.objects.filter(call_id=call_id, device__isnull=False).select_related("user").first()
    return leg.user if leg else None


def test_the_longest_idle_agent_gets_the_call(center):
    first, second = ready_agent(center), ready_agent(center)
    queue = make_queue(center)
    AgentSession.objects.filter(user=second).update(idle_since_ms=5)

    assert taker(call_in(queue)) == second
    assert taker(call_in(queue)) == first
    assert taker(call_in(queue)) is None


def test_all_skills_at_their_levels_are_needed(center):
    sales, french = SkillFactory.create_batch(2, contact_center=center)
    queue = make_queue(center, {sales: 3, french: 5})
    ready_agent(center)
    ready_agent(center, {sales: 10})
    ready_agent(center, {sales: 10, french: 4})
    assert taker(call_in(queue)) is None

    able = ready_agent(center, {sales: 3, french: 5})

    assert Leg.objects.get(user=able)


def test_an_agent_gets_what_he_can_serve(center):
    sales = SkillFactory.create(contact_center=center)
    demanding, easy = make_queue(center, {sales: 1}), make_queue(center)
    older, younger = call_in(demanding), call_in(easy)

    agent = ready_agent(center)

    assert taker(younger) == agent
    assert taker(older) is None


def test_nobody_gets_a_call_of_another_contact_center(center):
    ready_agent(ContactCenterFactory.create())
    assert taker(call_in(make_queue(center))) is None


def test_who_is_not_ready_gets_none(center):
    agent = ready_agent(center)
    set_agent_state(user=agent, mode=NOT_READY)
    assert taker(call_in(make_queue(center))) is None


def test_nothing_is_delivered_over_a_link_that_is_down(center):
    agent = ready_agent(center)
    set_voice_link(contact_center=center, is_up=False)
    call_id = call_in(make_queue(center))
    runtime.route_waiting()
    assert taker(call_id) is None

    set_voice_link(contact_center=center, is_up=True)
    runtime.route_waiting()
    assert taker(call_id) == agent


def test_a_rejected_call_comes_back_when_nobody_else_took_it(center, settings):
    agent, queue = ready_agent(center), make_queue(center)
    call_id = call_in(queue)
    reject(user=agent, call_id=call_id)
    runtime.route_waiting()
    assert taker(call_id) is None

    Call.objects.update(rejections={str(agent.pk): 1})
    runtime.route_waiting()
    assert taker(call_id) == agent


def test_what_two_transactions_did_not_see_in_each_other_is_found(center):
    call_id = call_in(make_queue(center))
    agent = ready_agent(center)
    # As if both had been written at the same moment.
    Leg.objects.filter(user=agent).delete()
    waiting = {"is_waiting": True, "is_deliverable": True, "waits_for": "0"}
    Call.objects.update(**waiting)
    AgentSession.objects.update(leg_count=0, is_available=True)

    runtime.route_waiting()

    assert taker(call_id) == agent


@pytest.mark.parametrize("seed", range(5))
def test_the_queries_choose_as_the_rule_does(center, seed):
    draw = random.Random(seed)
    skills = SkillFactory.create_batch(3, contact_center=center)
    people = [
        ready_agent(center, {skill: draw.randrange(11) for skill in skills if draw.random() < 0.7})
        for _ in range(8)
    ]
    for user in people:
        AgentSession.objects.filter(user=user).update(
            idle_since_ms=draw.randrange(4),
            is_do_not_disturb=draw.random() < 0.2,
        )
    levels = {str(user.pk): {} for user in people}
    for row in UserSkill.objects.filter(user__in=people):
        levels[str(row.user_id)][str(row.skill_id)] = row.level
    for _ in range(6):
        required = {skill: draw.randrange(11) for skill in skills if draw.random() < 0.5}
        queue = make_queue(center, required)
        rows = AgentSession.objects.select_related("device__phone_number").order_by("pk")
        sessions = [agent_of(row) for row in rows]
        for session in sessions:
            AgentSession.objects.filter(pk=session.user_id).update(
                is_available=session.is_available
            )
        line = Line()
        call = line.lock_call(_waiting_call(queue, people, draw))
        expected = choose_agent(
            call,
            sessions,
            levels=levels,
            required={str(skill.pk): level for skill, level in required.items()},
            at_ms=line.at_ms,
        )
        found = matching.find_agent(call, at_ms=line.at_ms)
        assert (str(found.pk) if found else None) == (expected.user_id if expected else None)
        Call.objects.all().delete()


def _waiting_call(queue, people, draw):
    """A call that waits, whoever is free, and was rejected by some."""
    numbers = itertools.count(1)
    call = Call.objects.create(
        id=f"{next(numbers):016x}",
        uuid="U",
        contact_center=queue.contact_center,
        type="Inbound",
        queue=queue,
        queued_at_ms=1,
        is_waiting=True,
        is_deliverable=True,
        waits_for="0",
        rejections={str(user.pk): 2**52 for user in people if draw.random() < 0.2},
    )
    return call.pk


def test_routing_costs_the_same_with_many_agents_who_are_not_ready(center, assert_constant_queries):
    queue = make_queue(center)

    def act():
        abandon(call_id=call_in(queue))

    def add_rows():
        for _ in range(3):
            set_agent_state(user=ready_agent(center), mode=NOT_READY)

    assert_constant_queries(act, add_rows=add_rows)
