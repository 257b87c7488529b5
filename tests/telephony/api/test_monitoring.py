"""Seed 001 "Supervisor", example by example, and contract §4."""

import pytest

from provisioning.models import AssignedFeature, Device, User
from telephony.models import Call, Leg, Monitoring, MonitoringSession
from telephony.modes import READY
from telephony.services import calls
from telephony.services.agents import end_session, set_agent_state, start_session
from telephony.services.dialing import dial
from tests.factories import DeviceFactory, PhoneNumberFactory, UserFactory
from tests.telephony.factories import CALLER, call_in, phone_of

# What a supervisor's leg shows in the seed's examples, besides what its kind adds.
TALKING = {
    "AttachUserData",
    "InitiateConference",
    "UpdateUserData",
    "Hold",
    "SingleStepTransfer",
    "DeleteUserData",
    "SingleStepConference",
    "Hangup",
    "DeleteUserDataPair",
    "SendDtmf",
    "InitiateTransfer",
    "RemoveParticipantFromConference",
}
FEATURE = "api-supervisor-monitoring"


@pytest.fixture
def sues_phone(world) -> Device:
    """Sue at her phone 5005, logged in, without the recording feature as in the examples."""
    AssignedFeature.objects.filter(feature_id="api-voice-recording").delete()
    phone = DeviceFactory.create(contact_center=world.red, user=world.sue)
    start_session(user=world.sue)
    return phone


@pytest.fixture
def rival(world) -> User:
    """Another supervisor, at his own phone."""
    user = UserFactory.create(contact_center=world.red, is_supervisor=True)
    DeviceFactory.create(contact_center=world.red, user=user)
    start_session(user=user)
    return user


@pytest.fixture
def bob_works(world) -> User:
    start_session(user=world.bob)
    set_agent_state(user=world.bob, mode=READY)
    return world.bob


def talk_of_bob(world) -> str:
    call_id = call_in(world.sales_queue)
    assert calls.answer(user=world.bob, call_id=call_id)
    return call_id


def ask(client, phone, operation, target, **more):
    body = {"operationName": operation, "targetDeviceUri": f"http://any/api/v2/devices/{target.pk}"}
    return client.post(f"/api/v2/me/devices/{phone.pk}", {**body, **more})


def own_device(client, phone):
    return client.get(f"/api/v2/me/devices/{phone.pk}").body["device"]


def notified(told, user, kind):
    """What the user's clients hear, by the messages of the notifications room."""
    from notifications.messages import messages_for

    return [
        message.content("http://testserver/api/v2")
        for event in told()
        for message in messages_for(event)
        if message.user_id == str(user.pk) and message.data.get("messageType") == kind
    ]


@pytest.fixture
def told(db):
    from portal.events.log import event_from_record
    from portal.events.models import EventRecord

    position = [EventRecord.objects.count() and EventRecord.objects.latest("id").id]

    def look():
        rows = list(EventRecord.objects.filter(id__gt=position[0]).order_by("id"))
        position[0] = rows[-1].id if rows else position[0]
        return [event_from_record(row) for row in rows]

    return look


# --- ListenIn, Coach, BargeIn: the device ---


@pytest.mark.parametrize("kind", ["ListenIn", "Coach", "BargeIn"])
def test_a_supervisor_asks_to_monitor_a_device(api, world, sues_phone, told, kind):
    sue = api.by(world.sue)
    told()

    assert ask(sue, sues_phone, kind, world.bobs_phone).body == {"statusCode": 0}

    state = {
        "state": kind,
        "mode": "AllCalls",
        "scope": "Call",
        "targetDeviceUri": f"http://testserver/api/v2/devices/{world.bobs_phone.pk}",
    }
    [message] = notified(told, world.sue, "DeviceStateChangeMessage")
    [device] = message["devices"]
    assert device["id"] == str(sues_phone.pk)
    assert device["supervisorMonitoringState"] == state
    assert set(device["capabilities"]) == {
        "ForwardCallsOn",
        "DoNotDisturbOn",
        "ListenIn",
        "Coach",
        "BargeIn",
        "CancelSupervisorMonitoring",
    }
    read = own_device(sue, sues_phone)
    assert state.items() <= read["supervisorMonitoringState"].items()
    assert set(read["capabilities"]) == set(device["capabilities"])
    assert "supervisorMonitoringMode" not in read


