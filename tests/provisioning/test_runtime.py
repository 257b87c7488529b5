"""Planned skills begin and end by themselves; on PostgreSQL two processes truly race for them."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.runtime.tasks import registered_tasks
from provisioning import runtime
from provisioning.change import Change
from provisioning.models import ChangeLogEntry, PlannedSkill, UserSkill
from provisioning.services import planned_skills
from provisioning.services.planned_skills import assign_skill_for, cancel_plan
from tests.factories import SkillFactory, UserFactory, build_world

CHANGE = Change(actor=None, origin="tests")
HOUR = timedelta(hours=1)


def plan(world, skill, **fields) -> PlannedSkill | None:
    assign_skill_for(change=CHANGE, user=world.bob, skill=skill, level=8, **fields)
    ChangeLogEntry.objects.all().delete()
    return PlannedSkill.objects.order_by("valid_from").last()


def pass_time(by: timedelta) -> None:
    """As if so much time had gone by since everything was planned."""
    for one in PlannedSkill.objects.all():
        one.valid_from -= by
        one.valid_until = one.valid_until and one.valid_until - by
        one.due_at -= by
        one.save()


def levels(world) -> dict[str, int]:
    rows = UserSkill.objects.filter(user=world.bob).values_list("skill__name", "level")
    return dict(rows)


def _without_ids(facts: dict | None) -> dict | None:
    told = ("level", "state", "level_before")
    return facts and {name: facts[name] for name in told if name in facts}


@pytest.fixture
def magic(world):
    return SkillFactory.create(contact_center=world.red, name="Magic")


class TestCarryingOut:
    def test_it_is_a_task(self):
        assert runtime.TASK in registered_tasks()

    def test_a_plan_begins_and_ends(self, world, magic):
        now = timezone.now()
        plan(world, magic, valid_from=now + HOUR, valid_until=now + 3 * HOUR)
        assert runtime.carry_out_due() == 0

        pass_time(HOUR)
        assert runtime.carry_out_due() == 1
        assert levels(world) == {"Sales": 5, "Magic": 8}
        assert PlannedSkill.objects.get().state == "Active"
        assert runtime.carry_out_due() == 0

        pass_time(2 * HOUR)
        assert runtime.carry_out_due() == 1
        assert levels(world) == {"Sales": 5}
        assert not PlannedSkill.objects.exists()
        assert runtime.carry_out_due() == 0

    def test_the_level_before_returns(self, world):
        now = timezone.now()
        plan(world, world.sales, valid_from=now + HOUR, valid_until=now + 3 * HOUR)
        pass_time(HOUR)
        runtime.carry_out_due()
        assert levels(world) == {"Sales": 8}

        pass_time(2 * HOUR)
        runtime.carry_out_due()

        assert levels(world) == {"Sales": 5}

    def test_without_an_end_it_lasts(self, world, magic):
        plan(world, magic, valid_from=timezone.now() + HOUR)
        pass_time(HOUR)
        runtime.carry_out_due()

        assert levels(world) == {"Sales": 5, "Magic": 8}
        assert not PlannedSkill.objects.exists()

    def test_the_change_log_says_that_the_system_did_it_and_why(self, world, magic):
        now = timezone.now()
        one = plan(world, magic, valid_from=now + HOUR, valid_until=now + 2 * HOUR)
        for _ in range(2):
            pass_time(HOUR)
            runtime.carry_out_due()

        told = ChangeLogEntry.objects.order_by("pk").values_list(
            "resource", "action", "origin", "actor_id", "reason", "contact_center_id"
        )
        begins, ends = f"Planned skill {one.pk} begins", f"Planned skill {one.pk} ends"
        assert list(told) == [
            ("user-skills", "created", "system", "", begins, world.red.pk),
            ("planned-skills", "updated", "system", "", begins, world.red.pk),
            ("user-skills", "deleted", "system", "", ends, world.red.pk),
            ("planned-skills", "deleted", "system", "", ends, world.red.pk),
        ]
        requests = set(ChangeLogEntry.objects.values_list("request_id", flat=True))
        assert len(requests) == 2

    def test_what_went_by_while_nothing_ran_is_dropped(self, world, magic):
        now = timezone.now()
        plan(world, magic, valid_from=now + HOUR, valid_until=now + 2 * HOUR)
        pass_time(5 * HOUR)

        assert runtime.carry_out_due() == 1

        assert levels(world) == {"Sales": 5}
        assert [one.resource for one in ChangeLogEntry.objects.all()] == ["planned-skills"]

    def test_of_two_that_meet_the_first_ends_first(self, world):
        now = timezone.now()
        plan(world, world.sales, valid_until=now + HOUR)
        plan(world, world.sales, valid_from=now + HOUR, valid_until=now + 3 * HOUR)

        pass_time(2 * HOUR)
        assert runtime.carry_out_due() == 2
        assert PlannedSkill.objects.get().level_before == 5

        pass_time(HOUR)
        runtime.carry_out_due()
        assert levels(world) == {"Sales": 5}

    def test_who_lost_the_skill_meanwhile_does_not_get_it_back(self, world):
        plan(world, world.sales, valid_until=timezone.now() + HOUR)
        UserSkill.objects.all().delete()
        pass_time(2 * HOUR)

        runtime.carry_out_due()

        assert levels(world) == {}
        assert not PlannedSkill.objects.exists()

    def test_one_that_fails_keeps_no_other_waiting(self, world, magic, monkeypatch):
        now = timezone.now()
        bad = plan(world, world.sales, valid_from=now + HOUR)
        plan(world, magic, valid_from=now + 2 * HOUR)
        pass_time(3 * HOUR)
        carry_out = planned_skills.carry_out

        def fail(*, plan_id):
            if plan_id == bad.pk:
                raise RuntimeError("broken")
            return carry_out(plan_id=plan_id)

        def fail_together(*, plan_ids):
            raise RuntimeError("broken")

        monkeypatch.setattr(runtime, "carry_out_together", fail_together)
        monkeypatch.setattr(runtime, "carry_out", fail)
        with pytest.raises(RuntimeError):
            runtime.carry_out_due()

        assert levels(world) == {"Sales": 5, "Magic": 8}

    def test_many_at_one_moment_cost_as_many_queries_as_few(self, world):
        def begin_and_end(count: int) -> tuple[int, int]:
            now = timezone.now()
            users = [UserFactory.create(contact_center=world.red) for _ in range(count)]
            for user in users:
                for number, skill in enumerate(
                    SkillFactory.create_batch(2, contact_center=world.red)
                ):
                    assign_skill_for(
                        change=CHANGE,
                        user=user,
                        skill=skill,
                        level=3,
                        # Half of them last: their plans go as they begin.
                        valid_from=now + HOUR,
                        valid_until=now + 2 * HOUR if number else None,
                    )
            costs = []
            for expected in (2 * count, count):
                pass_time(HOUR)
                with CaptureQueriesContext(connection) as queries:
                    assert runtime.carry_out_due() == expected
                costs.append(len(queries))
            assert UserSkill.objects.filter(user__in=users, level=3).count() == count
            assert not PlannedSkill.objects.exists()
            return costs[0], costs[1]

        assert begin_and_end(2) == begin_and_end(20)

    def test_at_once_is_the_same_as_one_by_one(self, world, magic):
        def settle(carry_out) -> list[tuple]:
            UserSkill.objects.exclude(user=world.bob, skill=world.sales).delete()
            now = timezone.now()
            for skill, start, end in (
                (world.sales, None, now + HOUR),
                (world.sales, now + HOUR, now + 4 * HOUR),
                (magic, now + HOUR, None),
                (world.sales, now + 5 * HOUR, now + 6 * HOUR),
            ):
                plan(world, skill, valid_from=start, valid_until=end)
            ChangeLogEntry.objects.all().delete()
            for step in (2 * HOUR, 3 * HOUR, 2 * HOUR):
                pass_time(step)
                carry_out()
            told = ChangeLogEntry.objects.order_by("pk")
            return [
                (one.resource, one.action, _without_ids(one.before), _without_ids(one.after))
                for one in told
            ]

        def one_by_one() -> None:
            for plan_id, *_ in runtime._due(timezone.now()):
                planned_skills.carry_out(plan_id=plan_id)

        apart = settle(one_by_one)
        assert len(apart) == 12
        at_once = settle(runtime.carry_out_due)
        assert sorted(at_once, key=str) == sorted(apart, key=str)

    def test_it_wakes_when_something_is_due(self, world, magic):
        assert runtime.seconds_to_next() == 0.5
        plan(world, magic, valid_from=timezone.now() + timedelta(seconds=0.3))
        assert 0 < runtime.seconds_to_next() <= 0.3
        pass_time(HOUR)
        assert runtime.seconds_to_next() == 0.02


def together(*acts) -> list[object]:
    """Do all at once; gives what each gave, or the exception."""
    barrier = threading.Barrier(len(acts))
    outcomes: list[object] = []

    def run(act) -> None:
        barrier.wait(10)
        try:
            outcomes.append(act())
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


@pytest.mark.django_db(transaction=True)
class TestSeveralProcesses:
    @pytest.mark.parametrize("attempt", range(3))
    def test_the_task_twice_at_once_acts_once(self, attempt):
        world, now = build_world(), timezone.now()
        for _ in range(3):
            skill = SkillFactory.create(contact_center=world.red)
            plan(world, skill, valid_from=now + HOUR, valid_until=now + 3 * HOUR)

        for step in (HOUR, 2 * HOUR):
            pass_time(step)
            outcomes = together(*[runtime.carry_out_due] * 4)
            assert sum(outcomes) == 3, outcomes

        told = ChangeLogEntry.objects.values_list("resource", "action").order_by("resource", "pk")
        assert sorted(told) == sorted(
            [
                ("planned-skills", "deleted"),
                ("planned-skills", "updated"),
                ("user-skills", "created"),
                ("user-skills", "deleted"),
            ]
            * 3
        )
        assert levels(world) == {"Sales": 5}

    @pytest.mark.parametrize("attempt", range(3))
    def test_a_plan_is_cancelled_while_it_begins(self, attempt):
        world = build_world()
        one = plan(world, world.sales, valid_from=timezone.now() + HOUR)
        pass_time(HOUR)

        outcomes = together(
            runtime.carry_out_due, lambda: cancel_plan(change=CHANGE, planned_skill=one)
        )

        assert not PlannedSkill.objects.exists()
        begun = 1 in outcomes
        assert levels(world) == {"Sales": 8 if begun else 5}

    def test_it_runs_until_it_is_stopped_and_is_in_time(self):
        world = build_world()
        stop = threading.Event()
        thread = threading.Thread(target=_run_and_close, args=(stop,))
        thread.start()
        try:
            starts_at = timezone.now() + timedelta(seconds=0.4)
            plan(world, world.sales, valid_from=starts_at)
            while levels(world) == {"Sales": 5} and timezone.now() < starts_at + 5 * HOUR / 3600:
                stop.wait(0.02)
            late = timezone.now() - starts_at
        finally:
            stop.set()
            thread.join(5)

        assert levels(world) == {"Sales": 8}
        assert late < timedelta(seconds=1)
        assert not thread.is_alive()


def _run_and_close(stop: threading.Event) -> None:
    runtime.run(stop)
    connections.close_all()
