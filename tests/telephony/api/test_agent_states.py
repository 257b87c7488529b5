import pytest

from provisioning.models import AgentState
from telephony.models import AgentSession
from telephony.services.links import set_voice_link
from tests.factories import DeviceFactory, UserFactory

NOT_READY = {
    "id": "900D55CC-2BB0-431F-8BF9-D3525B383BE6",
    "displayName": "Not Ready",
    "state": "NotReady",
}
# Seed 001 "Agent State": what the notifications of the five operations show.
EXAMPLES = {
    "Ready": {
        "id": "9430250E-0A1B-421F-B372-F29E69366DED",
        "displayName": "Ready",
        "state": "Ready",
    },
    "NotReady": NOT_READY,
    "AuxWork": {
        "id": "2B36138D-C564-4562-A8CB-3C32D564F296",
        "displayName": "AuxWork",
        "state": "NotReady",
        "workMode": "AuxWork",
    },
    "AfterCallWork": {
        "id": "D3663509-3D82-4DD3-A82E-2EA8EFA02AEF",
        "displayName": "AfterCallWork",
        "state": "NotReady",
        "workMode": "AfterCallWork",
    },
    "Offline": {
        "id": "0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB",
        "displayName": "Offline",
        "state": "LoggedOut",
    },
}


@pytest.fixture
def bob(api, world):
    return api.by(world.bob)


def ask(client, operation, path="/api/v2/me/channels/voice", **more):
    return client.post(path, {"operationName": operation, **more})


def device_of(client):
    [device] = client.get("/api/v2/me/devices?fields=*").body["devices"]
    return device


def test_a_device_before_the_session(bob):
    device = device_of(bob)
    assert device["deviceState"] == "Inactive"
    assert "userState" not in device
    assert device["doNotDisturb"] == "Off"
    assert device["capabilities"] == ["ForwardCallsOn", "DoNotDisturbOn"]


def test_a_session_begins_not_ready_and_ends(bob):
    assert ask(bob, "StartContactCenterSession", "/api/v2/me").body == {"statusCode": 0}
    device = device_of(bob)
    assert (device["deviceState"], device["userState"]) == ("Active", NOT_READY)

    ask(bob, "Ready")
    ask(bob, "StartContactCenterSession", "/api/v2/me", channels=["voice"])
    assert device_of(bob)["userState"]["state"] == "Ready"

    assert ask(bob, "EndContactCenterSession", "/api/v2/me").body == {"statusCode": 0}
    assert device_of(bob)["deviceState"] == "Inactive"
    assert "userState" not in device_of(bob)


@pytest.mark.parametrize("path", ["/api/v2/me", "/api/v2/me/channels/voice"])
@pytest.mark.parametrize("operation", EXAMPLES)
def test_the_system_states(bob, operation, path):
    ask(bob, "StartContactCenterSession")
    assert ask(bob, operation, path).body["statusCode"] == 0
    assert device_of(bob)["userState"] == EXAMPLES[operation]
    assert device_of(bob)["deviceState"] == "Active"


def test_a_custom_state(bob, world):
    AgentState.objects.create(
        contact_center=world.red,
        guid="0A",
        operation_name="OutToLunch",
        display_name="Out to Lunch",
        state="NotReady",
        work_mode="AuxWork",
        reason="Lunch",
    )
    ask(bob, "StartContactCenterSession")
    assert ask(bob, "OutToLunch").body == {"statusCode": 0, "status": "ok"}
    assert device_of(bob)["userState"] == {
        "id": "0A",
        "displayName": "Out to Lunch",
        "state": "NotReady",
        "workMode": "AuxWork",
        "reason": "Lunch",
    }


def test_a_custom_state_of_another_contact_center_is_unknown(bob, world):
    AgentState.objects.create(
        contact_center=world.blue, guid="0A", operation_name="Lunch", state="NotReady"
    )
    ask(bob, "StartContactCenterSession")
    assert ask(bob, "Lunch").body["statusCode"] == 2


@pytest.mark.parametrize("name", ["Fly", "ready", "", 7, {"a": 1}, "a\0b"])
@pytest.mark.parametrize("path", ["/api/v2/me", "/api/v2/me/channels/voice"])
def test_an_unknown_operation_changes_nothing(bob, name, path):
    ask(bob, "StartContactCenterSession")
    answer = ask(bob, name, path)
    assert answer.status_code == 400
    assert answer.body["statusCode"] == 2
    assert answer.body["statusMessage"].startswith("Invalid operation")
    assert device_of(bob)["userState"] == NOT_READY


