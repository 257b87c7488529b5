"""`/places`, and a user's default one."""

import pytest

from provisioning.models import ChangeLogEntry, Place, User
from tests.factories import DeviceFactory, PlaceFactory

pytestmark = pytest.mark.django_db

BASE = "http://testserver/api/v2"


@pytest.fixture
def desk(world) -> Place:
    return PlaceFactory.create(contact_center=world.red, name="Desk", device=world.bobs_phone)


def names(world) -> set[str]:
    return set(Place.objects.filter(contact_center=world.red).values_list("name", flat=True))


class TestPlaces:
    @pytest.mark.parametrize("form", ["uri", "path", "id"])
    def test_a_place_is_created_with_its_device_and_read(self, api, world, form):
        client = api.by(world.ann)
        device = {
            "uri": f"{BASE}/devices/{world.bobs_phone.pk}",
            "path": f"/devices/{world.bobs_phone.pk}",
            "id": str(world.bobs_phone.pk),
        }

        created = client.post("/api/v2/places", {"name": "Desk", "deviceUri": device[form]}).body

        path = f"/places/{Place.objects.get().pk}"
        assert created == {
            "statusCode": 0,
            "id": path.removeprefix("/places/"),
            "uri": BASE + path,
            "path": path,
        }
        assert client.get(f"/api/v2{path}").body == {
            "statusCode": 0,
            "place": {
                "id": path.removeprefix("/places/"),
                "name": "Desk",
                "deviceUri": device["uri"],
                "uri": BASE + path,
                "path": path,
            },
        }

    def test_its_device_is_resolved(self, api, world, desk):
        answer = api.by(world.ann).get(f"/api/v2/places/{desk.pk}?resolveUris=deviceUri")

        assert answer.body["place"]["device"]["id"] == str(world.bobs_phone.pk)

    def test_it_is_renamed_moved_and_emptied(self, api, world, desk):
        client, path = api.by(world.ann), f"/api/v2/places/{desk.pk}"
        other = DeviceFactory.create(contact_center=world.red)

        assert client.put(path, {"name": "Window"}).body == {"statusCode": 0}
        desk.refresh_from_db()
        assert (desk.name, desk.device_id) == ("Window", world.bobs_phone.pk)
        assert client.put(path, {"deviceUri": f"/devices/{other.pk}"}).body == {"statusCode": 0}
        desk.refresh_from_db()
        assert desk.device_id == other.pk
        assert client.put(path, {"deviceUri": None}).body == {"statusCode": 0}
        assert "deviceUri" not in client.get(path).body["place"]

    def test_a_deleted_device_leaves_its_place_empty(self, api, world, desk):
        answer = api.by(world.ann).delete(f"/api/v2/devices/{world.bobs_phone.pk}")

        assert answer.body == {"statusCode": 0}
        desk.refresh_from_db()
        assert desk.device_id is None
        written = ChangeLogEntry.objects.filter(origin="api").order_by("pk")
        assert [(one.resource, one.action) for one in written] == [
            ("places", "updated"),
            ("devices", "deleted"),
        ]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, 1),
            ({"name": ""}, 10),
            ({"name": "Desk"}, 18),
            ({"name": "New", "deviceUri": "/skills/1"}, 10),
            ({"name": "New", "deviceUri": 7}, 10),
            ({"name": "New", "deviceUri": "/devices/none"}, 6),
            ({"name": "New", "devices": []}, 10),
        ],
    )
    def test_bad_input_is_refused(self, api, world, desk, body, code):
        answer = api.by(world.ann).post("/api/v2/places", body)

        assert answer.body["statusCode"] == code
        assert names(world) == {"Desk"}

    def test_a_device_stands_in_one_place(self, api, world, desk):
        client, device = api.by(world.ann), f"/devices/{world.bobs_phone.pk}"
        window = PlaceFactory.create(contact_center=world.red)

        created = client.post("/api/v2/places", {"name": "New", "deviceUri": device})
        moved = client.put(f"/api/v2/places/{window.pk}", {"deviceUri": device})

        for answer in (created, moved):
            assert (answer.status_code, answer.body["statusCode"]) == (409, 19)
        window.refresh_from_db()
        assert window.device_id is None
        assert "New" not in names(world)

    def test_anothers_device_is_not_found(self, api, world):
        answer = api.by(world.eve).post(
            "/api/v2/places", {"name": "New", "deviceUri": f"/devices/{world.bobs_phone.pk}"}
        )

        assert (answer.status_code, answer.body["statusCode"]) == (404, 6)
        assert not Place.objects.exists()

    def test_roles_and_walls(self, api, world, desk):
        path = f"/api/v2/places/{desk.pk}"

        assert api.by(world.sue).get("/api/v2/places").body["paths"] == [f"/places/{desk.pk}"]
        assert api.by(world.sue).put(path, {"name": "x"}).body["statusCode"] == 5
        assert api.by(world.bob).get("/api/v2/places").body["statusCode"] == 5
        assert api.by(world.bob).get(path).status_code == 404
        assert api.by(world.eve).get("/api/v2/places").body["paths"] == []
        for method in ("get", "put", "delete"):
            assert getattr(api.by(world.eve), method)(path).status_code == 404
        assert names(world) == {"Desk"}

    def test_the_list_is_filtered_sorted_and_costs_constant_queries(
        self, api, world, desk, assert_constant_queries
    ):
        client = api.by(world.ann)

        def add_rows() -> None:
            for _ in range(5):
                device = DeviceFactory.create(contact_center=world.red)
                PlaceFactory.create(contact_center=world.red, device=device)

        assert_constant_queries(
            lambda: client.get("/api/v2/places?fields=*&resolveUris=*&limit=50"), add_rows=add_rows
        )
        by_device = client.get(f"/api/v2/places?fields=name&deviceUri=/devices/{desk.device_id}")
        assert by_device.body["places"] == [{"name": "Desk"}]
        page = client.get("/api/v2/places?fields=name&limit=1&sortBy=name&order=Ascending").body
        assert (page["places"], page["totalCount"]) == ([{"name": "Desk"}], 6)