def test_cancel_takes_the_state_away(api, world, sues_phone, told):
    sue = api.by(world.sue)
    ask(sue, sues_phone, "Coach", world.bobs_phone)
    told()

    answer = sue.post(
        f"/api/v2/me/devices/{sues_phone.pk}", {"operationName": "CancelSupervisorMonitoring"}
    )

    assert answer.body == {"statusCode": 0}
    [message] = notified(told, world.sue, "DeviceStateChangeMessage")
    [device] = message["devices"]
    for seen in (device, own_device(sue, sues_phone)):
        assert "supervisorMonitoringState" not in seen
        assert set(seen["capabilities"]) == {
            "ForwardCallsOn",
            "DoNotDisturbOn",
            "ListenIn",
            "Coach",
            "BargeIn",
        }
    assert not Monitoring.objects.exists()


def test_cancel_without_monitoring_is_refused_by_the_switch(api, world, sues_phone, told):
    answer = api.by(world.sue).post(
        f"/api/v2/me/devices/{sues_phone.pk}", {"operationName": "CancelSupervisorMonitoring"}
    )
    assert answer.body == {"statusCode": 0}
    [error] = notified(told, world.sue, "ErrorMessage")
    assert error["errorMessage"] == "Incorrect object state"


def test_the_monitored_device_shows_texts_to_supervisors_and_nothing_to_agents(
    api, world, sues_phone, rival
):
    told_to_bob = api.by(world.bob).get(f"/api/v2/devices/{world.bobs_phone.pk}").body
    ask(
        api.by(world.sue),
        sues_phone,
        "BargeIn",
        world.bobs_phone,
        supervisorMonitoringMode="NextCall",
        supervisorMonitoringScope="Agent",
    )

    path = f"/api/v2/devices/{world.bobs_phone.pk}"
    for reader in (world.sue, rival, world.ann):
        device = api.by(reader).get(path).body["device"]
        assert device["supervisorMonitoringState"] == "BargeIn"
        assert device["supervisorMonitoringMode"] == "NextCall"
        assert device["supervisorMonitoringScope"] == "Agent"
    assert api.by(world.bob).get(path).body == told_to_bob
    assert api.by(world.bob).get(f"/api/v2/me/devices/{world.bobs_phone.pk}").body == told_to_bob


def test_only_whoever_may_monitor_reads_the_operations(api, world, sues_phone, rival):
    path = f"/api/v2/devices/{world.bobs_phone.pk}"
    operations = {"ListenIn", "Coach", "BargeIn", "CancelSupervisorMonitoring"}

    def offered(user):
        return operations & set(api.by(user).get(path).body["device"]["capabilities"])

    everything_but_cancel = operations - {"CancelSupervisorMonitoring"}
    assert offered(world.bob) == set()
    assert offered(world.sue) == offered(rival) == offered(world.ann) == everything_but_cancel
    ask(api.by(world.sue), sues_phone, "ListenIn", world.bobs_phone)
    assert offered(world.sue) == operations
    assert offered(rival) == offered(world.ann) == set()
    AssignedFeature.objects.filter(feature_id=FEATURE).delete()
    assert offered(world.sue) == set()


def test_a_supervisor_who_is_monitored_does_not_see_it_at_his_own_device(
    api, world, sues_phone, rival
):
    ask(api.by(world.sue), sues_phone, "ListenIn", phone_of(rival))

    assert "supervisorMonitoringState" not in own_device(api.by(rival), phone_of(rival))
    assert (
        api.by(world.sue)
        .get(f"/api/v2/devices/{phone_of(rival).pk}")
        .body["device"]["supervisorMonitoringState"]
        == "ListenIn"
    )


# --- what is refused ---


def test_one_supervisor_a_device(api, world, sues_phone, rival):
    ask(api.by(world.sue), sues_phone, "ListenIn", world.bobs_phone)

    answer = ask(api.by(rival), phone_of(rival), "BargeIn", world.bobs_phone)

    assert (answer.status_code, answer.body["statusCode"]) == (409, 19)
    assert Monitoring.objects.get().supervisor == world.sue
    denied = MonitoringSession.objects.get(denial_code=19)
    assert denied.supervisor_name == rival.user_name
    assert denied.agent_name == world.bob.user_name


