"""`/settings`: the groups, custom groups, and the system's voice groups, by the seeds' examples.

Source: seed 001 "Working With Settings", "Toast And Case Data"; seed 003 "Settings".
"""

import pytest

from portal.events.models import EventRecord
from provisioning.models import ChangeLogEntry, Setting, SettingsGroup, UserSetting
from tests.factories import SettingFactory, SettingsGroupFactory, UserSettingFactory

pytestmark = pytest.mark.django_db

BASE = "http://testserver/api/v2"
DONE = {"statusCode": 0}


def refusal(answer) -> tuple[int, int]:
    return answer.status_code, answer.body["statusCode"]


@pytest.fixture
def admin(api, world):
    return api.by(world.ann)


@pytest.fixture
def client_settings(world) -> SettingsGroup:
    return SettingsGroupFactory.create(
        contact_center=world.red, name="client-settings", display_name="Client Settings"
    )


class TestGroups:
    def test_the_seeds_example_of_reading_the_groups(self, admin, world):
        SettingsGroupFactory.create(contact_center=world.red, name="interaction-workspace")

        answer = admin.get("/api/v2/settings")

        shown = [
            (one["displayName"], one["name"], one.get("key")) for one in answer.body["settings"]
        ]
        assert shown == [
            ("interaction-workspace", "interaction-workspace", "name"),
            ("Voice", "voice", "name"),
            ("Voice Operations", "voice-operations", "operationName"),
            ("dispositions", "dispositions", "name"),
            ("General Settings", "general-settings", None),
            ("Agent States", "agent-states", "operationName"),
            ("Reporting", "reporting", "name"),
            ("Call Recording", "call-recording", "callRecording"),
            ("Access Control", "access-control", "name"),
        ]
        assert answer.body["settings"][1] == {
            "displayName": "Voice",
            "name": "voice",
            "key": "name",
            "uri": f"{BASE}/settings/voice",
            "path": "/settings/voice",
        }

    def test_the_life_of_a_custom_group(self, admin):
        """Seed 001 "Custom Settings Groups", example by example."""
        group = "/api/v2/settings/client-settings"
        assert (
            admin.post(
                "/api/v2/settings",
                {"name": "client-settings", "displayName": "Client Settings", "key": "name"},
            ).body
            == DONE
        )
        assert admin.post(group, {"name": "bgColor", "value": "blue"}).body == DONE
        coordinates = {"name": "screenPopCoordinates", "value": {"x": "100", "y": "250"}}
        assert admin.post(group, coordinates).body == DONE
        assert admin.get(group).body == {
            "key": "name",
            "settings": [{"name": "bgColor", "value": "blue"}, coordinates],
            "statusCode": 0,
        }
        assert admin.put(group, {"name": "bgColor", "value": "red"}).body == DONE
        assert admin.get(group).body["settings"][0] == {"name": "bgColor", "value": "red"}
        assert admin.delete(group, {"name": "bgColor"}).body == DONE
        assert admin.get(group).body["settings"] == [coordinates]
        assert admin.delete(group).body == DONE
        assert refusal(admin.get(group)) == (404, 6)

    def test_a_group_of_its_own_key(self, admin):
        admin.post("/api/v2/settings", {"name": "my-setting-group", "key": "code"})
        group = "/api/v2/settings/my-setting-group"

        assert admin.post(group, {"code": "a", "any": [1, None, {"x": True}]}).body == DONE
        assert refusal(admin.post(group, {"name": "b"})) == (400, 1)
        assert admin.get(group).body == {
            "statusCode": 0,
            "key": "code",
            "settings": [{"code": "a", "any": [1, None, {"x": True}]}],
        }

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"displayName": "x", "key": "name"}, 1),
            ({"name": "voice"}, 18),
            ({"name": "client-settings"}, 18),
            ({"name": "with/slash"}, 10),
            ({"name": "with space"}, 10),
            ({"name": ".."}, 10),
            ({"name": "x" * 65}, 10),
            ({"name": 5}, 10),
            ({"name": "x", "key": ""}, 10),
            ({"name": "x", "colour": "red"}, 10),
        ],
    )
    def test_a_group_that_cannot_be(self, admin, client_settings, body, code):
        assert admin.post("/api/v2/settings", body).body["statusCode"] == code
        assert list(SettingsGroup.objects.all()) == [client_settings]

    def test_deleting_a_group_takes_its_settings_and_what_users_have_of_it(
        self, admin, world, client_settings
    ):
        inside = {"group": "client-settings", "contact_center": world.red}
        SettingFactory.create(**inside)
        UserSettingFactory.create(user=world.bob, **inside)
        kept = SettingFactory.create(group="client-settings", contact_center=world.blue)
        SettingsGroupFactory.create(contact_center=world.blue, name="client-settings")

        assert admin.delete("/api/v2/settings/client-settings").body == DONE

        assert list(Setting.objects.all()) == [kept]
        assert not UserSetting.objects.exists()
        told = EventRecord.objects.order_by("-id").values_list("payload", flat=True)[:3]
        assert [(one["resource"], one["action"]) for one in reversed(told)] == [
            ("user-settings", "deleted"),
            ("settings", "deleted"),
            ("settings-groups", "deleted"),
        ]
        assert ChangeLogEntry.objects.filter(resource="settings-groups").count() == 1

    @pytest.mark.parametrize("name", ["voice", "agent-states", "general-settings", "reporting"])
    def test_a_group_of_the_system_is_not_deleted(self, admin, world, name):
        assert refusal(admin.delete(f"/api/v2/settings/{name}")) == (403, 3)

    def test_an_empty_object_is_a_setting_without_key_not_the_whole_group(
        self, admin, client_settings
    ):
        assert refusal(admin.delete("/api/v2/settings/client-settings", {})) == (400, 1)
        assert SettingsGroup.objects.filter(pk=client_settings.pk).exists()

    def test_an_unknown_group(self, admin):
        for method in (admin.get, admin.post, admin.put, admin.delete):
            assert refusal(method("/api/v2/settings/nothing")) == (404, 6)
        assert refusal(admin.get("/api/v2/settings/no%00thing")) == (404, 6)


