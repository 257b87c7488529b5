"""The conventions of contract §1, through HTTP, on real resources."""

import base64
import json

import pytest

from provisioning.models import Setting, Skill, User, UserSkill
from tests.factories import SkillFactory, UserFactory, UserSkillFactory

pytestmark = pytest.mark.django_db

BASE = "http://testserver/api/v2"


def skill_names(answer) -> list[str]:
    return [skill["name"] for skill in answer.body["skills"]]


class TestEnvelope:
    def test_status_code_comes_first(self, api, world):
        answer = api.by(world.ann).get("/api/v2/skills?fields=*")

        assert next(iter(answer.body)) == "statusCode"
        assert answer.body["statusCode"] == 0
        assert answer.headers["Content-Type"] == "application/json"

    @pytest.mark.parametrize("path", ["/api/v2/skills", "/api/v2/skills/"])
    def test_a_trailing_slash_means_nothing_and_redirects_nobody(self, api, world, path):
        answer = api.by(world.ann).get(path)

        assert (answer.status_code, answer.body["statusCode"]) == (200, 0)

    @pytest.mark.parametrize("path", ["/api/", "/api/v2/nothing", "/api/v2", "/api/v3/users"])
    def test_an_unknown_path_answers_json(self, api, world, path):
        answer = api.by(world.ann).get(path)

        assert answer.status_code == 404
        assert answer.body == {
            "statusCode": 6,
            "statusMessage": "The requested resource could not be found",
        }

    def test_a_method_the_resource_lacks_is_405_in_the_envelope(self, api, world):
        answer = api.by(world.ann).put("/api/v2/skills", {"name": "x"})

        assert (answer.status_code, answer.body["statusCode"]) == (405, 2)

    @pytest.mark.parametrize("body", [b"{", b"[1]", b'"text"', b"\xff", b"[" * 5000])
    def test_malformed_json_is_status_2(self, api, world, body):
        answer = api.by(world.ann).post("/api/v2/skills", body)

        assert (answer.status_code, answer.body["statusCode"]) == (400, 2)
        assert Skill.objects.count() == 1

    def test_a_body_that_is_not_json_is_415(self, api, world):
        answer = api.by(world.ann).post("/api/v2/skills", b"name=x", content_type="text/plain")

        assert (answer.status_code, answer.body["statusCode"]) == (415, 2)

    def test_an_unexpected_error_shows_nothing_of_itself(self, api, world, monkeypatch):
        monkeypatch.setattr("provisioning.api.skills.Skills.ordering", ("no_such_column",))

        answer = api.by(world.ann).get("/api/v2/skills")

        assert answer.status_code == 500
        assert answer.body == {"statusCode": 4, "statusMessage": "An internal error occurred"}