def test_what_is_wrong_with_a_request(api, world, sues_phone):
    sue = api.by(world.sue)
    path = f"/api/v2/me/devices/{sues_phone.pk}"
    good = {"operationName": "ListenIn", "targetDeviceUri": f"/devices/{world.bobs_phone.pk}"}
    foreign = DeviceFactory.create(contact_center=world.blue, user=world.eve)
    nobodys = DeviceFactory.create(contact_center=world.red)
    for change, code in (
        ({"targetDeviceUri": None}, 1),
        ({"targetDeviceUri": 5}, 10),
        ({"targetDeviceUri": "/devices/nothing"}, 6),
        ({"targetDeviceUri": f"/devices/{foreign.pk}"}, 6),
        ({"targetDeviceUri": f"/devices/{nobodys.pk}"}, 2),
        ({"targetDeviceUri": f"/devices/{sues_phone.pk}"}, 2),
        ({"supervisorMonitoringMode": "Twice"}, 10),
        ({"supervisorMonitoringScope": ["Call"]}, 10),
        ({"reason": 7}, 10),
        ({"why": "so"}, 10),
    ):
        answer = sue.post(path, {**good, **change})
        assert answer.body["statusCode"] == code, (change, answer.body)
    assert not Monitoring.objects.exists()
    assert sorted(MonitoringSession.objects.values_list("denial_code", flat=True)) == [2, 2]


def test_agents_cannot_monitor_nor_supervisors_from_anothers_device(api, world, sues_phone):
    assert ask(api.by(world.bob), world.bobs_phone, "ListenIn", sues_phone).body["statusCode"] == 5
    answer = api.by(world.sue).post(
        f"/api/v2/devices/{world.bobs_phone.pk}",
        {"operationName": "ListenIn", "targetDeviceUri": str(world.bobs_phone.pk)},
    )
    assert answer.body["statusCode"] == 2
    assert not Monitoring.objects.exists()


def test_without_the_feature_the_operations_are_invalid(api, world, sues_phone, bob_works):
    ask(api.by(world.sue), sues_phone, "BargeIn", world.bobs_phone)
    call_id = talk_of_bob(world)
    AssignedFeature.objects.filter(feature_id=FEATURE).delete()
    sue = api.by(world.sue)
    for path, operation in (
        (f"/api/v2/me/devices/{sues_phone.pk}", "ListenIn"),
        (f"/api/v2/me/devices/{sues_phone.pk}", "CancelSupervisorMonitoring"),
        (f"/api/v2/me/calls/{call_id}", "SwitchToListenIn"),
        (f"/api/v2/me/calls/{call_id}", "MuteMonitoredUser"),
    ):
        answer = sue.post(path, {"operationName": operation})
        assert answer.body["statusCode"] == 2
        assert answer.body["statusMessage"].startswith("Invalid operation")
    assert api.by(world.ann).get("/api/v2/monitoring-sessions").body["statusCode"] == 6


def test_supervisors_act_only_on_the_groups_that_they_supervise(api, world, sues_phone, rival):
    from provisioning.models import Group, GroupMember, GroupSupervisor
    from provisioning.models.group import new_group_id

    def group(*members):
        made = Group.objects.create(
            id=new_group_id("users"),
            contact_center=world.red,
            name=f"Team {Group.objects.count()}",
            contains="users",
        )
        for member in members:
            GroupMember.objects.create(group=made, user=member)
        return made

    GroupSupervisor.objects.create(group=group(world.ann), user=world.sue)
    GroupSupervisor.objects.create(group=group(world.bob), user=rival)
    sue = api.by(world.sue)

    answer = ask(sue, sues_phone, "ListenIn", world.bobs_phone)

    assert (answer.status_code, answer.body["statusCode"]) == (403, 5)
    assert not Monitoring.objects.exists()
    assert MonitoringSession.objects.get().denial_code == 5
    # To see is another right than to act.
    device = sue.get(f"/api/v2/devices/{world.bobs_phone.pk}").body["device"]
    assert not {"ListenIn", "Coach", "BargeIn"} & set(device["capabilities"])
    assert ask(api.by(rival), phone_of(rival), "ListenIn", world.bobs_phone).body == {
        "statusCode": 0
    }
    assert (
        sue.get(f"/api/v2/devices/{world.bobs_phone.pk}").body["device"][
            "supervisorMonitoringState"
        ]
        == "ListenIn"
    )


