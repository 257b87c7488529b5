"""Skills for a time, through HTTP; what happens when the time comes: tests/provisioning."""

from datetime import timedelta

import pytest
from django.utils import timezone

from provisioning.models import ChangeLogEntry, PlannedSkill, User, UserSkill
from tests.factories import SkillFactory, UserSkillFactory

pytestmark = pytest.mark.django_db


def at(hours: float) -> int:
    """So many hours from now, in milliseconds since 1970."""
    return round((timezone.now() + timedelta(hours=hours)).timestamp() * 1000)


@pytest.fixture
def ann(api, world):
    return api.by(world.ann)


@pytest.fixture
def magic(world):
    return SkillFactory.create(contact_center=world.red, name="Magic")


@pytest.fixture
def skills(world):
    return f"/api/v2/users/{world.bob.pk}/skills"


@pytest.fixture
def plans(world):
    return f"/api/v2/users/{world.bob.pk}/planned-skills"


def held(world, skill) -> int | None:
    return (
        UserSkill.objects.filter(user=world.bob, skill=skill).values_list("level", flat=True)
    ).first()


def code(answer) -> int:
    return answer.body["statusCode"]


class TestPlanning:
    def test_a_skill_for_later_is_not_held_yet(self, ann, world, magic, skills, plans):
        start, end = at(1), at(2)
        body = {"uri": f"/skills/{magic.pk}", "level": 7, "validFrom": start, "validUntil": end}

        assert code(ann.post(skills, {"skills": [body]})) == 0

        assert held(world, magic) is None
        [plan] = ann.get(f"{plans}?fields=*").body["plannedSkills"]
        assert {name: plan[name] for name in ("name", "level", "validFrom", "state")} == {
            "name": "Magic",
            "level": "7",
            "validFrom": start,
            "state": "Planned",
        }
        assert plan["validUntil"] == end
        assert plan["skillUri"].endswith(f"/skills/{magic.pk}")
        assert ann.get(plan["uri"]).body["plannedSkill"] == plan

    def test_a_skill_until_a_time_is_held_at_once_and_shows_it(self, ann, world, magic, skills):
        end = at(2)
        ann.post(skills, {"uri": str(magic.pk), "level": "7", "validUntil": end})

        skill = ann.get(f"{skills}/{magic.pk}").body["skill"]
        assert (skill["level"], skill["validUntil"]) == ("7", end)
        assert "validFrom" not in skill
        shown = {
            one["name"]: one.get("validUntil")
            for one in ann.get(f"{skills}?fields=*").body["skills"]
        }
        assert shown == {"Magic": end, "Sales": None}
        users = ann.get(f"/api/v2/users/{world.bob.pk}?subresources=skills").body["user"]["skills"]
        assert {one["name"]: one.get("validUntil") for one in users} == shown

    @pytest.mark.parametrize("start", [-1, 0])
    def test_a_start_that_is_past_is_now(self, ann, world, magic, skills, start):
        assert code(ann.post(skills, {"uri": str(magic.pk), "validFrom": at(start)})) == 0

        assert held(world, magic) == 0
        assert not PlannedSkill.objects.exists()

    @pytest.mark.parametrize(
        "times",
        [
            {"validUntil": -1},
            {"validFrom": 2, "validUntil": 1},
            {"validFrom": 1, "validUntil": 1},
            {"validFrom": -2, "validUntil": -1},
        ],
    )
    def test_a_time_that_is_none_is_refused(self, ann, world, magic, skills, times):
        sent = {name: at(hours) for name, hours in times.items()}
        if len(set(times.values())) < len(times):
            sent["validUntil"] = sent["validFrom"]

        assert code(ann.post(skills, {"uri": str(magic.pk), **sent})) == 10
        assert code(ann.put(f"{skills}/{world.sales.pk}", sent)) == 10
        assert (held(world, magic), held(world, world.sales)) == (None, 5)
        assert not PlannedSkill.objects.exists()

    @pytest.mark.parametrize(
        "value", ["tomorrow", 1.5, True, -1, 10**14, [], {"at": 1}, "1790000000000"]
    )
    def test_a_time_of_the_wrong_type_is_refused(self, ann, world, magic, skills, value):
        for name in ("validFrom", "validUntil"):
            assert code(ann.post(skills, {"uri": str(magic.pk), name: value})) == 10
            assert code(ann.put(f"{skills}/{world.sales.pk}", {name: value})) == 10
        assert not PlannedSkill.objects.exists()

    @pytest.mark.parametrize(
        ("start", "end", "expected"),
        [(1, 3, 18), (2, 3, 18), (3, 5, 18), (1, None, 18), (0.5, 2, 0), (4, 6, 0), (None, 2, 0)],
    )
    def test_times_of_one_skill_do_not_overlap(self, ann, magic, skills, start, end, expected):
        begin, stop = at(2), at(4)
        moments = {2: begin, 4: stop}
        skill = str(magic.pk)
        ann.post(skills, {"uri": skill, "validFrom": begin, "validUntil": stop})
        times = {"validFrom": start, "validUntil": end}
        sent = {
            name: moments.get(hours) or at(hours)
            for name, hours in times.items()
            if hours is not None
        }

        assert code(ann.post(skills, {"uri": skill, **sent})) == expected

    def test_a_new_user_comes_with_skills_for_good_for_now_and_for_later(self, ann, world, magic):
        spanish = SkillFactory.create(contact_center=world.red, name="Spanish")
        start, end = at(1), at(2)
        skills = [
            {"uri": f"/skills/{world.sales.pk}", "level": "2"},
            {"path": f"/skills/{magic.pk}", "level": "3", "validUntil": end},
            {"id": str(spanish.pk), "validFrom": start, "validUntil": end},
        ]

        answer = ann.post("/api/v2/users", {"userName": "new@red.example", "skills": skills})

        new = User.objects.get(pk=answer.body["id"])
        levels = new.user_skills.values_list("skill__name", "level")
        assert dict(levels) == {"Sales": 2, "Magic": 3}
        plans = new.planned_skills.order_by("valid_from").values_list("skill__name", "state")
        assert list(plans) == [("Magic", "Active"), ("Spanish", "Planned")]
        read = ann.get(f"/api/v2/users/{new.pk.hex}?subresources=skills").body["user"]["skills"]
        assert [one.get("validUntil") for one in read] == [end, None]

    @pytest.mark.parametrize(
        "times",
        [
            {"validUntil": -1},
            {"validFrom": 3, "validUntil": 2},
            {"validFrom": 2, "validUntil": 2},
        ],
    )
    def test_a_new_user_with_an_impossible_time_is_not_made(self, ann, magic, times):
        moments = {hours: at(hours) for hours in set(times.values())}
        one = {"id": str(magic.pk), **{name: moments[hours] for name, hours in times.items()}}

        answer = ann.post("/api/v2/users", {"userName": "new@red.example", "skills": [one]})

        assert code(answer) == 10
        assert not User.objects.filter(user_name="new@red.example").exists()

    def test_in_a_bulk_each_stands_alone(self, ann, world, magic, skills):
        answer = ann.post(
            skills,
            {
                "skills": [
                    {"uri": f"/skills/{magic.pk}", "validUntil": at(1)},
                    {"uri": f"/skills/{world.sales.pk}", "validUntil": at(-1)},
                ]
            },
        )

        assert code(answer) == 7
        assert (held(world, magic), held(world, world.sales)) == (0, 5)

    def test_a_dry_run_plans_nothing(self, ann, magic, skills):
        answer = ann.post(
            f"{skills}?dryRun=true", {"uri": str(magic.pk), "validFrom": at(1), "level": 3}
        )

        assert [one["resource"] for one in answer.body["changes"]] == ["planned-skills"]
        assert not PlannedSkill.objects.exists()


