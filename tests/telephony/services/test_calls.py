import pytest

from portal.api.status import ApiError
from telephony.models import AgentSession, Call, Leg, Timer
from telephony.modes import NOT_READY
from telephony.services.agents import (
    end_session,
    set_agent_state,
    set_do_not_disturb,
    start_session,
)
from telephony.services.calls import abandon, answer, enter_queue, hangup, reject
from tests.factories import ContactCenterFactory
from tests.telephony.factories import (
    CALLER,
    call_in,
    go_ready,
    make_agent,
    make_queue,
    phone_of,
    ready_agent,
    set_wrap_up,
)


def kinds(events):
    return [event.kind for event in events]


def session(user):
    return AgentSession.objects.get(user=user)


def test_a_call_without_agents_waits(center, told):
    queue = make_queue(center)

    call_id = call_in(queue, user_data={"Product": "Guitars"})

    [queued] = told()
    assert queued.kind == "call.queued"
    assert (queued.call_id, queued.queue_id) == (call_id, str(queue.pk))
    assert (queued.ani, queued.dnis) == (CALLER, queue.phone_number.number)
    assert (queued.call_type, queued.user_data) == ("Inbound", {"Product": "Guitars"})
    assert Call.objects.get().is_waiting
    assert len(call_id) == 16
    assert len(queued.call_uuid) == 32


def test_a_call_rings_at_a_ready_agent(center, told):
    queue, agent = make_queue(center), ready_agent(center)
    told()

    call_id = call_in(queue)

    queued, distributed, ringing = told()
    assert kinds([queued, distributed, ringing]) == [
        "call.queued",
        "call.distributed",
        "call.ringing",
    ]
    for event in (distributed, ringing):
        assert event.queue_id == str(queue.pk)
        assert event.device_id == str(phone_of(agent).pk)
        assert event.user_id == str(agent.pk)
    assert distributed.views == []
    [view] = ringing.views
    assert view["user_id"] == str(agent.pk)
    assert view["call"]["id"] == call_id
    assert view["call"]["state"] == "Ringing"
    assert set(view["call"]["capabilities"]) == {
        "Answer",
        "Reject",
        "AttachUserData",
        "UpdateUserData",
        "DeleteUserData",
        "DeleteUserDataPair",
    }
    assert (view["notification_type"], view["phone_number"]) == (
        "StatusChange",
        phone_of(agent).phone_number.number,
    )
    assert view["call"]["participants"] == [CALLER]
    assert view["call"]["path"] == f"/me/calls/{call_id}"
    assert Timer.objects.get().target == call_id


def test_a_call_is_answered_talked_and_hung_up(center, told):
    queue, agent = make_queue(center), ready_agent(center)
    call_id = call_in(queue)
    told()

    assert answer(user=agent, call_id=call_id)
    [answered] = told()
    assert answered.kind == "call.answered"
    assert answered.views[0]["call"]["state"] == "Established"
    assert set(Leg.objects.values_list("state", flat=True)) == {"Established"}
    assert not Timer.objects.exists()

    assert hangup(user=agent, call_id=call_id)
    [released] = told()
    assert released.kind == "call.released"
    assert released.queue_id == str(queue.pk)
    assert released.views[0]["call"]["state"] == "Released"
    assert released.views[0]["call"]["capabilities"] == []
    assert released.views[0]["call"]["participants"] == [CALLER]
    assert not Call.objects.exists()
    assert not Leg.objects.exists()
    assert session(agent).is_available


def test_the_caller_hangs_up_in_a_talk(center, told):
    queue, agent = make_queue(center), ready_agent(center)
    call_id = call_in(queue)
    answer(user=agent, call_id=call_id)
    told()

    assert abandon(call_id=call_id)

    assert kinds(told()) == ["call.released"]
    assert not abandon(call_id=call_id)
    assert told() == []


def test_the_caller_gives_up_in_the_queue(center, told):
    queue = make_queue(center)
    call_id = call_in(queue)
    told()

    assert abandon(call_id=call_id)

    [abandoned] = told()
    assert (abandoned.kind, abandoned.queue_id) == ("call.abandoned", str(queue.pk))
    assert not Call.objects.exists()


def test_the_caller_gives_up_while_it_rings(center, told):
    queue, agent = make_queue(center), ready_agent(center)
    call_id = call_in(queue)
    told()

    abandon(call_id=call_id)

    [event] = told()
    assert (event.kind, event.user_id) == ("call.ring_abandoned", str(agent.pk))
    assert session(agent).presence == "Ready"
    assert session(agent).is_available
    assert not Timer.objects.exists()


def test_a_rejected_call_goes_to_another_agent_first(center, told):
    queue = make_queue(center)
    first, second = ready_agent(center), ready_agent(center)
    call_id = call_in(queue)
    told()

    assert reject(user=first, call_id=call_id)

    events = told()
    assert kinds(events) == [
        "call.ring_cancelled",
        "call.queued",
        "call.distributed",
        "call.ringing",
    ]
    assert events[0].user_id == str(first.pk)
    assert events[0].views[0]["call"]["state"] == "Released"
    assert events[-1].user_id == str(second.pk)
    assert session(first).presence == "Ready"


def test_a_rejected_call_waits_while_only_its_rejecter_is_free(center, told):
    queue, agent = make_queue(center), ready_agent(center)
    call_id = call_in(queue)

    reject(user=agent, call_id=call_id)

    assert Call.objects.get().is_waiting
    later = call_in(queue)
    assert Leg.objects.get(user=agent).call_id == later


