"""Devices: seed 000 and seed 003 "Devices API"."""

import pytest

from provisioning.models import ChangeLogEntry, Device, PhoneNumber, Queue
from tests.factories import DeviceFactory, PhoneNumberFactory, UserFactory

pytestmark = pytest.mark.django_db

BASE = "http://testserver/api/v2"


@pytest.fixture
def free(world) -> PhoneNumber:
    return PhoneNumberFactory.create(contact_center=world.red)


def count(world) -> tuple[int, int]:
    devices = Device.objects.filter(contact_center=world.red).count()
    return devices, PhoneNumber.objects.filter(contact_center=world.red).count()


class TestReading:
    def test_uris_are_listed(self, api, world):
        path = f"/devices/{world.bobs_phone.pk}"

        assert api.by(world.ann).get("/api/v2/devices").body == {
            "statusCode": 0,
            "uris": [BASE + path],
            "paths": [path],
        }

    def test_the_documented_example(self, api, world):
        client = api.by(world.ann)
        client.delete(f"/api/v2/devices/{world.bobs_phone.pk}")
        for number in ("+16509870000", "3001"):
            sent = {
                "phoneNumber": number,
                "telephonyNetwork": "Public",
                "model": "CloudDevice",
                "vendor": "Genesys",
            }
            assert client.post("/api/v2/devices", sent).body["statusCode"] == 0

        outside, inside = client.get("/api/v2/devices?fields=*&sortBy=phoneNumber&limit=9").body[
            "devices"
        ]

        expected = {
            "telephonyNetwork": "Public",
            "model": "CloudDevice",
            "vendor": "Genesys",
            "phoneNumber": "+16509870000",
            "country": {"name": "United States", "code": "US", "callingCode": "1"},
            "location": "California",
            "e164Number": "+16509870000",
        }
        assert expected.items() <= outside.items()
        assert outside["phoneNumberUri"].startswith(f"{BASE}/phone-numbers/")
        assert outside["voiceEnvironmentUri"].startswith(f"{BASE}/voice-environments/")
        assert (inside["phoneNumber"], inside["e164Number"]) == ("3001", "3001")
        assert inside["country"] == {"name": "", "code": "", "callingCode": ""}
        assert "location" not in inside

    def test_the_owner_reads_his_device_everywhere(self, api, world):
        client = api.by(world.bob)

        one = client.get(f"/api/v2/devices/{world.bobs_phone.pk}").body["device"]
        mine = client.get("/api/v2/me/devices?fields=*").body["devices"]

        assert mine == [one]
        other = DeviceFactory.create(contact_center=world.red)
        assert client.get(f"/api/v2/devices/{other.pk}").status_code == 404
        assert client.get("/api/v2/devices").body["statusCode"] == 5
        assert client.get(f"/api/v2/users/{world.bob.pk}/devices").body["statusCode"] == 5

    @pytest.mark.parametrize(
        ("query", "is_found"),
        [
            ("vendor=Genesys", True),
            ("vendor=Other", False),
            ("telephonyNetwork=private", True),
            ("type=PSTNPhone&model=T1", True),
            ("description=none", False),
        ],
    )
    def test_filters(self, api, world, query, is_found):
        Device.objects.update(vendor="Genesys", type="PSTNPhone", model="T1")

        found = api.by(world.ann).get(f"/api/v2/devices?{query}").body["uris"]

        assert bool(found) is is_found

    def test_the_list_costs_a_constant_number_of_queries(self, api, world, assert_constant_queries):
        client = api.by(world.ann)

        def add_rows() -> None:
            for _ in range(5):
                user = UserFactory.create(contact_center=world.red)
                DeviceFactory.create(contact_center=world.red, user=user)

        assert_constant_queries(
            lambda: client.get("/api/v2/devices?fields=*&resolveUris=*"), add_rows=add_rows
        )


