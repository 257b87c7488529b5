"""The agent's page: who sees it, what each button says, and what it does."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from provisioning.models import AgentState, AssignedFeature, Device, User
from supervision.activity import catch_up
from telephony.models import AgentSession, CallRecord, Leg, Monitoring, MonitoringSession
from telephony.modes import READY
from telephony.services import calls, monitoring
from telephony.services.agents import set_agent_state, start_session
from telephony.services.call_data import set_disposition
from telephony.services.conversations import single_step_conference
from telephony.services.links import report_link
from telephony.switch.tables import MonitorKind
from tests.factories import (
    DeviceFactory,
    GroupMemberFactory,
    GroupSupervisorFactory,
    SettingFactory,
    UserFactory,
    World,
)
from tests.telephony.factories import call_in

FEATURE = "api-supervisor-monitoring"
IN_CALL = ("SwitchToBargeIn", "SwitchToListenIn", "MuteMonitoredUser", "UnmuteMonitoredUser")
STARTS = ("ListenIn", "Coach", "BargeIn")
STOP = "CancelSupervisorMonitoring"


@pytest.fixture
def sue(world: World, client: Client) -> Client:
    client.force_login(world.sue)
    return client


@pytest.fixture
def sues_phone(world: World) -> Device:
    return DeviceFactory.create(contact_center=world.red, user=world.sue)


@pytest.fixture
def bob_works(world: World) -> User:
    start_session(user=world.bob)
    set_agent_state(user=world.bob, mode=READY)
    return world.bob


@pytest.fixture
def rival(world: World) -> User:
    """Another supervisor, at his own phone."""
    user = UserFactory.create(
        contact_center=world.red, is_supervisor=True, first_name="Rita", last_name="Rival"
    )
    DeviceFactory.create(contact_center=world.red, user=user)
    return user


def page_of(agent: User, name: str = "agent") -> str:
    return reverse(name, args=[agent.pk])


def act(client: Client, agent: User, operation: str = "", **more: str) -> list[str]:
    """Press a button; gives what the page says of it."""
    body = {"operation": operation, **more} if operation else more
    answer = client.post(page_of(agent, "agent-act"), body, follow=True)
    assert answer.status_code == 200
    return [str(message) for message in answer.context["messages"]]


def why_not(client: Client, agent: User) -> dict[str, str]:
    """What each button says for not being possible."""
    controls = client.get(page_of(agent, "agent-now")).context["controls"]
    return {control.operation: control.why_not for control in controls}


def talk_of(world: World) -> str:
    call_id = call_in(world.sales_queue)
    assert calls.answer(user=world.bob, call_id=call_id)
    return call_id


# --- who sees it ---


def test_the_page_says_who_he_is_and_what_he_does(
    sue: Client, world: World, bob_works: User
) -> None:
    talk_of(world)

    page = sue.get(page_of(world.bob)).content.decode()

    assert "Bob Agent" in page
    assert "Call from Sales" in page
    assert "+1 650-555-0123" in page
    assert world.sales.name in page
    assert world.bobs_phone.phone_number.number in page


@pytest.mark.parametrize("name", ["agent", "agent-now", "agent-act", "agent-log-out"])
def test_another_contact_centers_agent_is_not_there(
    name: str, client: Client, world: World, bob_works: User
) -> None:
    client.force_login(world.eve)
    address = page_of(world.bob, name)

    assert client.get(address).status_code == (405 if name == "agent-act" else 404)
    body = {"operation": "EndContactCenterSession"}
    assert client.post(page_of(world.bob, "agent-act"), body).status_code == 404
    assert AgentSession.objects.get(pk=world.bob.pk).presence == "Ready"


@pytest.mark.parametrize("name", ["agent", "agent-now", "agent-log-out"])
def test_agents_do_not_see_it(name: str, client: Client, world: World) -> None:
    client.force_login(world.bob)

    assert client.get(page_of(world.bob, name)).status_code == 403
    assert client.post(page_of(world.bob, "agent-act")).status_code == 403


def test_without_voice_there_is_no_page(sue: Client, world: World) -> None:
    AssignedFeature.objects.filter(feature_id="api-voice").delete()

    assert sue.get(page_of(world.bob)).status_code == 404


# --- what the buttons say ---


def test_who_may_begins_and_the_rest_says_why_not(
    sue: Client, world: World, sues_phone: Device, bob_works: User
) -> None:
    told = why_not(sue, world.bob)

    assert {name for name, why in told.items() if not why} == set(STARTS)
    assert told[STOP] == told["MuteMonitoredUser"] == "You do not monitor Bob Agent."


def test_a_waiting_supervisor_may_stop_and_in_the_call_switch(
    sue: Client, world: World, sues_phone: Device, bob_works: User
) -> None:
    assert act(sue, world.bob, "ListenIn") == ["You monitor Bob Agent from the next call on."]
    waiting = why_not(sue, world.bob)
    assert {name for name, why in waiting.items() if not why} == {*STARTS, STOP}
    assert waiting["SwitchToBargeIn"] == "You wait for the next call of Bob Agent."

    talk_of(world)
    listening = why_not(sue, world.bob)
    assert {name for name, why in listening.items() if not why} == {
        *STARTS,
        STOP,
        "SwitchToBargeIn",
        "MuteMonitoredUser",
    }
    assert listening["SwitchToListenIn"] == "You listen in already."
    assert listening["UnmuteMonitoredUser"] == "Bob Agent is not muted."


def test_who_has_no_phone_is_told(sue: Client, world: World, bob_works: User) -> None:
    told = why_not(sue, world.bob)

    assert {told[name] for name in STARTS} == {"You have no phone to listen at."}
    assert act(sue, world.bob, "ListenIn") == ["You have no phone to listen at."]
    assert not Monitoring.objects.exists()


def test_an_agent_without_a_phone_is_told_of(sue: Client, world: World, sues_phone: Device) -> None:
    carl = UserFactory.create(contact_center=world.red, first_name="Carl", last_name="Calm")

    assert why_not(sue, carl)["ListenIn"] == "Carl Calm has no phone."
    assert act(sue, carl, "ListenIn") == ["Carl Calm has no phone."]
    assert not Monitoring.objects.exists()


def test_one_supervisor_an_agent(
    sue: Client, world: World, sues_phone: Device, rival: User, bob_works: User
) -> None:
    phone = rival.devices.get()
    monitoring.start(
        supervisor=rival, device=phone, target=world.bobs_phone, kind=MonitorKind.COACH
    )

    assert why_not(sue, world.bob)["ListenIn"] == "Bob Agent is monitored by Rita Rival."
    for operation in STARTS:
        assert act(sue, world.bob, operation) == ["Bob Agent is monitored by Rita Rival."]
    assert act(sue, world.bob, STOP) == ["You do not monitor Bob Agent."]

    assert Monitoring.objects.get().supervisor == rival
    # Attempts are in the ledger, those that were denied too.
    assert MonitoringSession.objects.filter(denial_code=19).count() == len(STARTS)


def test_not_ones_own_groups_are_seen_and_left_alone(
    sue: Client, world: World, sues_phone: Device, bob_works: User
) -> None:
    GroupSupervisorFactory.create(user=world.sue)
    refusal = "Bob Agent is in none of your groups."

    page = sue.get(page_of(world.bob))
    assert refusal in page.content.decode()
    assert set(why_not(sue, world.bob).values()) <= {refusal, "You do not monitor Bob Agent."}
    assert act(sue, world.bob, "BargeIn") == [refusal]
    assert act(sue, world.bob, state="NotReady") == [refusal]
    assert act(sue, world.bob, "EndContactCenterSession") == [refusal]

    assert not Monitoring.objects.exists()
    assert AgentSession.objects.get(pk=world.bob.pk).presence == "Ready"


def test_a_member_of_ones_group_is_acted_on(
    sue: Client, world: World, sues_phone: Device, bob_works: User
) -> None:
    team = GroupSupervisorFactory.create(user=world.sue).group
    GroupMemberFactory.create(user=world.bob, group=team)

    act(sue, world.bob, "Coach")

    assert Monitoring.objects.get().kind == "Coach"


def test_without_the_feature_nothing_is_monitored(
    sue: Client, world: World, sues_phone: Device, bob_works: User
) -> None:
    AssignedFeature.objects.filter(feature_id=FEATURE).delete()

    for operation in (*STARTS, *IN_CALL):
        assert act(sue, world.bob, operation) == ["Your contact center has no monitoring."]
    assert not Monitoring.objects.exists()
    assert not MonitoringSession.objects.exists()


def test_nobody_monitors_himself(sue: Client, world: World, sues_phone: Device) -> None:
    assert why_not(sue, world.sue)["ListenIn"] == "You cannot monitor yourself."
    assert act(sue, world.sue, "ListenIn") == ["You cannot monitor yourself."]
    assert not Monitoring.objects.exists()


def test_what_is_offered_is_what_the_api_offers(
    sue: Client, api: Any, world: World, sues_phone: Device, rival: User, bob_works: User
) -> None:
    def offered(user: User, client: Client) -> None:
        device = api.by(user).get(f"/api/v2/devices/{world.bobs_phone.pk}").body["device"]
        by_api = {*STARTS, STOP} & set(device["capabilities"])
        told = why_not(client, world.bob)
        assert {name for name in (*STARTS, STOP) if not told[name]} == by_api

    ritas = Client()
    ritas.force_login(rival)
    for _ in range(2):
        offered(world.sue, sue)
        offered(rival, ritas)
        act(sue, world.bob, "ListenIn")


def test_each_button_says_what_the_agent_will_notice(
    sue: Client, world: World, sues_phone: Device, bob_works: User
) -> None:
    def notices() -> dict[str, str]:
        controls = sue.get(page_of(world.bob, "agent-now")).context["controls"]
        return {one.operation: one.notice for one in controls}

    assert notices()["ListenIn"] == "Bob Agent notices nothing."
    assert notices()["Coach"] == "Bob Agent hears you, the customer does not."
    talk_of(world)
    act(sue, world.bob, "BargeIn")

    told = notices()
    for operation in ("ListenIn", "SwitchToListenIn", STOP):
        assert told[operation] == "Bob Agent sees that you have gone."
    assert told["Coach"].startswith("From the next call on")
    assert told["MuteMonitoredUser"] == "Nobody hears Bob Agent until you unmute."


# --- what the buttons do ---


def test_from_listening_in_to_stopping(
    sue: Client, world: World, sues_phone: Device, bob_works: User
) -> None:
    call_id = talk_of(world)

    assert act(sue, world.bob, "ListenIn", mode="NextCall", scope="Agent") == [
        "Listening in: you are in the call of Bob Agent."
    ]
    leg = Leg.objects.get(call_id=call_id, user=world.sue)
    assert (leg.monitoring, leg.is_muted) == ("ListenIn", True)
    row = Monitoring.objects.get()
    assert (row.mode, row.scope, row.supervisor_device) == ("NextCall", "Agent", sues_phone)

    assert act(sue, world.bob, "SwitchToBargeIn") == ["Everybody in the call hears you."]
    leg.refresh_from_db()
    assert (leg.monitoring, leg.is_muted) == ("BargeIn", False)

    act(sue, world.bob, "MuteMonitoredUser")
    leg.refresh_from_db()
    assert leg.has_muted_agent
    assert why_not(sue, world.bob)["MuteMonitoredUser"] == "Bob Agent is muted already."
    act(sue, world.bob, "UnmuteMonitoredUser")
    leg.refresh_from_db()
    assert not leg.has_muted_agent

    act(sue, world.bob, "SwitchToListenIn")
    leg.refresh_from_db()
    assert leg.monitoring == "ListenIn"

    assert act(sue, world.bob, STOP) == ["You monitor Bob Agent no longer."]
    assert not Monitoring.objects.exists()
    assert not Leg.objects.filter(user=world.sue).exists()


@pytest.mark.parametrize("operation", [*IN_CALL, STOP])
def test_what_is_not_possible_changes_nothing(
    operation: str, sue: Client, world: World, sues_phone: Device, bob_works: User
) -> None:
    call_id = talk_of(world)
    before = list(Leg.objects.order_by("pk").values())

    assert act(sue, world.bob, operation) == ["You do not monitor Bob Agent."]

    assert list(Leg.objects.order_by("pk").values()) == before
    assert before[0]["call_id"] == call_id


def test_a_conference_loses_whom_the_supervisor_removes(
    sue: Client, world: World, sues_phone: Device, bob_works: User
) -> None:
    call_id = talk_of(world)
    act(sue, world.bob, "BargeIn")
    assert act(sue, world.bob, participant="+16505550123") == ["That party cannot be removed now."]
    carl = UserFactory.create(contact_center=world.red)
    phone = DeviceFactory.create(contact_center=world.red, user=carl)
    start_session(user=carl)
    assert single_step_conference(user=world.bob, call_id=call_id, number=phone.phone_number.number)
    assert calls.answer(user=carl, call_id=call_id)

    act(sue, world.bob, participant=phone.phone_number.number)

    assert not Leg.objects.filter(user=carl).exists()
    assert Leg.objects.filter(user=world.bob, call_id=call_id).exists()


def test_a_reason_is_asked_where_the_contact_center_wants_one(
    sue: Client, world: World, sues_phone: Device, bob_works: User
) -> None:
    SettingFactory.create(
        contact_center=world.red,
        key=monitoring.REASON_SETTING,
        value={"name": monitoring.REASON_SETTING, "value": "Required"},
    )

    [refusal] = act(sue, world.bob, "ListenIn")
    assert "reason" in refusal
    assert not Monitoring.objects.exists()
    act(sue, world.bob, "ListenIn", reason="Complaint of yesterday")

    entry = MonitoringSession.objects.get(denial_code=None)
    assert entry.reason == "Complaint of yesterday"


def test_a_state_is_set_and_a_strange_one_is_not(
    sue: Client, world: World, bob_works: User
) -> None:
    lunch = AgentState.objects.create(
        contact_center=world.red,
        guid="1",
        operation_name="Lunch",
        display_name="Lunch",
        state="NotReady",
        reason="lunch",
    )

    assert act(sue, world.bob, state="Nonsense") == ["There is no such state."]
    assert act(sue, world.bob, state="Offline") == ["There is no such state."]
    assert AgentSession.objects.get(pk=world.bob.pk).presence == "Ready"
    assert act(sue, world.bob, state=lunch.operation_name) == ["Bob Agent is set to Lunch."]

    session = AgentSession.objects.get(pk=world.bob.pk)
    assert (session.presence, session.display_name) == ("NotReady", "Lunch")


def test_logging_out_asks_first_and_says_what_he_notices(
    sue: Client, world: World, bob_works: User
) -> None:
    talk_of(world)

    asked = sue.get(page_of(world.bob, "agent-log-out")).content.decode()
    assert "Bob Agent notices it at once" in asked
    assert "The call with +1 650-555-0123 goes on until it is hung up." in asked
    assert AgentSession.objects.get(pk=world.bob.pk).presence == "Ready"

    assert act(sue, world.bob, "EndContactCenterSession") == ["Bob Agent is logged out."]
    assert AgentSession.objects.get(pk=world.bob.pk).presence == "Inactive"
    assert Leg.objects.filter(user=world.bob).exists()


def test_who_is_logged_out_cannot_be_set_to_a_state(sue: Client, world: World) -> None:
    assert act(sue, world.bob, state="Ready") == ["Bob Agent is logged out."]
    assert act(sue, world.bob, "EndContactCenterSession") == ["Bob Agent is logged out."]
    assert not AgentSession.objects.exclude(presence="Inactive").exists()
    assert "Bob Agent is logged out." in sue.get(page_of(world.bob)).content.decode()


def test_nothing_is_done_while_the_voice_link_is_down(
    sue: Client, world: World, sues_phone: Device, bob_works: User
) -> None:
    report_link(voice_environment=world.bobs_phone.voice_environment, is_up=False)

    [refusal] = act(sue, world.bob, "ListenIn")
    [other] = act(sue, world.bob, state="NotReady")

    assert "not available" in refusal
    assert "not available" in other
    assert not Monitoring.objects.exists()
    assert AgentSession.objects.get(pk=world.bob.pk).presence == "Ready"


@pytest.mark.parametrize("body", [{}, {"operation": "Explode"}, {"operation": "\0"}])
def test_a_strange_operation_is_refused(
    body: dict[str, str], sue: Client, world: World, bob_works: User
) -> None:
    answer = sue.post(page_of(world.bob, "agent-act"), body, follow=True)

    assert [str(one) for one in answer.context["messages"]] == ["There is no such operation."]


# --- the day ---


def test_the_day_shows_states_calls_and_dispositions(
    sue: Client, world: World, bob_works: User
) -> None:
    call_id = talk_of(world)
    calls.hangup(user=world.bob, call_id=call_id)
    record = CallRecord.objects.get()
    set_disposition(
        user=world.bob, call_id=None, call_uuid=record.call_uuid, disposition="OrderPlaced"
    )
    catch_up()

    answer = sue.get(page_of(world.bob))

    day = answer.context["day"]
    assert day.states[-1].kind == "Ready"
    assert {one.note for one in day.calls} == {"Sales"}
    [row] = answer.context["calls_today"].rows
    assert (row.record.call_uuid, row.queue_name) == (record.call_uuid, "Sales")
    assert list(row.dispositions) == ["OrderPlaced"]
    assert "OrderPlaced" in answer.content.decode()


def test_the_page_costs_the_same_queries_whatever_he_did(
    sue: Client,
    world: World,
    sues_phone: Device,
    bob_works: User,
    assert_constant_queries: Callable[..., None],
) -> None:
    act(sue, world.bob, "ListenIn")

    def work() -> None:
        for _ in range(3):
            call_id = talk_of(world)
            calls.hangup(user=world.bob, call_id=call_id)
        catch_up()

    work()
    talk_of(world)
    assert_constant_queries(
        lambda: sue.get(page_of(world.bob)),
        add_rows=lambda: (
            calls.hangup(user=world.bob, call_id=Leg.objects.filter(user=world.bob).get().call_id),
            work(),
            talk_of(world),
        ),
    )
