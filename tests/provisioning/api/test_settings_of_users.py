"""Users' own settings: read below `/me`, written by admins below `/users/ID`."""

import pytest

from provisioning.models import ChangeLogEntry, UserSetting
from tests.factories import SettingsGroupFactory, UserFactory, UserSettingFactory

pytestmark = pytest.mark.django_db

DONE = {"statusCode": 0}
BASE = "http://testserver/api/v2"
CALLER = {"name": "outboundCallerId", "value": "18883695555"}


def refusal(answer) -> tuple[int, int]:
    return answer.status_code, answer.body["statusCode"]


@pytest.fixture
def admin(api, world):
    return api.by(world.ann)


@pytest.fixture
def bobs(world) -> str:
    return f"/api/v2/users/{world.bob.pk.hex}/settings"


def by_name(answer) -> dict[str, object]:
    return {one["name"]: one["value"] for one in answer.body["settings"]}


class TestReading:
    def test_the_groups_have_addresses_of_their_own(self, api, admin, world, bobs):
        own = api.by(world.bob).get("/api/v2/me/settings").body["settings"]
        others = admin.get(bobs).body["settings"]

        assert own[0]["uri"] == f"{BASE}/me/settings/voice"
        assert others[0]["path"] == f"/users/{world.bob.pk.hex}/settings/voice"

    def test_without_own_settings_the_shared_ones_are_read(self, api, admin, world):
        admin.post("/api/v2/settings/voice", CALLER)
        client = api.by(world.bob)

        for name in ("voice", "agent-states", "dispositions", "general-settings", "reporting"):
            own, shared = f"/api/v2/me/settings/{name}", f"/api/v2/settings/{name}"
            assert client.get(own).body == client.get(shared).body

    def test_own_settings_go_over_the_shared_ones(self, api, admin, world, bobs):
        admin.post("/api/v2/settings/voice", CALLER)

        assert admin.post(f"{bobs}/voice", {**CALLER, "value": "5001"}).body == DONE

        mine = by_name(api.by(world.bob).get("/api/v2/me/settings/voice"))
        assert mine == {"defaultTelephonyNetworkType": "Private", "outboundCallerId": "5001"}
        assert by_name(admin.get(f"{bobs}/voice")) == mine
        assert (
            by_name(admin.get("/api/v2/me/settings/voice"))["outboundCallerId"] == CALLER["value"]
        )
        assert by_name(admin.get("/api/v2/settings/voice"))["outboundCallerId"] == CALLER["value"]

    def test_the_seeds_example_of_settings_within_a_user(self, api, admin, world, bobs):
        """Seed 001 "Reading device state and active calls together"."""
        for group, key, value in (
            ("htcc", "roles", "Agent"),
            ("provisioning_flags", "modified_At", "4c3fccdb-f942-4c99-a823-6cab68852ef7"),
        ):
            SettingsGroupFactory.create(contact_center=world.red, name=group)
            assert admin.post(f"{bobs}/{group}", {"name": key, "value": value}).body == DONE

        user = api.by(world.bob).get("/api/v2/me?subresources=*").body["user"]

        assert user["settings"] == {
            "htcc": {"roles": "Agent"},
            "provisioning_flags": {"modified_At": "4c3fccdb-f942-4c99-a823-6cab68852ef7"},
        }

    def test_a_setting_of_more_than_a_value_shows_it_whole(self, admin, world, bobs):
        dial = {"operationName": "Dial", "userData": {"region": "EU"}}
        admin.post(f"{bobs}/voice-operations", dial)

        user = admin.get(f"/api/v2/users/{world.bob.pk}?subresources=settings").body["user"]

        assert user["settings"] == {"voice-operations": {"Dial": {"userData": {"region": "EU"}}}}

    def test_agents_see_their_own_settings_among_users(self, api, world):
        for user in (world.bob, world.sue):
            UserSettingFactory.create(user=user, key="x")

        def shown(reader) -> dict[str, object]:
            users = api.by(reader).get("/api/v2/users?subresources=settings").body["users"]
            return {one["firstName"]: one.get("settings") for one in users}

        own = {"voice": {"x": "his own"}}
        assert shown(world.bob) == {"Ann": None, "Bob": own, "Sue": None}
        assert shown(world.sue) == {"Ann": {}, "Bob": own, "Sue": own}

    def test_the_number_of_queries_does_not_grow(self, admin, world, assert_constant_queries):
        def add_rows() -> None:
            for _ in range(5):
                user = UserFactory.create(contact_center=world.red)
                UserSettingFactory.create(user=user)
                UserSettingFactory.create(user=world.ann)

        for path in ("users?subresources=settings", "me/settings/voice", "me/settings"):
            assert_constant_queries(
                lambda path=path: admin.get(f"/api/v2/{path}"), add_rows=add_rows
            )