class TestChanging:
    def test_a_level_for_a_time_returns_to_the_one_before(self, ann, world, skills):
        ann.put(f"{skills}/{world.sales.pk}", {"level": "9", "validUntil": at(1)})

        plan = PlannedSkill.objects.get()
        assert (held(world, world.sales), plan.level_before) == (9, 5)

    def test_an_end_alone_bounds_the_assignment_itself(self, ann, world, skills):
        ann.put(f"{skills}/{world.sales.pk}", {"validUntil": at(1)})

        plan = PlannedSkill.objects.get()
        assert (held(world, world.sales), plan.level_before) == (5, None)

    def test_a_level_alone_leaves_the_end(self, ann, world, skills):
        path = f"{skills}/{world.sales.pk}"
        ann.put(path, {"level": "9", "validUntil": at(1)})
        ann.put(path, {"level": "8"})

        plan = PlannedSkill.objects.get()
        assert (held(world, world.sales), plan.level, plan.level_before) == (8, 8, 5)

    def test_another_end_replaces_the_end(self, ann, world, skills):
        path, end = f"{skills}/{world.sales.pk}", at(3)
        ann.put(path, {"level": "9", "validUntil": at(1)})
        ann.put(path, {"level": "7", "validUntil": end})

        assert ann.get(path).body["skill"]["validUntil"] == end
        assert PlannedSkill.objects.get().level_before == 5

    def test_null_makes_it_last(self, ann, world, skills):
        path = f"{skills}/{world.sales.pk}"
        ann.put(path, {"level": "9", "validUntil": at(1)})

        assert code(ann.put(path, {"validUntil": None})) == 0

        assert held(world, world.sales) == 9
        assert not PlannedSkill.objects.exists()

    def test_assigning_it_for_good_makes_it_last(self, ann, world, skills):
        ann.put(f"{skills}/{world.sales.pk}", {"level": "9", "validUntil": at(1)})
        ann.post(skills, {"uri": str(world.sales.pk), "level": 6})

        assert held(world, world.sales) == 6
        assert not PlannedSkill.objects.exists()

    def test_a_later_level_is_planned(self, ann, world, skills):
        ann.put(f"{skills}/{world.sales.pk}", {"level": "9", "validFrom": at(1)})

        assert held(world, world.sales) == 5
        assert PlannedSkill.objects.get().state == "Planned"

    def test_nothing_is_no_change(self, ann, world, skills):
        assert code(ann.put(f"{skills}/{world.sales.pk}", {})) == 0
        assert held(world, world.sales) == 5

    def test_unassigning_it_ends_its_plan_and_leaves_later_ones(self, ann, world, skills):
        path = f"{skills}/{world.sales.pk}"
        ann.put(path, {"level": "9", "validUntil": at(1)})
        ann.post(skills, {"uri": str(world.sales.pk), "validFrom": at(5)})

        assert code(ann.delete(path)) == 0

        assert held(world, world.sales) is None
        assert PlannedSkill.objects.get().state == "Planned"
        assert code(ann.get(path)) == 6


