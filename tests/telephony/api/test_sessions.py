"""StartContactCenterSession and EndContactCenterSession, with all their parameters."""

import base64

import pytest
from django.test import Client

from provisioning.demo import load_demo
from provisioning.models import ChangeLogEntry, Device, User
from telephony.models import AgentSession, ContactCenterSession, Timer
from telephony.services import presence
from telephony.services.channels import Channel, _channels, add_channel
from telephony.services.links import set_voice_link
from tests.factories import (
    PASSWORD,
    DeviceFactory,
    PhoneNumberFactory,
    PlaceFactory,
    QueueFactory,
    UserFactory,
)

DONE = {"statusCode": 0}
MINIMAL_MOBILE = {
    "mobileDeviceId": "72ED12518F714800AA900370B697A777",
    "mobilePushType": "IOS",
}


@pytest.fixture
def bob(api, world):
    return api.by(world.bob)


@pytest.fixture
def desk(world):
    """The place of seed 001's sample, with a device that nobody owns."""
    device = DeviceFactory.create(
        contact_center=world.red,
        phone_number=PhoneNumberFactory.create(contact_center=world.red, number="5000"),
    )
    return PlaceFactory.create(contact_center=world.red, name="SIP_5000", device=device)


def start(client, **more):
    return client.post("/api/v2/me", {"operationName": "StartContactCenterSession", **more})


def end(client):
    return client.post("/api/v2/me", {"operationName": "EndContactCenterSession"})


def refusal(answer):
    return answer.status_code, answer.body["statusCode"]


def session_of(user):
    return ContactCenterSession.objects.filter(pk=user.pk).first()


class TestSeedSamples:
    def test_a_session_for_voice(self, bob):
        assert start(bob, channels=["voice"]).body == DONE

    def test_a_session_at_a_place_with_login_code_and_queue(self, bob, world, desk):
        queue = QueueFactory.create(
            contact_center=world.red,
            phone_number=PhoneNumberFactory.create(contact_center=world.red, number="9000"),
        )

        sample = {"place": "SIP_5000", "loginCode": "8000", "queue": "9000", "channels": ["voice"]}
        assert start(bob, **sample).body == DONE

        session = session_of(world.bob)
        assert (session.place, session.login_code, session.queue) == (desk, "8000", queue)
        assert AgentSession.objects.get(user=world.bob).device == desk.device

    def test_both_run_against_the_demo(self, api, db):
        load_demo()
        pavel = api.by(User.objects.get(user_name="paveld@redwings.com"))
        sample = {"place": "SIP_5000", "loginCode": "8000", "queue": "9000", "channels": ["voice"]}
        assert start(pavel, **sample).body == DONE
        assert end(pavel).body == DONE
        assert start(pavel, channels=["voice"]).body == DONE

    def test_a_mobile_session(self, bob, world):
        assert start(bob, channels=["voice"], mobileSession=MINIMAL_MOBILE).body == DONE

        assert presence.mobile_session_of(world.bob) == {
            **MINIMAL_MOBILE,
            "timeout": "ThirtyMinutes",
            "debug": False,
        }

    def test_the_end(self, bob, world):
        start(bob, channels=["voice"])
        assert end(bob).body == DONE
        assert session_of(world.bob) is None
        assert AgentSession.objects.get(user=world.bob).presence == "Inactive"


