import threading
import time
from collections import Counter

import pytest
from django.core.management import CommandError, call_command

from portal.events.models import EventRecord
from provisioning.models import Service, User
from telephony.models import AgentSession, Call
from telephony.services.calls import answer
from telephony.simulator import Plan, Simulator
from telephony.simulator import plan as plan_module
from telephony.simulator.agenda import Agenda
from telephony.simulator.plan import Behaviour, is_simulated_number
from telephony.simulator.staff import find_contact_center, simulated_agents
from tests.factories import ContactCenterFactory, DeviceFactory, UserFactory
from tests.telephony.factories import call_in, make_queue, ready_agent


@pytest.fixture
def simulated_center():
    """A contact center with a queue, two simulated agents and one real one."""
    center = ContactCenterFactory.create()
    make_queue(center)
    for number in range(2):
        user = UserFactory.create(contact_center=center, employee_id=f"SIM-{number}")
        DeviceFactory.create(contact_center=center, user=user)
    person = UserFactory.create(contact_center=center)
    DeviceFactory.create(contact_center=center, user=person)
    return center


def counted():
    return Counter(EventRecord.objects.values_list("kind", flat=True))


def wait_for(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.django_db(transaction=True)
def test_people_call_and_answer_and_everybody_leaves(simulated_center):
    stop = threading.Event()
    plan = Plan(speed=200, seed=7, calls_per_hour=200)
    thread = threading.Thread(target=_closing, args=(Simulator(plan).run, stop))
    thread.start()
    try:
        assert wait_for(lambda: counted()["call.released"] >= 3), counted()
    finally:
        stop.set()
        thread.join(15)

    assert not thread.is_alive()
    assert not Call.objects.exists()
    presences = AgentSession.objects.values_list("user__employee_id", "presence")
    assert dict(presences) == {"SIM-0": "Inactive", "SIM-1": "Inactive"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("habit", "kinds"),
    [
        ({"_CHANCE_TO_HOLD": 1.0}, {"call.held", "call.retrieved"}),
        ({"_CALL_OUT_EVERY_SECONDS": 20.0}, {"call.dialing"}),
    ],
)
def test_agents_do_more_than_answer(simulated_center, monkeypatch, habit, kinds):
    for name, value in habit.items():
        monkeypatch.setattr(plan_module, name, value)
    stop = threading.Event()
    plan = Plan(speed=60, seed=3, calls_per_hour=30)
    thread = threading.Thread(target=_closing, args=(Simulator(plan).run, stop))
    thread.start()
    try:
        assert wait_for(lambda: kinds <= counted().keys(), 30), counted()
    finally:
        stop.set()
        thread.join(15)
    assert not Call.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_transferred_caller_stays_until_he_hangs_up(simulated_center, monkeypatch):
    monkeypatch.setattr(plan_module, "_CHANCE_TO_TRANSFER", 1.0)
    stop = threading.Event()
    plan = Plan(speed=60, seed=3, calls_per_hour=200)
    thread = threading.Thread(target=_closing, args=(Simulator(plan).run, stop))
    thread.start()
    try:
        assert wait_for(lambda: any(times > 1 for times in queued_times().values()), 30), counted()
    finally:
        stop.set()
        thread.join(15)
    assert not Call.objects.exists()


def queued_times():
    queued = EventRecord.objects.filter(kind="call.queued")
    return Counter(record.payload["call_id"] for record in queued)


@pytest.mark.django_db(transaction=True)
def test_callers_of_a_killed_simulator_are_taken_over(simulated_center):
    queue = make_queue(simulated_center)
    real = call_in(queue, user_data={}, dnis="9000")
    Call.objects.update(ani="+16505551234")
    person = ready_agent(simulated_center)
    talking = Call.objects.get(pk=real).pk
    answer(user=person, call_id=talking)
    left_behind = call_in(queue)
    Call.objects.filter(pk=left_behind).update(ani="+12125550107")

    Simulator(Plan(speed=500, seed=1, calls_per_hour=0, seconds=2.5)).run(threading.Event())

    assert list(Call.objects.values_list("pk", flat=True)) == [talking]


def _closing(run, stop):
    from django.db import connections

    run(stop)
    connections.close_all()


@pytest.mark.django_db
def test_only_simulated_users_are_taken(simulated_center):
    found = simulated_agents(simulated_center, None)
    assert [user.employee_id for user in found] == ["SIM-0", "SIM-1"]
    assert find_contact_center(None) == simulated_center
    assert simulated_agents(simulated_center, 1) == found[:1]


@pytest.mark.django_db
def test_missing_agents_are_hired(simulated_center):
    people = simulated_agents(simulated_center, 4)
    assert len(people) == 4
    assert all(user.devices.exists() for user in people)
    assert User.objects.filter(employee_id__startswith="SIM-").count() == 4
    assert simulated_agents(simulated_center, 4) == people


def test_the_same_seed_draws_the_same():
    def draws(seed):
        behaviour = Behaviour(Plan(seed=seed))
        return [behaviour.talk(), behaviour.patience(), behaviour.caller_number()]

    assert draws(3) == draws(3) != draws(4)
    assert is_simulated_number(draws(3)[2])
    assert not is_simulated_number("+16505551234")


def test_an_agenda_keeps_the_last_plan_of_a_subject():
    now = [0.0]
    agenda, done = Agenda(lambda: now[0]), []
    agenda.plan("a", 5, lambda: done.append("old"))
    agenda.plan("a", 3, lambda: done.append("new"))
    agenda.plan("b", 4, lambda: done.append("b"))
    agenda.forget("b")
    assert agenda.seconds_left() == 3

    now[0] = 10
    for _, act in agenda.due():
        act()

    assert done == ["new"]


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [["--speed", "0"], ["--agents=-1"], ["--contact-center=No"]])
def test_nonsense_is_refused_with_a_sentence(arguments):
    with pytest.raises(CommandError):
        call_command("simulate", *arguments)


@pytest.mark.django_db
def test_the_voice_command(center, capsys):
    other = ContactCenterFactory.create()
    call_command("voice", "down", contact_center=center.name)
    states = dict(Service.objects.filter(type="Voice").values_list("contact_center__name", "state"))
    assert states == {center.name: "Inactive", other.name: "Active"}
    assert counted()["service.state_changed"] == 1

    call_command("voice", "down", contact_center=center.name)
    assert counted()["service.state_changed"] == 1
    call_command("voice", "up")
    assert counted()["service.state_changed"] == 2

    with pytest.raises(CommandError):
        call_command("voice", "up", contact_center="Nowhere")