class TestDefaultPlace:
    def test_it_is_given_as_uri_path_or_id_and_read_as_uri(self, api, world, desk):
        client, path = api.by(world.ann), f"/api/v2/users/{world.bob.pk}"

        for reference in (f"{BASE}/places/{desk.pk}", f"/places/{desk.pk}", str(desk.pk)):
            assert client.put(path, {"defaultPlace": reference}).body == {"statusCode": 0}
        user = client.get(f"{path}?resolveUris=defaultPlace").body["user"]

        assert user["defaultPlace"] == f"{BASE}/places/{desk.pk}"
        assert user["defaultPlaceDetails"]["name"] == "Desk"
        found = client.get(f"/api/v2/users?fields=userName&defaultPlace={desk.pk}").body
        assert found["users"] == [{"userName": "bob@red.example"}]

    def test_a_new_user_may_have_one_and_null_takes_it_away(self, api, world, desk):
        client = api.by(world.ann)
        created = client.post(
            "/api/v2/users", {"userName": "new@red.example", "defaultPlace": f"/places/{desk.pk}"}
        ).body
        assert User.objects.get(pk=created["id"]).default_place_id == desk.pk

        assert client.put(f"/api/v2{created['path']}", {"defaultPlace": None}).body == {
            "statusCode": 0
        }

        assert "defaultPlace" not in client.get(f"/api/v2{created['path']}").body["user"]

    def test_the_user_reads_his_place(self, api, world, desk):
        User.objects.filter(pk=world.bob.pk).update(default_place=desk)

        answer = api.by(world.bob).get("/api/v2/me?resolveUris=*")

        assert answer.body["user"]["defaultPlaceDetails"]["id"] == str(desk.pk)
        assert api.by(world.bob).get(f"/api/v2/places/{desk.pk}").status_code == 200

    @pytest.mark.parametrize(
        ("reference", "code"), [("/places/none", 6), ("/devices/1", 10), (5, 10)]
    )
    def test_what_is_no_place_is_refused(self, api, world, reference, code):
        path = f"/api/v2/users/{world.bob.pk}"

        answer = api.by(world.ann).put(path, {"defaultPlace": reference, "firstName": "Rob"})

        assert answer.body["statusCode"] == code
        world.bob.refresh_from_db()
        assert (world.bob.first_name, world.bob.default_place_id) == ("Bob", None)

    def test_anothers_place_is_not_found(self, api, world, desk):
        answer = api.by(world.eve).put(
            f"/api/v2/users/{world.eve.pk}", {"defaultPlace": f"/places/{desk.pk}"}
        )

        assert (answer.status_code, answer.body["statusCode"]) == (404, 6)

    def test_a_deleted_place_is_nobodys_default(self, api, world, desk):
        User.objects.filter(pk=world.bob.pk).update(default_place=desk)

        answer = api.by(world.ann).delete(f"/api/v2/places/{desk.pk}")

        assert answer.body == {"statusCode": 0}
        world.bob.refresh_from_db()
        assert (world.bob.default_place_id, world.bob.version) == (None, 2)
        written = ChangeLogEntry.objects.filter(origin="api").order_by("pk")
        assert [(one.resource, one.action) for one in written] == [
            ("users", "updated"),
            ("places", "deleted"),
        ]
