"""States and do-not-disturb for all channels, for voice, and for one of several devices.

Seed 001 "Agent State", "What Are Capabilities?"; seed 003 "Channels API", "Device/Channel
Management".
"""

import pytest

from provisioning.models import AgentState
from telephony.models import AgentSession, OtherDevice
from telephony.services.links import set_voice_link
from tests.factories import AgentStateFactory, DeviceFactory, UserFactory
from tests.telephony.factories import call_in, make_queue

READY = {"id": "9430250E-0A1B-421F-B372-F29E69366DED", "displayName": "Ready", "state": "Ready"}
NOT_READY = {
    "id": "900D55CC-2BB0-431F-8BF9-D3525B383BE6",
    "displayName": "Not Ready",
    "state": "NotReady",
}
OFFLINE = {
    "id": "0F7F5003-EF26-4D13-A6Ef-D0C7EC819BEB",
    "displayName": "Offline",
    "state": "LoggedOut",
}
ME, VOICE = "/api/v2/me", "/api/v2/me/channels/voice"


@pytest.fixture
def bob(api, world):
    return api.by(world.bob)


@pytest.fixture
def desk(world):
    """Bob's first device: numbers of tests grow."""
    return world.bobs_phone


@pytest.fixture
def home(world, desk):
    return DeviceFactory.create(contact_center=world.red, user=world.bob)


def ask(client, operation, path=ME, **more):
    return client.post(path, {"operationName": operation, **more})


def own(device):
    return f"/api/v2/me/devices/{device.pk}"


def states(client):
    devices = client.get("/api/v2/me/devices?fields=id,userState").body["devices"]
    return {one["id"]: one["userState"]["displayName"] for one in devices}


def live(client, device):
    found = client.get(own(device)).body["device"]
    names = ("deviceState", "userState", "doNotDisturb", "capabilities")
    return {name: found[name] for name in names if name in found}


def events(told, kind):
    return [event for event in told() if event.kind == kind]


class TestSeedExamples:
    """What a DeviceStateChangeMessage carries: the event's `device`, completed for a client."""

    @pytest.mark.parametrize(
        ("operation", "shown"),
        [
            ("Ready", READY),
            ("NotReady", NOT_READY),
            (
                "AfterCallWork",
                {
                    "id": "D3663509-3D82-4DD3-A82E-2EA8EFA02AEF",
                    "displayName": "AfterCallWork",
                    "state": "NotReady",
                    "workMode": "AfterCallWork",
                },
            ),
            ("Offline", OFFLINE),
        ],
    )
    def test_agent_state(self, bob, desk, told, operation, shown):
        ask(bob, "StartContactCenterSession")
        ask(bob, "AuxWork")
        told()

        assert ask(bob, operation, VOICE).body == {"statusCode": 0, "status": "ok"}

        [event] = told()
        assert event.device == {
            "id": str(desk.pk),
            "path": f"/devices/{desk.pk}",
            "deviceState": "Active",
            "userState": shown,
            "doNotDisturb": "Off",
            "capabilities": ["ForwardCallsOn", "DoNotDisturbOn"],
        }

    def test_a_custom_state(self, bob, world, desk, told):
        AgentStateFactory.create(
            contact_center=world.red,
            guid="90b2b0c6-8395-4d7b-b94a-ed634ac612b3",
            operation_name="Training",
            display_name="Training",
            state="NotReady",
            work_mode="AuxWork",
            reason="Training.detroit",
        )
        ask(bob, "StartContactCenterSession")
        told()

        ask(bob, "Training", VOICE)

        [event] = events(told, "agent.notready")
        assert event.device["userState"] == {
            "id": "90b2b0c6-8395-4d7b-b94a-ed634ac612b3",
            "displayName": "Training",
            "state": "NotReady",
            "workMode": "AuxWork",
            "reason": "Training.detroit",
        }

    def test_do_not_disturb(self, bob, desk, told):
        ask(bob, "StartContactCenterSession")
        ask(bob, "Ready")
        told()

        assert ask(bob, "DoNotDisturbOn", own(desk)).body == {"statusCode": 0}
        [event] = told()
        assert event.kind == "device.changed"
        assert (event.device["userState"], event.device["doNotDisturb"]) == (READY, "On")
        assert event.device["capabilities"] == ["ForwardCallsOn", "DoNotDisturbOff"]

        assert ask(bob, "DoNotDisturbOff", own(desk)).body == {"statusCode": 0}
        [event] = told()
        assert event.device["doNotDisturb"] == "Off"
        assert event.device["capabilities"] == ["ForwardCallsOn", "DoNotDisturbOn"]

    def test_the_overall_user_state(self, bob, world, desk, home):
        """Seed 003 "Overall User State": devices and channels at once."""
        AgentStateFactory.create(
            contact_center=world.red,
            operation_name="OutToLunch",
            display_name="Out to Lunch",
            work_mode="AuxWork",
            reason="Lunch",
        )
        ask(bob, "StartContactCenterSession")
        ask(bob, "NotReady", own(home))
        assert ask(bob, "OutToLunch").body == {"statusCode": 0}

        user = bob.get("/api/v2/me?subresources=*").body["user"]

        lunch = {
            "state": "NotReady",
            "reason": "Lunch",
            "displayName": "Out to Lunch",
            "workMode": "AuxWork",
        }
        for shown in (*user["devices"], *user["channels"]):
            assert shown["userState"].items() >= lunch.items()
        assert [one["channel"] for one in user["channels"]] == ["voice"]

    @pytest.mark.parametrize(
        "operation", ["Ready", "NotReady", "DoNotDisturbOn", "DoNotDisturbOff"]
    )
    def test_a_failure_at_a_channel_has_both_forms(self, bob, desk, operation):
        answer = ask(bob, operation, VOICE)
        assert answer.status_code == 400
        assert answer.body["status"] == "error"
        assert answer.body["errorDescription"] == answer.body["statusMessage"]
        assert not AgentSession.objects.exists()


