"""Queues follow their routing templates: `provisioning.routing_templates` says what each is for."""

import random

import pytest

from portal.events.log import now_ms
from provisioning.change import Change
from provisioning.models import QueueSkill, UserSkill
from provisioning.routing_templates import ROUTING_TEMPLATES
from provisioning.services.queues import delete_queue, update_queue
from provisioning.services.skills import delete_skill, unassign_skill
from telephony import matching, recovery, runtime
from telephony.columns import agent_of
from telephony.line import Line
from telephony.models import AgentSession, Call, Leg, Timer
from telephony.modes import NOT_READY, READY
from telephony.services.agents import set_agent_state
from telephony.services.calls import abandon, answer, reject
from telephony.services.conversations import single_step_transfer
from telephony.services.dialing import dial
from telephony.services.routing import routing_step
from telephony.switch.queueing import choose_agent, waiting_order
from tests.factories import SkillFactory, UserSkillFactory
from tests.telephony.factories import (
    call_in,
    go_ready,
    make_agent,
    make_queue,
    phone_of,
    ready_agent,
)

CHANGE = Change(actor=None, origin="tests")
PLAIN = "00_RouteToSpecDestination"
BEST_SKILLED = "02_RouteToSkill"
PRIORITY = "03_RouteByPriority"
GREETING = "04_GreetingRouteToSpecDestination"
GREETING_PRIORITY = "05_GreetingRouteByPriority"
SEGMENTS = "06_SegmentCallerRouteToSpecDestination"


def queue_by(center, template_id, skills=None, **routing):
    queue = make_queue(center, skills)
    return update_queue(
        change=CHANGE, queue=queue, routing_template_id=template_id, routing=routing
    )


def path_to(row):
    return f"/{'queues' if hasattr(row, 'routing') else 'skills'}/{row.pk}"


def taker(call_id):
    leg = Leg.objects.filter(call_id=call_id, device__isnull=False).select_related("user").first()
    return leg.user if leg else None


def wait(call_id, seconds):
    """As if the call had come so much earlier, and the timers had seen to it."""
    call = Call.objects.get(pk=call_id)
    Call.objects.filter(pk=call_id).update(queued_at_ms=call.queued_at_ms - int(seconds * 1000))
    Timer.objects.filter(target=call_id, kind="routing-step").update(due_at_ms=1)
    runtime.fire_due_timers()


def queued_in(call_id):
    return Call.objects.get(pk=call_id).queue


def kinds_and_queues(events):
    return [(event.kind, event.queue_id) for event in events]


# --- destinations ---


def test_a_skill_as_destination_replaces_the_queues_own(center):
    sales, french = SkillFactory.create_batch(2, contact_center=center)
    ready_agent(center, {sales: 9})
    able = ready_agent(center, {french: 0})
    queue = queue_by(center, PLAIN, {sales: 5}, destination=path_to(french))

    call_id = call_in(queue)

    assert taker(call_id) == able
    assert queued_in(call_id) == queue


def test_a_call_goes_to_the_queue_that_is_its_destination(center, told):
    sales = SkillFactory.create(contact_center=center)
    other = make_queue(center, {sales: 5})
    queue = queue_by(center, PLAIN, destination=path_to(other))
    ready_agent(center)

    call_id = call_in(queue)

    assert taker(call_id) is None
    assert queued_in(call_id) == other
    assert kinds_and_queues(told()[-2:]) == [
        ("call.queued", str(queue.pk)),
        ("call.queued", str(other.pk)),
    ]
    assert taker(call_id) is None
    able = ready_agent(center, {sales: 5})
    assert taker(call_id) == able


def test_queues_that_point_at_each_other_keep_no_call_going_round(center, told):
    first = make_queue(center)
    second = queue_by(center, PLAIN, destination=path_to(first))
    first = update_queue(change=CHANGE, queue=first, routing={"destination": path_to(second)})

    call_id = call_in(first)

    assert [event.queue_id for event in told()] == [str(first.pk), str(second.pk)]
    assert queued_in(call_id) == second
    agent = ready_agent(center)
    assert taker(call_id) == agent


