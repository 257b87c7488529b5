"""Seed 003 "Queues API"; seed 001 "Requesting Queues", "Filtering"."""

import pytest

from provisioning.models import ChangeLogEntry, PhoneNumber, Queue
from tests.factories import (
    PhoneNumberFactory,
    QueueFactory,
    QueueSkillFactory,
    SkillFactory,
)

pytestmark = pytest.mark.django_db

BASE = "http://testserver/api/v2"


class TestReading:
    def test_uris_are_listed(self, api, world):
        path = f"/queues/{world.sales_queue.pk}"

        assert api.by(world.ann).get("/api/v2/queues").body == {
            "statusCode": 0,
            "uris": [BASE + path],
            "paths": [path],
        }

    def test_fields_narrow_and_channel_filters(self, api, world):
        queue_id = str(world.sales_queue.pk)
        client = api.by(world.ann)

        named = client.get("/api/v2/queues?fields=id,name").body
        filtered = client.get("/api/v2/queues?fields=id,name,channel&channel=voice").body
        one = client.get(f"/api/v2/queues/{queue_id}?fields=id,name").body

        assert named["queues"] == [{"id": queue_id, "name": "Sales"}]
        assert filtered["queues"] == [{"id": queue_id, "name": "Sales", "channel": "voice"}]
        assert one == {"statusCode": 0, "queue": {"id": queue_id, "name": "Sales"}}

    def test_a_queue_is_read_whole(self, api, world):
        Queue.objects.update(description="Sells")

        answer = api.by(world.ann).get(f"/api/v2/queues/{world.sales_queue.pk}?resolveUri=true")

        queue, number = answer.body["queue"], world.sales_queue.phone_number.number
        assert (queue["name"], queue["description"]) == ("Sales", "Sells")
        assert (queue["channel"], queue["internal"]) == ("voice", False)
        assert queue["phoneNumber"] == queue["phoneNumberDetails"]["phoneNumber"] == number
        assert queue["routing"] == {}
        [skill] = queue["skills"]
        assert (skill["name"], skill["level"]) == ("Sales", "0")

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("internal=true", ["Inside"]),
            ("name=Sales", ["Sales"]),
            ("sortBy=phoneNumber&limit=9", ["Inside", "Sales"]),
            ("sortBy=name&order=Descending&limit=1", ["Sales"]),
            ("phoneNumber=04000", ["Inside"]),
        ],
    )
    def test_filtering_and_sorting(self, api, world, query, names):
        number = PhoneNumber.objects.create(
            contact_center=world.red, number="04000", digits="04000", e164_number="04000"
        )
        QueueFactory.create(
            contact_center=world.red, name="Inside", is_internal=True, phone_number=number
        )

        answer = api.by(world.ann).get(f"/api/v2/queues?fields=name&{query}")

        assert [one["name"] for one in answer.body["queues"]] == names


class TestBySkills:
    @pytest.fixture
    def spanish(self, world):
        queue = QueueFactory.create(contact_center=world.red, name="Spanish")
        skill = SkillFactory.create(contact_center=world.red, name="Speaks Spanish")
        QueueSkillFactory.create(queue=queue, skill=skill, level=7)
        QueueSkillFactory.create(queue=queue, skill=world.sales, level=2)
        return skill

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("skills.name=Sales", ["Sales", "Spanish"]),
            ("skills.name=Speaks Spanish", ["Spanish"]),
            ("skills.name=Sales&skills.level=2", ["Spanish"]),
            ("skills.name=Sales&skills.level=7", []),
            ("skills.level=0,7", ["Sales", "Spanish"]),
            ("sortBy=skills.level&order=Descending&limit=9", ["Spanish", "Sales"]),
            ("sortBy=skills.name&order=Descending&limit=9", ["Spanish", "Sales"]),
        ],
    )
    def test_queues_are_found_and_sorted(self, api, world, spanish, query, names):
        answer = api.by(world.ann).get(f"/api/v2/queues?fields=name&{query}")

        assert [one["name"] for one in answer.body["queues"]] == names

    def test_by_the_skills_id(self, api, world, spanish):
        answer = api.by(world.ann).get(f"/api/v2/queues?fields=name&skills.id={spanish.pk}")

        assert answer.body["queues"] == [{"name": "Spanish"}]