class TestOneOfSeveralDevices:
    def test_each_has_a_state_of_its_own(self, bob, desk, home):
        ask(bob, "StartContactCenterSession")
        assert states(bob) == {str(desk.pk): "Not Ready", str(home.pk): "Offline"}

        assert ask(bob, "AuxWork", own(home)).body == {"statusCode": 0}
        assert ask(bob, "Ready", f"/api/v2/devices/{desk.pk}").body == {"statusCode": 0}

        assert states(bob) == {str(desk.pk): "Ready", str(home.pk): "AuxWork"}
        assert live(bob, home)["deviceState"] == "Active"
        assert bob.get(VOICE).body["channel"]["userState"] == READY
        assert OtherDevice.objects.get().device == home

    def test_the_channel_is_all_devices_where_he_is_logged_in(self, bob, desk, home):
        ask(bob, "StartContactCenterSession")
        ask(bob, "Ready", VOICE)
        assert states(bob) == {str(desk.pk): "Ready", str(home.pk): "Offline"}
        ask(bob, "NotReady", own(home))
        ask(bob, "Ready", VOICE)
        assert states(bob) == {str(desk.pk): "Ready", str(home.pk): "Ready"}

    def test_a_queue_rings_where_he_is_ready(self, bob, world, desk, home):
        ask(bob, "StartContactCenterSession")
        ask(bob, "Ready", own(home))
        call_in(make_queue(world.red))
        [call] = bob.get("/api/v2/me/calls?fields=*").body["calls"]
        assert call["deviceUri"].endswith(f"/devices/{home.pk}")

    def test_do_not_disturb_at_one_and_at_all(self, bob, world, desk, home):
        ask(bob, "StartContactCenterSession")
        ask(bob, "Ready")
        ask(bob, "DoNotDisturbOn", own(desk))
        assert (live(bob, desk)["doNotDisturb"], live(bob, home)["doNotDisturb"]) == ("On", "Off")
        assert bob.get(ME).body["user"]["doNotDisturb"] == "Off"
        assert bob.get(VOICE).body["channel"]["dndState"] == "Off"

        ask(bob, "DoNotDisturbOn", VOICE)
        assert live(bob, home)["doNotDisturb"] == "On"
        assert bob.get(ME).body["user"]["doNotDisturb"] == "On"
        assert bob.get("/api/v2/users?doNotDisturb=On").body["paths"] == [
            f"/users/{world.bob.pk.hex}"
        ]

        ask(bob, "DoNotDisturbOff", own(home))
        assert bob.get("/api/v2/users?doNotDisturb=On").body["paths"] == []

    def test_logging_out_at_a_device_gives_back_what_rings_there_only(self, bob, world, desk, home):
        ask(bob, "StartContactCenterSession")
        ask(bob, "NotReady", own(home))
        ask(bob, "Ready", own(desk))
        call_in(make_queue(world.red))

        ask(bob, "Offline", own(home))
        assert len(bob.get("/api/v2/me/calls").body["uris"]) == 1
        ask(bob, "Offline", own(desk))
        assert bob.get("/api/v2/me/calls").body["uris"] == []

    def test_the_end_of_the_session_is_the_end_at_all(self, bob, desk, home, told):
        ask(bob, "StartContactCenterSession")
        told()
        ask(bob, "EndContactCenterSession")

        assert [(one.kind, one.device["id"]) for one in told()] == [
            ("agent.logout", str(desk.pk)),
            ("device.changed", str(home.pk)),
        ]
        assert live(bob, home)["deviceState"] == "Inactive"
        assert not OtherDevice.objects.exists()

    def test_devices_are_found_by_what_is_live_of_them(self, api, bob, world, desk, home):
        ask(bob, "StartContactCenterSession")
        ask(bob, "AuxWork", own(home))
        sue = api.by(world.sue)

        def found(query):
            return set(sue.get(f"/api/v2/devices?{query}").body["paths"])

        both = {f"/devices/{desk.pk}", f"/devices/{home.pk}"}
        assert found("deviceState=Active") == both
        assert found("userState.state=NotReady") == both
        assert found("userState.workMode=AuxWork") == {f"/devices/{home.pk}"}
        assert found("deviceState=Inactive") == set()