class TestReading:
    def test_a_list_without_fields_gives_uris_and_paths(self, api, world):
        answer = api.by(world.ann).get("/api/v2/skills")

        path = f"/skills/{world.sales.pk}"
        assert answer.body == {"statusCode": 0, "uris": [BASE + path], "paths": [path]}

    def test_fields_star_gives_objects_under_the_plural(self, api, world):
        answer = api.by(world.ann).get("/api/v2/skills?fields=*")

        path = f"/skills/{world.sales.pk}"
        assert answer.body == {
            "statusCode": 0,
            "skills": [
                {
                    "id": str(world.sales.pk),
                    "name": "Sales",
                    "level": "0",
                    "uri": BASE + path,
                    "path": path,
                }
            ],
        }

    def test_named_fields_give_only_these(self, api, world):
        answer = api.by(world.ann).get("/api/v2/skills?fields=name")

        assert answer.body["skills"] == [{"name": "Sales"}]

    def test_dotted_names_reach_into_objects(self, api, world):
        answer = api.by(world.ann).get("/api/v2/devices?fields=phoneNumber,country.code")

        number = world.bobs_phone.phone_number.number
        assert answer.body["devices"] == [{"phoneNumber": number, "country": {"code": ""}}]

    def test_an_unknown_field_is_named_and_refused(self, api, world):
        answer = api.by(world.ann).get("/api/v2/skills?fields=name,nmae")

        assert answer.status_code == 400
        assert answer.body["statusCode"] == 10
        assert answer.body["statusMessage"].startswith("Unknown field: nmae.")

    def test_subresources_imply_objects_and_stand_within_their_parent(self, api, world):
        answer = api.by(world.ann).get("/api/v2/users?subresources=skills&userName=bob@red.example")

        [user] = answer.body["users"]
        assert user["userName"] == "bob@red.example"
        assert [(one["name"], one["level"]) for one in user["skills"]] == [("Sales", "5")]
        assert "devices" not in user

    def test_subresources_star_gives_all_of_them_empty_ones_too(self, api, world):
        answer = api.by(world.ann).get(f"/api/v2/users/{world.ann.pk}?subresources=*")

        assert answer.body["user"]["skills"] == []
        assert answer.body["user"]["devices"] == []

    def test_fields_and_subresources_together(self, api, world):
        answer = api.by(world.ann).get(
            f"/api/v2/users/{world.bob.pk}?fields=userName&subresources=skills"
        )

        assert set(answer.body["user"]) == {"userName", "skills"}

    @pytest.mark.parametrize("value", ["*", "true", "phoneNumberUri", "phoneNumber"])
    @pytest.mark.parametrize("spelling", ["resolveUris", "resolveUri"])
    def test_resolved_links_show_their_object(self, api, world, spelling, value):
        answer = api.by(world.ann).get(f"/api/v2/devices/{world.bobs_phone.pk}?{spelling}={value}")

        number = world.bobs_phone.phone_number
        device = answer.body["device"]
        assert device["phoneNumber"] == number.number
        assert device["phoneNumberDetails"]["id"] == str(number.pk)
        assert ("voiceEnvironment" in device) == (value in {"*", "true"})

    def test_the_number_of_queries_does_not_grow_with_the_list(
        self, api, world, assert_constant_queries
    ):
        client = api.by(world.ann)

        def add_rows() -> None:
            for _ in range(5):
                user = UserFactory.create(contact_center=world.red)
                UserSkillFactory.create(user=user, skill=world.sales)

        assert_constant_queries(
            lambda: client.get("/api/v2/users?subresources=*&resolveUris=*"), add_rows=add_rows
        )


class TestFiltering:
    @pytest.fixture(autouse=True)
    def skills(self, world):
        for name in ("Billing", "Support", "Spanish"):
            SkillFactory.create(contact_center=world.red, name=name)

    def test_a_comma_is_or(self, api, world):
        answer = api.by(world.ann).get("/api/v2/skills?fields=name&name=Billing,Sales")

        assert skill_names(answer) == ["Billing", "Sales"]

    def test_parameters_are_and(self, api, world):
        answer = api.by(world.ann).get(
            f"/api/v2/skills?fields=name&name=Billing,Sales&id={world.sales.pk}"
        )

        assert skill_names(answer) == ["Sales"]

    def test_enums_are_compared_without_case(self, api, world):
        answer = api.by(world.ann).get("/api/v2/users?fields=userName&roles=role_admin")

        assert answer.body["users"] == [{"userName": "ann@red.example"}]

    def test_dotted_names_filter_by_subresource(self, api, world):
        answer = api.by(world.ann).get("/api/v2/users?fields=userName&skills.name=Sales")

        assert answer.body["users"] == [{"userName": "bob@red.example"}]

    def test_dotted_names_of_one_subresource_are_about_the_same_object(self, api, world):
        spanish = Skill.objects.get(name="Spanish")
        UserSkillFactory.create(user=world.bob, skill=spanish, level=9)

        answer = api.by(world.ann).get("/api/v2/users?skills.name=Sales&skills.level=9")

        assert answer.body["uris"] == []

    def test_phone_numbers_are_found_by_their_digits(self, api, world):
        digits = world.bobs_phone.phone_number.digits

        answer = api.by(world.ann).get(
            f"/api/v2/users?fields=userName&devices.phoneNumber={digits}"
        )

        assert answer.body["users"] == [{"userName": "bob@red.example"}]

    def test_an_unknown_parameter_is_ignored(self, api, world):
        answer = api.by(world.ann).get("/api/v2/skills?fields=name&_=123&colour=red")

        assert len(answer.body["skills"]) == 4

    @pytest.mark.parametrize("misspelt", ["feilds", "sortby", "Limit", "names"])
    def test_a_near_miss_of_a_known_parameter_is_refused(self, api, world, misspelt):
        answer = api.by(world.ann).get(f"/api/v2/skills?{misspelt}=1")

        assert answer.body["statusCode"] == 10
        assert "did you mean" in answer.body["statusMessage"]

    @pytest.mark.parametrize("query", ["enabled=maybe", "firstName=%00", "roles=ROLE_KING"])
    def test_a_filter_value_of_the_wrong_type_is_refused(self, api, world, query):
        answer = api.by(world.ann).get(f"/api/v2/users?{query}")

        assert answer.body["statusCode"] == 10

    @pytest.mark.parametrize("value", ["not-a-uuid", "1,2", ""])
    def test_an_id_that_is_none_finds_nothing(self, api, world, value):
        answer = api.by(world.ann).get(f"/api/v2/users?id={value}")

        assert (answer.status_code, answer.body) == (
            200,
            {"statusCode": 0, "uris": [], "paths": []},
        )


