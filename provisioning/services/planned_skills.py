"""Skills that users have for a time: planned, begun and ended.

A plan waits as a row of its own, so that whoever looks at users' skills sees only those in effect.
`provisioning.runtime` calls `carry_out` when a plan is due.
"""

from datetime import datetime
from typing import Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.api.status import ApiError, StatusCode, not_found, out_of_range
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import PlannedSkill, Skill, User, UserSkill
from provisioning.services.fields import UserSkillFields
from provisioning.services.recording import record
from provisioning.services.skill_plans import (
    ACTIVE,
    active_plan,
    add_plan,
    change_plan,
    drop_active_plan,
    drop_plan,
)
from provisioning.services.skills import (
    check_level,
    give_level,
    lock_user_and_skill,
    lock_user_skill,
    take_away,
)

Events = list[ProvisioningChanged]


@transaction.atomic
def assign_skill_for(
    *,
    change: Change,
    user: User,
    skill: Skill,
    level: int = 0,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> None:
    """The user's skill at this level from one time to another; without times, for good.

    Afterwards the user has the level that he had before, or the skill no more. Raises ApiError 6
    where user or skill has gone, 10 for a wrong level or a time that is over, 18 where the skill
    is planned for a part of that time already.
    """
    user, skill = lock_user_and_skill(user, skill)
    record(*assigned_for(change, user, skill, level, valid_from, valid_until))


def assigned_for(
    change: Change,
    user: User,
    skill: Skill,
    level: int,
    valid_from: datetime | None,
    valid_until: datetime | None,
) -> Events:
    """As `assign_skill_for`; user and skill are locked, and the caller records it."""
    now = timezone.now()
    _check_times(valid_from, valid_until, now)
    held = UserSkill.objects.filter(user=user, skill=skill).first()
    wanted = PlannedSkill(
        user=user,
        skill=skill,
        level=level,
        level_before=None if held is None else held.level,
        valid_from=valid_from or now,
        valid_until=valid_until,
    )
    return _assigned(change, wanted, now)


@transaction.atomic
def update_user_skill(
    *, change: Change, user_skill: UserSkill, **fields: Unpack[UserSkillFields]
) -> None:
    """Change the level of a skill in effect, or its time.

    With `valid_until` and no level it is this assignment that ends then; with a level, the level,
    and the one before returns. `valid_until` None makes it last. Raises ApiError as
    `assign_skill_for`, 6 where the user has lost the skill meanwhile.
    """
    now = timezone.now()
    valid_from, valid_until = fields.get("valid_from"), fields.get("valid_until")
    _check_times(valid_from, valid_until, now)
    user, skill = lock_user_and_skill(user_skill.user, user_skill.skill)
    held = lock_user_skill(user_skill)
    level = fields.get("level", held.level)
    if valid_from is None and "valid_until" not in fields:
        record(*_with_level(change, held, level))
        return
    is_later = valid_from is not None and valid_from > now
    wanted = PlannedSkill(
        user=user,
        skill=skill,
        level=level,
        level_before=held.level if "level" in fields or is_later else None,
        valid_from=valid_from or now,
        valid_until=valid_until,
    )
    record(*_assigned(change, wanted, now))


@transaction.atomic
def cancel_plan(*, change: Change, planned_skill: PlannedSkill) -> None:
    """Forget a plan; one that is active is over at once. Raises ApiError 6 where it has gone."""
    lock_user_and_skill(planned_skill.user, planned_skill.skill)
    plan = _lock_plan(planned_skill.pk)
    if plan is None:
        raise not_found("plannedSkill")
    record(*_ended(change, plan))


@transaction.atomic
def carry_out(*, plan_id: UUID) -> bool:
    """Begin or end what is due; False where another process has, or nothing is due any more.

    A plan whose whole time went by while nothing ran is dropped.
    """
    found = PlannedSkill.objects.select_related("user", "skill").filter(pk=plan_id).first()
    if found is None:
        return False
    try:
        lock_user_and_skill(found.user, found.skill)
    except ApiError:
        return False
    now = timezone.now()
    plan = _lock_plan(plan_id)
    if plan is None or plan.due_at > now:
        return False
    is_over = plan.valid_until is not None and plan.valid_until <= now
    word = "ends" if is_over else "begins"
    change = Change(actor=None, origin="system", reason=f"Planned skill {plan.pk} {word}")
    record(*(_ended(change, plan) if is_over else _begun(change, plan)))
    return True


def _assigned(change: Change, wanted: PlannedSkill, now: datetime) -> Events:
    """What is wanted, now or later; user and skill are locked."""
    check_level(wanted.level)
    plan = active_plan(wanted.user_id, wanted.skill_id)
    if wanted.valid_from > now:
        _refuse_overlap(wanted)
        wanted.level_before = None
        return [add_plan(change, wanted)]
    given = give_level(change, wanted.user, wanted.skill, wanted.level)[1]
    if wanted.valid_until is None:
        return [given, *drop_active_plan(change, wanted.user_id, wanted.skill_id)]
    _refuse_overlap(wanted, besides=plan)
    if plan is None:
        wanted.state = ACTIVE
        return [given, add_plan(change, wanted)]
    # What the user falls back to stays what it was before the first of the plans.
    until = wanted.valid_until
    return [given, change_plan(change, plan, level=wanted.level, valid_until=until)]


def _with_level(change: Change, held: UserSkill, level: int) -> Events:
    events = [give_level(change, held.user, held.skill, level)[1]]
    plan = active_plan(held.user_id, held.skill_id)
    if plan is not None and plan.level != level:
        events.append(change_plan(change, plan, level=level))
    return events


def _begun(change: Change, plan: PlannedSkill) -> Events:
    held = UserSkill.objects.filter(user=plan.user, skill=plan.skill).first()
    before = None if held is None else held.level
    given = give_level(change, plan.user, plan.skill, plan.level)[1]
    if plan.valid_until is None:
        return [given, drop_plan(change, plan)]
    return [given, change_plan(change, plan, state=ACTIVE, level_before=before)]


def _ended(change: Change, plan: PlannedSkill) -> Events:
    held = UserSkill.objects.filter(user=plan.user, skill=plan.skill).first()
    events = []
    if plan.state == ACTIVE and held is not None:
        if plan.level_before is None:
            events.append(take_away(change, held))
        else:
            events.append(give_level(change, plan.user, plan.skill, plan.level_before)[1])
    return [*events, drop_plan(change, plan)]


def _check_times(valid_from: datetime | None, valid_until: datetime | None, now: datetime) -> None:
    if valid_until is None:
        return
    if valid_until <= now:
        raise out_of_range("validUntil must be in the future")
    if valid_from is not None and valid_until <= valid_from:
        raise out_of_range("validUntil must be later than validFrom")


def _refuse_overlap(wanted: PlannedSkill, *, besides: PlannedSkill | None = None) -> None:
    plans = PlannedSkill.objects.filter(user=wanted.user, skill=wanted.skill)
    plans = plans.filter(Q(valid_until=None) | Q(valid_until__gt=wanted.valid_from))
    if wanted.valid_until is not None:
        plans = plans.filter(valid_from__lt=wanted.valid_until)
    if besides is not None:
        plans = plans.exclude(pk=besides.pk)
    if plans.exists():
        raise ApiError(
            StatusCode.ALREADY_EXISTS,
            f"Skill {wanted.skill.name} is planned for a part of that time already",
        )


def _lock_plan(plan_id: UUID) -> PlannedSkill | None:
    plan: PlannedSkill | None = (
        PlannedSkill.objects.select_for_update(of=("self",))
        .select_related("user", "skill")
        .filter(pk=plan_id)
        .first()
    )
    return plan