# --- the supervisor in the call ---


def call_of(client, call_id):
    return client.get(f"/api/v2/me/calls/{call_id}").body["call"]


def operate(client, call_id, operation):
    answer = client.post(f"/api/v2/me/calls/{call_id}", {"operationName": operation})
    assert answer.body == {"statusCode": 0}


def seen_by(told, user):
    return notified(told, user, "CallStateChangeMessage")


@pytest.mark.parametrize(
    ("kind", "mute", "switches"),
    [
        ("ListenIn", "On", {"SwitchToBargeIn"}),
        ("Coach", "On", {"SwitchToBargeIn", "SwitchToListenIn"}),
        ("BargeIn", "Off", {"SwitchToListenIn"}),
    ],
)
def test_an_active_call_is_joined_at_once(
    api, world, sues_phone, bob_works, told, kind, mute, switches
):
    call_id = talk_of_bob(world)
    sue = api.by(world.sue)
    told()

    ask(sue, sues_phone, kind, world.bobs_phone)

    call = call_of(sue, call_id)
    assert call["state"] == "Established"
    assert call["mute"] == mute
    assert call["deviceUri"] == f"http://testserver/api/v2/devices/{sues_phone.pk}"
    assert call["participants"] == [CALLER, world.bobs_phone.phone_number.number]
    assert call["callType"] == "Inbound"
    assert call["supervisorListeningIn"] is False
    assert call["monitoredUserMuted"] is False
    assert call["monitoring"] is True
    assert set(call["capabilities"]) == TALKING | switches
    [message] = seen_by(told, world.sue)
    assert message["notificationType"] == "StatusChange"
    assert message["call"]["state"] == "Established"
    assert message["call"]["participants"] == call["participants"]
    assert message["phoneNumber"] == sues_phone.phone_number.number


def test_otherwise_the_next_call_is_joined_when_it_is_answered(
    api, world, sues_phone, bob_works, told
):
    sue = api.by(world.sue)
    ask(sue, sues_phone, "ListenIn", world.bobs_phone)
    call_id = call_in(world.sales_queue)
    assert sue.get("/api/v2/me/calls").body["uris"] == []
    told()

    calls.answer(user=world.bob, call_id=call_id)

    assert call_of(sue, call_id)["state"] == "Established"
    assert [one["notificationType"] for one in seen_by(told, world.sue)] == ["StatusChange"]


@pytest.mark.parametrize("kind", ["ListenIn", "Coach"])
def test_silent_monitoring_is_invisible_to_the_agent(api, world, sues_phone, bob_works, told, kind):
    bob, sue = api.by(world.bob), api.by(world.sue)
    call_id = talk_of_bob(world)

    def all_that_bob_reads():
        call = call_of(bob, call_id)
        del call["duration"]
        return call, bob.get("/api/v2/me?subresources=devices,channels").body

    before = all_that_bob_reads()
    told()
    ask(sue, sues_phone, kind, world.bobs_phone)
    operate(sue, call_id, "MuteMonitoredUser")
    operate(sue, call_id, "UnmuteMonitoredUser")
    if kind == "Coach":
        operate(sue, call_id, "SwitchToListenIn")
    assert all_that_bob_reads() == before
    operate(sue, call_id, "Hangup")
    assert all_that_bob_reads() == before
    assert [
        message
        for event in told()
        for message in heard_of(event)
        if message.user_id == str(world.bob.pk)
    ] == []


def heard_of(event):
    from notifications.messages import messages_for

    return messages_for(event)