class TestPaging:
    @pytest.fixture(autouse=True)
    def skills(self, world):
        for number in range(1, 10):
            SkillFactory.create(contact_center=world.red, name=f"Skill {number}")

    def test_pages_have_the_total_count_and_never_overlap(self, api, world):
        client = api.by(world.ann)
        pages = [
            client.get(f"/api/v2/skills?fields=name&limit=4&offset={offset}").body
            for offset in (0, 4, 8)
        ]

        assert [page["totalCount"] for page in pages] == [10, 10, 10]
        names = [skill["name"] for page in pages for skill in page["skills"]]
        assert names == ["Sales", *(f"Skill {number}" for number in range(1, 10))]

    def test_paged_uris_have_the_total_count_too(self, api, world):
        answer = api.by(world.ann).get("/api/v2/skills?limit=3")

        assert (len(answer.body["uris"]), answer.body["totalCount"]) == (3, 10)

    def test_a_list_without_limit_is_complete(self, api, world):
        answer = api.by(world.ann).get("/api/v2/skills")

        assert len(answer.body["uris"]) == 10
        assert "totalCount" not in answer.body

    @pytest.mark.parametrize("query", ["offset=0", "sortBy=name"])
    def test_offset_or_sort_by_without_limit_misses_a_parameter(self, api, world, query):
        answer = api.by(world.ann).get(f"/api/v2/skills?{query}")

        assert answer.status_code == 400
        assert answer.body == {
            "statusCode": 1,
            "statusMessage": "Required parameter is missing: limit",
        }

    @pytest.mark.parametrize(
        "query",
        [
            "limit=501",
            "limit=0",
            "limit=-1",
            "limit=ten",
            "limit=",
            "limit=9e9",
            "limit=5&offset=-1",
            "limit=5&offset=99999999999999999999",
            "limit=5&order=Up",
            "limit=5&sortBy=colour",
            "limit=5&sortBy=skills.",
        ],
    )
    def test_what_is_out_of_range_is_refused(self, api, world, query):
        answer = api.by(world.ann).get(f"/api/v2/skills?{query}")

        assert (answer.status_code, answer.body["statusCode"]) == (400, 10)

    def test_sorting_by_several_keys_in_one_order(self, api, world):
        for first, last in (("B", "X"), ("A", "X"), ("C", "W")):
            UserFactory.create(contact_center=world.red, first_name=first, last_name=last)

        answer = api.by(world.ann).get(
            "/api/v2/users?fields=firstName&limit=3&sortBy=lastName,firstName&order=Descending"
        )

        assert [user["firstName"] for user in answer.body["users"]] == ["B", "A", "C"]

    @pytest.mark.parametrize(
        ("order", "names"),
        [("Ascending", ["low", "both", "ann"]), ("Descending", ["both", "low", "ann"])],
    )
    def test_a_subresource_key_sorts_by_the_best_match_and_none_comes_last(
        self, api, world, order, names
    ):
        User.objects.filter(pk__in=[world.bob.pk, world.sue.pk]).delete()
        other = SkillFactory.create(contact_center=world.red)
        both = UserFactory.create(contact_center=world.red, user_name="both@red.example")
        low = UserFactory.create(contact_center=world.red, user_name="low@red.example")
        UserSkillFactory.create(user=both, skill=world.sales, level=3)
        UserSkillFactory.create(user=both, skill=other, level=9)
        UserSkillFactory.create(user=low, skill=world.sales, level=2)

        answer = api.by(world.ann).get(
            f"/api/v2/users?fields=userName&limit=9&sortBy=skills.level&order={order}"
        )

        assert [user["userName"].split("@")[0] for user in answer.body["users"]] == names