def test_queues_that_greet_and_point_at_each_other_send_a_call_on_once(center):
    first = make_queue(center)
    second = queue_by(center, GREETING, greeting="B", destination=path_to(first))
    first = update_queue(
        change=CHANGE,
        queue=first,
        routing_template_id=GREETING,
        routing={"greeting": "A", "destination": path_to(second)},
    )
    call_id = call_in(first)
    assert queued_in(call_id) == first
    wait(call_id, 5)
    assert queued_in(call_id) == second
    wait(call_id, 5)
    assert queued_in(call_id) == second
    assert Call.objects.get().is_deliverable
    assert not Timer.objects.exists()


def test_a_destination_that_has_gone_leaves_the_call_to_the_queues_own_skills(center):
    chess = SkillFactory.create(contact_center=center)
    other = make_queue(center)
    queue = queue_by(center, PLAIN, destination=path_to(other))
    delete_queue(change=CHANGE, queue=other)
    by_skill = queue_by(center, PLAIN, destination=path_to(chess))
    skilled_call = call_in(by_skill)

    first, second = ready_agent(center), make_agent(center)
    call_id = call_in(queue)
    assert (taker(call_id), queued_in(call_id)) == (first, queue)

    delete_skill(change=CHANGE, skill=chess)
    go_ready(second)
    assert taker(skilled_call) == second


# --- skills and levels ---


def test_the_best_skilled_agent_gets_the_call_however_long_others_were_idle(center):
    french, sales = SkillFactory.create_batch(2, contact_center=center)
    ready_agent(center, {french: 6, sales: 2})
    best = ready_agent(center, {french: 5, sales: 4})
    ready_agent(center, {french: 3, sales: 3})
    queue = queue_by(center, BEST_SKILLED, {french: 2, sales: 1})

    assert taker(call_in(queue)) == best


def test_levels_are_lowered_while_the_call_waits(center, told):
    french = SkillFactory.create(contact_center=center)
    agent = ready_agent(center, {french: 4})
    ready_agent(center)
    queue = queue_by(center, BEST_SKILLED, {french: 9}, targetTimeout=20, levelStep=3)
    call_id = call_in(queue)
    assert taker(call_id) is None

    wait(call_id, 20)
    assert (taker(call_id), Call.objects.get().lowered_by) == (None, 3)
    told()
    wait(call_id, 20)

    assert taker(call_id) == agent
    assert [event.kind for event in told()] == ["call.distributed", "call.ringing"]
    assert not Timer.objects.filter(kind="routing-step").exists()


def test_who_becomes_ready_gets_a_call_whose_levels_were_lowered(center):
    french = SkillFactory.create(contact_center=center)
    strict = call_in(make_queue(center, {french: 9}))
    queue = queue_by(center, BEST_SKILLED, {french: 9}, targetTimeout=10, levelStep=5)
    lowered = call_in(queue)
    wait(lowered, 10)

    agent = ready_agent(center, {french: 4})

    assert (taker(lowered), taker(strict)) == (agent, None)


# --- priority ---


def test_a_call_of_a_higher_priority_goes_first(center):
    queues = [
        queue_by(center, PRIORITY, priority=3),
        queue_by(center, PRIORITY, priority=50),
        make_queue(center),
    ]
    low, high, none = (call_in(queue) for queue in queues)

    takers = {ready_agent(center): None for _ in range(3)}
    assert [taker(call_id) for call_id in (high, low, none)] == list(takers)


def test_a_priority_grows_with_the_wait_and_overtakes(center):
    growing = queue_by(center, PRIORITY, priority=1, priorityStep=30, priorityInterval=10)
    steady = queue_by(center, PRIORITY, priority=50)
    old, urgent = call_in(growing), call_in(steady)
    wait(old, 10)
    assert Call.objects.get(pk=old).priority == 31
    assert Timer.objects.get(target=old).due_at_ms > now_ms() + 9_000
    wait(old, 10)
    assert Call.objects.get(pk=old).priority == 61

    first, second = ready_agent(center), ready_agent(center)

    assert (taker(old), taker(urgent)) == (first, second)


