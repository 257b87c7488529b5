"""Groups of the system beside voice: general, reporting, access control, call recording."""

import pytest

from provisioning.models import CallRecording, ChangeLogEntry, Setting
from tests.factories import ContactCenterFactory, QueueFactory, UserFactory

pytestmark = pytest.mark.django_db

DONE = {"statusCode": 0}


def refusal(answer) -> tuple[int, int]:
    return answer.status_code, answer.body["statusCode"]


@pytest.fixture
def admin(api, world):
    return api.by(world.ann)


class TestGeneral:
    PATH = "/api/v2/settings/general-settings"

    def test_the_seeds_example(self, admin):
        assert admin.get(self.PATH).body == {
            "settings": {
                "countryCode": "US",
                "countryDigits": "1",
                "countryName": "United States",
            },
            "statusCode": 0,
        }

    def test_another_country(self, api):
        center = ContactCenterFactory.create(country="DE")
        agent = UserFactory.create(contact_center=center)

        assert api.by(agent).get("/api/v2/me/settings/general-settings").body["settings"] == {
            "countryCode": "DE",
            "countryDigits": "49",
            "countryName": "Germany",
        }

    @pytest.mark.parametrize("method", ["post", "put", "delete"])
    def test_it_is_read_only(self, admin, method):
        answer = getattr(admin, method)(self.PATH, {"countryCode": "CA"})

        assert refusal(answer) == (403, 3)


class TestReporting:
    PATH = "/api/v2/settings/reporting"
    TARGET = "defaultTargetServiceLevelPercentage"
    INTERVAL = "defaultServiceLevelInterval"

    def shown(self, admin) -> dict[str, str]:
        return {one["name"]: one["value"] for one in admin.get(self.PATH).body["settings"]}

    def test_the_seeds_examples(self, admin):
        assert admin.get(self.PATH).body == {
            "statusCode": 0,
            "settings": [
                {"name": self.TARGET, "value": "80"},
                {"name": self.INTERVAL, "value": "120"},
            ],
            "key": "name",
        }
        assert admin.put(self.PATH, {"name": self.INTERVAL, "value": "115"}).body == DONE
        assert admin.put(self.PATH, {"name": self.TARGET, "value": "99"}).body == DONE
        assert self.shown(admin) == {self.TARGET: "99", self.INTERVAL: "115"}

    def test_numbers_are_read_in_both_forms_and_stay_strings(self, admin):
        assert admin.put(self.PATH, {"name": self.TARGET, "value": 7}).body == DONE
        assert self.shown(admin)[self.TARGET] == "7"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            (TARGET, "0"),
            (TARGET, "101"),
            (TARGET, 50.5),
            (INTERVAL, "0"),
            (INTERVAL, "-5"),
            (INTERVAL, "a minute"),
            (INTERVAL, None),
        ],
    )
    def test_what_is_not_permitted(self, admin, name, value):
        assert refusal(admin.put(self.PATH, {"name": name, "value": value})) == (400, 10)
        assert self.shown(admin) == {self.TARGET: "80", self.INTERVAL: "120"}

    def test_an_unknown_setting(self, admin):
        assert refusal(admin.put(self.PATH, {"name": "x", "value": "1"})) == (404, 6)

    @pytest.mark.parametrize("method", ["post", "delete"])
    def test_settings_are_neither_created_nor_deleted(self, admin, method):
        answer = getattr(admin, method)(self.PATH, {"name": self.TARGET, "value": "5"})

        assert refusal(answer) == (405, 2)
        assert not Setting.objects.exists()

    def test_the_first_update_is_recorded_as_a_creation(self, admin):
        admin.put(self.PATH, {"name": self.TARGET, "value": "5"})
        admin.put(self.PATH, {"name": self.TARGET, "value": "6"})

        entries = ChangeLogEntry.objects.filter(resource="settings").order_by("id")
        assert [entry.action for entry in entries] == ["created", "updated"]