class TestWriting:
    def test_creating_answers_id_uri_and_path(self, api, world):
        answer = api.by(world.ann).post("/api/v2/skills", {"name": "Magic"})

        skill = Skill.objects.get(name="Magic")
        path = f"/skills/{skill.pk}"
        assert answer.status_code == 200
        assert answer.body == {
            "statusCode": 0,
            "id": str(skill.pk),
            "uri": BASE + path,
            "path": path,
        }
        assert skill.contact_center_id == world.red.pk

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({}, 400, 1),
            ({"name": ""}, 400, 10),
            ({"name": None}, 400, 10),
            ({"name": 7}, 400, 10),
            ({"name": "x" * 256}, 400, 10),
            ({"name": "x\0"}, 400, 10),
            ({"name": "x", "colour": "red"}, 400, 10),
            ({"name": "x", "id": "1"}, 400, 11),
            ({"name": "x", "level": "5"}, 400, 11),
            ({"name": "x", "uri": "/skills/1"}, 400, 11),
            ({"name": "Sales"}, 409, 18),
        ],
    )
    def test_bad_input_is_refused_and_changes_nothing(self, api, world, body, status, code):
        answer = api.by(world.ann).post("/api/v2/skills", body)

        assert (answer.status_code, answer.body["statusCode"]) == (status, code)
        assert set(answer.body) == {"statusCode", "statusMessage"}
        assert list(Skill.objects.values_list("name", flat=True)) == ["Sales"]

    def test_put_updates_only_what_is_given(self, api, world):
        Skill.objects.update(description="Sells")

        answer = api.by(world.ann).put(f"/api/v2/skills/{world.sales.pk}", {"name": "Selling"})

        assert answer.body == {"statusCode": 0}
        world.sales.refresh_from_db()
        assert (world.sales.name, world.sales.description) == ("Selling", "Sells")
        assert world.sales.version == 2

    def test_a_read_only_property_in_an_update_changes_nothing(self, api, world):
        answer = api.by(world.ann).put(
            f"/api/v2/users/{world.bob.pk}", {"userName": "rob@red.example", "firstName": "Rob"}
        )

        assert (answer.status_code, answer.body["statusCode"]) == (400, 11)
        world.bob.refresh_from_db()
        assert world.bob.first_name == "Bob"

    @pytest.mark.parametrize("form", ["uri", "foreign uri", "path", "id", "slash"])
    def test_a_resource_is_named_by_uri_path_or_id(self, api, world, form):
        magic = SkillFactory.create(contact_center=world.red, name="Magic")
        reference = {
            "uri": f"{BASE}/skills/{magic.pk}",
            "foreign uri": f"https://elsewhere.example:99/api/v2/skills/{magic.pk}",
            "path": f"/skills/{magic.pk}",
            "id": str(magic.pk),
            "slash": f"/skills/{magic.pk}/",
        }[form]

        answer = api.by(world.ann).post(
            f"/api/v2/users/{world.bob.pk}/skills", {"uris": [reference]}
        )

        assert answer.body == {"statusCode": 0}
        assert UserSkill.objects.filter(user=world.bob, skill=magic).count() == 1


class TestBulk:
    def test_creating_many_where_one_fails_is_a_partial_success(self, api, world):
        answer = api.by(world.ann).post(
            "/api/v2/skills", {"skills": [{"name": "A"}, {"name": "Sales"}, {"name": "B"}]}
        )

        assert (answer.status_code, answer.body["statusCode"]) == (200, 7)
        a, b = Skill.objects.filter(name__in=["A", "B"]).order_by("name")
        assert [one["id"] for one in answer.body["succeeded"]] == [str(a.pk), str(b.pk)]
        assert answer.body["failed"] == [
            {"statusCode": 18, "statusMessage": "Skill Sales already exists", "name": "Sales"}
        ]

    def test_where_all_fail_the_first_failure_answers(self, api, world):
        answer = api.by(world.ann).post("/api/v2/skills", {"skills": [{"name": "Sales"}, {}]})

        assert (answer.status_code, answer.body["statusCode"]) == (409, 18)
        assert [one["statusCode"] for one in answer.body["failed"]] == [18, 1]
        assert "succeeded" not in answer.body

    def test_assigning_many_with_levels(self, api, world):
        magic = SkillFactory.create(contact_center=world.red, name="Magic")

        answer = api.by(world.ann).post(
            f"/api/v2/users/{world.bob.pk}/skills",
            {
                "skills": [
                    {"uri": f"/skills/{magic.pk}", "level": 7},
                    {"id": str(world.sales.pk), "level": "9"},
                ]
            },
        )

        assert answer.body == {"statusCode": 0}
        levels = UserSkill.objects.filter(user=world.bob).values_list("skill__name", "level")
        assert sorted(levels) == [("Magic", 7), ("Sales", 9)]

    def test_assigning_what_is_not_there_names_it(self, api, world):
        missing = "/skills/00000000-0000-4000-8000-000000000000"
        magic = SkillFactory.create(contact_center=world.red, name="Magic")

        answer = api.by(world.ann).post(
            f"/api/v2/users/{world.bob.pk}/skills", {"paths": [missing, f"/skills/{magic.pk}"]}
        )

        assert answer.body["statusCode"] == 7
        assert answer.body["succeeded"][0]["id"] == str(magic.pk)
        assert answer.body["failed"][0]["statusCode"] == 6

    def test_deleting_many(self, api, world):
        magic = SkillFactory.create(contact_center=world.red, name="Magic")

        answer = api.by(world.ann).delete(
            "/api/v2/skills", {"paths": [f"/skills/{magic.pk}"], "uris": ["/skills/none"]}
        )

        assert answer.body["statusCode"] == 7
        assert not Skill.objects.filter(pk=magic.pk).exists()

    def test_unassigning_one_and_many(self, api, world):
        client, path = api.by(world.ann), f"/api/v2/users/{world.bob.pk}/skills"

        assert client.delete(f"{path}/{world.sales.pk}").body == {"statusCode": 0}
        assert client.delete(f"{path}/{world.sales.pk}").status_code == 404
        assert client.delete(path, {}).body["statusCode"] == 1
        assert not UserSkill.objects.filter(user=world.bob).exists()


