"""Users: seed 003 "Users API", seed 001 "Return Values", "Filtering and sorting users"."""

import pytest

from provisioning.models import User, UserSkill
from tests.factories import DeviceFactory, SkillFactory, UserFactory, UserSkillFactory

pytestmark = pytest.mark.django_db

BASE = "http://testserver/api/v2"


def names(client, query: str) -> list[str]:
    found = client.get(f"/api/v2/users?fields=userName&{query}").body["users"]
    return [user["userName"].split("@")[0] for user in found]


class TestReading:
    def test_a_user_is_read_whole(self, api, world):
        User.objects.filter(pk=world.bob.pk).update(employee_id="E-7", login_code="77")

        user = api.by(world.ann).get(f"/api/v2/users/{world.bob.pk.hex}").body["user"]

        path = f"/users/{world.bob.pk.hex}"
        expected = {
            "id": world.bob.pk.hex,
            "userName": "bob@red.example",
            "firstName": "Bob",
            "lastName": "Agent",
            "emailAddress": "bob@red.example",
            "roles": ["ROLE_AGENT"],
            "enabled": True,
            "employeeId": "E-7",
            "loginCode": "77",
            "contactCenterId": str(world.red.pk),
            "changePasswordOnFirstLogin": False,
            "uri": BASE + path,
            "path": path,
        }
        assert expected.items() <= user.items()
        assert not {"password", "skills", "devices", "phoneNumber", "defaultPlace"} & set(user)

    def test_subresources_stand_within(self, api, world):
        user = (
            api.by(world.ann).get(f"/api/v2/users/{world.bob.pk.hex}?subresources=*").body["user"]
        )

        [skill], [device] = user["skills"], user["devices"]
        assert skill == {
            "id": str(world.sales.pk),
            "name": "Sales",
            "level": "5",
            "uri": f"{BASE}/skills/{world.sales.pk}",
            "path": f"/skills/{world.sales.pk}",
        }
        assert device["id"] == str(world.bobs_phone.pk)
        assert len(user["features"]) == 13

    def test_users_with_a_skill(self, api, world):
        answer = api.by(world.ann).get(
            "/api/v2/users?subresources=skills&fields=id,userName&skills.name=Sales"
        )

        [user] = answer.body["users"]
        assert set(user) == {"id", "userName", "skills"}
        assert [one["name"] for one in user["skills"]] == ["Sales"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("firstName=Bob", ["bob"]),
            ("lastName=Agent,Admin", ["ann", "bob"]),
            ("userName=SUE@red.example", ["sue"]),
            ("enabled=true", ["ann", "bob", "sue"]),
            ("enabled=false", []),
            ("roles=ROLE_AGENT,ROLE_ADMIN", ["ann", "bob"]),
            ("skills.name=Sales&skills.level=5", ["bob"]),
            ("skills.level=4", []),
            ("employeeId=E-1", []),
            ("changePasswordOnFirstLogin=false&firstName=Ann", ["ann"]),
        ],
    )
    def test_filters(self, api, world, query, found):
        assert names(api.by(world.ann), query) == found

    @pytest.mark.parametrize(
        ("keys", "ascending"),
        [
            ("userName", ["ann", "bob", "sue"]),
            ("firstName", ["ann", "bob", "sue"]),
            ("lastName", ["ann", "bob", "sue"]),
            ("enabled,userName", ["ann", "bob", "sue"]),
            ("roles", ["ann", "bob", "sue"]),
            ("devices.phoneNumber", ["bob", "sue", "ann"]),
            ("skills.name", ["bob", "sue", "ann"]),
            ("skills.level", ["sue", "bob", "ann"]),
        ],
    )
    def test_sort_keys(self, api, world, keys, ascending):
        other = SkillFactory.create(contact_center=world.red, name="Z")
        UserSkillFactory.create(user=world.sue, skill=other, level=1)
        DeviceFactory.create(contact_center=world.red, user=world.sue)
        client = api.by(world.ann)

        assert names(client, f"sortBy={keys}&limit=9") == ascending
        descending = names(client, f"sortBy={keys}&limit=9&order=Descending")

        if "." in keys:
            assert descending == [*reversed(ascending[:2]), ascending[2]]
        else:
            assert descending == ascending[::-1]

    def test_users_without_roles_come_last(self, api, world):
        UserFactory.create(contact_center=world.red, user_name="none@red.example", is_agent=False)
        client = api.by(world.ann)

        for order in ("Ascending", "Descending"):
            assert names(client, f"sortBy=roles&limit=9&order={order}")[-1] == "none"

    def test_lists_cost_a_constant_number_of_queries(self, api, world, assert_constant_queries):
        client = api.by(world.ann)

        def add_rows() -> None:
            for _ in range(5):
                user = UserFactory.create(contact_center=world.red)
                DeviceFactory.create(contact_center=world.red, user=user)
                UserSkillFactory.create(user=user, skill=world.sales)

        assert_constant_queries(
            lambda: client.get(
                "/api/v2/users?subresources=*&resolveUris=*&limit=50&sortBy=roles,skills.level"
            ),
            add_rows=add_rows,
        )