class TestPlaces:
    def test_its_device_is_the_agents_for_the_duration_of_the_session(self, bob, world, desk):
        start(bob, place="SIP_5000")

        desk.device.refresh_from_db()
        assert desk.device.user == world.bob
        own = {one["id"]: one for one in bob.get("/api/v2/me/devices?fields=*").body["devices"]}
        assert own[str(desk.device.pk)]["userState"]["state"] == "NotReady"
        # His own phone belongs to the session as well, and he is not logged in at it.
        assert own[str(world.bobs_phone.pk)]["userState"]["state"] == "LoggedOut"

        end(bob)
        desk.device.refresh_from_db()
        assert desk.device.user is None
        assert [one.user for one in Device.objects.filter(pk=world.bobs_phone.pk)] == [world.bob]
        log = ChangeLogEntry.objects.filter(object_id=desk.device.pk).order_by("pk")
        assert [(one.action, one.origin) for one in log] == [
            ("assigned", "session"),
            ("unassigned", "session"),
        ]

    @pytest.mark.parametrize("form", ["name", "id", "path", "uri"])
    def test_a_place_by_name_or_reference(self, bob, world, desk, form):
        reference = {
            "name": desk.name,
            "id": str(desk.pk),
            "path": f"/places/{desk.pk}",
            "uri": f"https://elsewhere.example/api/v2/places/{desk.pk}",
        }[form]
        assert start(bob, place=reference).body == DONE
        assert AgentSession.objects.get(user=world.bob).device == desk.device

    def test_the_default_place_where_none_is_named(self, bob, world, desk):
        world.bob.default_place = desk
        world.bob.save()
        start(bob)
        assert AgentSession.objects.get(user=world.bob).device == desk.device

    def test_a_default_place_without_a_device_leaves_the_first_device(self, bob, world):
        world.bob.default_place = PlaceFactory.create(contact_center=world.red)
        world.bob.save()
        start(bob)
        assert AgentSession.objects.get(user=world.bob).device == world.bobs_phone

    def test_a_place_whose_device_is_somebody_elses(self, bob, world, desk):
        colleague = UserFactory.create(contact_center=world.red)
        Device.objects.filter(pk=desk.device.pk).update(user=colleague)

        answer = start(bob, place="SIP_5000", channels=["voice"])

        assert refusal(answer) == (409, 19)
        assert "failed" not in answer.body
        assert session_of(world.bob) is None
        assert not AgentSession.objects.filter(user=world.bob).exists()
        assert Device.objects.get(pk=desk.device.pk).user == colleague

    def test_a_place_that_somebody_works_at(self, api, bob, world, desk):
        colleague = UserFactory.create(contact_center=world.red)
        start(api.by(colleague), place="SIP_5000")

        assert refusal(start(bob, place="SIP_5000")) == (409, 19)
        end(api.by(colleague))
        assert start(bob, place="SIP_5000").body == DONE

    @pytest.mark.parametrize(
        ("place", "expected"),
        [
            ("Nowhere", (404, 6)),
            ("/places/9c14cad7-17c4-48d0-8492-7cf0ff92c224", (404, 6)),
            ("/users/9c14cad7-17c4-48d0-8492-7cf0ff92c224", (400, 10)),
            ("", (400, 10)),
            (7, (400, 10)),
            (None, (400, 10)),
            ("a\0b", (400, 10)),
        ],
    )
    def test_a_place_that_is_none(self, bob, world, place, expected):
        assert refusal(start(bob, place=place)) == expected
        assert session_of(world.bob) is None

    def test_a_place_without_a_device(self, bob, world):
        PlaceFactory.create(contact_center=world.red, name="Bare")
        body = start(bob, place="Bare").body
        assert (body["statusCode"], body["failed"][0]["statusCode"]) == (7, 2)
        assert session_of(world.bob) is None

    def test_a_place_of_another_contact_center_is_not_there(self, bob, world):
        device = DeviceFactory.create(contact_center=world.blue)
        place = PlaceFactory.create(contact_center=world.blue, name="Theirs", device=device)
        for reference in ("Theirs", str(place.pk)):
            assert refusal(start(bob, place=reference)) == (404, 6)
        device.refresh_from_db()
        assert device.user is None

    def test_a_running_session_stays_at_its_place(self, bob, world, desk):
        """Seed 001: who is logged in already keeps what he has."""
        start(bob)
        bob.post("/api/v2/me", {"operationName": "Ready"})
        assert start(bob, place="SIP_5000").body == DONE
        session = AgentSession.objects.get(user=world.bob)
        assert (session.device, session.presence) == (world.bobs_phone, "Ready")

    def test_whoever_is_logged_out_may_move_and_gives_the_place_back(self, bob, world, desk):
        start(bob, place="SIP_5000")
        bob.post("/api/v2/me", {"operationName": "Offline"})
        other = PlaceFactory.create(
            contact_center=world.red,
            name="Other",
            device=DeviceFactory.create(contact_center=world.red),
        )

        start(bob, place="Other")

        desk.device.refresh_from_db()
        assert desk.device.user is None
        assert AgentSession.objects.get(user=world.bob).device == other.device


class TestLoginCodes:
    def test_the_users_own_where_none_is_given(self, bob, world):
        world.bob.login_code = "4711"
        world.bob.save()
        start(bob)
        assert session_of(world.bob).login_code == "4711"

    def test_a_code_that_somebody_is_logged_in_with(self, api, bob, world):
        colleague = UserFactory.create(contact_center=world.red)
        DeviceFactory.create(contact_center=world.red, user=colleague)
        start(api.by(colleague), loginCode="8000")

        assert refusal(start(bob, loginCode="8000")) == (409, 19)
        assert session_of(world.bob) is None
        end(api.by(colleague))
        assert start(bob, loginCode=8000).body == DONE

    def test_codes_are_each_contact_centers_own(self, api, bob, world):
        DeviceFactory.create(contact_center=world.blue, user=world.eve)
        assert start(api.by(world.eve), loginCode="8000").body == DONE
        assert start(bob, loginCode="8000").body == DONE

    @pytest.mark.parametrize("code", ["", [], {"a": 1}, True, "x" * 65])
    def test_what_is_no_code(self, bob, world, code):
        assert refusal(start(bob, loginCode=code)) == (400, 10)
        assert session_of(world.bob) is None


