"""The examples of seed 001 "General": "Request Parameters", "Return Values", "Subresources",
"Filtering", as they stand there.
"""

import uuid

import pytest

from provisioning.models import Skill, User, UserSkill
from telephony.services.agents import start_session
from tests.factories import (
    DeviceFactory,
    PhoneNumberFactory,
    QueueFactory,
    SkillFactory,
    UserFactory,
    UserSkillFactory,
)

pytestmark = pytest.mark.django_db

BASE = "http://testserver/api/v2"


@pytest.fixture
def client(api, world):
    return api.by(world.ann)


@pytest.fixture
def springfield(world) -> tuple[User, User]:
    """The two users of the examples, with skill Sales at levels 2 and 4."""
    skill = SkillFactory.create(contact_center=world.red, name="Nuclear sales")
    burns, simpson = (
        UserFactory.create(contact_center=world.red, user_name=f"{name}@springfieldnclear.com")
        for name in ("cmburns", "hsimpson")
    )
    UserSkillFactory.create(user=burns, skill=skill, level=2)
    UserSkillFactory.create(user=simpson, skill=skill, level=4)
    return burns, simpson


class TestObjectFields:
    def test_requesting_devices(self, api, world):
        answer = api.by(world.bob).get("/api/v2/me/devices")

        path = f"/devices/{world.bobs_phone.pk}"
        assert answer.body == {"statusCode": 0, "uris": [BASE + path], "paths": [path]}

    def test_requesting_a_list_of_objects_with_their_actual_devices(self, api, world):
        start_session(user=world.bob)

        answer = api.by(world.bob).get("/api/v2/me/devices?fields=*")

        [device] = answer.body["devices"]
        assert device["id"] == str(world.bobs_phone.pk)
        assert device["phoneNumber"] == device["e164Number"]
        assert (device["telephonyNetwork"], device["doNotDisturb"]) == ("Private", "Off")
        assert device["deviceState"] == "Active"
        assert set(device["userState"]) >= {"id", "displayName", "state"}
        assert device["voiceEnvironmentUri"].startswith(f"{BASE}/voice-environments/")
        assert "DoNotDisturbOn" in device["capabilities"]

    def test_specifying_data_fields_when_requesting_an_object(self, client, world):
        queue = world.sales_queue

        answer = client.get(f"/api/v2/queues/{queue.pk}?fields=id,name")

        assert answer.body == {"statusCode": 0, "queue": {"id": str(queue.pk), "name": "Sales"}}

    def test_requesting_all_fields_of_an_object(self, client, world):
        address = f"/api/v2/queues/{world.sales_queue.pk}"

        assert client.get(f"{address}?fields=*").body == client.get(address).body

    def test_requesting_queues(self, client, world):
        answer = client.get("/api/v2/queues")

        path = f"/queues/{world.sales_queue.pk}"
        assert answer.body == {"statusCode": 0, "uris": [BASE + path], "paths": [path]}

    @pytest.mark.parametrize("channel", ["voice", "VOICE"])
    def test_filtering_and_fields(self, client, world, channel):
        second = QueueFactory.create(contact_center=world.red, name="Support")

        answer = client.get(f"/api/v2/queues?fields=id,name,channel&channel={channel}")

        assert answer.body == {
            "statusCode": 0,
            "queues": [
                {"id": str(queue.pk), "name": queue.name, "channel": "voice"}
                for queue in (world.sales_queue, second)
            ],
        }


class TestPagesAndOrder:
    @pytest.mark.parametrize("query", ["offset=0&limit=2", "offset=2&limit=2"])
    def test_pages(self, client, springfield, query):
        answer = client.get(f"/api/v2/users?fields=userName&{query}")

        assert len(answer.body["users"]) == 2
        assert answer.body["totalCount"] == 5

    def test_sorting_by_last_name_and_first_name(self, client, world):
        for first_name in ("Z", "A"):
            UserFactory.create(contact_center=world.red, first_name=first_name, last_name="Aa")

        users = client.get("/api/v2/users?sortBy=lastName,firstName&limit=100&fields=*").body[
            "users"
        ]

        assert [user["firstName"] for user in users] == ["A", "Z", "Ann", "Bob", "Sue"]

    def test_sorting_in_descending_order(self, client, world):
        answer = client.get(
            "/api/v2/users?sortBy=lastName&order=Descending&limit=100&fields=lastName"
        )

        assert [user["lastName"] for user in answer.body["users"]] == [
            "Supervisor",
            "Agent",
            "Admin",
        ]


class TestSubresources:
    @pytest.mark.parametrize(
        ("wanted", "shown"),
        [
            ("?subresources=*", {"skills", "devices"}),
            ("?subresources=skills,devices", {"skills", "devices"}),
            ("?subresources=skills", {"skills"}),
            ("", set()),
        ],
    )
    def test_all_some_or_none(self, client, world, wanted, shown):
        user = client.get(f"/api/v2/users/{world.bob.pk}{wanted}").body["user"]

        assert user["id"] == world.bob.pk.hex
        assert {"skills", "devices"} & set(user) == shown
        if "skills" in shown:
            assert [one["id"] for one in user["skills"]] == [str(world.sales.pk)]
        if "devices" in shown:
            assert [one["id"] for one in user["devices"]] == [str(world.bobs_phone.pk)]

    def test_users_with_a_skill(self, client, springfield):
        answer = client.get(
            "/api/v2/users?subresources=skills&fields=id,userName&skills.name=Nuclear sales"
        )

        assert [
            (user["id"], user["userName"], user["skills"][0]["name"], user["skills"][0]["level"])
            for user in answer.body["users"]
        ] == [
            (user.pk.hex, user.user_name, "Nuclear sales", level)
            for user, level in zip(springfield, ("2", "4"), strict=True)
        ]

    def test_users_by_the_level_of_their_skills(self, client, springfield):
        answer = client.get(
            "/api/v2/users?subresources=skills&fields=id,userName&skills.name=Nuclear sales"
            "&sortBy=skills.level&order=Descending&limit=100"
        )

        burns, simpson = springfield
        assert [user["userName"] for user in answer.body["users"]] == [
            simpson.user_name,
            burns.user_name,
        ]