class TestWhoMay:
    @pytest.mark.parametrize("operation", ["Ready", "DoNotDisturbOn", "Offline"])
    def test_nobody_but_the_owner_and_his_supervisors(self, api, bob, world, desk, operation):
        ask(bob, "StartContactCenterSession")
        colleague = UserFactory.create(contact_center=world.red)
        path = f"/api/v2/devices/{desk.pk}"

        assert ask(api.by(colleague), operation, path).status_code == 404
        assert ask(api.by(world.eve), operation, path).status_code == 404
        assert states(bob) == {str(desk.pk): "Not Ready"}

        for actor in (world.sue, world.ann):
            assert ask(api.by(actor), operation, path).body == {"statusCode": 0}

    def test_a_device_without_an_owner(self, api, world):
        device = DeviceFactory.create(contact_center=world.red)
        answer = ask(api.by(world.sue), "Ready", f"/api/v2/devices/{device.pk}")
        assert (answer.status_code, answer.body["statusCode"]) == (403, 5)

    @pytest.mark.parametrize("name", ["Fly", "", None, 7, "StartContactCenterSession"])
    def test_what_is_no_operation_of_a_device(self, bob, desk, name):
        ask(bob, "StartContactCenterSession")
        answer = ask(bob, name, own(desk))
        assert (answer.status_code, answer.body["statusCode"]) == (400, 1 if name is None else 2)
        assert states(bob) == {str(desk.pk): "Not Ready"}

    def test_a_state_of_another_contact_center_is_none(self, bob, world, desk):
        AgentState.objects.create(
            contact_center=world.blue, guid="0A", operation_name="Lunch", state="NotReady"
        )
        ask(bob, "StartContactCenterSession")
        assert ask(bob, "Lunch", own(desk)).body["statusCode"] == 2


class TestTheLink:
    def test_devices_are_inactive_while_their_switch_is_not_there(self, bob, world, desk, told):
        ask(bob, "StartContactCenterSession")
        told()
        set_voice_link(contact_center=world.red, is_up=False)

        [event] = told()
        assert (event.kind, event.user_id) == ("device.unregistered", str(world.bob.pk))
        assert (event.device["deviceState"], event.device["userState"]) == ("Inactive", NOT_READY)
        assert live(bob, desk)["deviceState"] == "Inactive"
        assert bob.get("/api/v2/me/devices?deviceState=Active").body["paths"] == []

        set_voice_link(contact_center=world.red, is_up=False)
        assert told() == []

        set_voice_link(contact_center=world.red, is_up=True)
        [event] = told()
        assert (event.kind, event.device["deviceState"]) == ("device.registered", "Active")
        assert live(bob, desk)["deviceState"] == "Active"

    def test_devices_outside_a_session_are_not_told_of(self, world, told):
        set_voice_link(contact_center=world.red, is_up=False)
        assert told() == []


def test_live_fields_cost_as_many_queries_for_any_number(
    api, bob, world, home, assert_constant_queries
):
    sue = api.by(world.sue)

    def add_rows():
        for _ in range(2):
            user = UserFactory.create(contact_center=world.red)
            for _ in range(2):
                DeviceFactory.create(contact_center=world.red, user=user)
            ask(api.by(user), "StartContactCenterSession")

    add_rows()
    assert_constant_queries(lambda: sue.get("/api/v2/devices?fields=*"), add_rows=add_rows)
