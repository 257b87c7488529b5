"""What people do with talks at the same instant, on PostgreSQL: one consistent outcome."""

import random

import pytest

from portal.api.status import ApiError
from portal.events.models import EventRecord
from provisioning.models import User
from telephony import runtime
from telephony.models import AgentSession, Call, CallPartRecord, CallRecord, Leg
from telephony.services.calls import (
    abandon,
    answer,
    call_number,
    hangup,
    hold,
    remove_participant,
    retrieve,
)
from telephony.services.conversations import (
    complete_conference,
    complete_transfer,
    single_step_conference,
    single_step_transfer,
)
from telephony.services.dialing import consult, dial
from telephony.switch.tables import CallOperation
from tests.factories import ContactCenterFactory
from tests.telephony.factories import CALLER, call_in, make_agent, make_queue, phone_of, ready_agent
from tests.telephony.services.test_races import at_once

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def number_of(user):
    return phone_of(user).phone_number.number


def calls_of(user):
    return list(Leg.objects.filter(user=user).order_by("pk").values_list("call_id", flat=True))


def talk(caller, called):
    dial(device=phone_of(caller), number=number_of(called))
    call_id = Leg.objects.get(user=called, state="Ringing").call_id
    assert answer(user=called, call_id=call_id)
    return call_id


def assert_all_is_told_and_counted():
    """Rows agree with each other, and the log's last word of each part with its row."""
    states = {}
    for event in EventRecord.objects.filter(kind__startswith="call.").order_by("id"):
        facts = event.payload
        part = (facts.get("call_id"), facts.get("device_id"))
        if part[1] is None:
            continue
        if event.kind in ("call.released", "call.ring_abandoned", "call.ring_cancelled"):
            states.pop(part, None)
        elif event.kind in _STATE_AFTER:
            states[part] = _STATE_AFTER[event.kind]
    rows = Leg.objects.filter(device__isnull=False).values_list("call_id", "device_id", "state")
    assert states == {(call_id, str(device_id)): state for call_id, device_id, state in rows}
    for session in AgentSession.objects.all():
        assert session.leg_count == Leg.objects.filter(user=session.pk).count()
    for call in Call.objects.all():
        assert call.legs.count() + call.is_waiting >= 2
    live = set(Call.objects.values_list("uuid", flat=True))
    assert not live & set(CallRecord.objects.values_list("call_uuid", flat=True))


_STATE_AFTER = {
    "call.ringing": "Ringing",
    "call.dialing": "Dialing",
    "call.answered": "Established",
    "call.held": "Held",
    "call.retrieved": "Established",
}


@pytest.fixture
def people(transactional_db):
    center = ContactCenterFactory.create()
    return [make_agent(center) for _ in range(4)]


def is_done(result):
    """Done, refused, or too late: nothing else."""
    assert result in (True, False) or isinstance(result, ApiError), result
    return result is True


def test_answer_and_hangup_at_the_same_instant(people):
    caller, called, *_ = people
    for _ in range(4):
        dial(device=phone_of(caller), number=number_of(called))
        [call_id] = calls_of(called)
        results = at_once(
            lambda call_id=call_id: answer(user=called, call_id=call_id),
            lambda call_id=call_id: hangup(user=caller, call_id=call_id),
        )
        assert is_done(results[1])
        is_done(results[0])
        assert not Call.objects.exists()
        assert_all_is_told_and_counted()


def test_two_answers_and_a_dial_at_one_phone(people):
    """Whatever comes first, the phone speaks on one call, and no request is lost."""
    agent, *others = people
    for _ in range(4):
        for other in others[:2]:
            dial(device=phone_of(other), number=number_of(agent))
        ringing = calls_of(agent)
        results = at_once(
            *[lambda call_id=one: answer(user=agent, call_id=call_id) for one in ringing],
            lambda: dial(device=phone_of(agent), number=number_of(others[2])),
        )
        assert all(is_done(result) for result in results)
        states = sorted(Leg.objects.filter(user=agent).values_list("state", flat=True))
        assert states in (["Dialing", "Held", "Held"], ["Established", "Held", "Held"])
        assert_all_is_told_and_counted()
        for call_id in calls_of(agent):
            hangup(user=agent, call_id=call_id)
        assert not Call.objects.exists()


