import uuid

import pytest

from portal.events.models import EventRecord
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

PATH = "/api/v2/contact-center"


@pytest.fixture
def root(db):
    return UserFactory.create(contact_center=None, is_superuser=True, is_agent=False)


class TestReading:
    @pytest.mark.parametrize("role", ["ann", "sue", "bob"])
    def test_everyone_reads_his_own(self, api, world, role):
        answer = api.by(getattr(world, role)).get(PATH)

        assert answer.body == {
            "statusCode": 0,
            "contactCenter": {
                "id": str(world.red.pk),
                "name": "Red",
                "domain": "red.example",
                "country": "US",
                "timeZone": "UTC",
                "uri": "http://testserver/api/v2/contact-center",
                "path": "/contact-center",
            },
        }
        user = api.by(getattr(world, role)).get("/api/v2/me?fields=contactCenterId").body["user"]
        assert user["contactCenterId"] == answer.body["contactCenter"]["id"]

    def test_nobody_but_the_cloud_admin_names_another(self, api, world, root):
        query = f"{PATH}?fields=name&contactCenterId={world.red.pk}"

        assert api.by(world.eve).get(query).body["contactCenter"] == {"name": "Blue"}
        assert api.by(root).get(query).body["contactCenter"] == {"name": "Red"}
        assert api.by(root).get(PATH).status_code == 404
        assert api.by(root).get(f"{PATH}?contactCenterId={uuid.uuid4()}").status_code == 404
        assert api.by(root).get(f"{PATH}?contactCenterId=x").status_code == 404


class TestWriting:
    def test_admins_change_name_country_and_time_zone(self, api, world):
        answer = api.by(world.ann).put(
            PATH, {"name": "Rouge", "country": "fr", "timeZone": "Europe/Paris"}
        )

        assert answer.body == {"statusCode": 0}
        world.red.refresh_from_db()
        red = world.red
        assert (red.name, red.country, red.time_zone) == ("Rouge", "FR", "Europe/Paris")
        event = EventRecord.objects.order_by("-id").first()
        assert (event.kind, event.payload["resource"]) == (
            "provisioning.changed",
            "contact-centers",
        )
        assert event.payload["action"] == "updated"
        assert event.payload["before"]["time_zone"] == "UTC"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"country": "XX"}, 10),
            ({"country": "France"}, 10),
            ({"timeZone": "Mars/Olympus"}, 10),
            ({"name": ""}, 10),
            ({"domain": "rouge.example"}, 11),
            ({"colour": "red"}, 10),
        ],
    )
    def test_what_is_none_is_refused(self, api, world, body, code):
        answer = api.by(world.ann).put(PATH, {"name": "Rouge", **body})

        assert answer.body["statusCode"] == code
        world.red.refresh_from_db()
        assert (world.red.name, world.red.version) == ("Red", 1)

    @pytest.mark.parametrize("role", ["sue", "bob"])
    def test_only_admins_write(self, api, world, role):
        answer = api.by(getattr(world, role)).put(PATH, {"name": "Rouge"})

        assert (answer.status_code, answer.body["statusCode"]) == (403, 5)
        world.red.refresh_from_db()
        assert world.red.name == "Red"

    def test_a_stale_writer_is_refused(self, api, world):
        client = api.by(world.ann)
        etag = client.get(PATH).headers["ETag"]
        client.put(PATH, {"name": "Rouge"})

        answer = client.put(PATH, {"name": "Rot"}, headers={"If-Match": etag})

        assert (answer.status_code, answer.body["statusCode"]) == (412, 2)
        world.red.refresh_from_db()
        assert world.red.name == "Rouge"

    def test_neither_post_nor_delete_is_there(self, api, world):
        client = api.by(world.ann)

        assert client.post(PATH, {}).status_code == 405
        assert client.delete(PATH).status_code == 405