def test_ready_without_a_session(bob, world):
    answer = ask(bob, "Ready")
    assert answer.status_code == 400
    number = world.bobs_phone.phone_number.number
    assert answer.body == {
        "statusCode": 2,
        "statusMessage": f"Device '{number}' is not registered.",
        "status": "error",
        "errorDescription": f"Device '{number}' is not registered.",
    }


def test_a_channel_that_cannot_start_makes_it_partial(bob):
    body = ask(bob, "StartContactCenterSession", "/api/v2/me", channels=["voice", "smoke"]).body
    assert body["statusCode"] == 7
    assert body["succeeded"] == [{"statusCode": 0, "channel": "voice"}]
    assert [one["channel"] for one in body["failed"]] == ["smoke"]
    assert device_of(bob)["deviceState"] == "Active"


@pytest.mark.parametrize("more", [{"channels": "voice"}, {"channels": [1]}, {"chanels": ["voice"]}])
def test_a_session_that_is_asked_for_wrongly(bob, more):
    answer = ask(bob, "StartContactCenterSession", "/api/v2/me", **more)
    assert answer.body["statusCode"] == 10
    assert not AgentSession.objects.exists()


def test_without_a_device_voice_cannot_start(api, world):
    body = ask(api.by(world.sue), "StartContactCenterSession", "/api/v2/me").body
    assert body["statusCode"] == 7
    assert body["failed"][0]["channel"] == "voice"


def test_while_the_voice_link_is_down(bob, world):
    ask(bob, "StartContactCenterSession")
    set_voice_link(contact_center=world.red, is_up=False)

    for operation in ("Ready", "StartContactCenterSession", "EndContactCenterSession"):
        answer = ask(bob, operation, "/api/v2/me")
        assert answer.status_code == 503
        assert answer.body == {
            "statusCode": 4,
            "statusMessage": "Voice service is not available at this time",
        }
    [voice] = bob.get("/api/v2/services?fields=*&type=Voice").body["services"]
    assert voice["state"] == "Inactive"

    set_voice_link(contact_center=world.red, is_up=True)
    assert ask(bob, "Ready").body["statusCode"] == 0


def test_channels(bob):
    body = bob.get("/api/v2/me/channels").body
    assert body["paths"] == ["/me/channels/voice"]
    ask(bob, "StartContactCenterSession")
    assert bob.get("/api/v2/me/channels?fields=*").body["channels"] == [
        {
            "channel": "voice",
            "userState": NOT_READY,
            "dndState": "Off",
            "uri": "http://testserver/api/v2/me/channels/voice",
            "path": "/me/channels/voice",
        }
    ]
    assert bob.get("/api/v2/me/channels/voice").body["channel"]["userState"] == NOT_READY
    assert bob.get("/api/v2/me/channels/chat").status_code == 404


def test_do_not_disturb(bob, world):
    ask(bob, "StartContactCenterSession")
    path = f"/api/v2/me/devices/{world.bobs_phone.pk}"

    assert ask(bob, "DoNotDisturbOn", path).body == {"statusCode": 0}
    device = bob.get(path).body["device"]
    assert device["doNotDisturb"] == "On"
    assert device["capabilities"] == ["ForwardCallsOn", "DoNotDisturbOff"]
    assert bob.get("/api/v2/me").body["user"]["doNotDisturb"] == "On"

    ask(bob, "DoNotDisturbOff", "/api/v2/me")
    assert bob.get("/api/v2/me").body["user"]["doNotDisturb"] == "Off"


def test_without_the_feature_there_is_no_voice(bob, world):
    world.red.features.filter(feature_id="api-voice").delete()
    assert ask(bob, "Ready", "/api/v2/me").body["statusCode"] == 2
    assert bob.get("/api/v2/me/calls").status_code == 404
    assert bob.get("/api/v2/me/channels").status_code == 404


def test_live_fields_cost_one_query_for_any_number(api, world, assert_constant_queries):
    sue = api.by(world.sue)

    def add_rows():
        for _ in range(3):
            user = UserFactory.create(contact_center=world.red)
            DeviceFactory.create(contact_center=world.red, user=user)

    assert_constant_queries(lambda: sue.get("/api/v2/devices?fields=*"), add_rows=add_rows)
    assert_constant_queries(lambda: sue.get("/api/v2/users?fields=*"), add_rows=add_rows)
