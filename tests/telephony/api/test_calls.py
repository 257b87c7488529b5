import re

import pytest

from telephony.modes import READY
from telephony.services.agents import set_agent_state, start_session
from telephony.services.calls import answer
from tests.factories import DeviceFactory
from tests.telephony.factories import CALLER, call_in, ready_agent

# Seed 001 "Recovering Existing State", "Reading active calls".
KEYS_OF_A_CALL = {
    "id",
    "state",
    "callUuid",
    "deviceUri",
    "uri",
    "path",
    "participants",
    "participantsInfo",
    "dnis",
    "callType",
    "capabilities",
    "duration",
    "mute",
    "supervisorListeningIn",
    "monitoredUserMuted",
    "monitoring",
}


@pytest.fixture
def talk(world):
    """Bob's call: its id."""
    start_session(user=world.bob)
    set_agent_state(user=world.bob, mode=READY)
    call_id = call_in(world.sales_queue)
    answer(user=world.bob, call_id=call_id)
    return call_id


def test_a_call_reads_as_in_the_seed(api, world, talk):
    body = api.by(world.bob).get("/api/v2/me/calls?fields=*").body

    assert body["statusCode"] == 0
    [call] = body["calls"]
    assert set(call) == KEYS_OF_A_CALL
    assert call["id"] == talk
    assert call["state"] == "Established"
    assert re.fullmatch("[0-9A-V]{32}", call["callUuid"])
    assert call["uri"] == f"http://testserver/api/v2/me/calls/{talk}"
    assert call["path"] == f"/me/calls/{talk}"
    assert call["deviceUri"] == f"http://testserver/api/v2/devices/{world.bobs_phone.pk}"
    assert call["participants"] == [CALLER]
    assert call["participantsInfo"] == [
        {
            "digits": "16505550123",
            "e164Number": CALLER,
            "formattedPhoneNumber": "+1 650-555-0123",
        }
    ]
    assert call["dnis"] == world.sales_queue.phone_number.number
    assert call["callType"] == "Inbound"
    assert {"Hold", "Hangup", "StartCallRecording"} <= set(call["capabilities"])
    assert call["duration"] == "0"
    assert call["mute"] == "Off"
    assert call["supervisorListeningIn"] is False


def test_the_later_profile_has_participants_as_objects(api, world, talk, settings):
    settings.API_PROFILE = "8.5.202"
    [call] = api.by(world.bob).get("/api/v2/me/calls?fields=*").body["calls"]
    assert call["participants"] == [
        {
            "digits": "16505550123",
            "e164Number": CALLER,
            "formattedPhoneNumber": "+1 650-555-0123",
            "phoneNumber": CALLER,
        }
    ]
    assert "participantsInfo" not in call


def test_a_list_without_fields_gives_uris(api, world, talk):
    body = api.by(world.bob).get("/api/v2/me/calls").body
    assert body == {
        "statusCode": 0,
        "uris": [f"http://testserver/api/v2/me/calls/{talk}"],
        "paths": [f"/me/calls/{talk}"],
    }


def test_one_call_and_single_fields(api, world, talk):
    bob = api.by(world.bob)
    assert bob.get(f"/api/v2/me/calls/{talk}").body["call"]["id"] == talk
    [call] = bob.get("/api/v2/me/calls?fields=state,participantsInfo.digits").body["calls"]
    assert call == {"state": "Established", "participantsInfo": [{"digits": "16505550123"}]}
    assert bob.get("/api/v2/me/calls?state=ringing&fields=*").body["calls"] == []
    [call] = bob.get("/api/v2/me/calls?resolveUris=device").body["calls"]
    assert call["device"]["deviceState"] == "Active"


def test_everything_of_oneself_in_one_request(api, world, talk):
    user = api.by(world.bob).get("/api/v2/me?subresources=*").body["user"]
    assert user["calls"][0]["id"] == talk
    assert user["channels"][0]["channel"] == "voice"
    assert user["devices"][0]["userState"]["state"] == "Ready"


def test_nobody_sees_another_ones_calls(api, world, talk):
    other = ready_agent(world.red)
    for user in (world.eve, other):
        client = api.by(user)
        assert client.get("/api/v2/me/calls?fields=*").body["calls"] == []
        assert client.get(f"/api/v2/me/calls/{talk}").status_code == 404
        answer = client.post(f"/api/v2/me/calls/{talk}", {"operationName": "Hangup"})
        assert (answer.status_code, answer.body["statusCode"]) == (404, 6)


def test_supervisors_read_all_calls_of_their_contact_center(api, world, talk):
    sue = api.by(world.sue)
    [call] = sue.get("/api/v2/calls?fields=*").body["calls"]
    assert (call["id"], call["path"]) == (talk, f"/calls/{talk}")
    assert sue.get(f"/api/v2/calls/{talk}").body["call"]["state"] == "Established"
    assert api.by(world.bob).get("/api/v2/calls").status_code == 403
    assert api.by(world.eve).get("/api/v2/calls?fields=*").body["calls"] == []
    assert api.by(world.eve).get(f"/api/v2/calls/{talk}").status_code == 404


def test_operations_on_a_call(api, world):
    bob = api.by(world.bob)
    assert bob.post("/api/v2/me", {"operationName": "StartContactCenterSession"}).body == {
        "statusCode": 0
    }
    bob.post("/api/v2/me", {"operationName": "Ready"})
    path = f"/api/v2/me/calls/{call_in(world.sales_queue)}"

    assert bob.get(path).body["call"]["capabilities"][:2] == ["Answer", "Reject"]
    assert bob.post(path, {"operationName": "Answer"}).body == {"statusCode": 0}
    assert bob.get(path).body["call"]["state"] == "Established"
    assert bob.post(path, {"operationName": "Answer"}).body == {"statusCode": 0}
    assert bob.post(path, {"operationName": "Hangup"}).body == {"statusCode": 0}
    assert bob.get(path).status_code == 404


def test_an_unknown_operation(api, world, talk):
    answer = api.by(world.bob).post(f"/api/v2/me/calls/{talk}", {"operationName": "Sing"})
    assert answer.status_code == 400
    assert answer.body["statusCode"] == 2
    assert answer.body["statusMessage"].startswith("Invalid operation")


def test_calls_cost_the_same_queries_however_many_there_are(
    api, world, talk, assert_constant_queries
):
    phones = DeviceFactory.create_batch(2, contact_center=world.red)
    bob = api.by(world.bob)

    def add_rows():
        from telephony.models import Call, Leg

        for phone in phones:
            row = Call.objects.get(pk=talk)
            row.pk = phone.pk.hex[:16]
            row.save(force_insert=True)
            Leg.objects.create(
                call=row,
                contact_center=world.red,
                device=phone,
                user=world.bob,
                state="Held",
                began_ms=1,
            )

    assert_constant_queries(lambda: bob.get("/api/v2/me/calls?fields=*"), add_rows=add_rows)