class TestCreating:
    @pytest.mark.parametrize("form", ["uri", "path", "id"])
    def test_a_device_is_created_on_a_free_number(self, api, world, free, form):
        path = f"/phone-numbers/{free.pk}"
        reference = {"uri": BASE + path, "path": path, "id": str(free.pk)}[form]

        created = api.by(world.ann).post("/api/v2/devices", {"phoneNumberUri": reference}).body

        device = Device.objects.get(pk=created["id"])
        assert created["path"] == f"/devices/{device.pk}"
        assert (device.phone_number_id, device.user_id) == (free.pk, None)
        assert device.telephony_network == "Private"

    def test_a_free_number_is_taken_by_name_too(self, api, world, free):
        answer = api.by(world.ann).post("/api/v2/devices", {"phoneNumber": free.number})

        assert answer.body["statusCode"] == 0
        assert Device.objects.get(pk=answer.body["id"]).phone_number_id == free.pk

    def test_a_user_gets_one_on_a_free_number(self, api, world, free):
        answer = api.by(world.ann).post(
            f"/api/v2/users/{world.bob.pk}/devices", {"phoneNumberUri": f"/phone-numbers/{free.pk}"}
        )

        assert answer.body["statusCode"] == 0
        assert Device.objects.get(pk=answer.body["id"]).user_id == world.bob.pk

    def test_bad_input_is_refused(self, api, world, free):
        used = world.bobs_phone.phone_number
        queues = world.sales_queue.phone_number
        foreign = PhoneNumberFactory.create(contact_center=world.blue)
        before = count(world)
        cases = [
            ({}, 1),
            ({"phoneNumber": None}, 10),
            ({"phoneNumber": "x"}, 10),
            ({"phoneNumber": used.number}, 18),
            ({"phoneNumber": queues.number}, 18),
            ({"phoneNumberUri": f"/phone-numbers/{used.pk}"}, 19),
            ({"phoneNumberUri": f"/phone-numbers/{queues.pk}"}, 19),
            ({"phoneNumberUri": f"/phone-numbers/{foreign.pk}"}, 6),
            ({"phoneNumberUri": "/phone-numbers/none"}, 6),
            ({"phoneNumberUri": "/devices/1"}, 10),
            ({"phoneNumber": "1", "phoneNumberUri": f"/phone-numbers/{free.pk}"}, 10),
            ({"phoneNumber": "1", "voiceEnvironmentUri": "/voice-environments/none"}, 6),
            ({"phoneNumber": "1", "telephonyNetwork": "Secret"}, 10),
            ({"phoneNumber": "1", "location": "Here"}, 11),
            ({"phoneNumber": "1", "color": "red"}, 10),
        ]

        for body, code in cases:
            answer = api.by(world.ann).post("/api/v2/devices", body)
            assert answer.body["statusCode"] == code, body
        assert count(world) == before
        assert not ChangeLogEntry.objects.filter(origin="api").exists()

    def test_many_at_once(self, api, world):
        answer = api.by(world.ann).post(
            "/api/v2/devices",
            {"devices": [{"phoneNumber": "7001"}, {"phoneNumber": "x"}, {"phoneNumber": "7002"}]},
        )

        assert answer.body["statusCode"] == 7
        assert len(answer.body["succeeded"]) == 2
        [failed] = answer.body["failed"]
        assert (failed["statusCode"], failed["phoneNumber"]) == (10, "x")

    def test_only_admins_write(self, api, world):
        before = count(world)
        for user in (world.sue, world.bob):
            client = api.by(user)
            path = f"/api/v2/devices/{world.bobs_phone.pk}"
            assert client.post("/api/v2/devices", {"phoneNumber": "1"}).body["statusCode"] == 5
            assert client.put(path, {"model": "x"}).body["statusCode"] == 5
            assert client.delete(path).body["statusCode"] == 5
        assert count(world) == before


class TestDeletingAndAssigning:
    def test_deleting_frees_the_number(self, api, world):
        number = world.bobs_phone.phone_number
        client = api.by(world.ann)

        assert client.delete(f"/api/v2/devices/{world.bobs_phone.pk}").body == {"statusCode": 0}

        assert not PhoneNumber.objects.filter(pk=number.pk).exists()
        created = client.post("/api/v2/phone-numbers", {"phoneNumber": number.number})
        assert created.body["statusCode"] == 0

    def test_a_number_goes_from_device_to_queue(self, api, world, free):
        client = api.by(world.ann)
        sent = {"name": "New", "channel": "voice", "phoneNumber": free.number}

        assert client.post("/api/v2/queues", sent).body["statusCode"] == 0
        assert Queue.objects.get(name="New").phone_number_id == free.pk
        taken = client.post("/api/v2/devices", {"phoneNumberUri": f"/phone-numbers/{free.pk}"})
        assert taken.body["statusCode"] == 19

    def test_one_owner_at_a_time(self, api, world):
        client, device = api.by(world.ann), world.bobs_phone
        path = f"/devices/{device.pk}"

        taken = client.post(f"/api/v2/users/{world.ann.pk}/devices", {"uris": [BASE + path]})
        assert (taken.status_code, taken.body["statusCode"]) == (409, 19)
        client.delete(f"/api/v2/users/{world.bob.pk}{path}")
        given = client.post(f"/api/v2/users/{world.ann.pk}/devices", {"uris": [BASE + path]})

        assert given.body == {"statusCode": 0}
        device.refresh_from_db()
        assert device.user_id == world.ann.pk
        written = ChangeLogEntry.objects.filter(resource="devices", origin="api").order_by("pk")
        assert [one.action for one in written] == ["unassigned", "assigned"]