class TestWalls:
    @pytest.mark.parametrize("method", ["get", "put", "delete"])
    def test_another_contact_centers_id_is_not_found(self, api, world, method):
        client = api.by(world.eve)
        paths = [
            f"/api/v2/users/{world.bob.pk}",
            f"/api/v2/skills/{world.sales.pk}",
            f"/api/v2/devices/{world.bobs_phone.pk}",
            f"/api/v2/queues/{world.sales_queue.pk}",
            f"/api/v2/users/{world.bob.pk}/skills/{world.sales.pk}",
        ]
        for path in paths:
            if method == "put" and "/skills/" in path:
                answer = client.put(path, {})
            else:
                answer = getattr(client, method)(path)
            assert (answer.status_code, answer.body["statusCode"]) == (404, 6), path
        assert User.objects.filter(pk=world.bob.pk).exists()
        assert Skill.objects.filter(pk=world.sales.pk).exists()

    def test_lists_show_nothing_of_another_contact_center(self, api, world):
        client = api.by(world.eve)

        assert client.get("/api/v2/skills").body["uris"] == []
        assert client.get("/api/v2/devices").body["uris"] == []
        assert client.get("/api/v2/queues").body["uris"] == []
        assert client.get("/api/v2/users?fields=userName&limit=9").body == {
            "statusCode": 0,
            "users": [{"userName": "eve@blue.example"}],
            "totalCount": 1,
        }

    def test_anothers_skill_cannot_be_assigned(self, api, world):
        answer = api.by(world.eve).post(
            f"/api/v2/users/{world.eve.pk}/skills", {"uris": [f"/skills/{world.sales.pk}"]}
        )

        assert (answer.status_code, answer.body["statusCode"]) == (404, 6)
        assert not UserSkill.objects.filter(user=world.eve).exists()


class TestRoles:
    def test_agents_and_supervisors_read_users_but_write_none(self, api, world):
        for user in (world.bob, world.sue):
            client = api.by(user)
            assert client.get("/api/v2/users").status_code == 200
            for answer in (
                client.post("/api/v2/users", {"userName": "x@red.example"}),
                client.delete(f"/api/v2/users/{world.ann.pk}"),
                client.put(f"/api/v2/users/{world.ann.pk}", {"firstName": "X"}),
                client.post("/api/v2/skills", {"name": "X"}),
            ):
                assert (answer.status_code, answer.body["statusCode"]) == (403, 5)
        assert User.objects.filter(contact_center=world.red).count() == 3
        world.ann.refresh_from_db()
        assert world.ann.first_name == "Ann"

    def test_agents_change_their_own_names_and_nothing_else(self, api, world):
        client, path = api.by(world.bob), f"/api/v2/users/{world.bob.pk}"

        assert client.put(path, {"firstName": "Robert"}).body == {"statusCode": 0}
        assert client.post(path, {"lastName": "Roberts"}).body == {"statusCode": 0}
        assert client.put(path, {"roles": ["ROLE_ADMIN"]}).body["statusCode"] == 5
        assert client.put(path, {"firstName": "X", "nonsense": 1}).body["statusCode"] == 10
        assert client.put("/api/v2/me", {"path": "/users/x"}).body["statusCode"] == 11
        world.bob.refresh_from_db()
        assert (world.bob.full_name, world.bob.is_admin) == ("Robert Roberts", False)

    def test_agents_see_their_own_device_and_no_list(self, api, world):
        client = api.by(world.bob)

        assert client.get("/api/v2/devices").body["statusCode"] == 5
        assert client.get("/api/v2/queues").body["statusCode"] == 5
        assert client.get(f"/api/v2/devices/{world.bobs_phone.pk}").status_code == 200
        assert client.get("/api/v2/me/devices").body["paths"] == [f"/devices/{world.bobs_phone.pk}"]

    def test_a_cloud_admin_without_contact_center_creates_nothing(self, api, world):
        root = User.objects.create_superuser("root@cloud.example", "password")

        answer = api.by(root).post("/api/v2/skills", {"name": "Magic"})

        assert (answer.status_code, answer.body["statusCode"]) == (400, 2)
        assert Skill.objects.count() == 1
        assert api.by(root).get("/api/v2/me").body["user"]["userName"] == "root@cloud.example"


