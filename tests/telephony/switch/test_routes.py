"""What a queue's route makes of a waiting call, as rules."""

import pytest

from telephony.switch import queueing, talking
from telephony.switch.effects import CallFact, StartTimer, StopTimer, TimerKind
from telephony.switch.routes import PLAIN_ROUTE, AgentOrder, Route, Standing, standing_after
from telephony.switch.state import AgentSession, Mode
from telephony.switch.tables import Presence, RefusedError

READY = Mode(presence=Presence.READY)
GROWING = Route(
    greeting_ms=5_000,
    priority=90,
    priority_step=4,
    priority_interval_ms=10_000,
    level_step=3,
    level_interval_ms=15_000,
)


def standing(priority, lowered_by, next_step_ms, *, is_greeting=False):
    return Standing(
        is_greeting=is_greeting,
        priority=priority,
        lowered_by=lowered_by,
        next_step_ms=next_step_ms,
    )


@pytest.mark.parametrize(
    ("waited_ms", "expected"),
    [
        (0, standing(90, 0, 5_000, is_greeting=True)),
        (4_999, standing(90, 0, 1, is_greeting=True)),
        (5_000, standing(90, 0, 10_000)),
        (14_999, standing(90, 0, 1)),
        (15_000, standing(94, 0, 5_000)),
        (20_000, standing(94, 3, 5_000)),
        (25_000, standing(98, 3, 10_000)),
        # From the highest priority on, and from the lowest level, nothing changes.
        (35_000, standing(100, 6, 15_000)),
        (65_000, standing(100, 10, None)),
        (10**9, standing(100, 10, None)),
    ],
)
def test_what_becomes_of_a_call_is_a_function_of_its_wait(waited_ms, expected):
    assert standing_after(GROWING, waited_ms) == expected


def test_a_plain_route_never_steps():
    assert standing_after(PLAIN_ROUTE, 10**9) == standing(0, 0, None)


def test_steps_bound_each_other_and_end():
    """Following `next_step_ms` passes through every change, and ends."""
    waited, steps = 0, 0
    while (now := standing_after(GROWING, waited)).next_step_ms is not None:
        just_before = standing_after(GROWING, waited + now.next_step_ms - 1)
        assert (just_before.is_greeting, just_before.priority, just_before.lowered_by) == (
            now.is_greeting,
            now.priority,
            now.lowered_by,
        )
        waited += now.next_step_ms
        steps += 1
    assert steps == 7


def a_call(number=1):
    return queueing.inbound_call(
        call_id=f"{number:016x}",
        uuid="U",
        contact_center_id="center",
        ani="+1",
        dnis="9000",
        user_data={},
        at_ms=1_000,
    )


def an_agent(name="a", **more):
    return AgentSession(
        user_id=name, contact_center_id="center", device_id=f"phone {name}", mode=READY, **more
    )


def test_a_greeted_call_is_not_distributed_before_the_greeting_is_over():
    call, agent = a_call(), an_agent()
    queued, timer = queueing.enter_queue(call, "q", at_ms=1_000, route=GROWING)
    assert queued.kind == "call.queued"
    assert (timer.kind, timer.due_at_ms) == (TimerKind.ROUTING_STEP, 6_000)

    with pytest.raises(RefusedError):
        queueing.distribute(call, agent, ring_timeout_ms=1, at_ms=2_000)
    assert agent.leg_count == 0
    assert len(call.legs) == 1

    [following] = queueing.take_routing_step(call, at_ms=6_000)
    assert following.due_at_ms == 16_000
    effects = queueing.distribute(call, agent, ring_timeout_ms=1, at_ms=6_000)
    assert StopTimer(kind=TimerKind.ROUTING_STEP, target=call.id) in effects