@pytest.mark.parametrize("complete", [complete_transfer, complete_conference])
def test_completing_and_hanging_up_at_the_same_instant(people, complete):
    customer, agent, adviser, _ = people
    for number in range(4):
        first = talk(customer, agent)
        consult(
            user=agent,
            call_id=first,
            operation=CallOperation.INITIATE_TRANSFER,
            number=number_of(adviser),
        )
        [second] = calls_of(adviser)
        answer(user=adviser, call_id=second)
        leaves = [(customer, first), (adviser, second), (agent, second)][number % 3]

        results = at_once(
            lambda second=second: complete(user=agent, call_id=second),
            lambda leaves=leaves: hangup(user=leaves[0], call_id=leaves[1]),
        )

        for result in results:
            is_done(result)
        assert_all_is_told_and_counted()
        for user in people:
            for call_id in calls_of(user):
                hangup(user=user, call_id=call_id)
        assert not Call.objects.exists()
        assert CallRecord.objects.count() == 2 * (number + 1)


def test_transferring_and_giving_up_at_the_same_instant(people):
    customer, agent, target, _ = people
    for _ in range(4):
        call_id = talk(customer, agent)
        results = at_once(
            lambda call_id=call_id: single_step_transfer(
                user=agent, call_id=call_id, number=number_of(target)
            ),
            lambda call_id=call_id: hangup(user=customer, call_id=call_id),
        )
        assert is_done(results[1])
        is_done(results[0])
        assert not Call.objects.exists()
        assert_all_is_told_and_counted()


@pytest.mark.parametrize(
    "acts_each", [25, pytest.param(300, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
def test_everybody_does_anything_with_talks(acts_each):
    """No deadlock, nothing lost or doubled, whatever is done at once."""
    center = ContactCenterFactory.create()
    queue = make_queue(center)
    people = [ready_agent(center) for _ in range(5)]
    numbers = [*map(number_of, people), queue.phone_number.number, "5551212"]

    def work(seed):
        draw = random.Random(seed)
        for _ in range(acts_each):
            try:
                one_act(draw)
            except ApiError:
                pass
            finally:
                runtime.fire_due_timers()

    def one_act(draw):
        user = draw.choice(people)
        own = calls_of(user)
        act = draw.randrange(14)
        if act == 0:
            call_in(queue)
        elif act == 1:
            call_number(contact_center=center, number=draw.choice(numbers), ani=CALLER)
        elif act == 2 and (calls := list(Call.objects.values_list("pk", flat=True))):
            abandon(call_id=draw.choice(calls))
        elif act <= 5 or not own:
            dial(device=phone_of(user), number=draw.choice(numbers))
        else:
            with_call(draw, user, draw.choice(own), act)

    def with_call(draw, user: User, call_id, act):
        number = draw.choice(numbers)
        own = {"user": user, "call_id": call_id}
        operation = draw.choice(
            [CallOperation.INITIATE_TRANSFER, CallOperation.INITIATE_CONFERENCE]
        )
        deeds = [
            lambda: answer(**own),
            lambda: hangup(**own),
            lambda: draw.choice([hold, retrieve])(**own),
            lambda: consult(operation=operation, number=number, **own),
            lambda: draw.choice([complete_transfer, complete_conference])(**own),
            lambda: single_step_conference(number=number, **own),
            lambda: single_step_transfer(number=number, **own),
            lambda: remove_participant(participant=number, **own),
        ]
        deeds[act - 6]()

    results = at_once(*[lambda seed=seed: work(seed) for seed in range(4)], seconds=1_500)

    assert results == [None] * 4
    assert_all_is_told_and_counted()
    assert CallPartRecord.objects.count() >= CallRecord.objects.count()