def test_wrap_up_follows_a_call_of_a_queue(center, told):
    set_wrap_up(center, "10")
    queue, agent = make_queue(center), ready_agent(center)
    call_id = call_in(queue)
    answer(user=agent, call_id=call_id)
    told()

    hangup(user=agent, call_id=call_id)

    released, wrap_up = told()
    assert kinds([released, wrap_up]) == ["call.released", "agent.acw"]
    assert wrap_up.user_state == {
        "id": "D3663509-3D82-4DD3-A82E-2EA8EFA02AEF",
        "displayName": "AfterCallWork",
        "state": "NotReady",
        "workMode": "AfterCallWork",
    }
    timer = Timer.objects.get()
    assert (timer.kind, timer.target) == ("wrap-up", str(agent.pk))
    assert timer.due_at_ms == wrap_up.occurred_at_ms + 10_000
    assert not session(agent).is_available


@pytest.mark.parametrize("value", ["0", 0, "soon", None, -5])
def test_no_wrap_up_where_the_setting_says_none(center, told, value):
    set_wrap_up(center, value)
    queue, agent = make_queue(center), ready_agent(center)
    call_id = call_in(queue)
    answer(user=agent, call_id=call_id)

    hangup(user=agent, call_id=call_id)

    assert session(agent).is_available


def test_who_chose_not_ready_in_a_talk_stays_so(center, told):
    set_wrap_up(center, 10)
    queue, agent = make_queue(center), ready_agent(center)
    call_id = call_in(queue)
    answer(user=agent, call_id=call_id)
    set_agent_state(user=agent, mode=NOT_READY)
    told()

    hangup(user=agent, call_id=call_id)

    assert kinds(told()) == ["call.released"]
    assert session(agent).presence == "NotReady"


def test_what_the_state_does_not_allow_is_refused_by_an_event(center, told):
    queue, agent = make_queue(center), ready_agent(center)
    call_id = call_in(queue)
    told()

    assert not hangup(user=agent, call_id=call_id)

    [refused] = told()
    assert refused.kind == "request.refused"
    assert (refused.user_id, refused.call_id) == (str(agent.pk), call_id)
    assert (refused.operation, refused.message) == ("Hangup", "Incorrect object state")
    assert Leg.objects.get(user=agent).state == "Ringing"


def test_a_public_device_is_answered_at_the_phone(center, told):
    queue, agent = make_queue(center), ready_agent(center, telephony_network="Public")
    call_id = call_in(queue)

    [view] = told()[-1].views
    assert {"Answer", "Reject"} & set(view["call"]["capabilities"]) == {"Reject"}
    assert not answer(user=agent, call_id=call_id)


def test_somebody_elses_call_is_not_there(center, told):
    queue, agent, other = make_queue(center), ready_agent(center), make_agent(center)
    call_id = call_in(queue)
    told()

    with pytest.raises(ApiError) as refusal:
        answer(user=other, call_id=call_id)

    assert refusal.value.code == 6
    assert told() == []
    assert Leg.objects.get(user=agent).state == "Ringing"


def test_a_queue_of_another_contact_center_is_not_there(center, told):
    queue = make_queue(ContactCenterFactory.create())
    with pytest.raises(ApiError):
        enter_queue(contact_center=center, queue=queue, ani=CALLER)
    assert not Call.objects.exists()


def test_who_becomes_ready_gets_the_call_that_waits_longest(center, told):
    queue = make_queue(center)
    first, second = call_in(queue), call_in(queue)
    agent = make_agent(center)
    start_session(user=agent)
    told()

    go_ready(agent)

    assert kinds(told()) == ["agent.ready", "call.distributed", "call.ringing"]
    assert Leg.objects.get(user=agent).call_id == first
    answer(user=agent, call_id=first)
    hangup(user=agent, call_id=first)
    assert Leg.objects.get(user=agent).call_id == second


def test_who_logs_out_gives_a_ringing_call_back(center, told):
    queue = make_queue(center)
    leaving, staying = ready_agent(center), ready_agent(center)
    call_id = call_in(queue)
    told()

    end_session(user=leaving)

    events = told()
    assert kinds(events) == [
        "call.ring_cancelled",
        "call.queued",
        "agent.logout",
        "call.distributed",
        "call.ringing",
    ]
    assert Leg.objects.get(user=staying).call_id == call_id
    assert session(leaving).device is None


def test_a_talk_goes_on_when_the_agent_logs_out(center, told):
    queue, agent = make_queue(center), ready_agent(center)
    call_id = call_in(queue)
    answer(user=agent, call_id=call_id)

    end_session(user=agent)
    told()
    hangup(user=agent, call_id=call_id)

    assert kinds(told()) == ["call.released"]
    assert session(agent).device is None
    assert session(agent).leg_count == 0


def test_do_not_disturb_keeps_calls_away(center, told):
    queue, agent = make_queue(center), ready_agent(center)
    set_do_not_disturb(user=agent, is_on=True)
    changed = told()[-1]
    assert changed.kind == "device.changed"
    assert changed.device["doNotDisturb"] == "On"
    assert changed.device["capabilities"] == ["ForwardCallsOn", "DoNotDisturbOff"]

    call_in(queue)
    assert Call.objects.get().is_waiting

    set_do_not_disturb(user=agent, is_on=False)
    assert not Call.objects.get().is_waiting