class TestWriting:
    @pytest.mark.parametrize("method", ["put", "post"])
    def test_both_put_and_post_update(self, api, world, method):
        client, path = api.by(world.ann), f"/api/v2/users/{world.bob.pk.hex}"

        answer = getattr(client, method)(path, {"firstName": "Rob", "employeeId": "E-9"})

        assert answer.body == {"statusCode": 0}
        world.bob.refresh_from_db()
        assert (world.bob.first_name, world.bob.employee_id) == ("Rob", "E-9")

    def test_roles_are_replaced_whole(self, api, world):
        api.by(world.ann).put(f"/api/v2/users/{world.bob.pk.hex}", {"roles": ["ROLE_SUPERVISOR"]})

        world.bob.refresh_from_db()
        assert world.bob.roles == ["ROLE_SUPERVISOR"]

    def test_a_disabled_user_is_out_at_once(self, api, world):
        client = api.by(world.bob)
        assert client.get("/api/v2/me").status_code == 200

        api.by(world.ann).put(f"/api/v2/users/{world.bob.pk.hex}", {"enabled": False})

        assert client.get("/api/v2/me").status_code == 401

    @pytest.mark.parametrize("name", ["skills", "devices", "phoneNumber"])
    def test_what_comes_with_a_new_user_is_not_updated(self, api, world, name):
        answer = api.by(world.ann).put(f"/api/v2/users/{world.bob.pk.hex}", {name: []})

        assert answer.body["statusCode"] == 11

    def test_the_documented_bulk_deletion(self, api, world):
        client = api.by(world.ann)
        gone = "/users/" + "0" * 32

        answer = client.delete(
            "/api/v2/users", {"uris": [f"{BASE}/users/{world.bob.pk.hex}"], "paths": [gone]}
        )

        path = f"/users/{world.bob.pk.hex}"
        assert answer.body["statusCode"] == 7
        assert answer.body["succeeded"] == [
            {"id": world.bob.pk.hex, "uri": BASE + path, "path": path}
        ]
        [failed] = answer.body["failed"]
        assert (failed["statusCode"], failed["path"]) == (6, gone)
        assert client.delete(f"/api/v2/users/{world.ann.pk.hex}").body["statusCode"] == 3

    def test_skills_are_assigned_with_levels(self, api, world):
        might = SkillFactory.create(contact_center=world.red, name="Might")
        path = f"/api/v2/users/{world.bob.pk.hex}/skills"
        client = api.by(world.ann)

        answer = client.post(path, {"skills": [{"uri": f"/skills/{might.pk}", "level": 5}]})
        assert answer.body == {"statusCode": 0}
        one = client.get(f"{path}/{might.pk}").body

        assert (one["statusCode"], one["skill"]["level"]) == (0, "5")
        assert client.put(f"{path}/{might.pk}", {"level": "8"}).body == {"statusCode": 0}
        assert UserSkill.objects.get(skill=might).level == 8