class TestFeatures:
    def test_a_disabled_features_resources_are_not_there(self, api, world):
        world.red.features.filter(feature_id="api-provisioning-read").delete()

        answer = api.by(world.ann).get("/api/v2/users")

        assert (answer.status_code, answer.body["statusCode"]) == (404, 6)
        assert api.by(world.ann).get("/api/v2/me").status_code == 200

    def test_without_the_writing_feature_reading_goes_on(self, api, world):
        world.red.features.filter(feature_id="api-provisioning-write").delete()

        assert api.by(world.ann).get("/api/v2/skills").status_code == 200
        assert api.by(world.ann).post("/api/v2/skills", {"name": "X"}).status_code == 404
        assert Skill.objects.count() == 1

    def test_services_follow_the_features(self, api, world):
        world.red.features.filter(feature_id="api-voice").delete()

        answer = api.by(world.ann).get("/api/v2/services?fields=type")

        assert answer.body["services"] == [{"type": "Provisioning"}, {"type": "Reporting"}]


class TestCrossOrigin:
    @pytest.fixture(autouse=True)
    def origins(self, world):
        Setting.objects.create(
            contact_center=world.red,
            group="access-control",
            key="allowedOrigins",
            value={"value": ["https://*.red.example", "http://desk.example:8081", "*"]},
        )

    def get(self, api, user, origin):
        return api.by(user).get("/api/v2/me", headers={"Origin": origin})

    @pytest.mark.parametrize(
        "origin", ["https://a.red.example", "https://a.b.red.example", "http://desk.example:8081"]
    )
    def test_an_origin_of_the_callers_contact_center_is_allowed(self, api, world, origin):
        answer = self.get(api, world.bob, origin)

        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert (
            answer.headers["Access-Control-Expose-Headers"]
            == "X-CSRF-HEADER, X-CSRF-TOKEN, ETag, Retry-After"
        )

    @pytest.mark.parametrize(
        "origin",
        [
            "https://red.example",
            "http://a.red.example",
            "https://red.example.evil.example",
            "https://evilred.example",
            "https://other.example",
            "null",
        ],
    )
    def test_any_other_origin_is_not(self, api, world, origin):
        answer = self.get(api, world.bob, origin)

        assert answer.status_code == 200
        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_another_contact_centers_origin_is_not(self, api, world):
        answer = self.get(api, world.eve, "https://a.red.example")

        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_pages_are_shared_with_nobody(self, client):
        answer = client.get("/accounts/login/", HTTP_ORIGIN="https://a.red.example")

        assert answer.status_code == 200
        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_a_preflight_is_answered_by_the_union_of_all_lists(self, api, world):
        answer = api.options(
            "/api/v2/me",
            headers={
                "Origin": "https://a.red.example",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "x-csrf-token",
            },
        )

        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "https://a.red.example"
        assert "x-csrf-token" in answer.headers["Access-Control-Allow-Headers"]


def test_basic_credentials_may_hold_any_character(api, world):
    world.bob.set_password("pä:ss wörd")
    world.bob.save()
    credentials = base64.b64encode("bob@red.example:pä:ss wörd".encode()).decode()

    answer = api.get("/api/v2/me", headers={"Authorization": f"Basic {credentials}"})

    assert json.loads(answer.content)["user"]["userName"] == "bob@red.example"