class TestSettings:
    @pytest.fixture(autouse=True)
    def blue_background(self, admin, client_settings):
        admin.post("/api/v2/settings/client-settings", {"name": "bgColor", "value": "blue"})

    @pytest.mark.parametrize("method", ["post", "put", "delete"])
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"value": "red"}, 1),
            ({"settings": {"value": "red"}}, 1),
            ({"settings": ["bgColor"]}, 10),
            ({"name": 5, "value": "red"}, 10),
            ({"name": " ", "value": "red"}, 10),
            ({"name": "x" * 191, "value": "red"}, 10),
            ({"name": "x", "value": ["\0"]}, 10),
            ({"name": "x", "\0": "red"}, 10),
        ],
    )
    def test_a_setting_that_cannot_be(self, admin, method, body, code):
        answer = getattr(admin, method)("/api/v2/settings/client-settings", body)

        assert answer.body["statusCode"] == code
        assert Setting.objects.get().value == {"value": "blue"}

    def test_a_key_is_taken_once(self, admin):
        again = {"name": "bgColor", "value": "red"}

        assert refusal(admin.post("/api/v2/settings/client-settings", again)) == (409, 18)
        assert Setting.objects.get().value == {"value": "blue"}

    @pytest.mark.parametrize("method", ["put", "delete"])
    def test_an_unknown_key(self, admin, method):
        answer = getattr(admin, method)("/api/v2/settings/client-settings", {"name": "fgColor"})

        assert refusal(answer) == (404, 6)
        assert Setting.objects.count() == 1

    def test_a_setting_may_be_wrapped(self, admin):
        group = "/api/v2/settings/client-settings"

        assert admin.post(group, {"settings": {"name": "fg", "value": 1}}).body == DONE
        assert admin.put(group, {"settings": {"name": "fg", "value": 2}}).body == DONE
        assert admin.get(group).body["settings"][1] == {"name": "fg", "value": 2}
        assert admin.delete(group, {"settings": {"name": "fg"}}).body == DONE
        assert Setting.objects.count() == 1

    def test_updating_leaves_the_attributes_that_are_not_sent(self, admin):
        group = "/api/v2/settings/client-settings"

        admin.put(group, {"name": "bgColor", "displayName": "Background"})

        assert admin.get(group).body["settings"] == [
            {"name": "bgColor", "value": "blue", "displayName": "Background"}
        ]

    def test_every_write_is_recorded(self, admin, world):
        group = "/api/v2/settings/client-settings"
        admin.put(group, {"name": "bgColor", "value": "red"}, headers={"X-Change-Reason": "Eyes"})

        entry = ChangeLogEntry.objects.latest("id")

        assert (entry.resource, entry.object_id) == ("settings", "client-settings/bgColor")
        assert (entry.before["value"], entry.after["value"]) == (
            {"value": "blue"},
            {"value": "red"},
        )
        assert (entry.actor_name, entry.reason) == ("ann@red.example", "Eyes")

    def test_a_dry_run_changes_nothing(self, admin):
        answer = admin.put(
            "/api/v2/settings/client-settings?dryRun=true", {"name": "bgColor", "value": "red"}
        )

        assert answer.body["statusCode"] == 0
        assert Setting.objects.get().value == {"value": "blue"}

    def test_the_number_of_queries_does_not_grow(self, admin, world, assert_constant_queries):
        def add_rows() -> None:
            for _ in range(5):
                SettingFactory.create(contact_center=world.red, group="client-settings")
                SettingsGroupFactory.create(contact_center=world.red)

        assert_constant_queries(lambda: admin.get("/api/v2/settings"), add_rows=add_rows)
        assert_constant_queries(
            lambda: admin.get("/api/v2/settings/client-settings"), add_rows=add_rows
        )