def test_the_agent_sees_a_supervisor_who_barges_in(api, world, sues_phone, bob_works, told):
    bob, sue = api.by(world.bob), api.by(world.sue)
    call_id = talk_of_bob(world)
    told()

    ask(sue, sues_phone, "BargeIn", world.bobs_phone)

    call = call_of(bob, call_id)
    assert call["supervisorListeningIn"] is True
    assert call["participants"] == [CALLER, sues_phone.phone_number.number]
    assert call["monitoring"] is False
    [message] = seen_by(told, world.bob)
    assert message["notificationType"] == "ParticipantsUpdated"
    assert message["call"]["supervisorListeningIn"] is True

    operate(sue, call_id, "SwitchToListenIn")

    call = call_of(bob, call_id)
    assert call["supervisorListeningIn"] is False
    assert call["participants"] == [CALLER]
    [message] = seen_by(told, world.bob)
    assert message["call"]["supervisorListeningIn"] is False


def test_switch_to_barge_in_and_back(api, world, sues_phone, bob_works, told):
    sue = api.by(world.sue)
    call_id = talk_of_bob(world)
    ask(sue, sues_phone, "ListenIn", world.bobs_phone)
    for operation, mute, after in (
        ("SwitchToBargeIn", "Off", "SwitchToListenIn"),
        ("SwitchToListenIn", "On", "SwitchToBargeIn"),
    ):
        told()
        operate(sue, call_id, operation)
        [message] = seen_by(told, world.sue)
        assert message["notificationType"] == "StatusChange"
        for call in (message["call"], call_of(sue, call_id)):
            assert call["mute"] == mute
            assert set(call["capabilities"]) == TALKING | {after}
            assert call["supervisorListeningIn"] is False
    # What was asked for at the device is what the next call begins with.
    assert own_device(sue, sues_phone)["supervisorMonitoringState"]["state"] == "ListenIn"


def test_nobody_returns_to_coach(api, world, sues_phone, bob_works, told):
    sue = api.by(world.sue)
    call_id = talk_of_bob(world)
    ask(sue, sues_phone, "Coach", world.bobs_phone)
    operate(sue, call_id, "SwitchToBargeIn")
    told()

    operate(sue, call_id, "SwitchToBargeIn")
    [error] = notified(told, world.sue, "ErrorMessage")
    assert error["errorMessage"] == "Incorrect object state"
    assert ask(sue, sues_phone, "Coach", world.bobs_phone).body == {"statusCode": 0}
    assert call_of(sue, call_id)["mute"] == "Off"
    assert set(call_of(sue, call_id)["capabilities"]) == TALKING | {"SwitchToListenIn"}


def test_the_monitored_user_is_muted_and_unmuted(api, world, sues_phone, bob_works, told):
    sue, bob = api.by(world.sue), api.by(world.bob)
    call_id = talk_of_bob(world)
    ask(sue, sues_phone, "BargeIn", world.bobs_phone)
    for operation, is_muted in (("MuteMonitoredUser", True), ("UnmuteMonitoredUser", False)):
        told()
        operate(sue, call_id, operation)
        events = told()
        for user, client in ((world.sue, sue), (world.bob, bob)):
            [message] = notified(lambda events=events: events, user, "CallStateChangeMessage")
            assert message["notificationType"] == "MonitoredUserMutedStateChange"
            assert message["call"]["monitoredUserMuted"] is is_muted
            assert call_of(client, call_id)["monitoredUserMuted"] is is_muted
        assert call_of(sue, call_id)["mute"] == "Off"
    operate(sue, call_id, "UnmuteMonitoredUser")
    assert told() == []


def test_who_does_not_monitor_the_call_is_refused(api, world, sues_phone, bob_works, told):
    """Handed on all the same, and refused by the switch (contract §3)."""
    from telephony.services.monitoring import operate as ask_in_call
    from telephony.switch.monitoring_table import MonitorOperation

    call_id = talk_of_bob(world)
    told()
    done = ask_in_call(user=world.bob, call_id=call_id, operation=MonitorOperation.MUTE)
    assert done is False
    [error] = notified(told, world.bob, "ErrorMessage")
    assert error["errorMessage"] == "Incorrect object state"
    answer = api.by(world.sue).post(
        f"/api/v2/me/calls/{call_id}", {"operationName": "SwitchToBargeIn"}
    )
    assert answer.body["statusCode"] == 6


