"""Many skills at once: in a constant number of queries, and each with an outcome of its own."""

import base64
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.events.models import EventRecord
from provisioning.models import ChangeLogEntry, PlannedSkill, Skill, UserSkill
from tests.factories import PASSWORD, SkillFactory, UserSkillFactory

pytestmark = pytest.mark.django_db

MANY = 1_000
MOST_QUERIES = 12


@pytest.fixture
def skills(world) -> list[Skill]:
    return Skill.objects.bulk_create(
        Skill(contact_center=world.red, name=f"Skill {number:04}") for number in range(MANY)
    )


def path(skill: object) -> str:
    return f"/skills/{skill.pk}"


def address(user: object) -> str:
    return f"/api/v2/users/{user.pk.hex}/skills"


@pytest.mark.parametrize("form", ["uris", "levels"])
class TestAThousand:
    def body(self, form, skills):
        if form == "uris":
            return {"uris": [f"http://testserver/api/v2{path(skill)}" for skill in skills]}
        return {
            "skills": [
                {"path": path(skill), "level": str(number % 11)}
                for number, skill in enumerate(skills)
            ]
        }

    def test_it_takes_few_queries(self, client, settings, world, skills, form):
        settings.API_CSRF_PROTECTION = False
        client.force_login(world.ann)
        # One is held already.
        UserSkillFactory.create(user=world.bob, skill=skills[0], level=3)

        with CaptureQueriesContext(connection) as queries:
            answer = client.post(
                address(world.bob), self.body(form, skills), content_type="application/json"
            )

        assert answer.json() == {"statusCode": 0}
        assert len(queries) <= MOST_QUERIES, "\n".join(query["sql"][:120] for query in queries)

    def test_it_takes_few_queries_of_a_program_too(self, client, world, skills, form):
        """One that sends its credentials with each request, and keeps the session's cookie."""
        encoded = base64.b64encode(f"{world.ann.user_name}:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {encoded}"}
        headers["X-CSRF-TOKEN"] = client.get("/api/v2/me", headers=headers)["X-CSRF-TOKEN"]

        with CaptureQueriesContext(connection) as queries:
            answer = client.post(
                address(world.bob),
                self.body(form, skills),
                content_type="application/json",
                headers=headers,
            )

        assert answer.json() == {"statusCode": 0}
        assert len(queries) <= MOST_QUERIES, "\n".join(query["sql"][:120] for query in queries)

    def test_all_of_it_is_written_and_told_once(self, api, world, skills, form):
        EventRecord.objects.all().delete()

        api.by(world.ann).post(address(world.bob), self.body(form, skills))

        levels = dict(
            UserSkill.objects.filter(user=world.bob, skill__in=skills).values_list(
                "skill_id", "level"
            )
        )
        assert levels == {
            skill.pk: 0 if form == "uris" else number % 11 for number, skill in enumerate(skills)
        }
        entries = ChangeLogEntry.objects.filter(resource="user-skills")
        assert len(entries) == MANY
        assert len({entry.request_id for entry in entries}) == 1
        told = EventRecord.objects.filter(kind="provisioning.changed").order_by("pk")
        assert [one.payload["after"]["skill_id"] for one in told] == [
            str(skill.pk) for skill in skills
        ]
        by_skill = {str(row.skill_id): row.pk for row in UserSkill.objects.filter(user=world.bob)}
        assert {
            entry.after["skill_id"]: entry.after["id"] for entry in entries
        }.items() <= by_skill.items()


class TestOutcomes:
    def test_each_element_succeeds_or_fails_alone(self, api, world):
        foreign = SkillFactory.create(contact_center=world.blue)
        magic = SkillFactory.create(contact_center=world.red, name="Magic")
        body = {
            "skills": [
                {"path": path(magic), "level": "7"},
                {"path": path(foreign)},
                {"path": path(world.sales), "level": 11},
                {"path": f"/skills/{uuid.uuid4()}"},
                {"path": "/skills/nothing"},
                {"path": "/users/nobody"},
                {"level": 3},
                {"path": path(world.sales), "colour": "red"},
                {"path": path(world.sales), "level": 1},
            ]
        }

        answer = api.by(world.ann).post(address(world.bob), body)

        assert (answer.status_code, answer.body["statusCode"]) == (200, 7)
        assert [one["path"] for one in answer.body["succeeded"]] == [
            path(magic),
            path(world.sales),
        ]
        assert [one["statusCode"] for one in answer.body["failed"]] == [6, 10, 6, 6, 10, 10, 10]
        assert answer.body["failed"][0]["path"] == path(foreign)
        held = UserSkill.objects.filter(user=world.bob).values_list("skill__name", "level")
        assert dict(held) == {"Magic": 7, "Sales": 1}
        entries = ChangeLogEntry.objects.filter(resource="user-skills").order_by("pk")
        assert [(entry.action, entry.after["level"]) for entry in entries] == [
            ("created", 7),
            ("updated", 1),
        ]
        assert entries[1].before["level"] == 5

    def test_where_all_fail_nothing_is_written(self, api, world):
        body = {"uris": [f"/skills/{uuid.uuid4()}" for _ in range(3)]}

        answer = api.by(world.ann).post(address(world.bob), body)

        assert (answer.status_code, answer.body["statusCode"]) == (404, 6)
        assert len(answer.body["failed"]) == 3
        assert not ChangeLogEntry.objects.filter(resource="user-skills").exists()

    def test_one_skill_twice_is_given_and_changed(self, api, world):
        magic = SkillFactory.create(contact_center=world.red)
        body = {"skills": [{"path": path(magic), "level": 2}, {"path": path(magic), "level": 9}]}

        assert api.by(world.ann).post(address(world.bob), body).body == {"statusCode": 0}

        assert UserSkill.objects.get(user=world.bob, skill=magic).level == 9
        entries = ChangeLogEntry.objects.filter(resource="user-skills").order_by("pk")
        assert [entry.action for entry in entries] == ["created", "updated"]
        assert entries[1].before == entries[0].after

    def test_it_ends_what_a_plan_began(self, api, world):
        magic = SkillFactory.create(contact_center=world.red)
        client = api.by(world.ann)
        until = round((timezone.now() + timedelta(hours=1)).timestamp() * 1000)
        timed = [
            {"path": path(magic), "level": 2, "validUntil": until},
            {"path": path(world.sales), "level": 3},
        ]

        assert client.post(address(world.bob), {"skills": timed}).body == {"statusCode": 0}
        assert PlannedSkill.objects.filter(user=world.bob, state=PlannedSkill.ACTIVE).count() == 1
        body = {"uris": [path(magic), path(world.sales)]}
        assert client.post(address(world.bob), body).body == {"statusCode": 0}

        assert not PlannedSkill.objects.exists()
        assert set(UserSkill.objects.values_list("level", flat=True)) == {0}

    def test_a_dry_run_tries_it_and_takes_it_back(self, api, world):
        magic = SkillFactory.create(contact_center=world.red)
        body = {"uris": [path(magic), path(world.sales)]}

        answer = api.by(world.ann).post(f"{address(world.bob)}?dryRun=true", body)

        assert [(one["resource"], one["action"]) for one in answer.body["changes"]] == [
            ("user-skills", "created"),
            ("user-skills", "updated"),
        ]
        assert UserSkill.objects.filter(user=world.bob).count() == 1
