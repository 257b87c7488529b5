"""How a monitoring goes on and ends, what the ledger keeps of it, and what it costs the others."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.api.status import ApiError
from provisioning.models import AssignedFeature, Device, GroupSupervisor, Setting, User
from provisioning.models.group import new_group_id
from telephony import models, runtime
from telephony.models import (
    AgentSession,
    Leg,
    Monitoring,
    MonitoringSession,
    MonitoringStep,
    Timer,
)
from telephony.models.monitoring import AppendOnlyError
from telephony.modes import OFFLINE, READY
from telephony.services import calls, conversations, monitoring
from telephony.services.agents import end_session, set_agent_state, start_session
from telephony.services.dialing import consult, dial
from telephony.services.monitoring import (
    RELEASE_AFTER_MS,
    cancel,
    operate,
    release_without_right,
)
from telephony.services.presence import client_connected, client_gone
from telephony.switch.monitoring_table import MonitorMode, MonitorOperation, MonitorScope
from telephony.switch.tables import CallOperation, MonitorKind
from tests.factories import DeviceFactory, GroupFactory, UserFactory
from tests.telephony.factories import (
    call_in,
    go_ready,
    make_agent,
    make_queue,
    phone_of,
    ready_agent,
)


@pytest.fixture
def boss(center) -> User:
    """A supervisor at his phone, logged in."""
    for feature in ("api-voice", monitoring.FEATURE):
        AssignedFeature.objects.get_or_create(contact_center=center, feature_id=feature)
    user = UserFactory.create(contact_center=center, is_agent=False, is_supervisor=True)
    DeviceFactory.create(contact_center=center, user=user)
    start_session(user=user)
    return user


@pytest.fixture
def agent(center) -> User:
    return ready_agent(center)


def listen(boss: User, agent: User, kind: MonitorKind = MonitorKind.LISTEN_IN, **more) -> bool:
    return monitoring.start(
        supervisor=boss, device=phone_of(boss), target=phone_of(agent), kind=kind, **more
    )


def talk(center, agent: User) -> str:
    call_id = call_in(make_queue(center))
    assert calls.answer(user=agent, call_id=call_id)
    return call_id


def steps() -> list[tuple[str, str]]:
    return list(MonitoringStep.objects.order_by("pk").values_list("step", "detail"))


def is_inside(boss: User, call_id: str) -> bool:
    return Leg.objects.filter(user=boss, call_id=call_id).exclude(monitoring="").exists()


# --- scope and mode ---


@pytest.mark.parametrize(
    ("scope", "stays"), [(MonitorScope.AGENT, False), (MonitorScope.CALL, True)]
)
def test_scope_says_whether_he_stays_with_the_customer(center, boss, agent, scope, stays):
    call_id = talk(center, agent)
    listen(boss, agent, scope=scope)
    colleague = ready_agent(center)

    number = phone_of(colleague).phone_number.number
    assert conversations.single_step_transfer(user=agent, call_id=call_id, number=number)

    assert not Leg.objects.filter(user=agent).exists()
    assert is_inside(boss, call_id) is stays
    calls.answer(user=colleague, call_id=call_id)
    assert is_inside(boss, call_id) is stays
    calls.hangup(user=colleague, call_id=call_id)
    assert not Leg.objects.exists()
    # All calls: he waits for the agent's next.
    assert is_inside(boss, talk(center, agent))


def test_after_one_call_it_goes_on_with_the_next(center, boss, agent):
    listen(boss, agent)
    for _ in range(2):
        call_id = talk(center, agent)
        assert is_inside(boss, call_id)
        calls.hangup(user=agent, call_id=call_id)
        assert AgentSession.objects.get(user=boss).leg_count == 0


def test_next_call_ends_with_it(center, boss, agent):
    listen(boss, agent, mode=MonitorMode.NEXT_CALL)
    calls.hangup(user=agent, call_id=talk(center, agent))
    assert not Monitoring.objects.exists()
    assert AgentSession.objects.get(user=boss).monitoring is None
    assert steps() == [("Started", ""), ("Joined", "ListenIn"), ("Left", ""), ("Ended", "CallOver")]


def test_another_agent_takes_the_place_of_the_first(center, boss, agent):
    other = ready_agent(center)
    first, second = talk(center, agent), talk(center, other)
    listen(boss, agent)
    assert is_inside(boss, first)

    listen(boss, other)

    assert not is_inside(boss, first)
    assert is_inside(boss, second)
    assert Monitoring.objects.get().agent == other
    assert ("Ended", "Replaced") in steps()


def test_a_supervisor_in_a_call_of_his_own_enters_when_that_is_over(center, boss, agent):
    go_ready(boss)
    set_agent_state(user=agent, mode=OFFLINE)
    own = talk(center, boss)
    set_agent_state(user=agent, mode=READY)
    call_id = talk(center, agent)
    listen(boss, agent)
    monitoring.join_waiting()
    assert not is_inside(boss, call_id)
    calls.hangup(user=boss, call_id=own)
    monitoring.join_waiting()
    assert is_inside(boss, call_id)


def test_a_queue_gives_no_call_to_a_supervisor_in_a_call(center, boss, agent):
    talk(center, agent)
    listen(boss, agent)
    set_agent_state(user=boss, mode=READY)
    assert AgentSession.objects.get(user=boss).is_available is False
    waiting = call_in(make_queue(center))
    assert not Leg.objects.filter(call_id=waiting, user=boss).exists()

    cancel(supervisor=boss, device=phone_of(boss))

    assert Leg.objects.filter(call_id=waiting, user=boss, monitoring="").exists()


# --- rights ---


def test_a_reason_where_the_policy_asks_one(center, boss, agent):
    Setting.objects.create(
        contact_center=center,
        group="voice",
        key="supervisorMonitoringReason",
        value={"value": "Required"},
    )
    with pytest.raises(ApiError) as refused:
        listen(boss, agent)
    assert refused.value.code == 1
    assert "reason" in refused.value.message
    assert not Monitoring.objects.exists()

    listen(boss, agent, reason="Complaint 17")

    denied, allowed = MonitoringSession.objects.order_by("at")
    assert (denied.denial_code, denied.reason) == (1, "")
    assert (allowed.denial_code, allowed.reason) == (None, "Complaint 17")


def test_a_link_that_is_down_is_no_denial(center, boss, agent):
    from telephony.services.links import set_voice_link

    set_voice_link(contact_center=center, is_up=False)
    with pytest.raises(ApiError) as refused:
        listen(boss, agent)
    assert refused.value.http_status == 503
    assert not MonitoringSession.objects.exists()


# --- a supervisor who is no more ---


def _disable(boss):
    User.objects.filter(pk=boss.pk).update(is_active=False)


def _demote(boss):
    User.objects.filter(pk=boss.pk).update(is_supervisor=False, is_agent=True)


def _take_feature(boss):
    AssignedFeature.objects.filter(
        contact_center=boss.contact_center, feature_id=monitoring.FEATURE
    ).delete()


def _take_phone(boss):
    Device.objects.filter(user=boss).update(user=None)


def _take_group(boss):
    empty = GroupFactory.create(
        contact_center=boss.contact_center, id=new_group_id("users"), contains="users"
    )
    GroupSupervisor.objects.create(group=empty, user=boss)


def _log_out_by_hand(boss):
    AgentSession.objects.filter(pk=boss.pk).update(presence="Inactive")


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (_disable, "Disabled"),
        (_demote, "Demoted"),
        (_take_feature, "FeatureRemoved"),
        (_take_phone, "DeviceGone"),
        (_take_group, "NotSupervised"),
        (_log_out_by_hand, "LoggedOut"),
    ],
)
def test_the_check_releases_who_may_not_go_on(center, boss, agent, happens, why):
    call_id = talk(center, agent)
    listen(boss, agent, MonitorKind.BARGE_IN)
    assert release_without_right() == 0
    happens(boss)

    assert release_without_right() == 1

    assert not Monitoring.objects.exists()
    assert not is_inside(boss, call_id)
    assert Leg.objects.filter(call_id=call_id).count() == 2
    assert steps()[-2:] == [("Left", ""), ("Ended", why)]
    assert AgentSession.objects.get(user=boss).leg_count == 0
    assert release_without_right() == 0


@pytest.mark.parametrize(
    "leaves", [end_session, lambda user: set_agent_state(user=user, mode=OFFLINE)]
)
def test_whoever_logs_out_leaves_at_once(center, boss, agent, leaves):
    call_id = talk(center, agent)
    listen(boss, agent)
    leaves(user=boss)
    assert not Monitoring.objects.exists()
    assert not is_inside(boss, call_id)
    assert steps()[-1] == ("Ended", "LoggedOut")


def test_the_device_of_the_agent_goes(center, boss, agent):
    set_agent_state(user=agent, mode=OFFLINE)
    listen(boss, agent)
    phone = phone_of(agent)
    phone_id = str(phone.pk)
    end_session(user=agent)
    AgentSession.objects.filter(pk=agent.pk).update(device=None)
    phone.delete()

    assert release_without_right() == 1

    assert not Monitoring.objects.exists()
    assert AgentSession.objects.get(user=boss).monitoring is None
    assert steps()[-1] == ("Ended", "DeviceGone")
    assert MonitoringSession.objects.get().device_id == phone_id


def test_the_supervisor_is_deleted(center, boss, agent):
    from provisioning.change import Change
    from provisioning.services.users import delete_user

    listen(boss, agent)
    name = boss.user_name
    delete_user(change=Change(actor=None, origin="test"), user=boss)
    release_without_right()

    assert not Monitoring.objects.exists()
    assert steps()[-1][0] == "Ended"
    assert MonitoringSession.objects.get().supervisor_name == name


def test_who_has_no_client_any_more_is_released_within_thirty_seconds(center, boss, agent):
    call_id = talk(center, agent)
    listen(boss, agent)
    client_gone(user_id=str(boss.pk))
    timer = Timer.objects.get(kind="monitor-release")
    assert RELEASE_AFTER_MS < 30_000
    runtime.fire_due_timers()
    assert is_inside(boss, call_id)

    Timer.objects.filter(pk=timer.pk).update(due_at_ms=1)
    runtime.fire_due_timers()

    assert not is_inside(boss, call_id)
    assert not Timer.objects.filter(kind="monitor-release").exists()
    assert steps()[-1] == ("Ended", "Disconnected")


def test_a_client_that_comes_back_keeps_the_monitoring(center, boss, agent):
    listen(boss, agent)
    client_gone(user_id=str(boss.pk))
    client_connected(user_id=str(boss.pk))
    assert not Timer.objects.filter(kind="monitor-release").exists()
    assert Monitoring.objects.exists()


def test_a_user_who_monitors_nobody_has_no_timer(center, agent):
    client_gone(user_id=str(agent.pk))
    assert not Timer.objects.filter(kind="monitor-release").exists()


def test_sessions_learn_who_may_monitor(center, boss, agent):
    assert AgentSession.objects.get(user=boss).may_monitor is True
    assert AgentSession.objects.get(user=agent).may_monitor is False
    _take_feature(boss)
    User.objects.filter(pk=agent.pk).update(is_supervisor=True)
    monitoring.correct_rights()
    assert not AgentSession.objects.filter(may_monitor=True).exists()
    AssignedFeature.objects.create(contact_center=center, feature_id=monitoring.FEATURE)
    monitoring.correct_rights()
    assert AgentSession.objects.filter(may_monitor=True).count() == 2


# --- the ledger ---


def test_the_ledger_tells_the_whole_story(center, boss, agent):
    call_id = talk(center, agent)
    listen(boss, agent, MonitorKind.COACH, reason="Training")
    for operation in (
        MonitorOperation.SWITCH_TO_LISTEN_IN,
        MonitorOperation.MUTE,
        MonitorOperation.UNMUTE,
    ):
        assert operate(user=boss, call_id=call_id, operation=operation)
    listen(boss, agent, MonitorKind.BARGE_IN)
    assert cancel(supervisor=boss, device=phone_of(boss))

    assert steps() == [
        ("Started", ""),
        ("Joined", "Coach"),
        ("Switched", "ListenIn"),
        ("Muted", ""),
        ("Unmuted", ""),
        ("Changed", ""),
        ("Switched", "BargeIn"),
        ("Left", ""),
        ("Ended", "Cancelled"),
    ]
    entry = MonitoringSession.objects.get()
    assert entry.supervisor_id == boss.pk.hex
    assert entry.agent_name == agent.user_name
    assert entry.reason == "Training"
    assert set(MonitoringStep.objects.exclude(call_id="").values_list("call_id", flat=True)) == {
        call_id
    }


def test_nothing_rewrites_the_ledger(center, boss, agent):
    listen(boss, agent)
    entry, step = MonitoringSession.objects.get(), MonitoringStep.objects.get()
    entry.reason = "Something else"
    step.detail = "Something else"
    rewrites = (
        entry.save,
        step.save,
        entry.delete,
        step.delete,
        MonitoringSession.objects.all().delete,
        MonitoringStep.objects.all().delete,
        lambda: MonitoringSession.objects.update(reason="x"),
        lambda: MonitoringStep.objects.filter(pk=step.pk).update(detail="x"),
        lambda: MonitoringSession.objects.bulk_update([entry], ["reason"]),
        lambda: MonitoringSession.objects.update_or_create(pk=entry.pk, defaults={"reason": "x"}),
        lambda: MonitoringStep.objects.bulk_create(
            [step], update_conflicts=True, unique_fields=["id"], update_fields=["detail"]
        ),
    )
    for rewrite in rewrites:
        with pytest.raises(AppendOnlyError):
            rewrite()
    assert MonitoringSession.objects.get().reason == ""
    assert steps() == [("Started", "")]


# --- what it costs ---


def queries_of(act) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        act()
    return [query["sql"] for query in captured.captured_queries]


def test_calls_of_agents_whom_nobody_monitors_pay_no_query(center, boss, agent):
    """Someone else is monitored all the while."""
    listen(boss, make_agent(center))
    call_id = call_in(make_queue(center))
    done = queries_of(lambda: calls.answer(user=agent, call_id=call_id))
    done += queries_of(lambda: calls.hangup(user=agent, call_id=call_id))
    table = models.Monitoring._meta.db_table
    assert [sql for sql in done if f'FROM "{table}"' in sql and "telephony_leg" not in sql] == []


# --- among the operations of calls ---


@pytest.mark.parametrize(
    ("scope", "stays"), [(MonitorScope.AGENT, False), (MonitorScope.CALL, True)]
)
def test_a_two_step_transfer_leaves_the_supervisor_with_the_customer_or_not(
    center, boss, agent, scope, stays
):
    call_id = talk(center, agent)
    listen(boss, agent, MonitorKind.BARGE_IN, scope=scope)
    colleague = ready_agent(center)
    number = phone_of(colleague).phone_number.number
    consult(user=agent, call_id=call_id, operation=CallOperation.INITIATE_TRANSFER, number=number)
    consultation = Leg.objects.get(user=colleague).call_id
    calls.answer(user=colleague, call_id=consultation)
    # He hears the customer, who waits, and not what the agents say of him.
    assert is_inside(boss, call_id)
    assert not is_inside(boss, consultation)

    assert conversations.complete_transfer(user=agent, call_id=consultation)

    assert not Leg.objects.filter(user=agent).exists()
    assert is_inside(boss, call_id) is stays
    assert AgentSession.objects.get(user=boss).leg_count == stays
    calls.hangup(user=colleague, call_id=call_id)
    assert not Leg.objects.exists()
    assert AgentSession.objects.get(user=boss).leg_count == 0


def test_who_merges_his_calls_takes_the_supervisor_along(center, boss, agent):
    """With scope Agent too: the agent is still there."""
    first = talk(center, agent)
    listen(boss, agent, MonitorKind.COACH, scope=MonitorScope.AGENT, mode=MonitorMode.NEXT_CALL)
    colleague = ready_agent(center)
    dial(device=phone_of(agent), number=phone_of(colleague).phone_number.number)
    second = Leg.objects.get(user=colleague).call_id
    calls.answer(user=colleague, call_id=second)

    assert conversations.merge_with_other_call(user=agent, call_id=second, other_call_id=first)

    assert Leg.objects.filter(call_id=first).count() == 0
    assert Leg.objects.get(user=boss).monitoring == "Coach"
    assert is_inside(boss, second)
    assert Monitoring.objects.get().call_id == second
    assert [step for step, _ in steps()] == ["Started", "Joined", "Left", "Joined"]


def test_a_call_of_his_own_puts_the_monitored_one_on_hold(center, boss, agent, told):
    call_id = talk(center, agent)
    listen(boss, agent)
    colleague = ready_agent(center)
    told()

    dial(device=phone_of(boss), number=phone_of(colleague).phone_number.number)

    own = Leg.objects.get(user=boss, monitoring="")
    assert Leg.objects.get(user=boss, call_id=call_id).state == "Held"
    events = told()
    assert [event.kind for event in events if event.kind == "call.held"] == []
    [held] = [event for event in events if event.kind == "monitoring.changed"]
    assert [view["call"]["state"] for view in held.views] == ["Held"]
    calls.hangup(user=boss, call_id=own.call_id)
    assert calls.retrieve(user=boss, call_id=call_id)
    assert Leg.objects.get(user=boss, call_id=call_id).state == "Established"
    assert Leg.objects.filter(call_id=call_id).count() == 3


def test_a_supervisor_takes_part_in_the_conference_by_removing_and_inviting(center, boss, agent):
    call_id = talk(center, agent)
    listen(boss, agent)
    colleague = ready_agent(center)
    number = phone_of(colleague).phone_number.number
    assert conversations.single_step_conference(user=boss, call_id=call_id, number=number)
    calls.answer(user=colleague, call_id=call_id)

    call = models.Call.objects.get(pk=call_id)
    assert phone_of(boss).phone_number.number not in str(call.user_data)

    assert calls.remove_participant(user=boss, call_id=call_id, participant=number)
    assert not Leg.objects.filter(user=colleague).exists()
    assert is_inside(boss, call_id)