def test_the_call_ends_with_its_parties_and_not_with_the_supervisor(
    api, world, sues_phone, bob_works, told
):
    sue = api.by(world.sue)
    call_id = talk_of_bob(world)
    ask(sue, sues_phone, "BargeIn", world.bobs_phone)
    operate(sue, call_id, "Hangup")
    assert Leg.objects.filter(call_id=call_id).count() == 2
    assert own_device(sue, sues_phone)["supervisorMonitoringState"]["state"] == "BargeIn"
    told()

    operate(api.by(world.bob), call_id, "Hangup")
    assert not Call.objects.exists()
    following = talk_of_bob(world)
    assert call_of(sue, following)["state"] == "Established"
    told()
    calls.abandon(call_id=following)

    assert not Leg.objects.exists()
    [message] = seen_by(told, world.sue)
    assert message["call"]["state"] == "Released"
    assert message["call"]["participants"] == [CALLER, world.bobs_phone.phone_number.number]
    assert message["call"]["capabilities"] == []
    assert own_device(sue, sues_phone)["supervisorMonitoringState"]["state"] == "BargeIn"


def test_next_call_ends_by_itself_after_one_call(api, world, sues_phone, bob_works, told):
    sue = api.by(world.sue)
    ask(sue, sues_phone, "ListenIn", world.bobs_phone, supervisorMonitoringMode="NextCall")
    call_id = talk_of_bob(world)
    assert call_of(sue, call_id)["state"] == "Established"
    told()

    calls.hangup(user=world.bob, call_id=call_id)

    [message] = notified(told, world.sue, "DeviceStateChangeMessage")
    assert "supervisorMonitoringState" not in message["devices"][0]
    assert "supervisorMonitoringState" not in own_device(sue, sues_phone)
    talk_of_bob(world)
    assert sue.get("/api/v2/me/calls").body["uris"] == []


def test_others_changes_reach_the_supervisor(api, world, sues_phone, bob_works, told):
    sue, bob = api.by(world.sue), api.by(world.bob)
    call_id = talk_of_bob(world)
    ask(sue, sues_phone, "ListenIn", world.bobs_phone)
    told()

    answer = bob.post(
        f"/api/v2/me/calls/{call_id}",
        {"operationName": "AttachUserData", "userData": {"Case": "17"}},
    )

    assert answer.body == {"statusCode": 0}
    [message] = seen_by(told, world.sue)
    assert message["notificationType"] == "AttachedDataChanged"
    assert message["call"]["userData"] == {"Case": "17"}


def test_a_supervisor_without_a_session_may_monitor_too(api, world, bob_works):
    phone = DeviceFactory.create(contact_center=world.red, user=world.sue)
    sue = api.by(world.sue)
    call_id = talk_of_bob(world)
    assert ask(sue, phone, "ListenIn", world.bobs_phone).body == {"statusCode": 0}
    assert call_of(sue, call_id)["mute"] == "On"
    assert own_device(sue, phone)["supervisorMonitoringState"]["state"] == "ListenIn"


def test_the_end_of_the_session_ends_the_monitoring(api, world, sues_phone, bob_works, told):
    sue = api.by(world.sue)
    call_id = talk_of_bob(world)
    ask(sue, sues_phone, "ListenIn", world.bobs_phone)
    told()

    end_session(user=world.sue)

    assert not Monitoring.objects.exists()
    assert Leg.objects.filter(call_id=call_id).count() == 2
    assert [one["call"]["state"] for one in seen_by(told, world.sue)] == ["Released"]


# --- the ledger ---