class TestAccessControl:
    PATH = "/api/v2/settings/access-control"
    ORIGINS = {
        "name": "allowedOrigins",
        "value": ["https://cloud.genhtcc.com", "https://*.genhtcc.com"],
    }

    def test_the_seeds_examples(self, admin, api, world):
        more = [*self.ORIGINS["value"], "https://*.genesys.com"]
        assert admin.post(self.PATH, self.ORIGINS).body == DONE
        assert admin.get(self.PATH).body["settings"] == [self.ORIGINS]
        wrapped = {"settings": {"name": "allowedOrigins", "value": more}}
        assert admin.put(self.PATH, wrapped).body == DONE
        assert admin.get(self.PATH).body == {
            "statusCode": 0,
            "key": "name",
            "settings": [{"name": "allowedOrigins", "value": more}],
        }

        origin = "https://a.genesys.com"
        mine = api.by(world.bob).get("/api/v2/me", headers={"Origin": origin})
        others = api.by(world.eve).get("/api/v2/me", headers={"Origin": origin})
        assert mine.headers["Access-Control-Allow-Origin"] == origin
        assert "Access-Control-Allow-Origin" not in others.headers

    @pytest.mark.parametrize(
        "value",
        ["https://a.example", ["*"], ["https://*"], ["https://*.com"], ["a.example"], [5], None],
    )
    def test_origins_that_may_not_be_allowed(self, admin, value):
        body = {"name": "allowedOrigins", "value": value}

        assert refusal(admin.post(self.PATH, body)) == (400, 10)
        assert not Setting.objects.exists()

    def test_there_is_no_other_setting(self, admin):
        assert refusal(admin.post(self.PATH, {"name": "x", "value": []})) == (400, 10)

    def test_deleting_the_list_closes_the_door(self, admin):
        admin.post(self.PATH, self.ORIGINS)

        assert admin.delete(self.PATH, {"name": "allowedOrigins"}).body == DONE

        origin = "https://cloud.genhtcc.com"
        answer = admin.get("/api/v2/me", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_it_is_for_admins_only(self, api, world):
        for user in (world.bob, world.sue):
            client = api.by(user)
            for path in (self.PATH, "/api/v2/me/settings/access-control"):
                assert refusal(client.get(path)) == (403, 5)
            assert refusal(client.post(self.PATH, self.ORIGINS)) == (403, 5)
        assert not Setting.objects.exists()


class TestCallRecording:
    def path(self, queue) -> str:
        return f"/api/v2/queues/{queue.pk}/settings/call-recording"

    def test_the_seeds_examples(self, admin, world):
        path = self.path(world.sales_queue)

        assert admin.put(path, {"percentage": 80}).body == DONE
        assert admin.get(path).body == {
            "statusCode": 0,
            "key": "callRecording",
            "settings": {"callRecording": {"percentage": 80}},
        }
        assert admin.put(path, {"percentage": 75}).body == DONE
        assert CallRecording.objects.get().percentage == 75
        entry = ChangeLogEntry.objects.latest("id")
        assert (entry.resource, entry.object_id) == (
            "queue-settings",
            f"{world.sales_queue.pk}/call-recording",
        )
        assert (entry.before["percentage"], entry.after["percentage"]) == (80, 75)

    def test_a_queue_without_its_own_follows_the_contact_center(self, admin, world):
        center, path = "/api/v2/settings/call-recording", self.path(world.sales_queue)
        assert admin.get(path).body["settings"] == {"callRecording": {"percentage": 0}}

        assert admin.put(center, {"percentage": 30}).body == DONE

        assert admin.get(center).body == {
            "statusCode": 0,
            "key": "callRecording",
            "settings": {"callRecording": {"percentage": 30}},
        }
        assert admin.get(path).body["settings"] == {"callRecording": {"percentage": 30}}
        for method in (admin.post, admin.delete):
            assert refusal(method(center, {"percentage": 3})) == (405, 2)

    @pytest.mark.parametrize(
        "body",
        [
            {"settings": {"percentage": "55"}},
            {"callRecording": {"percentage": 55}},
            {"settings": {"callRecording": {"percentage": 55}}},
        ],
    )
    def test_the_ways_to_send_it(self, admin, world, body):
        for path in (self.path(world.sales_queue), "/api/v2/settings/call-recording"):
            assert admin.put(path, body).body == DONE
            assert admin.get(path).body["settings"] == {"callRecording": {"percentage": 55}}

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, 1),
            ({"percentage": -1}, 10),
            ({"percentage": 101}, 10),
            ({"percentage": "half"}, 10),
            ({"percentage": 50.5}, 10),
            ({"percentage": 50, "share": 5}, 10),
            ({"settings": 5}, 10),
            ({"callRecording": 5}, 10),
        ],
    )
    def test_what_may_not_be_sent(self, admin, world, body, code):
        for path in (self.path(world.sales_queue), "/api/v2/settings/call-recording"):
            assert admin.put(path, body).body["statusCode"] == code
        assert not CallRecording.objects.exists()
        assert not Setting.objects.exists()

    def test_queues_show_it_as_a_subresource(self, admin, world, assert_constant_queries):
        admin.put(self.path(world.sales_queue), {"percentage": 5})
        other = QueueFactory.create(contact_center=world.red)

        answer = admin.get("/api/v2/queues?subresources=settings&fields=id")

        assert {one["id"]: one["settings"] for one in answer.body["queues"]} == {
            str(world.sales_queue.pk): {"callRecording": {"percentage": 5}},
            str(other.pk): {"callRecording": {"percentage": 0}},
        }
        assert_constant_queries(
            lambda: admin.get("/api/v2/queues?subresources=settings"),
            add_rows=lambda: QueueFactory.create_batch(5, contact_center=world.red),
        )

    def test_who_may(self, api, world):
        path = self.path(world.sales_queue)

        assert refusal(api.by(world.bob).get(path)) == (403, 5)
        assert api.by(world.sue).get(path).status_code == 200
        for user in (world.bob, world.sue):
            assert refusal(api.by(user).put(path, {"percentage": 5})) == (403, 5)
        eve = api.by(world.eve)
        assert refusal(eve.get(path)) == (404, 6)
        assert refusal(eve.put(path, {"percentage": 5})) == (404, 6)
        assert refusal(eve.get("/api/v2/queues/nothing/settings/call-recording")) == (404, 6)
        assert not CallRecording.objects.exists()

    def test_without_the_feature_it_is_not_there(self, admin, world):
        world.red.features.filter(feature_id="api-voice-recording").delete()
        path = self.path(world.sales_queue)

        assert refusal(admin.get(path)) == (404, 6)
        assert refusal(admin.put(path, {"percentage": 5})) == (404, 6)
        queues = admin.get("/api/v2/queues?subresources=*").body["queues"]
        assert "settings" not in queues[0]
