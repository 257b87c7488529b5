"""Seed 003 "Skills API"."""

import pytest

from tests.factories import SkillFactory

pytestmark = pytest.mark.django_db

BASE = "http://testserver/api/v2"


class TestSkillsChapter:
    def test_the_documented_examples(self, api, world):
        client = api.by(world.ann)
        description = "Brandishing of heavy and sharp long iron bars."
        created = client.post("/api/v2/skills", {"name": "Might", "description": description}).body
        paths = [created["path"], f"/skills/{world.sales.pk}"]

        listed = client.get("/api/v2/skills").body
        assert listed == {
            "statusCode": 0,
            "uris": [BASE + path for path in paths],
            "paths": paths,
        }
        might, sales = client.get("/api/v2/skills?fields=*").body["skills"]
        assert (might["description"], might["level"]) == (description, "0")
        assert "description" not in sales
        assert client.get(f"/api/v2{paths[0]}").body["skill"] == might

    @pytest.mark.parametrize("prefix", ["me", "users"])
    def test_a_users_skills(self, api, world, prefix):
        at = "me" if prefix == "me" else f"users/{world.bob.pk.hex}"
        client = api.by(world.bob)

        listed = client.get(f"/api/v2/{at}/skills?fields=*").body
        one = client.get(f"/api/v2/{at}/skills/{world.sales.pk}").body

        assert listed["statusCode"] == one["statusCode"] == 0
        assert listed["skills"] == [one["skill"]]
        assert one["skill"]["level"] == "5"

    def test_the_list_costs_a_constant_number_of_queries(self, api, world, assert_constant_queries):
        client = api.by(world.bob)

        assert_constant_queries(
            lambda: client.get("/api/v2/skills?fields=*"),
            add_rows=lambda: SkillFactory.create_batch(5, contact_center=world.red),
        )