def test_admins_read_the_ledger(api, world, sues_phone, rival, bob_works):
    sue, ann = api.by(world.sue), api.by(world.ann)
    call_id = talk_of_bob(world)
    uuid = call_of(api.by(world.bob), call_id)["callUuid"]
    ask(sue, sues_phone, "Coach", world.bobs_phone, reason="Training")
    ask(api.by(rival), phone_of(rival), "ListenIn", world.bobs_phone)
    operate(sue, call_id, "SwitchToListenIn")
    operate(sue, call_id, "MuteMonitoredUser")

    body = ann.get("/api/v2/monitoring-sessions?fields=*&limit=10").body

    assert body["totalCount"] == 2
    denied, allowed = body["monitoringSessions"]
    assert denied["outcome"] == "Denied"
    assert denied["denial"]["statusCode"] == 19
    assert denied["supervisorName"] == rival.user_name
    assert denied["calls"] == []
    assert allowed["outcome"] == "Allowed"
    assert allowed["supervisorId"] == world.sue.pk.hex
    assert allowed["supervisorName"] == world.sue.user_name
    assert allowed["agentId"] == world.bob.pk.hex
    assert allowed["agentName"] == world.bob.user_name
    assert allowed["deviceId"] == str(world.bobs_phone.pk)
    assert allowed["phoneNumber"] == world.bobs_phone.phone_number.number
    assert (allowed["kind"], allowed["mode"], allowed["scope"]) == ("Coach", "AllCalls", "Call")
    assert allowed["reason"] == "Training"
    [call] = allowed["calls"]
    assert (call["id"], call["callUuid"]) == (call_id, uuid)
    assert call["joined"] >= allowed["at"]
    assert "left" not in call
    switched, muted = allowed["changes"]
    assert (switched["change"], switched["kind"]) == ("Switched", "ListenIn")
    assert (muted["change"], muted["callId"]) == ("Muted", call_id)
    assert "endedAt" not in allowed

    sue.post(f"/api/v2/me/devices/{sues_phone.pk}", {"operationName": "CancelSupervisorMonitoring"})

    one = ann.get(allowed["path"].join(["/api/v2", ""])).body["monitoringSession"]
    assert one["endReason"] == "Cancelled"
    assert one["endedAt"] >= one["calls"][0]["left"] >= call["joined"]


def test_the_ledger_is_filtered(api, world, sues_phone, rival):
    ask(api.by(world.sue), sues_phone, "ListenIn", world.bobs_phone)
    ask(api.by(rival), phone_of(rival), "BargeIn", world.bobs_phone)
    ask(api.by(rival), phone_of(rival), "BargeIn", sues_phone)
    api.by(rival).post(
        f"/api/v2/me/devices/{phone_of(rival).pk}",
        {"operationName": "CancelSupervisorMonitoring"},
    )
    ann = api.by(world.ann)
    latest = MonitoringSession.objects.latest("at").at.timestamp() * 1000
    for query, count in (
        ("", 3),
        ("outcome=denied", 1),
        ("outcome=Allowed", 2),
        ("outcome=Allowed,Denied", 3),
        ("active=true", 1),
        ("active=false", 2),
        (f"supervisorId={rival.pk.hex}", 2),
        (f"agentName={world.bob.user_name.upper()}", 2),
        ("kind=bargein", 2),
        (f"deviceId={sues_phone.pk}", 1),
        (f"from={round(latest) + 1000}", 0),
        (f"to={round(latest) + 1000}", 3),
    ):
        body = ann.get(f"/api/v2/monitoring-sessions?fields=*&{query}").body
        assert len(body["monitoringSessions"]) == count, query
    assert ann.get("/api/v2/monitoring-sessions?outcome=Maybe").body["statusCode"] == 10


def test_nobody_else_reads_the_ledger_and_nobody_writes_it(api, world, sues_phone):
    ask(api.by(world.sue), sues_phone, "ListenIn", world.bobs_phone)
    entry = MonitoringSession.objects.get()
    path = f"/api/v2/monitoring-sessions/{entry.pk}"
    for user in (world.bob, world.sue):
        assert api.by(user).get("/api/v2/monitoring-sessions").body["statusCode"] == 5
        assert api.by(user).get(path).body["statusCode"] == 5
    assert api.by(world.eve).get(path).body["statusCode"] in (5, 6)
    ann = api.by(world.ann)
    assert ann.get(path).body["monitoringSession"]["id"] == str(entry.pk)
    for act in (ann.delete, ann.put, ann.post):
        assert act(path).status_code == 405
    assert ann.post("/api/v2/monitoring-sessions", {}).status_code == 405