class TestQueues:
    def test_a_queue_by_its_path(self, bob, world):
        start(bob, queue=f"/queues/{world.sales_queue.pk}")
        assert session_of(world.bob).queue == world.sales_queue

    def test_an_unknown_queue(self, bob, world):
        theirs = QueueFactory.create(contact_center=world.blue)
        for queue in ("12345", str(theirs.pk), theirs.phone_number.number):
            assert refusal(start(bob, queue=queue)) == (404, 6)
        assert session_of(world.bob) is None


class TestMobileSessions:
    def test_all_of_it(self, bob, world, told):
        sent = {
            "mobileDeviceId": "72ED",
            "mobilePushType": "Android",
            "filter": f"gws.api.v2.users.{world.bob.pk.hex}.calls.*",
            "timeout": "OneHour",
            "debug": True,
        }
        told()
        start(bob, mobileSession=sent)

        assert presence.mobile_session_of(world.bob) == sent
        [event] = [one for one in told() if one.kind == "agent.mobile_session"]
        assert (event.user_id, event.mobile_session) == (str(world.bob.pk), sent)

        end(bob)
        [event] = [one for one in told() if one.kind == "agent.mobile_session"]
        assert event.mobile_session is None
        assert presence.mobile_session_of(world.bob) is None

    def test_an_application_joins_a_session_that_runs(self, bob, world, told):
        start(bob)
        told()
        start(bob, mobileSession=MINIMAL_MOBILE)
        assert [one.kind for one in told()] == ["agent.mobile_session"]
        start(bob, mobileSession=MINIMAL_MOBILE)
        assert told() == []
        assert presence.mobile_session_of(world.bob)["mobilePushType"] == "IOS"

    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            ({"mobilePushType": "ios"}, 10),
            ({"mobilePushType": "Windows"}, 10),
            ({"mobileDeviceId": ""}, 10),
            ({"mobileDeviceId": 7}, 10),
            ({"timeout": "TwoHours"}, 10),
            ({"timeout": None}, 10),
            ({"debug": "true"}, 10),
            ({"filter": ""}, 10),
            ({"filter": "gws..calls"}, 10),
            ({"filter": "*"}, 10),
            ({"colour": "red"}, 10),
        ],
    )
    def test_what_is_not_right(self, bob, world, more, expected):
        answer = start(bob, mobileSession={**MINIMAL_MOBILE, **more})
        assert answer.body["statusCode"] == expected
        assert session_of(world.bob) is None

    @pytest.mark.parametrize("name", ["mobileDeviceId", "mobilePushType"])
    def test_what_is_missing_is_named(self, bob, world, name):
        sent = {key: value for key, value in MINIMAL_MOBILE.items() if key != name}
        answer = start(bob, mobileSession=sent)
        assert refusal(answer) == (400, 1)
        assert f"mobileSession.{name}" in answer.body["statusMessage"]
        assert session_of(world.bob) is None

    @pytest.mark.parametrize("sent", [None, [], "IOS", 1])
    def test_what_is_no_object(self, bob, world, sent):
        assert refusal(start(bob, mobileSession=sent)) == (400, 10)
        assert session_of(world.bob) is None

    def test_without_the_feature(self, bob, world):
        world.red.features.filter(feature_id="api-mobile-push-notifications").delete()
        assert refusal(start(bob, mobileSession=MINIMAL_MOBILE)) == (404, 6)
        assert session_of(world.bob) is None
        assert start(bob).body == DONE