class TestResolvingUris:
    def test_of_a_device(self, client, world):
        device = client.get(f"/api/v2/devices/{world.bobs_phone.pk}?resolveUris=*").body["device"]

        # A device has a field phoneNumber already (contract, "Reading").
        assert device["phoneNumberUri"].endswith(device["phoneNumberDetails"]["id"])

    @pytest.mark.parametrize(
        ("wanted", "has_template"),
        [("*", True), ("phoneNumberUri", False), ("phoneNumberUri,routingTemplateUri", True)],
    )
    def test_of_a_queue(self, client, world, wanted, has_template):
        answer = client.get(f"/api/v2/queues/{world.sales_queue.pk}?resolveUris={wanted}")

        queue = answer.body["queue"]
        number = world.sales_queue.phone_number
        resolved = [one for one in queue.values() if isinstance(one, dict) and "id" in one]
        assert str(number.pk) in {one["id"] for one in resolved}
        assert queue["routingTemplateUri"].startswith(f"{BASE}/system/routing-templates/")
        assert ("routingTemplate" in queue) == has_template


class TestReturnValues:
    def test_an_error_has_code_and_message_and_nothing_else(self, client):
        answer = client.get(f"/api/v2/users/{uuid.uuid4()}")

        assert set(answer.body) == {"statusCode", "statusMessage"}

    def test_creating(self, client):
        answer = client.post("/api/v2/users", {"userName": "new@red.example"})

        new = User.objects.get(user_name="new@red.example").pk.hex
        assert answer.body == {
            "statusCode": 0,
            "id": new,
            "uri": f"{BASE}/users/{new}",
            "path": f"/users/{new}",
        }

    def test_assigning_and_unassigning_answer_the_code_only(self, client, world):
        magic = SkillFactory.create(contact_center=world.red)
        address = f"/api/v2/users/{world.bob.pk}/skills"

        assert client.post(address, {"uris": [f"{BASE}/skills/{magic.pk}"]}).body == {
            "statusCode": 0
        }
        assert client.delete(f"{address}/{magic.pk}").body == {"statusCode": 0}
        assert not UserSkill.objects.filter(skill=magic).exists()

    def test_a_hybrid_operation_answers_what_it_created(self, client, world):
        answer = client.post(f"/api/v2/users/{world.ann.pk}/devices", {"phoneNumber": "7001"})

        device = world.ann.devices.get()
        assert answer.body == {
            "statusCode": 0,
            "id": str(device.pk),
            "uri": f"{BASE}/devices/{device.pk}",
            "path": f"/devices/{device.pk}",
        }

    def test_partial_success_of_assigning(self, client, world):
        first, second = (SkillFactory.create(contact_center=world.red) for _ in range(2))
        gone = f"/skills/{uuid.uuid4()}"
        body = {"uris": [f"{BASE}/skills/{one.pk}" for one in (first, second)], "paths": [gone]}

        answer = client.post(f"/api/v2/users/{world.ann.pk}/skills", body)

        assert answer.body["statusCode"] == 7
        assert answer.body["succeeded"] == [
            {
                "id": str(one.pk),
                "uri": f"{BASE}/skills/{one.pk}",
                "path": f"/skills/{one.pk}",
            }
            for one in (first, second)
        ]
        [failed] = answer.body["failed"]
        assert (failed["statusCode"], failed["path"]) == (6, gone)
        assert failed["statusMessage"]

    def test_partial_success_of_creating(self, client, world):
        names = ["u1@red.example", "u2@red.example", world.bob.user_name]

        answer = client.post("/api/v2/users", {"users": [{"userName": name} for name in names]})

        assert answer.body["statusCode"] == 7
        assert [set(one) for one in answer.body["succeeded"]] == [{"id", "uri", "path"}] * 2
        [failed] = answer.body["failed"]
        assert (failed["statusCode"], failed["userName"]) == (18, world.bob.user_name)

    def test_partial_success_of_deleting(self, client, world):
        first, second = (UserFactory.create(contact_center=world.red) for _ in range(2))
        gone = f"/users/{uuid.uuid4().hex}"
        body = {"uris": [f"{BASE}/users/{one.pk.hex}" for one in (first, second)], "paths": [gone]}

        answer = client.delete("/api/v2/users", body)

        assert answer.body["statusCode"] == 7
        assert [one["path"] for one in answer.body["succeeded"]] == [
            f"/users/{one.pk.hex}" for one in (first, second)
        ]
        [failed] = answer.body["failed"]
        assert (failed["statusCode"], failed["path"]) == (6, gone)
        assert not User.objects.filter(pk__in=[first.pk, second.pk]).exists()

    def test_a_skill_in_use_by_a_queue_stays(self, client, world):
        answer = client.delete(f"/api/v2/skills/{world.sales.pk}")

        assert answer.body["statusCode"] == 19
        assert Skill.objects.filter(pk=world.sales.pk).exists()

    def test_a_device_of_somebody_else_is_in_use(self, client, world):
        DeviceFactory.create(
            contact_center=world.red,
            phone_number=PhoneNumberFactory.create(contact_center=world.red),
        )

        answer = client.post(
            f"/api/v2/users/{world.ann.pk}/devices", {"uris": [f"/devices/{world.bobs_phone.pk}"]}
        )

        assert answer.body["statusCode"] == 19