def test_ledger_and_devices_cost_the_same_queries_however_many(
    api, world, sues_phone, assert_constant_queries
):
    sue, ann = api.by(world.sue), api.by(world.ann)

    def monitor_another():
        for _ in range(2):
            other = UserFactory.create(contact_center=world.red, is_agent=True)
            phone = DeviceFactory.create(contact_center=world.red, user=other)
            ask(sue, sues_phone, "ListenIn", phone)

    monitor_another()
    assert_constant_queries(
        lambda: (
            ann.get("/api/v2/monitoring-sessions?fields=*"),
            sue.get("/api/v2/devices?fields=*"),
        ),
        add_rows=monitor_another,
    )


# --- the seed's own call: 5000 and 5001 talk, 5005 monitors 5001 ---


@pytest.fixture
def seed_call(world):
    """Of the three phones of the examples: who is at each, and the call."""
    AssignedFeature.objects.filter(feature_id="api-voice-recording").delete()
    people = {}
    for number, is_supervisor in (("5000", False), ("5001", False), ("5005", True)):
        user = UserFactory.create(
            contact_center=world.red, is_agent=True, is_supervisor=is_supervisor
        )
        phone_number = PhoneNumberFactory.create(
            contact_center=world.red, number=number, digits=number, e164_number=number
        )
        DeviceFactory.create(contact_center=world.red, user=user, phone_number=phone_number)
        start_session(user=user)
        people[number] = user
    assert dial(device=phone_of(people["5000"]), number="5001")
    call_id = Leg.objects.get(user=people["5001"]).call_id
    assert calls.answer(user=people["5001"], call_id=call_id)
    return people, call_id


@pytest.mark.parametrize(
    ("kind", "operation", "notification_type", "mute", "is_agent_muted", "switch"),
    [
        ("ListenIn", "SwitchToBargeIn", "StatusChange", "Off", False, "SwitchToListenIn"),
        ("BargeIn", "SwitchToListenIn", "StatusChange", "On", False, "SwitchToBargeIn"),
        (
            "BargeIn",
            "MuteMonitoredUser",
            "MonitoredUserMutedStateChange",
            "Off",
            True,
            "SwitchToListenIn",
        ),
    ],
)
def test_the_notifications_of_the_seed(
    api, world, seed_call, told, kind, operation, notification_type, mute, is_agent_muted, switch
):
    people, call_id = seed_call
    boss = people["5005"]
    client = api.by(boss)
    ask(client, phone_of(boss), kind, phone_of(people["5001"]))
    told()

    operate(client, call_id, operation)

    [message] = seen_by(told, boss)
    call = message.pop("call")
    assert message == {
        "messageType": "CallStateChangeMessage",
        "notificationType": notification_type,
        "phoneNumber": "5005",
    }
    assert set(call.pop("capabilities")) == TALKING | {switch}
    digits = [
        {"digits": number, "e164Number": number, "formattedPhoneNumber": number}
        for number in ("5000", "5001")
    ]
    expected = {
        "id": call_id,
        "state": "Established",
        "callUuid": Call.objects.get().uuid,
        "deviceUri": f"http://testserver/api/v2/devices/{phone_of(boss).pk}",
        "uri": f"http://testserver/api/v2/me/calls/{call_id}",
        "participants": ["5000", "5001"],
        "participantsInfo": digits,
        "dnis": "5001",
        "callType": "Internal",
        "duration": "0",
        "mute": mute,
        "supervisorListeningIn": False,
        "monitoredUserMuted": is_agent_muted,
    }
    assert {name: call[name] for name in expected} == expected
    assert call.keys() - expected.keys() <= {"path", "monitoring", "ani"}


def test_an_internal_customer_is_told_of_nobody(api, world, seed_call, told):
    """5000 is the customer here: not even of a supervisor who has barged in."""
    people, call_id = seed_call
    customer, boss = people["5000"], people["5005"]

    def as_customer():
        call = call_of(api.by(customer), call_id)
        del call["duration"]
        return call

    before = as_customer()
    told()
    ask(api.by(boss), phone_of(boss), "BargeIn", phone_of(people["5001"]))
    operate(api.by(boss), call_id, "MuteMonitoredUser")
    assert as_customer() == before
    assert call_of(api.by(people["5001"]), call_id)["supervisorListeningIn"] is True
    operate(api.by(boss), call_id, "Hangup")
    assert as_customer() == before
    heard = [one for event in told() for one in heard_of(event) if one.user_id == str(customer.pk)]
    assert heard == []