class TestCancelling:
    def test_what_is_planned_is_forgotten(self, ann, magic, skills, plans):
        ann.post(skills, {"uri": str(magic.pk), "validFrom": at(1)})

        assert code(ann.delete(f"{plans}/{PlannedSkill.objects.get().pk}")) == 0
        assert not PlannedSkill.objects.exists()

    def test_what_is_active_is_over_at_once(self, ann, world, skills):
        ann.put(f"{skills}/{world.sales.pk}", {"level": "9", "validUntil": at(1)})

        ann.delete(f"/api/v2/planned-skills/{PlannedSkill.objects.get().pk}")

        assert held(world, world.sales) == 5
        assert not PlannedSkill.objects.exists()

    def test_it_goes_with_its_user_and_comes_back_with_him(self, ann, world, magic, skills):
        ann.post(skills, {"uri": str(magic.pk), "validFrom": at(1), "validUntil": at(2)})
        before = PlannedSkill.objects.values().get()
        ann.delete(f"/api/v2/users/{world.bob.pk}")
        assert not PlannedSkill.objects.exists()

        newest = ChangeLogEntry.objects.order_by("-pk").first()
        body = {"operationName": "Revert", "scope": "Request"}
        assert code(ann.post(f"/api/v2/change-log/{newest.pk}", body)) == 0

        assert PlannedSkill.objects.values().get() == before

    def test_it_goes_with_its_skill(self, ann, magic, skills):
        ann.post(skills, {"uri": str(magic.pk), "validFrom": at(1)})
        ann.delete(f"/api/v2/skills/{magic.pk}")

        assert not PlannedSkill.objects.exists()
        entry = ChangeLogEntry.objects.filter(resource="planned-skills").order_by("-pk").first()
        assert (entry.action, entry.after) == ("deleted", None)