def test_a_call_that_returns_is_at_the_head_of_its_priority(center):
    queue = queue_by(center, PRIORITY, priority=5, priorityStep=5, priorityInterval=60)
    agent = ready_agent(center)
    returned, behind = call_in(queue), call_in(queue)
    urgent = call_in(queue_by(center, PRIORITY, priority=90))
    assert taker(returned) == agent

    reject(user=agent, call_id=returned)

    # The agent who rejected it is free, and gets what else there is.
    assert taker(urgent) == agent
    first, second = ready_agent(center), ready_agent(center)
    assert (taker(returned), taker(behind)) == (first, second)


# --- greeting ---


def test_nobody_gets_a_call_that_is_being_greeted(center, told):
    agent = ready_agent(center)
    queue = queue_by(center, GREETING, greeting="Welcome", greetingDuration=8)
    told()

    call_id = call_in(queue)

    assert [event.kind for event in told()] == ["call.queued"]
    runtime.route_waiting()
    set_agent_state(user=agent, mode=NOT_READY)
    set_agent_state(user=agent, mode=READY)
    assert taker(call_id) is None
    [timer] = Timer.objects.all()
    assert timer.due_at_ms - Call.objects.get().queued_at_ms == 8_000
    assert not routing_step(call_id=call_id), "it is not due"

    wait(call_id, 8)

    assert taker(call_id) == agent
    assert not routing_step(call_id=call_id), "it fired once"


def test_a_caller_who_hangs_up_during_the_greeting_is_gone(center, told):
    call_id = call_in(queue_by(center, GREETING, greeting="Welcome"))
    told()
    assert abandon(call_id=call_id)
    assert [event.kind for event in told()] == ["call.abandoned"]
    assert not Timer.objects.exists()


def test_the_greeting_comes_before_the_priority_grows(center):
    queue = queue_by(
        center,
        GREETING_PRIORITY,
        greeting="Welcome",
        greetingDuration=10,
        priority=2,
        priorityStep=1,
        priorityInterval=10,
    )
    call_id = call_in(queue)
    wait(call_id, 10)
    assert Call.objects.get().priority == 2
    wait(call_id, 10)
    assert Call.objects.get().priority == 3


def test_a_greeted_call_goes_on_to_its_destination(center, told):
    other = make_queue(center)
    queue = queue_by(center, GREETING, greeting="Welcome", destination=path_to(other))
    call_id = call_in(queue)
    agent = ready_agent(center)
    told()

    wait(call_id, 5)

    assert taker(call_id) == agent
    assert kinds_and_queues(told()) == [
        ("call.queued", str(other.pk)),
        ("call.distributed", str(other.pk)),
        ("call.ringing", str(other.pk)),
    ]


def test_a_step_whose_timer_was_lost_is_taken_at_the_start(center):
    agent = ready_agent(center)
    call_id = call_in(queue_by(center, GREETING, greeting="Welcome"))
    Timer.objects.all().delete()
    recovery.recover()
    assert Timer.objects.get().target == call_id
    assert taker(call_id) is None

    Timer.objects.all().delete()
    Call.objects.update(queued_at_ms=1)
    recovery.recover()
    assert taker(call_id) == agent


# --- segments ---


def segment(field, value, destination, **more):
    return {"dataRecordType": field, "value": value, "destination": path_to(destination), **more}


def test_the_first_segment_that_fits_decides(center):
    gold, silver, rest = (make_queue(center) for _ in range(3))
    queue = queue_by(
        center,
        SEGMENTS,
        segments=[
            segment("Tier", "gold", gold, priority=80),
            segment("Tier", "silver", silver),
            segment("Language", "French", silver),
        ],
        destination=path_to(rest),
    )

    def place(**data):
        call = Call.objects.get(pk=call_in(queue, user_data=data))
        return call.queue

    assert place(Tier="gold", Language="French") == gold
    assert place(Tier=["bronze", "silver"]) == silver
    assert place(Language="French") == silver
    assert place(Tier="bronze") == rest
    assert place() == rest


