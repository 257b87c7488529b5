"""`/phone-numbers` and `/voice-environments`."""

import uuid

import pytest

from provisioning.models import ChangeLogEntry, PhoneNumber, VoiceEnvironment
from tests.factories import PhoneNumberFactory

pytestmark = pytest.mark.django_db

BASE = "http://testserver/api/v2"


def numbers(world) -> set[str]:
    found = PhoneNumber.objects.filter(contact_center=world.red)
    return set(found.values_list("number", flat=True))


class TestPhoneNumbers:
    def test_a_free_number_is_created_and_read(self, api, world):
        client = api.by(world.ann)

        created = client.post("/api/v2/phone-numbers", {"phoneNumber": "+1 650 987 0000"}).body

        number = PhoneNumber.objects.get(e164_number="+16509870000")
        path = f"/phone-numbers/{number.pk}"
        assert created == {
            "statusCode": 0,
            "id": str(number.pk),
            "uri": BASE + path,
            "path": path,
        }
        assert client.get(f"/api/v2{path}").body == {
            "statusCode": 0,
            "phoneNumber": {
                "id": str(number.pk),
                "phoneNumber": "+1 650 987 0000",
                "country": {"name": "United States", "code": "US", "callingCode": "1"},
                "location": "California",
                "localNumber": "(650) 987-0000",
                "e164Number": "+16509870000",
                "uri": BASE + path,
                "path": path,
            },
        }

    def test_a_write_is_in_the_change_log(self, api, world):
        api.by(world.ann).post("/api/v2/phone-numbers", {"phoneNumber": "5019"})

        entry = ChangeLogEntry.objects.get(resource="phone-numbers")
        assert (entry.action, entry.after["number"]) == ("created", "5019")
        assert entry.actor_name == "ann@red.example"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, 1),
            ({"phoneNumber": "letters"}, 10),
            ({"phoneNumber": 5019}, 10),
            ({"phoneNumber": "5019", "location": "Here"}, 11),
            ({"phoneNumber": "5019", "colour": "red"}, 10),
        ],
    )
    def test_what_is_no_free_number_is_refused(self, api, world, body, code):
        before = numbers(world)

        answer = api.by(world.ann).post("/api/v2/phone-numbers", body)

        assert answer.body["statusCode"] == code
        assert numbers(world) == before

    def test_a_number_that_is_there_is_taken_free_or_not(self, api, world):
        free = PhoneNumberFactory.create(contact_center=world.red)
        before = numbers(world)

        for number in (free, world.bobs_phone.phone_number):
            answer = api.by(world.ann).post("/api/v2/phone-numbers", {"phoneNumber": number.number})
            assert (answer.status_code, answer.body["statusCode"]) == (409, 18)
        assert numbers(world) == before

    def test_an_unused_number_is_deleted(self, api, world):
        free = PhoneNumberFactory.create(contact_center=world.red)

        answer = api.by(world.ann).delete(f"/api/v2/phone-numbers/{free.pk}")

        assert answer.body == {"statusCode": 0}
        assert not PhoneNumber.objects.filter(pk=free.pk).exists()

    def test_a_number_of_a_device_or_queue_is_in_use(self, api, world):
        before = numbers(world)

        for owner in (world.bobs_phone, world.sales_queue):
            answer = api.by(world.ann).delete(f"/api/v2/phone-numbers/{owner.phone_number_id}")
            assert (answer.status_code, answer.body["statusCode"]) == (409, 19)
        assert numbers(world) == before

    def test_bulk_deletion_says_which_are_in_use(self, api, world):
        free = PhoneNumberFactory.create(contact_center=world.red)
        used = f"/phone-numbers/{world.bobs_phone.phone_number_id}"

        answer = api.by(world.ann).delete(
            "/api/v2/phone-numbers", {"paths": [f"/phone-numbers/{free.pk}", used]}
        )

        assert answer.body["statusCode"] == 7
        assert [one["id"] for one in answer.body["succeeded"]] == [str(free.pk)]
        assert [(one["statusCode"], one["path"]) for one in answer.body["failed"]] == [(19, used)]

    def test_numbers_are_found_by_digits_sorted_and_paged(self, api, world):
        client = api.by(world.ann)
        for number in ("7003", "7001", "7002"):
            client.post("/api/v2/phone-numbers", {"phoneNumber": number})

        found = client.get("/api/v2/phone-numbers?fields=phoneNumber&phoneNumber=70-02")
        page = client.get(
            "/api/v2/phone-numbers?fields=phoneNumber&phoneNumber=7001,7002,7003"
            "&sortBy=e164Number&order=Descending&limit=2"
        )

        assert found.body["phoneNumbers"] == [{"phoneNumber": "7002"}]
        assert [one["phoneNumber"] for one in page.body["phoneNumbers"]] == ["7003", "7002"]
        assert page.body["totalCount"] == 3

    def test_supervisors_read_agents_do_not_and_only_admins_write(self, api, world):
        free = PhoneNumberFactory.create(contact_center=world.red)
        path = f"/api/v2/phone-numbers/{free.pk}"

        assert api.by(world.sue).get("/api/v2/phone-numbers").status_code == 200
        assert api.by(world.bob).get("/api/v2/phone-numbers").body["statusCode"] == 5
        for user in (world.sue, world.bob):
            client = api.by(user)
            assert client.delete(path).body["statusCode"] == 5
            created = client.post("/api/v2/phone-numbers", {"phoneNumber": "1"})
            assert created.body["statusCode"] == 5
        assert api.by(world.eve).delete(path).status_code == 404
        assert PhoneNumber.objects.filter(pk=free.pk).exists()

    def test_the_list_costs_a_constant_number_of_queries(self, api, world, assert_constant_queries):
        client = api.by(world.ann)

        assert_constant_queries(
            lambda: client.get("/api/v2/phone-numbers?fields=*&limit=100"),
            add_rows=lambda: PhoneNumberFactory.create_batch(5, contact_center=world.red),
        )


class TestVoiceEnvironments:
    def test_they_are_read(self, api, world):
        environment = VoiceEnvironment.objects.get(contact_center=world.red)
        path = f"/voice-environments/{environment.pk}"
        shown = {
            "id": str(environment.pk),
            "name": "SIPS",
            "uri": BASE + path,
            "path": path,
        }
        client = api.by(world.ann)

        assert client.get("/api/v2/voice-environments").body["paths"] == [path]
        assert client.get("/api/v2/voice-environments?fields=*").body["voiceEnvironments"] == [
            shown
        ]
        assert client.get(f"/api/v2{path}").body == {"statusCode": 0, "voiceEnvironment": shown}

    def test_they_are_not_written(self, api, world):
        client = api.by(world.ann)

        assert client.post("/api/v2/voice-environments", {"name": "x"}).status_code == 405
        assert client.get(f"/api/v2/voice-environments/{uuid.uuid4()}").status_code == 404