class TestChannels:
    @pytest.fixture
    def chat(self):
        """Another room's channel; it keeps what it was asked."""
        asked = []
        running = set()

        def note(name):
            return lambda user, *more: asked.append((name, user.pk, *more))

        def begin(user, terms):
            running.add(user.pk)
            asked.append(("start", user.pk))

        def leave(user):
            running.discard(user.pk)
            asked.append(("end", user.pk))

        add_channel(
            Channel(
                name="chat",
                feature="api-multimedia",
                is_running=lambda user: user.pk in running,
                start=begin,
                end=leave,
                set_state=lambda user, mode: note("state")(user, mode.display_name),
                set_do_not_disturb=note("dnd"),
            )
        )
        yield asked
        del _channels["chat"]

    def test_what_is_asked_at_me_is_for_all_channels(self, bob, world, chat):
        assert start(bob, channels=["chat", "voice"]).body == DONE
        bob.post("/api/v2/me", {"operationName": "Ready"})
        bob.post("/api/v2/me", {"operationName": "DoNotDisturbOn"})
        bob.post("/api/v2/me/channels/voice", {"operationName": "NotReady"})
        end(bob)

        pk = world.bob.pk
        assert chat == [("start", pk), ("state", pk, "Ready"), ("dnd", pk, True), ("end", pk)]
        assert session_of(world.bob) is None

    def test_a_channel_without_its_feature_cannot_start(self, bob, world, chat):
        world.red.features.filter(feature_id="api-multimedia").delete()
        body = start(bob, channels=["chat", "voice"]).body
        assert body["statusCode"] == 7
        assert [one["channel"] for one in body["succeeded"]] == ["voice"]
        assert [one["channel"] for one in body["failed"]] == ["chat"]
        assert chat == []

    def test_a_place_conflict_starts_no_channel(self, bob, world, desk, chat):
        colleague = UserFactory.create(contact_center=world.red)
        Device.objects.filter(pk=desk.device.pk).update(user=colleague)
        assert refusal(start(bob, channels=["chat", "voice"], place="SIP_5000")) == (409, 19)
        assert chat == []

    def test_while_the_voice_link_is_down_the_others_start(self, bob, world, chat):
        set_voice_link(contact_center=world.red, is_up=False)
        body = start(bob, channels=["voice", "chat"]).body
        assert (body["statusCode"], body["failed"]) == (
            7,
            [
                {
                    "statusCode": 4,
                    "statusMessage": "Voice service is not available at this time",
                    "channel": "voice",
                }
            ],
        )
        assert body["succeeded"] == [{"statusCode": 0, "channel": "chat"}]
        assert refusal(start(bob, channels=["voice"])) == (503, 4)

    @pytest.mark.parametrize("channels", [[], "voice", [1], {"voice": 1}, None])
    def test_what_is_no_list_of_channels(self, bob, world, channels):
        assert refusal(start(bob, channels=channels)) == (400, 10)
        assert session_of(world.bob) is None

    def test_at_the_channel_itself(self, bob, world):
        path = "/api/v2/me/channels/voice"
        body = {"operationName": "StartContactCenterSession"}
        assert refusal(bob.post(path, {**body, "channels": ["voice"]})) == (400, 10)
        assert bob.post(path, body).body == {"statusCode": 0, "status": "ok"}
        ended = bob.post(path, {"operationName": "EndContactCenterSession"})
        assert ended.body == {"statusCode": 0, "status": "ok"}
        assert session_of(world.bob) is None


class TestHttpSessions:
    """Seed 001: the end also invalidates the client's HTTP session."""

    @pytest.fixture
    def ask(self, world):
        """A browser with a session and its CSRF token; sends an operation to an address."""
        browser = Client()
        credentials = base64.b64encode(f"{world.bob.user_name}:{PASSWORD}".encode()).decode()
        first = browser.get("/api/v2/me", headers={"Authorization": f"Basic {credentials}"})
        token = {"X-CSRF-TOKEN": first.headers["X-CSRF-TOKEN"]}

        def post(operation, path="/api/v2/me"):
            body = {"operationName": operation}
            return browser.post(path, body, content_type="application/json", headers=token)

        post.is_signed_in = lambda: browser.get("/api/v2/me").status_code == 200
        return post

    def test_the_session_that_asks_is_over(self, ask):
        assert ask("StartContactCenterSession").json() == DONE
        assert ask("EndContactCenterSession").json() == DONE
        assert not ask.is_signed_in()

    def test_the_end_of_a_channel_leaves_it(self, ask):
        ask("StartContactCenterSession")
        ask("EndContactCenterSession", "/api/v2/me/channels/voice")
        assert ask.is_signed_in()

    def test_a_refused_end_leaves_it(self, ask, world):
        set_voice_link(contact_center=world.red, is_up=False)
        assert ask("EndContactCenterSession").status_code == 503
        assert ask.is_signed_in()


def test_ending_what_has_not_begun_changes_nothing(bob, told):
    told()
    assert end(bob).body == DONE
    assert told() == []
    assert not AgentSession.objects.exists()
    assert not Timer.objects.exists()
