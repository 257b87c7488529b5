"""Who may ask what of calls, where, and with which parameters."""

import pytest

from provisioning.models import Setting
from telephony.models import Call, Leg
from tests.factories import ContactCenterFactory, UserFactory
from tests.telephony.desk import Desk
from tests.telephony.factories import make_agent, phone_of

DONE = {"statusCode": 0}


@pytest.fixture
def desk(center, api):
    return Desk(center, api.by)


def refused(answer):
    return answer.status_code, answer.body["statusCode"]


@pytest.mark.parametrize(
    ("operation", "body", "expected"),
    [
        ("SingleStepTransfer", {}, (400, 1)),
        ("SingleStepTransfer", {"destination": {}}, (400, 1)),
        ("SingleStepTransfer", {"destination": 5001}, (400, 10)),
        ("SingleStepTransfer", {"destination": {"phoneNumber": ["5001"]}}, (400, 10)),
        ("SingleStepTransfer", {"destination": {"phoneNumber": "5\u0000"}}, (400, 10)),
        ("SingleStepTransfer", {"destination": {"phoneNumber": "5001", "x": 1}}, (400, 10)),
        ("SingleStepTransfer", {"destination": "5001", "userData": []}, (400, 10)),
        ("InitiateTransfer", {"phone": "5001"}, (400, 10)),
        ("InitiateConference", {"destination": ""}, (400, 10)),
        ("SendDtmf", {}, (400, 1)),
        ("SendDtmf", {"digits": "12a"}, (400, 10)),
        ("SendDtmf", {"digits": 7}, (400, 10)),
        ("RemoveParticipantFromConference", {}, (400, 1)),
        ("SwapCalls", {}, (400, 1)),
        ("SwapCalls", {"otherCallUri": "/me/calls/0000000000000000"}, (404, 6)),
        ("SwapCalls", {"otherCallUri": "/me/devices/0000000000000000"}, (400, 10)),
        ("SwapCalls", {"otherCallUri": 5}, (400, 10)),
        ("MergeWithOtherCall", {}, (400, 1)),
        ("CompleteTransfer", {"consultCallUri": "/calls/1"}, (404, 6)),
        ("CompleteConference", {"consultCallUri": "\u0000"}, (404, 6)),
        ("AttachUserData", {}, (400, 1)),
        ("AttachUserData", {"userData": "x"}, (400, 10)),
        ("UpdateUserData", {"userData": {"x": "\u0000"}}, (400, 10)),
        ("DeleteUserDataPair", {}, (400, 1)),
        ("DeleteUserDataPair", {"key": 5}, (400, 10)),
        ("DeleteUserData", {"key": "x"}, (400, 10)),
        ("SetCallDisposition", {}, (400, 1)),
        ("SetCallDisposition", {"disposition": 5}, (400, 10)),
        ("Hold", {"unknown": 1}, (400, 10)),
        ("Dial", {"destination": "5001"}, (400, 2)),
        ("ForwardCallsOn", {"destination": "5001"}, (400, 2)),
    ],
)
def test_what_is_wrong_with_a_request_is_told_and_changes_nothing(desk, operation, body, expected):
    call_id = desk.talk("5001", "5002")
    before = desk.calls("5002")
    desk.events()

    answer = desk.asks("5002", f"/me/calls/{call_id}", operation, **body)

    assert refused(answer) == expected
    assert desk.events() == []
    shown = desk.calls("5002")
    for call in (*shown.values(), *before.values()):
        call.pop("duration")
    assert shown == before


@pytest.mark.parametrize(
    ("path", "operation", "expected"),
    [
        ("/me", "Dial", (400, 2)),
        ("/me", "Hold", (400, 2)),
        ("/me/devices/{device}", "Dial", (400, 2)),
        ("/me/devices/{device}", "Hold", (400, 2)),
        ("/me/devices/{device}/calls", "Hold", (400, 2)),
        ("/me/devices/{device}/calls", "ForwardCallsOn", (400, 2)),
        ("/devices/{device}/calls", "Answer", (400, 2)),
        ("/me/channels/voice", "Dial", (400, 2)),
        ("/calls/{call}", "Dial", (400, 2)),
        ("/calls/{call}", "Ready", (400, 2)),
    ],
)
def test_an_operation_at_a_wrong_address(desk, path, operation, expected):
    call_id = desk.talk("5001", "5002")
    address = path.format(device=desk.phone("5001").pk, call=call_id)
    answer = desk.asks("5001", address, operation, destination={"phoneNumber": "5002"})
    assert refused(answer) == expected


@pytest.mark.parametrize("base", ["/me/devices", "/devices"])
def test_dialling_at_a_device_and_reading_its_calls(desk, api, base):
    desk.agent("5002")
    path = f"{base}/{desk.phone('5001').pk}/calls"
    assert desk.asks("5001", path, "Dial", destination={"phoneNumber": "5002"}).body == DONE
    own = api.by(desk.agent("5001"))
    [call] = own.get(f"/api/v2{path}?fields=*").body["calls"]
    assert (call["state"], call["participants"]) == ("Dialing", ["5002"])
    assert own.get(f"/api/v2{path}").body["paths"] == [call["path"]]
    assert refused(desk.asks("5001", path, "Dial")) == (400, 1)
    assert refused(own.post(f"/api/v2{path}", {})) == (400, 1)


