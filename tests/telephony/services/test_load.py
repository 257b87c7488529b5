"""Thousands of random operations at once, on PostgreSQL: threads with connections of their own.

`OPERATIONS` is a table: what agents, callers, supervisors and timers may do, and how often.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass

import pytest
from django.db.models import Count

from portal.api.status import ApiError
from portal.events.models import EventRecord
from portal.events.reader import read_events
from provisioning.models import AssignedFeature, ContactCenter, Queue, User
from telephony import runtime
from telephony.models import AgentSession, Call, Leg, Monitoring, Timer
from telephony.modes import NOT_READY, READY
from telephony.services import call_data, calls, conversations, dialing, monitoring
from telephony.services.agents import (
    end_session,
    set_agent_state,
    set_do_not_disturb,
    start_session,
)
from telephony.switch.tables import CallOperation, LegState, MonitorKind
from tests.factories import ContactCenterFactory, DeviceFactory, SkillFactory, UserFactory
from tests.telephony.factories import call_in, make_queue, phone_of, ready_agent
from tests.telephony.services.test_races import at_once

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

AGENTS = 8


@dataclass(slots=True)
class World:
    center: ContactCenter
    queues: list[Queue]
    agents: list[User]
    supervisors: list[User]
    draw: random.Random

    def agent(self):
        return self.draw.choice(self.agents)

    def call(self):
        """Any live call's id, or None."""
        return self.draw.choice(list(Call.objects.values_list("pk", flat=True)) or [None])

    def part(self):
        """A party at a device: its user and the call; the user has None where he has no call."""
        user = self.agent()
        own = list(Leg.objects.filter(user=user).values_list("call_id", flat=True))
        return {"user": user, "call_id": self.draw.choice(own)} if own else None

    def number(self):
        """An agent's, a queue's, one outside, or nobody's."""
        owner = self.draw.choice([*self.agents, *self.queues, "+16505550177", "4999"])
        if isinstance(owner, User):
            return phone_of(owner).phone_number.number
        return owner.phone_number.number if isinstance(owner, Queue) else owner


def of_party(act):
    """An operation of somebody who is in a call."""

    def do(world):
        if (part := world.part()) is not None:
            act(world, part)

    return do


def of_call(act):
    def do(world):
        if (call_id := world.call()) is not None:
            act(call_id=call_id)

    return do


def fire_some_timers(world):
    """As if their time had come."""
    due = list(Timer.objects.order_by("pk").values_list("pk", flat=True)[:3])
    Timer.objects.filter(pk__in=due).update(due_at_ms=1)
    runtime.fire_due_timers()


def with_other_call(join):
    def do(world, part):
        others = Leg.objects.filter(user=part["user"]).exclude(call_id=part["call_id"])
        other = others.values_list("call_id", flat=True).first()
        if other is not None:
            join(part, other)

    return of_party(do)


def monitor(world):
    supervisor = world.draw.choice(world.supervisors)
    monitoring.start(
        supervisor=supervisor,
        device=phone_of(supervisor),
        target=phone_of(world.agent()),
        kind=world.draw.choice(list(MonitorKind)),
    )


def stop_monitoring(world):
    supervisor = world.draw.choice(world.supervisors)
    monitoring.cancel(supervisor=supervisor, device=phone_of(supervisor))


OPERATIONS = [
    (14, lambda world: call_in(world.draw.choice(world.queues))),
    (4, of_call(calls.abandon)),
    (22, of_party(lambda _, part: calls.answer(**part))),
    (12, of_party(lambda _, part: calls.hangup(**part))),
    (3, of_party(lambda _, part: calls.reject(**part))),
    (6, of_party(lambda _, part: calls.hold(**part))),
    (6, of_party(lambda _, part: calls.retrieve(**part))),
    (3, of_party(lambda world, part: calls.set_mute(**part, is_on=world.draw.random() < 0.5))),
    (3, of_party(lambda _, part: call_data.attach_user_data(**part, user_data={"A": "1"}))),
    (4, lambda world: dialing.dial(device=phone_of(world.agent()), number=world.number())),
    (
        8,
        of_party(
            lambda world, part: dialing.consult(
                **part,
                number=world.number(),
                operation=world.draw.choice(
                    [CallOperation.INITIATE_TRANSFER, CallOperation.INITIATE_CONFERENCE]
                ),
            )
        ),
    ),
    (
        4,
        of_party(
            lambda world, part: conversations.single_step_transfer(**part, number=world.number())
        ),
    ),
    (
        3,
        of_party(
            lambda world, part: conversations.single_step_conference(**part, number=world.number())
        ),
    ),
    (4, of_party(lambda _, part: conversations.complete_transfer(**part))),
    (4, of_party(lambda _, part: conversations.complete_conference(**part))),
    (3, with_other_call(lambda part, other: conversations.swap_calls(**part, other_call_id=other))),
    (
        2,
        with_other_call(
            lambda part, other: conversations.merge_with_other_call(**part, other_call_id=other)
        ),
    ),
    (10, lambda world: set_agent_state(user=world.agent(), mode=READY)),
    (2, lambda world: set_agent_state(user=world.agent(), mode=NOT_READY)),
    (2, lambda world: set_do_not_disturb(user=world.agent(), is_on=world.draw.random() < 0.3)),
    (1, lambda world: end_session(user=world.agent())),
    (3, lambda world: start_session(user=world.agent())),
    (3, fire_some_timers),
    (4, lambda _: runtime.route_waiting()),
    (3, monitor),
    (2, stop_monitoring),
]