def test_a_call_that_comes_back_is_not_greeted_again_and_keeps_what_it_has_grown_to():
    call, agent = a_call(), an_agent()
    queueing.enter_queue(call, "q", at_ms=1_000, route=GROWING)
    queueing.take_routing_step(call, at_ms=6_000)
    queueing.distribute(call, agent, ring_timeout_ms=9_000, at_ms=6_000)

    effects = talking.ring_timeout(
        call, call.ringing_leg, agent, absent=Mode(presence=Presence.NOT_READY), at_ms=16_000
    )

    assert (call.is_deliverable, call.priority, call.queued_at_ms) == (True, 94, 1_000)
    assert [one.due_at_ms for one in effects if isinstance(one, StartTimer)] == [21_000]


def test_a_call_moves_from_one_queue_to_another():
    call = a_call()
    queueing.enter_queue(call, "q", at_ms=1_000, route=GROWING)

    effects = queueing.enter_queue(call, "r", at_ms=3_000)

    assert [one.queue_id for one in effects if isinstance(one, CallFact)] == ["r"]
    assert StopTimer(kind=TimerKind.ROUTING_STEP, target=call.id) in effects
    assert (call.queue_id, call.queued_at_ms, call.priority) == ("r", 3_000, 0)
    assert call.is_deliverable


def test_a_call_that_rings_enters_no_queue():
    call = a_call()
    queueing.enter_queue(call, "q", at_ms=1_000)
    queueing.distribute(call, an_agent(), ring_timeout_ms=1, at_ms=2_000)
    with pytest.raises(RefusedError):
        queueing.enter_queue(call, "r", at_ms=3_000)
    assert (call.queue_id, call.is_waiting) == ("q", False)


def test_who_waits_for_lower_levels_is_passed_over_until_they_are_lowered():
    call, agent = a_call(), an_agent()
    route = Route(level_step=2, level_interval_ms=10_000)
    queueing.enter_queue(call, "q", at_ms=0, route=route)
    facts = {"levels": {"a": {"french": 5}}, "required": {"french": 8}}

    def chosen(at_ms):
        queueing.take_routing_step(call, at_ms=at_ms)
        return queueing.choose_agent(call, [agent], **facts, at_ms=at_ms)

    assert chosen(10_000) is None
    assert chosen(19_999) is None
    assert chosen(20_000) is agent


def test_the_skill_stays_necessary_however_far_levels_are_lowered():
    call = a_call()
    queueing.enter_queue(call, "q", at_ms=0, route=Route(level_step=10, level_interval_ms=1_000))
    queueing.take_routing_step(call, at_ms=60_000)
    assert queueing.required_for(call, {"french": 8}) == {"french": 0}
    assert (
        queueing.choose_agent(call, [an_agent()], levels={}, required={"french": 8}, at_ms=60_000)
        is None
    )


def test_the_best_skilled_comes_before_the_longest_idle():
    call = a_call()
    queueing.enter_queue(call, "q", at_ms=0, route=Route(order=AgentOrder.BEST_SKILLED))
    people = [
        an_agent("longest", idle_since_ms=1),
        an_agent("best, idle long", idle_since_ms=5),
        an_agent("best, idle short", idle_since_ms=9),
    ]
    levels = {
        "longest": {"french": 4, "sales": 4, "chess": 10},
        "best, idle long": {"french": 3, "sales": 6},
        "best, idle short": {"french": 6, "sales": 3},
    }
    required = {"french": 1, "sales": 1}
    chosen = queueing.choose_agent(call, people, levels=levels, required=required, at_ms=10)
    assert chosen.user_id == "best, idle long"


def test_a_skill_to_go_to_replaces_the_queues_own():
    call = a_call()
    queueing.enter_queue(call, "q", at_ms=0, route=Route(skill_id="chess"))
    assert queueing.required_for(call, {"french": 8}) == {"chess": 0}


def test_priority_comes_before_waiting_time():
    old, urgent, young = a_call(1), a_call(2), a_call(3)
    queueing.enter_queue(old, "q", at_ms=1_000)
    queueing.enter_queue(urgent, "r", at_ms=2_000, route=Route(priority=1))
    queueing.enter_queue(young, "q", at_ms=3_000)
    assert sorted([young, old, urgent], key=queueing.waiting_order) == [urgent, old, young]
