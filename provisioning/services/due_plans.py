"""Many planned skills that are due at one moment, begun and ended together.

A shift that begins at nine is hundreds of plans; one by one they would be late.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import PlannedSkill, Skill, User, UserSkill
from provisioning.services.recording import Facts, facts, record
from provisioning.services.skill_plans import ACTIVE, due_at, plan_changed
from provisioning.services.skills import skill_assignment_changed

Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class _Step:
    """What one plan does: to its user's skill, to itself. A level of None takes the skill away."""

    plan: PlannedSkill
    change: Change
    before: Facts
    touches_skill: bool = True
    level: int | None = None
    drops_plan: bool = True


@dataclass(slots=True)
class _Held:
    """The users' skills before, and those that were given since, by user and skill."""

    before: dict[Pair, UserSkill]
    given: dict[Pair, UserSkill] = field(default_factory=dict)


@transaction.atomic
def carry_out_together(*, plan_ids: Sequence[UUID]) -> int:
    """As `carry_out` for each plan, in a constant number of queries; gives how many it was.

    At most one plan of a user's skill may be among them: what follows it stands on its outcome.
    """
    now = timezone.now()
    plans = _lock(plan_ids, now)
    pairs = {(plan.user_id, plan.skill_id) for plan in plans}
    held = _Held(_held_skills(pairs))
    steps = [_step(plan, held.before.get((plan.user_id, plan.skill_id)), now) for plan in plans]
    _write(steps, held)
    record(*(event for step in steps for event in _told(step, held)))
    return len(steps)


def _lock(plan_ids: Sequence[UUID], now: datetime) -> list[PlannedSkill]:
    """The plans that are still due, with their users and skills: locked in the usual order."""
    named = list(PlannedSkill.objects.filter(pk__among=plan_ids).values_list("user_id", "skill_id"))
    users = User.objects.select_for_update().filter(pk__among=list({one[0] for one in named}))
    skills = Skill.objects.select_for_update().filter(pk__among=list({one[1] for one in named}))
    there = {user.pk: user for user in users.order_by("pk")}
    taught = {skill.pk: skill for skill in skills.order_by("pk")}
    plans = (
        PlannedSkill.objects.select_for_update(of=("self",))
        .select_related("user", "skill")
        .filter(pk__among=plan_ids, due_at__lte=now)
        .order_by("due_at", "state", "pk")
    )
    return [plan for plan in plans if plan.user_id in there and plan.skill_id in taught]


def _held_skills(pairs: Iterable[Pair]) -> dict[Pair, UserSkill]:
    wanted = set(pairs)
    rows = UserSkill.objects.filter(
        user_id__among=list({user_id for user_id, _ in wanted}),
        skill_id__among=list({skill_id for _, skill_id in wanted}),
    ).select_related("user")
    return {
        (row.user_id, row.skill_id): row for row in rows if (row.user_id, row.skill_id) in wanted
    }


def _step(plan: PlannedSkill, held: UserSkill | None, now: datetime) -> _Step:
    is_over = plan.valid_until is not None and plan.valid_until <= now
    word = "ends" if is_over else "begins"
    change = Change(actor=None, origin="system", reason=f"Planned skill {plan.pk} {word}")
    before = facts(plan)
    if is_over:
        returns = plan.state == ACTIVE and held is not None
        return _Step(plan, change, before, touches_skill=returns, level=plan.level_before)
    if plan.valid_until is None:
        return _Step(plan, change, before, level=plan.level)
    plan.state, plan.level_before = ACTIVE, None if held is None else held.level
    plan.due_at = due_at(plan)
    return _Step(plan, change, before, level=plan.level, drops_plan=False)


def _write(steps: Sequence[_Step], held: _Held) -> None:
    changing = [step for step in steps if step.touches_skill]
    rows = [
        UserSkill(user=step.plan.user, skill_id=step.plan.skill_id, level=step.level)
        for step in changing
        if step.level is not None
    ]
    taken = [
        held.before[step.plan.user_id, step.plan.skill_id].pk
        for step in changing
        if step.level is None
    ]
    UserSkill.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["user", "skill"], update_fields=["level"]
    )
    held.given.update({(row.user_id, row.skill_id): row for row in rows})
    UserSkill.objects.filter(pk__among=taken).delete()
    PlannedSkill.objects.bulk_update(
        [step.plan for step in steps if not step.drops_plan], ["state", "level_before", "due_at"]
    )
    gone = [step.plan.pk for step in steps if step.drops_plan]
    PlannedSkill.objects.filter(pk__among=gone).delete()


def _told(step: _Step, held: _Held) -> Iterable[ProvisioningChanged]:
    pair = step.plan.user_id, step.plan.skill_id
    if step.touches_skill:
        before, after = held.before.get(pair), held.given.get(pair)
        row = after or before
        if row is not None:
            yield skill_assignment_changed(
                step.change,
                row,
                before=None if before is None else facts(before),
                after=None if after is None else facts(after),
            )
    after_plan = None if step.drops_plan else facts(step.plan)
    yield plan_changed(step.change, step.plan, before=step.before, after=after_plan)