def test_a_segment_brings_its_priority_to_a_skill(center):
    chess = SkillFactory.create(contact_center=center)
    queue = queue_by(center, SEGMENTS, segments=[segment("Tier", "gold", chess, priority=80)])
    plain = call_in(queue)
    golden = call_in(queue, user_data={"Tier": "gold"})

    able = ready_agent(center, {chess: 1})

    assert Call.objects.get(pk=golden).priority == 80
    assert (taker(golden), taker(plain)) == (able, None)


def test_a_caller_is_known_by_his_number_too(center):
    known = make_queue(center)
    queue = queue_by(center, SEGMENTS, segments=[segment("ANI", "+16505550123", known)])
    assert queued_in(call_in(queue)) == known


# --- calls of any type ---


def test_an_agent_who_dials_a_queue_waits_by_its_template(center, told):
    french = SkillFactory.create(contact_center=center)
    caller, able = ready_agent(center), ready_agent(center, {french: 3})
    queue = queue_by(center, GREETING_PRIORITY, {french: 1}, greeting="Welcome", priority=7)
    told()

    assert dial(device=phone_of(caller), number=queue.phone_number.number)

    assert [event.kind for event in told()] == ["call.dialing", "call.queued"]
    call = Call.objects.get()
    assert (call.type, call.priority, call.is_deliverable) == ("Internal", 7, False)
    wait(call.pk, 5)
    assert set(Leg.objects.values_list("user", flat=True)) == {caller.pk, able.pk}


def test_a_transferred_call_enters_the_other_queue_anew(center, told):
    agent = ready_agent(center)
    first, second = make_queue(center), queue_by(center, PRIORITY, priority=9)
    call_id = call_in(first)
    answer(user=agent, call_id=call_id)
    Call.objects.update(queued_at_ms=1)
    told()

    assert single_step_transfer(user=agent, call_id=call_id, number=second.phone_number.number)

    assert ("call.queued", str(second.pk)) in kinds_and_queues(
        event for event in told() if event.kind.startswith("call.")
    )
    call = Call.objects.get()
    assert (call.queue, call.priority) == (second, 9)
    assert call.queued_at_ms > 1


def test_who_waits_in_a_queue_alone_hands_nobody_on(center):
    caller = ready_agent(center)
    queue = queue_by(center, GREETING, greeting="Welcome")
    dial(device=phone_of(caller), number=queue.phone_number.number)
    Leg.objects.update(state="Held")
    call_id = Call.objects.get().pk

    assert not single_step_transfer(
        user=caller, call_id=call_id, number=make_queue(center).phone_number.number
    )

    assert Leg.objects.get().user == caller
    assert queued_in(call_id) == queue


# --- all together ---


def test_every_template_that_is_enabled_delivers_calls(center):
    """None of the catalogue is without a rule, or keeps a call for ever."""
    other = make_queue(center)
    values = {
        "priority": 5,
        "greeting": "Welcome",
        "segments": [segment("Tier", "gold", other)],
    }
    for template in ROUTING_TEMPLATES.values():
        if not template.enabled:
            continue
        known = {one.name for one in template.parameters}
        routing = {name: value for name, value in values.items() if name in known}
        call_id = call_in(queue_by(center, template.id, **routing), user_data={"Tier": "gold"})
        wait(call_id, 6)
        agent = ready_agent(center)
        assert taker(call_id) == agent, template.id


def test_a_skill_that_is_taken_away_counts_at_once(center):
    french = SkillFactory.create(contact_center=center)
    agent = ready_agent(center, {french: 5})
    queue = make_queue(center, {french: 1})
    unassign_skill(change=CHANGE, user_skill=UserSkill.objects.get(user=agent))

    assert taker(call_in(queue)) is None