class TestOnANamedNumber:
    @pytest.mark.parametrize("form", ["uri", "path", "id"])
    def test_a_queue_is_created_on_a_free_number(self, api, world, form):
        free = PhoneNumberFactory.create(contact_center=world.red)
        path = f"/phone-numbers/{free.pk}"
        named = {"uri": f"{BASE}{path}", "path": path, "id": str(free.pk)}[form]
        body = {"name": "New", "channel": "voice", "phoneNumberUri": named}

        answer = api.by(world.ann).post("/api/v2/queues", body)

        queue = Queue.objects.get(pk=answer.body["id"])
        assert queue.phone_number == free
        read = api.by(world.ann).get(f"/api/v2/queues/{queue.pk}").body["queue"]
        assert (read["phoneNumberUri"], read["phoneNumber"]) == (BASE + path, free.number)

    def test_what_cannot_be_is_refused(self, api, world):
        foreign = PhoneNumberFactory.create(contact_center=world.blue)
        free = PhoneNumberFactory.create(contact_center=world.red)
        client, body = api.by(world.ann), {"name": "New", "channel": "voice"}

        for more, code in (
            ({"phoneNumberUri": f"/phone-numbers/{world.sales_queue.phone_number_id}"}, 19),
            ({"phoneNumberUri": f"/phone-numbers/{world.bobs_phone.phone_number_id}"}, 19),
            ({"phoneNumberUri": f"/phone-numbers/{foreign.pk}"}, 6),
            ({"phoneNumberUri": "/phone-numbers/x"}, 6),
            ({"phoneNumberUri": f"/devices/{free.pk}"}, 10),
            ({"phoneNumberUri": f"/phone-numbers/{free.pk}", "internal": True}, 10),
            ({"phoneNumberUri": f"/phone-numbers/{free.pk}", "phoneNumber": "7777"}, 10),
        ):
            assert client.post("/api/v2/queues", {**body, **more}).body["statusCode"] == code
        address = f"/api/v2/queues/{world.sales_queue.pk}"
        renumbered = client.put(address, {"phoneNumberUri": f"/phone-numbers/{free.pk}"})
        assert renumbered.body["statusCode"] == 11
        assert Queue.objects.filter(contact_center=world.red).count() == 1


class TestWriting:
    def test_a_queue_with_a_number_or_an_internal_one(self, api, world):
        client = api.by(world.ann)

        outside = client.post(
            "/api/v2/queues", {"name": "Out", "channel": "voice", "phoneNumber": "9200"}
        )
        inside = client.post("/api/v2/queues", {"name": "In", "channel": "voice", "internal": True})

        assert (outside.body["statusCode"], inside.body["statusCode"]) == (0, 0)
        queue = client.get(f"/api/v2{inside.body['path']}").body["queue"]
        assert queue["internal"] is True
        assert queue["phoneNumber"][0] == "0"
        assert 4000 <= int(queue["phoneNumber"][1:]) <= 9999

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"channel": "voice", "phoneNumber": "1"}, 1),
            ({"name": "x", "phoneNumber": "1"}, 1),
            ({"name": "x", "channel": "voice"}, 1),
            ({"name": "x", "channel": "voice", "phoneNumber": "1", "internal": True}, 10),
            ({"name": "x", "channel": "smoke", "phoneNumber": "1"}, 10),
            ({"name": "Sales", "channel": "voice", "internal": True}, 18),
            ({"name": "x", "channel": "voice", "phoneNumber": "1", "skills": ["/skills/1"]}, 10),
        ],
    )
    def test_bad_input_is_refused(self, api, world, body, code):
        numbers = PhoneNumber.objects.count()

        answer = api.by(world.ann).post("/api/v2/queues", body)

        assert answer.body["statusCode"] == code
        assert list(Queue.objects.values_list("name", flat=True)) == ["Sales"]
        assert PhoneNumber.objects.count() == numbers

    def test_a_queue_is_changed_and_deleted(self, api, world):
        client, path = api.by(world.ann), f"/api/v2/queues/{world.sales_queue.pk}"

        assert client.put(path, {"name": "Selling", "skills": []}).body == {"statusCode": 0}
        assert client.put(path, {"phoneNumber": "1"}).body["statusCode"] == 11
        world.sales_queue.refresh_from_db()
        assert world.sales_queue.name == "Selling"
        assert client.delete(path).body == {"statusCode": 0}
        assert not Queue.objects.exists()
        written = ChangeLogEntry.objects.filter(resource="queues", origin="api").order_by("pk")
        assert [one.action for one in written] == ["updated", "deleted"]