def open_world():
    center = ContactCenterFactory.create()
    for feature in ("api-voice", monitoring.FEATURE):
        AssignedFeature.objects.get_or_create(contact_center=center, feature_id=feature)
    skill = SkillFactory.create(contact_center=center)
    queues = [make_queue(center), make_queue(center, {skill: 5}), make_queue(center)]
    queues[2].routing_template_id = "05_GreetingRouteByPriority"
    queues[2].routing = {
        "greeting": "Welcome",
        "greetingDuration": 1,
        "priority": 40,
        "priorityStep": 5,
        "priorityInterval": 1,
    }
    queues[2].save()
    agents = [ready_agent(center, {skill: number} if number else None) for number in range(AGENTS)]
    supervisors = [_supervisor(center) for _ in range(2)]
    return World(center, queues, agents, supervisors, random.Random(0))


def _supervisor(center):
    user = UserFactory.create(contact_center=center, is_agent=False, is_supervisor=True)
    DeviceFactory.create(contact_center=center, user=user)
    start_session(user=user)
    return user


def work(world, seed, operations):
    """Do so many operations; gives how often each was done, and how often the portal refused."""
    draw = random.Random(seed)
    own = World(world.center, world.queues, world.agents, world.supervisors, draw)
    weights = [weight for weight, _ in OPERATIONS]
    refused = 0
    for number in draw.choices(range(len(OPERATIONS)), weights=weights, k=operations):
        try:
            OPERATIONS[number][1](own)
        except ApiError:
            # Whose call was over before the operation came, or who has no session.
            refused += 1
    return refused


def assert_consistent():
    """Rows agree with each other, and with what was told."""
    assert_rows_agree()
    assert_timers_agree()
    assert_told_agrees()


def assert_rows_agree():
    for session in AgentSession.objects.all():
        assert session.leg_count == Leg.objects.filter(user=session.pk).count(), session.user
        assert not (session.is_available and session.leg_count)
    established = Leg.objects.filter(state=LegState.ESTABLISHED, device__isnull=False)
    doubled = established.values("device").annotate(count=Count("pk")).filter(count__gt=1)
    assert list(doubled) == []
    assert not Leg.objects.filter(state=LegState.RELEASED).exists()
    for call in Call.objects.prefetch_related("legs"):
        parties = [leg for leg in call.legs.all() if not leg.monitoring]
        assert parties, f"a call without parties is over: {told_of(call.pk)}"
        assert call.is_deliverable <= call.is_waiting
        assert bool(call.waits_for) == call.is_deliverable
        rings_by_queue = [leg for leg in parties if leg.state == LegState.RINGING and leg.queue_id]
        assert len(rings_by_queue) <= 1
        assert not (rings_by_queue and call.is_waiting)
        assert len(parties) > 1 or call.is_waiting


def told_of(call_id):
    """The events of a call, for whoever has to find out."""
    told = EventRecord.objects.filter(payload__call_id=call_id).order_by("id")
    return [
        (
            one.kind,
            one.payload.get("operation"),
            one.payload.get("message"),
            one.payload.get("device_id"),
        )
        for one in told
    ]


def assert_timers_agree():
    live = set(Call.objects.values_list("pk", flat=True))
    of_calls = Timer.objects.filter(kind__in=["ring-timeout", "call-limit", "routing-step"])
    assert set(of_calls.values_list("target", flat=True)) <= live
    ringing = Leg.objects.filter(state=LegState.RINGING, queue__isnull=False, monitoring="")
    timed = Timer.objects.filter(kind="ring-timeout").values_list("target", flat=True)
    assert set(ringing.values_list("call_id", flat=True)) == set(timed)


def assert_told_agrees():
    """Whoever only reads the log knows at the end what the rows hold: nothing was lost."""
    states, waiting = {}, set()
    position, newest = 0, EventRecord.objects.latest("id").id
    # What runs in other databases of the server keeps readers back too.
    deadline = time.monotonic() + 60
    while position < newest and time.monotonic() < deadline:
        for recorded in read_events(after=position):
            follow(recorded.event, states, waiting)
            position = recorded.id
    assert position == newest
    told = {key: state for key, state in states.items() if state != LegState.RELEASED}
    legs = Leg.objects.filter(device__isnull=False)
    assert told == {(leg.call_id, str(leg.device_id)): leg.state for leg in legs}
    assert waiting == set(Call.objects.filter(is_waiting=True).values_list("pk", flat=True))


def follow(event, states, waiting):
    for view in getattr(event, "views", ()):
        states[event.call_id, view["device_id"]] = view["call"]["state"]
    match event.kind:
        case "call.queued":
            waiting.add(event.call_id)
        case "call.distributed" | "call.abandoned":
            waiting.discard(event.call_id)


def assert_stays_consistent(threads, operations, seed):
    world = open_world()
    results = at_once(
        *[
            lambda number=number: work(world, (seed, number).__hash__(), operations)
            for number in range(threads)
        ],
        seconds=240,
    )
    assert [result for result in results if not isinstance(result, int)] == []
    assert sum(results) < threads * operations / 2, "most operations were possible"
    runtime.route_waiting()
    assert_consistent()
    kinds = Counter(EventRecord.objects.values_list("kind", flat=True))
    return kinds


def test_random_operations_at_once_leave_one_consistent_outcome():
    kinds = assert_stays_consistent(threads=3, operations=60, seed=1)
    assert kinds["call.queued"] > 0


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(2))
def test_ten_thousand_random_operations_at_once(seed):
    """Four times 2,500. Nothing raised but refusals: no deadlock, no violated constraint."""
    kinds = assert_stays_consistent(threads=4, operations=625, seed=seed)
    for kind in ("answered", "released", "held", "retrieved", "ring_cancelled", "abandoned"):
        assert kinds[f"call.{kind}"] > 0, kind
    assert Monitoring.objects.count() <= 2