class TestWriting:
    def test_the_life_of_an_own_setting(self, admin, world, bobs):
        path = f"{bobs}/voice"
        assert admin.post(path, CALLER).body == DONE
        assert refusal(admin.post(path, CALLER)) == (409, 18)
        assert admin.put(path, {"settings": {**CALLER, "value": "5001"}}).body == DONE
        assert UserSetting.objects.get(user=world.bob).value == {"value": "5001"}
        assert admin.delete(path, {"name": "outboundCallerId"}).body == DONE
        assert refusal(admin.delete(path, {"name": "outboundCallerId"})) == (404, 6)
        assert not UserSetting.objects.exists()
        entries = ChangeLogEntry.objects.filter(resource="user-settings").order_by("id")
        assert [entry.action for entry in entries] == ["created", "updated", "deleted"]
        assert entries[0].object_id == f"{world.bob.pk}/voice/outboundCallerId"

    def test_updating_a_shared_setting_makes_it_the_users_own(self, admin, world, bobs):
        admin.post("/api/v2/settings/voice", CALLER)

        assert admin.put(f"{bobs}/voice", {**CALLER, "value": "5001"}).body == DONE
        assert (
            admin.put(
                f"{bobs}/reporting", {"name": "defaultServiceLevelInterval", "value": 20}
            ).body
            == DONE
        )
        assert refusal(admin.put(f"{bobs}/voice", {"name": "dispositionKey"})) == (404, 6)

        assert UserSetting.objects.filter(user=world.bob).count() == 2
        assert by_name(admin.get("/api/v2/settings/voice"))["outboundCallerId"] == CALLER["value"]

    @pytest.mark.parametrize(
        ("group", "body", "code"),
        [
            ("voice", {"value": "x"}, 1),
            ("voice", {"name": "dispositionKey"}, 1),
            ("voice", {"name": "outboundCallerId", "value": "x"}, 10),
            ("voice", {"name": "noSuchSetting", "value": "x"}, 10),
            ("voice-operations", {"operationName": "Hold", "userData": {}}, 10),
            ("agent-states", {"operationName": "Ready"}, 3),
            ("dispositions", {"name": "x", "displayName": "x"}, 3),
            ("access-control", {"name": "allowedOrigins", "value": []}, 3),
            ("nothing", {"name": "x"}, 6),
        ],
    )
    def test_what_users_cannot_have(self, admin, bobs, group, body, code):
        assert admin.post(f"{bobs}/{group}", body).body["statusCode"] == code
        assert not UserSetting.objects.exists()

    def test_only_admins_write_and_agents_read_their_own(self, api, world, bobs):
        for user in (world.bob, world.sue):
            client = api.by(user)
            for method in (client.post, client.put, client.delete):
                assert refusal(method(f"{bobs}/voice", CALLER)) == (403, 5)
            assert client.get(f"{bobs}/voice").status_code == 200
        sues = f"/api/v2/users/{world.sue.pk}/settings"
        for path in (sues, f"{sues}/voice"):
            assert refusal(api.by(world.bob).get(path)) == (403, 5)
        assert refusal(api.by(world.bob).post("/api/v2/me/settings/voice", CALLER)) == (405, 2)
        assert not UserSetting.objects.exists()

    def test_another_contact_centers_user_is_not_there(self, api, world, bobs):
        client = api.by(world.eve)

        for path in (bobs, f"{bobs}/voice"):
            assert refusal(client.get(path)) == (404, 6)
        for method in (client.post, client.put, client.delete):
            assert refusal(method(f"{bobs}/voice", CALLER)) == (404, 6)
        assert not UserSetting.objects.exists()