class TestWhoMay:
    @pytest.fixture
    def plan(self, ann, magic, skills):
        ann.post(skills, {"uri": str(magic.pk), "validFrom": at(1)})
        return PlannedSkill.objects.get()

    def test_everybody_of_the_contact_center_reads_and_admins_write(self, api, world, plan, plans):
        for user in (world.ann, world.sue, world.bob):
            assert len(api.by(user).get(plans).body["uris"]) == 1
        for user in (world.sue, world.bob):
            assert code(api.by(user).delete(f"{plans}/{plan.pk}")) == 5
            assert code(api.by(user).delete(f"/api/v2/planned-skills/{plan.pk}")) == 5
        assert code(api.by(world.bob).delete(f"/api/v2/me/planned-skills/{plan.pk}")) == 5
        assert PlannedSkill.objects.exists()

    def test_agents_see_no_plans_of_others(self, api, world, magic, ann):
        ann.post(f"/api/v2/users/{world.sue.pk}/skills", {"uri": str(magic.pk), "validFrom": at(1)})
        plan, bob = PlannedSkill.objects.get(), api.by(world.bob)

        assert bob.get("/api/v2/planned-skills").body["uris"] == []
        assert bob.get(f"/api/v2/planned-skills/{plan.pk}").status_code == 404
        assert bob.get(f"/api/v2/users/{world.sue.pk}/planned-skills").body["uris"] == []
        assert len(api.by(world.sue).get("/api/v2/planned-skills").body["uris"]) == 1

    def test_ones_own_are_below_me(self, api, world, plan):
        assert len(api.by(world.bob).get("/api/v2/me/planned-skills").body["uris"]) == 1
        assert api.by(world.sue).get("/api/v2/me/planned-skills").body["uris"] == []

    def test_agents_plan_nothing(self, api, world, magic, skills):
        body = {"uri": str(magic.pk), "validFrom": at(1)}

        assert code(api.by(world.bob).post(skills, body)) == 5
        assert code(api.by(world.bob).post("/api/v2/me/skills", body)) == 5
        assert not PlannedSkill.objects.exists()

    def test_contact_centers_are_walls(self, api, world, plan, plans, magic):
        eve = api.by(world.eve)

        assert eve.get(f"/api/v2/planned-skills/{plan.pk}").status_code == 404
        assert eve.delete(f"/api/v2/planned-skills/{plan.pk}").status_code == 404
        assert eve.get(plans).status_code == 404
        assert eve.get("/api/v2/planned-skills").body["uris"] == []
        own = f"/api/v2/users/{world.eve.pk}/skills"
        answer = eve.post(own, {"uri": str(magic.pk), "validFrom": at(1)})
        assert code(answer) == 6
        assert PlannedSkill.objects.count() == 1

    def test_lists_cost_the_same_whatever_their_length(
        self, ann, world, plans, skills, assert_constant_queries
    ):
        def add() -> None:
            for number in range(5):
                skill = SkillFactory.create(contact_center=world.red)
                ann.post(skills, {"uri": str(skill.pk), "validUntil": at(1 + number)})
                UserSkillFactory.create(user=world.sue, skill=skill)

        for path in (
            f"{plans}?fields=*",
            f"{skills}?fields=*",
            "/api/v2/users?subresources=skills",
        ):
            assert_constant_queries(lambda path=path: ann.get(path), add_rows=add)
