"""Supervisors, agents and customers at the same instant, on PostgreSQL."""

import random
from collections import Counter

import pytest

from portal.api.status import ApiError
from portal.events.models import EventRecord
from provisioning.models import AssignedFeature
from telephony import runtime
from telephony.models import AgentSession, Call, Leg, Monitoring, MonitoringSession, MonitoringStep
from telephony.modes import READY
from telephony.services import calls, monitoring
from telephony.services.agents import end_session, set_agent_state, start_session
from telephony.switch.monitoring_table import MonitorMode, MonitorOperation, MonitorScope
from telephony.switch.tables import MonitorKind
from tests.factories import ContactCenterFactory, DeviceFactory, UserFactory
from tests.telephony.factories import call_in, go_ready, make_queue, phone_of, ready_agent
from tests.telephony.services.test_races import at_once

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def make_center():
    center = ContactCenterFactory.create()
    for feature in ("api-voice", monitoring.FEATURE):
        AssignedFeature.objects.get_or_create(contact_center=center, feature_id=feature)
    return center


def make_boss(center):
    user = UserFactory.create(contact_center=center, is_agent=True, is_supervisor=True)
    DeviceFactory.create(contact_center=center, user=user)
    start_session(user=user)
    return user


def barge(boss, agent, **more):
    more.setdefault("kind", MonitorKind.BARGE_IN)
    return monitoring.start(supervisor=boss, device=phone_of(boss), target=phone_of(agent), **more)


def test_two_supervisors_barge_in_at_the_same_instant():
    center = make_center()
    agent, bosses = ready_agent(center), [make_boss(center), make_boss(center)]
    call_id = call_in(make_queue(center))
    calls.answer(user=agent, call_id=call_id)
    for _ in range(3):
        results = at_once(*[lambda boss=boss: barge(boss, agent) for boss in bosses])

        [winner] = [boss for boss, result in zip(bosses, results, strict=True) if result is True]
        [refusal] = [result for result in results if result is not True]
        assert isinstance(refusal, ApiError)
        assert refusal.code == 19
        assert Monitoring.objects.get().supervisor == winner
        assert list(Leg.objects.exclude(monitoring="").values_list("user", flat=True)) == [
            winner.pk
        ]
        monitoring.cancel(supervisor=winner, device=phone_of(winner))
    assert MonitoringSession.objects.filter(denial_code=19).count() == 3


def test_the_talk_begins_while_the_supervisor_asks():
    """Whichever comes first, he is in it; at the latest after a round of the timer task."""
    center = make_center()
    agent, boss, queue = ready_agent(center), make_boss(center), make_queue(center)
    for _ in range(4):
        call_id = call_in(queue)
        results = at_once(
            lambda call_id=call_id: calls.answer(user=agent, call_id=call_id),
            lambda: barge(boss, agent),
        )
        assert results == [True, True]
        monitoring.join_waiting()
        assert Leg.objects.filter(user=boss, call_id=call_id, monitoring="BargeIn").exists()
        at_once(
            lambda call_id=call_id: calls.abandon(call_id=call_id),
            lambda: monitoring.cancel(supervisor=boss, device=phone_of(boss)),
        )
        assert not Leg.objects.exists()
        assert AgentSession.objects.get(user=boss).leg_count == 0


class Day:
    """One thread's share of a busy day."""

    def __init__(self, seed, queues, agents, bosses):
        self.draw = random.Random(seed)
        self.queues, self.agents, self.bosses = queues, agents, bosses

    def work(self, acts):
        for _ in range(acts):
            act = self.draw.choice(self.ACTS)
            try:
                act(
                    self, self.draw.choice(self.agents + self.bosses), self.draw.choice(self.bosses)
                )
            except ApiError as error:
                assert error.code in (2, 6, 19), error  # noqa: PT017 - the others are faults
            finally:
                runtime.route_waiting()
                monitoring.join_waiting()
        return acts

    def call_comes_in(self, person, boss):
        call_in(self.draw.choice(self.queues))

    def in_own_call(self, person, boss):
        """Of whoever takes part, the supervisor who monitors included."""
        act = self.draw.choice([calls.answer, calls.answer, calls.hangup])
        for call_id in Leg.objects.filter(user=person).values_list("call_id", flat=True):
            act(user=person, call_id=call_id)

    def customer_gives_up(self, person, boss):
        for call_id in Leg.objects.filter(user=person).values_list("call_id", flat=True)[:1]:
            calls.abandon(call_id=call_id)

    def boss_asks(self, person, boss):
        barge(
            boss,
            self.draw.choice(self.agents),
            kind=self.draw.choice(list(MonitorKind)),
            mode=self.draw.choice(list(MonitorMode)),
            scope=self.draw.choice(list(MonitorScope)),
        )

    def boss_cancels(self, person, boss):
        monitoring.cancel(supervisor=boss, device=phone_of(boss))

    def boss_operates(self, person, boss):
        operation = self.draw.choice([MonitorOperation.SWITCH_TO_BARGE_IN, MonitorOperation.MUTE])
        for call_id in Leg.objects.filter(user=boss).values_list("call_id", flat=True):
            monitoring.operate(user=boss, call_id=call_id, operation=operation)

    def starts_anew(self, person, boss):
        end_session(user=person)
        start_session(user=person)
        set_agent_state(user=person, mode=READY)

    ACTS = (
        call_comes_in,
        call_comes_in,
        in_own_call,
        in_own_call,
        in_own_call,
        customer_gives_up,
        boss_asks,
        boss_asks,
        boss_asks,
        boss_cancels,
        boss_operates,
        starts_anew,
    )


def busy_day(acts):
    center = make_center()
    queues = [make_queue(center), make_queue(center)]
    agents = [ready_agent(center) for _ in range(3)]
    bosses = [make_boss(center) for _ in range(3)]
    for boss in bosses:
        go_ready(boss)
    days = [Day(seed, queues, agents, bosses) for seed in range(4)]
    return at_once(*[lambda day=day: day.work(acts) for day in days])


def test_everybody_does_anything_at_once():
    """No deadlock; rows, ledger and counts tell the same story in the end."""
    assert busy_day(10) == [10] * 4
    assert_consistent()


@pytest.mark.slow
def test_everybody_does_anything_at_once_for_longer():
    assert busy_day(40) == [40] * 4
    assert_consistent()


def assert_consistent():
    for session in AgentSession.objects.all():
        assert session.leg_count == Leg.objects.filter(user=session.pk).count()
        asked = Monitoring.objects.filter(supervisor=session.pk).first()
        assert (session.monitoring is not None) == (asked is not None)
    for row in Monitoring.objects.all():
        leg = Leg.objects.filter(user=row.supervisor).exclude(monitoring="").first()
        assert row.call_id == (leg.call_id if leg else "")
    assert Leg.objects.exclude(monitoring="").count() == (
        Monitoring.objects.exclude(call_id="").count()
    )
    for call in Call.objects.all():
        assert Leg.objects.filter(call=call, monitoring="").exists()
    kinds = Counter(MonitoringStep.objects.values_list("step", flat=True))
    assert kinds["Started"] - kinds["Ended"] == Monitoring.objects.count()
    assert kinds["Joined"] - kinds["Left"] == Leg.objects.exclude(monitoring="").count()
    told = Counter(
        EventRecord.objects.filter(kind__startswith="monitoring.").values_list("kind", flat=True)
    )
    assert told["monitoring.started"] == kinds["Started"]
    assert told["monitoring.ended"] == kinds["Ended"]