class TestVoice:
    PATH = "/api/v2/settings/voice"
    CUSTOMER = {"attachedDataKey": "CustomerName", "displayName": "Customer"}
    PURPOSE = {"attachedDataKey": "POC", "displayName": "Purpose of Call"}

    def test_the_life_of_a_voice_setting(self, admin):
        """Seed 001 "Voice Settings", example by example."""
        network = {"name": "defaultTelephonyNetworkType", "value": "Private"}
        caller = {"name": "outboundCallerId", "value": "18883695555"}
        assert admin.get(self.PATH).body == {
            "key": "name",
            "settings": [network],
            "statusCode": 0,
        }
        assert admin.post(self.PATH, caller).body == DONE
        assert admin.put(self.PATH, {**caller, "value": "18883691212"}).body == DONE
        assert admin.get(self.PATH).body["settings"] == [
            network,
            {**caller, "value": "18883691212"},
        ]
        assert admin.delete(self.PATH, {"name": "outboundCallerId"}).body == DONE
        assert admin.get(self.PATH).body["settings"] == [network]

    def test_toast_and_case_filters(self, admin):
        """Seed 001 "Toast And Case Data": set both, then read them."""
        toast = {"name": "toast-filter", "value": [self.CUSTOMER]}
        case = {"name": "case-filter", "value": [self.CUSTOMER, self.PURPOSE]}

        assert admin.post(self.PATH, toast).body == DONE
        assert admin.post(self.PATH, case).body == DONE

        assert admin.get(self.PATH).body["settings"][1:] == [case, toast]

    def test_the_default_network_is_updated_only(self, admin):
        network = {"name": "defaultTelephonyNetworkType", "value": "Public"}

        assert refusal(admin.post(self.PATH, network)) == (403, 3)
        assert refusal(admin.delete(self.PATH, {"name": network["name"]})) == (403, 3)
        assert not Setting.objects.exists()
        assert admin.put(self.PATH, network).body == DONE
        assert admin.get(self.PATH).body["settings"] == [network]

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("agentLogoutTimeout", [str(seconds) for seconds in (1, 300, 86_400)]),
            ("defaultWrapupTime", [0, "15", 86_400]),
            ("outboundCallerId", ["18883695555", "+1 (888) 369-5555"]),
            ("dispositionKey", ["DispositionCode"]),
            ("case-filter", [[]]),
        ],
    )
    def test_what_may_be_set(self, admin, name, values):
        for value in values:
            assert admin.post(self.PATH, {"name": name, "value": value}).body == DONE
            assert admin.get(self.PATH).body["settings"][1] == {"name": name, "value": value}
            admin.delete(self.PATH, {"name": name})

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("agentLogoutTimeout", 0),
            ("agentLogoutTimeout", "never"),
            ("defaultWrapupTime", -1),
            ("defaultWrapupTime", "soon"),
            ("defaultWrapupTime", True),
            ("defaultWrapupTime", 86_401),
            ("outboundCallerId", "CALL ME"),
            ("outboundCallerId", 18883695555),
            ("dispositionKey", ""),
            ("dispositionKey", {}),
            ("toast-filter", {}),
            ("toast-filter", ["CustomerName"]),
            ("toast-filter", [{"attachedDataKey": "CustomerName"}]),
            ("case-filter", [{"displayName": "Customer", "attachedDataKey": 5}]),
            ("noSuchSetting", "x"),
        ],
    )
    def test_what_may_not(self, admin, name, value):
        assert refusal(admin.post(self.PATH, {"name": name, "value": value})) == (400, 10)
        assert not Setting.objects.exists()

    def test_a_wrong_update_changes_nothing(self, admin):
        admin.post(self.PATH, {"name": "defaultWrapupTime", "value": "15"})

        for name in ("defaultWrapupTime", "defaultTelephonyNetworkType"):
            assert refusal(admin.put(self.PATH, {"name": name, "value": "x"})) == (400, 10)
        assert admin.get(self.PATH).body["settings"] == [
            {"name": "defaultTelephonyNetworkType", "value": "Private"},
            {"name": "defaultWrapupTime", "value": "15"},
        ]

    def test_a_value_is_needed(self, admin):
        assert refusal(admin.post(self.PATH, {"name": "dispositionKey"})) == (400, 1)
        assert not Setting.objects.exists()