def test_the_agent_operates_at_calls_as_below_me(desk):
    call_id = desk.talk("5001", "5002")
    for operation, state in (("Hold", "Held"), ("Retrieve", "Established")):
        assert desk.asks("5002", f"/calls/{call_id}", operation).body == DONE
        assert desk.calls("5002")[call_id]["state"] == state
        assert desk.calls("5001")[call_id]["state"] == "Established"


def test_a_supervisor_acts_on_calls_of_his_agents(desk, api):
    supervisor = UserFactory.create(contact_center=desk.center, is_agent=False, is_supervisor=True)
    call_id = desk.talk("5001", "5002")
    boss = api.by(supervisor)
    device = desk.phone("5002")

    held = boss.post(
        f"/api/v2/calls/{call_id}",
        {"operationName": "Hold", "deviceUri": f"/devices/{device.pk}"},
    )
    assert held.body == DONE
    assert desk.calls("5002")[call_id]["state"] == "Held"
    again = {"operationName": "Hold", "deviceUri": f"/devices/{device.pk}"}
    desk.events()
    assert boss.post(f"/api/v2/calls/{call_id}", again).body == DONE
    [error] = desk.events()
    assert (error.user_id, error.message) == (str(supervisor.pk), "Incorrect object state")
    elsewhere = {"operationName": "Hold", "deviceUri": "/devices/1"}
    assert refused(boss.post(f"/api/v2/calls/{call_id}", elsewhere)) == (404, 6)

    dialled = boss.post(
        f"/api/v2/devices/{device.pk}/calls",
        {"operationName": "Dial", "destination": {"phoneNumber": "5551212"}},
    )
    assert dialled.body == DONE
    assert {call["state"] for call in desk.calls("5002").values()} == {"Held", "Dialing"}
    assert boss.post(f"/api/v2/calls/{call_id}", {"operationName": "Hangup"}).body == DONE
    assert not Call.objects.filter(pk=call_id).exists()


def test_nobody_acts_on_calls_and_devices_of_others(desk, api):
    call_id = desk.talk("5001", "5002")
    desk.agent("5003")
    phone = desk.phone("5001").pk
    stranger = make_agent(ContactCenterFactory.create())
    dial = {"destination": {"phoneNumber": "5002"}}
    for path, operation, body in (
        (f"/me/calls/{call_id}", "Hangup", {}),
        (f"/calls/{call_id}", "Hangup", {}),
        (f"/me/devices/{phone}/calls", "Dial", dial),
        (f"/devices/{phone}/calls", "Dial", dial),
        (f"/devices/{phone}", "ForwardCallsOff", {}),
    ):
        for user in (desk.agent("5003"), stranger):
            answer = api.by(user).post(f"/api/v2{path}", {"operationName": operation, **body})
            assert refused(answer) == (404, 6), (path, user)
    assert Leg.objects.count() == 2
    abroad = phone_of(stranger).phone_number.number
    desk.events()
    desk.does("5001", "SingleStepTransfer", destination=abroad)
    assert [event.kind for event in desk.events()] == ["request.refused"]


def test_a_users_own_filter_goes_over_the_shared_one(desk):
    from provisioning.models import UserSetting

    entries = [{"attachedDataKey": "Name", "displayName": "Customer"}]
    Setting.objects.create(
        contact_center=desk.center, group="voice", key="toast-filter", value={"value": entries}
    )
    UserSetting.objects.create(
        contact_center=desk.center,
        user=desk.agent("5002"),
        group="voice",
        key="toast-filter",
        value={"value": [{"attachedDataKey": "Topic", "displayName": "About"}]},
    )
    call_id = desk.dials("5001", "5002", userData={"Name": "Ann", "Topic": "Bill"})
    assert desk.calls("5001")[call_id]["toast"] == [
        {"key": "Name", "displayName": "Customer", "value": "Ann"}
    ]
    assert desk.calls("5002")[call_id]["toast"] == [
        {"key": "Topic", "displayName": "About", "value": "Bill"}
    ]
    desk.does("5002", "Answer")
    assert "toast" not in desk.calls("5002")[call_id]


def test_the_device_shows_where_its_calls_go(desk, api):
    device = desk.phone("5001")
    desk.agent("5002")
    path = f"/devices/{device.pk}"
    client = api.by(desk.agent("5001"))
    assert "forwardTo" not in client.get(f"/api/v2{path}").body["device"]
    assert desk.asks("5001", path, "ForwardCallsOn", destination="5002").body == DONE
    shown = client.get(f"/api/v2/me{path}").body["device"]
    assert (shown["forwardTo"], "ForwardCallsOff" in shown["capabilities"]) == ("5002", True)
    assert desk.asks("5001", path, "ForwardCallsOff", destination="5002").body == DONE
    assert "forwardTo" not in client.get(f"/api/v2{path}").body["device"]


def test_while_the_link_is_down_nothing_is_asked_of_the_switch(desk):
    from telephony.services.links import set_voice_link

    call_id = desk.talk("5001", "5002")
    set_voice_link(contact_center=desk.center, is_up=False)
    phone = desk.phone("5001").pk
    for path, operation, body in (
        (f"/me/calls/{call_id}", "Hold", {}),
        (f"/me/calls/{call_id}", "UpdateUserData", {"userData": {"x": 1}}),
        (f"/me/devices/{phone}/calls", "Dial", {"destination": "5002"}),
        (f"/me/devices/{phone}", "ForwardCallsOn", {"destination": "5002"}),
    ):
        assert refused(desk.asks("5001", path, operation, **body)) == (503, 4)
    assert desk.calls("5001")[call_id]["state"] == "Established"