@pytest.mark.parametrize("seed", range(6))
def test_the_queries_choose_calls_and_agents_as_the_rules_do(center, seed):
    draw = random.Random(seed)
    skills = SkillFactory.create_batch(3, contact_center=center)
    people = [make_agent(center) for _ in range(5)]
    queues = [_some_queue(center, skills, draw) for _ in range(4)]
    for number in range(25):
        _some_call(number, draw.choice(queues), skills, people, draw)
    sessions = [_some_session(user, skills, draw) for user in people]
    levels, required = _skills(people, queues)
    line = Line()
    calls = [line.lock_call(call_id) for call_id in Call.objects.values_list("pk", flat=True)]
    at_ms = now_ms()

    def choose(call, agents):
        wanted = required[call.queue_id]
        return choose_agent(call, agents, levels=levels, required=wanted, at_ms=at_ms)

    for call in calls:
        best, found = choose(call, sessions), matching.find_agent(call, at_ms=at_ms)
        assert (str(found.pk) if found else None) == (best.user_id if best else None)
    for agent in sessions:
        fitting = [call for call in calls if choose(call, [agent])]
        first = min(fitting, key=waiting_order, default=None)
        candidates = matching.find_candidates(agent, at_ms=at_ms)
        assert [one.call_id for one in candidates[:1]] == ([first.id] if first else [])
        if first:
            assert matching.lock_first(agent, candidates[0], at_ms=at_ms).pk == first.id
            assert agent.user_id in {str(pk) for pk in _idle(center)}


def _some_queue(center, skills, draw):
    levels = {skill: draw.randrange(11) for skill in skills if draw.random() < 0.5}
    return make_queue(center, levels)


def _some_session(user, skills, draw):
    """Straight into the row, so that nothing is routed yet."""
    for skill in skills:
        if draw.random() < 0.6:
            UserSkillFactory.create(user=user, skill=skill, level=draw.randrange(11))
    row = AgentSession.objects.create(
        user=user,
        contact_center=user.contact_center,
        device=user.devices.get(),
        presence="Ready",
        is_available=True,
        idle_since_ms=draw.randrange(3),
    )
    return agent_of(row)


def _idle(center):
    return matching.find_idle_agents(center.pk).values_list("pk", flat=True)


def _skills(people, queues):
    levels = {str(user.pk): {} for user in people}
    for row in UserSkill.objects.filter(user__in=people):
        levels[str(row.user_id)][str(row.skill_id)] = row.level
    required = {str(queue.pk): {} for queue in queues}
    for row in QueueSkill.objects.filter(queue__in=queues):
        required[str(row.queue_id)][str(row.skill_id)] = row.level
    return levels, required


def _some_call(number, queue, skills, people, draw):
    skill = draw.choice([None, None, draw.choice(skills)])
    lowered_by = draw.randrange(6)
    Call.objects.create(
        id=f"{number:016x}",
        uuid="U",
        contact_center=queue.contact_center,
        type="Inbound",
        queue=queue,
        is_waiting=True,
        is_deliverable=True,
        waits_for=f"{queue.pk.hex}{skill.pk.hex if skill else ''}{lowered_by:x}",
        route={
            **({"skill_id": str(skill.pk)} if skill else {}),
            **draw.choice([{}, {"order": "best-skilled"}]),
        },
        target_skill=skill,
        lowered_by=lowered_by,
        priority=draw.randrange(3),
        queued_at_ms=draw.randrange(1, 6),
        rejections={str(user.pk): draw.choice([1, 2**52]) for user in draw.sample(people, 2)},
    )


def test_an_agents_search_costs_the_same_however_many_calls_wait(center, assert_constant_queries):
    french = SkillFactory.create(contact_center=center)
    queue, agent = make_queue(center, {french: 1}), ready_agent(center)

    def act():
        set_agent_state(user=agent, mode=NOT_READY)
        set_agent_state(user=agent, mode=READY)

    def add_rows():
        for _ in range(4):
            call_in(queue)

    assert_constant_queries(act, add_rows=add_rows)
