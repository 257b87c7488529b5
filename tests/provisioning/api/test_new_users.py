"""Users that come with skills and devices: contract §2 "users", seed 001 "Return Values"."""

import pytest

from provisioning.models import ChangeLogEntry, Device, PhoneNumber, User
from tests.factories import DeviceFactory

pytestmark = pytest.mark.django_db

BASE = "http://testserver/api/v2"


class TestCreating:
    def test_a_user_comes_with_skills_and_devices(self, api, world):
        spare = DeviceFactory.create(contact_center=world.red)

        created = (
            api.by(world.ann)
            .post(
                "/api/v2/users",
                {
                    "userName": "new@red.example",
                    "password": "password",
                    "firstName": "New",
                    "lastName": "User",
                    "roles": ["ROLE_AGENT"],
                    "skills": [{"uri": f"{BASE}/skills/{world.sales.pk}", "level": "7"}],
                    "devices": [
                        {"phoneNumber": "7001", "vendor": "Genesys"},
                        {"path": f"/devices/{spare.pk}"},
                    ],
                    "phoneNumber": "7002",
                },
            )
            .body
        )

        user = User.objects.get(user_name="new@red.example")
        assert created == {
            "statusCode": 0,
            "id": user.pk.hex,
            "uri": f"{BASE}/users/{user.pk.hex}",
            "path": f"/users/{user.pk.hex}",
        }
        assert list(user.user_skills.values_list("skill__name", "level")) == [("Sales", 7)]
        numbers = user.devices.values_list("phone_number__number", flat=True)
        assert set(numbers) == {"7001", "7002", spare.phone_number.number}
        assert user.devices.get(phone_number__number="7001").vendor == "Genesys"
        request_ids = set(
            ChangeLogEntry.objects.filter(origin="api").values_list("request_id", flat=True)
        )
        assert len(request_ids) == 1

    @pytest.mark.parametrize("form", ["uri", "id", "text"])
    def test_devices_are_named_in_any_form(self, api, world, form):
        spare = DeviceFactory.create(contact_center=world.red)
        reference = {
            "uri": {"uri": f"{BASE}/devices/{spare.pk}"},
            "id": {"id": str(spare.pk)},
            "text": f"/devices/{spare.pk}",
        }[form]

        answer = api.by(world.ann).post(
            "/api/v2/users", {"userName": "new@red.example", "devices": [reference]}
        )

        assert answer.body["statusCode"] == 0
        spare.refresh_from_db()
        assert spare.user.user_name == "new@red.example"

    def test_a_part_that_fails_leaves_nothing(self, api, world):
        bobs, foreign = world.bobs_phone, DeviceFactory.create(contact_center=world.blue)
        devices, numbers = Device.objects.count(), PhoneNumber.objects.count()
        cases = [
            ([{"phoneNumber": "7001"}, {"phoneNumber": bobs.phone_number.number}], 18),
            ([{"phoneNumber": "7001"}, f"/devices/{bobs.pk}"], 19),
            ([{"phoneNumber": "7001"}, f"/devices/{foreign.pk}"], 6),
            ([{"phoneNumber": "7001"}, "/devices/none"], 6),
            ([{"phoneNumber": "7001"}, "/skills/1"], 10),
            ([{"phoneNumber": "7001"}, {}], 1),
            ([{"phoneNumber": "7001", "colour": "red"}], 10),
            ([{"phoneNumber": "7001", "e164Number": "1"}], 11),
            ([{"id": str(bobs.pk), "vendor": "x"}], 10),
            ([7], 10),
            ("7001", 10),
        ]

        for sent, code in cases:
            answer = api.by(world.ann).post(
                "/api/v2/users", {"userName": "new@red.example", "devices": sent}
            )
            assert answer.body["statusCode"] == code, sent
        assert not User.objects.filter(user_name="new@red.example").exists()
        assert (Device.objects.count(), PhoneNumber.objects.count()) == (devices, numbers)
        bobs.refresh_from_db()
        assert bobs.user_id == world.bob.pk

    def test_the_documented_partial_success(self, api, world):
        answer = api.by(world.ann).post(
            "/api/v2/users",
            {
                "users": [
                    {"firstName": "A", "lastName": "B", "userName": "u1@red.example"},
                    {"firstName": "C", "lastName": "D", "userName": "bob@red.example"},
                ]
            },
        )

        user = User.objects.get(user_name="u1@red.example")
        path = f"/users/{user.pk.hex}"
        assert answer.body == {
            "statusCode": 7,
            "succeeded": [{"id": user.pk.hex, "uri": BASE + path, "path": path}],
            "failed": [
                {
                    "statusCode": 18,
                    "statusMessage": "User bob@red.example already exists",
                    "userName": "bob@red.example",
                }
            ],
        }