class TestVoiceOperations:
    PATH = "/api/v2/settings/voice-operations"

    def test_the_life_of_the_setting(self, admin):
        """Seed 001 "Voice Operations Settings", example by example."""
        dial = {"operationName": "Dial", "userData": {"subscriberId": "1234567890"}}
        more = {**dial, "userData": {"subscriberId": "1234567890", "region": "EU"}}
        assert admin.post(self.PATH, dial).body == DONE
        assert admin.get(self.PATH).body == {
            "key": "operationName",
            "settings": [dial],
            "statusCode": 0,
        }
        assert admin.put(self.PATH, more).body == DONE
        assert admin.get(self.PATH).body["settings"] == [more]
        assert admin.delete(self.PATH, {"operationName": "Dial"}).body == DONE
        assert admin.get(self.PATH).body["settings"] == []

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"operationName": "Answer", "userData": {}}, 10),
            ({"operationName": "Dial"}, 1),
            ({"operationName": "Dial", "userData": "x"}, 10),
            ({"userData": {}}, 1),
        ],
    )
    def test_what_may_not_be_set(self, admin, body, code):
        assert admin.post(self.PATH, body).body["statusCode"] == code
        assert not Setting.objects.exists()


class TestWhoMay:
    def test_agents_and_supervisors_read_and_do_not_write(self, api, world, client_settings):
        for user in (world.bob, world.sue):
            client = api.by(user)
            names = [one["name"] for one in client.get("/api/v2/settings").body["settings"]]
            assert "client-settings" in names
            assert "access-control" not in names
            for name in names:
                assert client.get(f"/api/v2/settings/{name}").status_code == 200
            for method in (client.post, client.put, client.delete):
                answer = method("/api/v2/settings/client-settings", {"name": "x", "value": 1})
                assert refusal(answer) == (403, 5)
            assert refusal(client.post("/api/v2/settings", {"name": "x"})) == (403, 5)
            assert refusal(client.delete("/api/v2/settings/client-settings")) == (403, 5)
        assert SettingsGroup.objects.count() == 1
        assert not Setting.objects.exists()

    def test_another_contact_centers_groups_and_settings_are_not_there(
        self, api, world, client_settings
    ):
        SettingFactory.create(contact_center=world.red, group="client-settings", key="x")
        SettingFactory.create(contact_center=world.red, group="voice", key="dispositionKey")
        client = api.by(world.eve)

        names = [one["name"] for one in client.get("/api/v2/settings").body["settings"]]
        assert "client-settings" not in names
        assert len(client.get("/api/v2/settings/voice").body["settings"]) == 1
        for method in (client.get, client.post, client.put, client.delete):
            assert refusal(method("/api/v2/settings/client-settings")) == (404, 6)
        answer = client.delete("/api/v2/settings/voice", {"name": "dispositionKey"})
        assert refusal(answer) == (404, 6)
        assert Setting.objects.count() == 2

    @pytest.mark.parametrize(
        ("feature", "name"),
        [
            ("api-voice", "voice"),
            ("api-voice", "voice-operations"),
            ("api-voice", "agent-states"),
            ("api-statistics", "reporting"),
            ("api-voice-recording", "call-recording"),
        ],
    )
    def test_without_its_feature_a_group_is_absent(self, admin, world, feature, name):
        world.red.features.filter(feature_id=feature).delete()

        listed = [one["name"] for one in admin.get("/api/v2/settings").body["settings"]]

        assert name not in listed
        for prefix in ("settings", "me/settings"):
            assert refusal(admin.get(f"/api/v2/{prefix}/{name}")) == (404, 6)
        assert refusal(admin.put(f"/api/v2/settings/{name}", {"name": "x"})) == (404, 6)

    def test_without_the_writing_feature_settings_are_read_only(self, admin, world):
        world.red.features.filter(feature_id="api-provisioning-write").delete()

        assert admin.get("/api/v2/settings/voice").status_code == 200
        assert refusal(admin.post("/api/v2/settings", {"name": "x"})) == (404, 6)
        assert not SettingsGroup.objects.exists()

    def test_without_the_reading_feature_only_ones_own_are_there(self, admin, world):
        world.red.features.filter(feature_id="api-provisioning-read").delete()

        assert refusal(admin.get("/api/v2/settings")) == (404, 6)
        assert admin.get("/api/v2/me/settings/voice").status_code == 200
