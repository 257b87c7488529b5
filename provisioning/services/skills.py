from collections.abc import Collection, Sequence
from typing import Any, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from portal.api.status import ApiError, not_found, out_of_range
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import ContactCenter, PlannedSkill, Skill, User, UserSkill
from provisioning.models.skill import MAX_SKILL_LEVEL
from provisioning.services.fields import SkillFields, SkillGift
from provisioning.services.recording import (
    Facts,
    assign_fields,
    changed,
    facts,
    in_use,
    record,
    refusing_duplicates,
)
from provisioning.services.skill_plans import drop_active_plan, drop_active_plans, plans_gone


@transaction.atomic
def create_skill(
    *, change: Change, contact_center: ContactCenter, name: str, description: str = ""
) -> Skill:
    """Raises ApiError 18 where the contact center has a skill of that name."""
    skill = Skill(contact_center=contact_center, name=name, description=description)
    with refusing_duplicates(f"Skill {name} already exists"):
        skill.save(force_insert=True)
    record(_skill_changed(change, skill, before=None, after=facts(skill)))
    return skill


@transaction.atomic
def update_skill(*, change: Change, skill: Skill, **fields: Unpack[SkillFields]) -> Skill:
    """Raises ApiError 6 where the skill has gone, 18 where the new name is taken."""
    skill = lock_skill(skill)
    before = facts(skill)
    assign_fields(skill, dict(fields))
    with refusing_duplicates(f"Skill {skill.name} already exists"):
        skill.save()
    record(_skill_changed(change, skill, before=before, after=facts(skill)))
    return skill


@transaction.atomic
def delete_skill(*, change: Change, skill: Skill) -> None:
    """Takes the skill from everyone who has it. Raises ApiError 19 while a queue asks for it."""
    skill = lock_skill(skill)
    queues = list(skill.queue_skills.values_list("queue__name", flat=True)[:3])
    if queues:
        raise in_use(f"Skill {skill.name} is required by: {', '.join(queues)}")
    assigned = list(skill.user_skills.select_related("user").order_by("user_id"))
    gone = [
        skill_assignment_changed(change, one, before=facts(one), after=None) for one in assigned
    ]
    gone += plans_gone(change, skill.planned_skills.select_related("user").order_by("pk"))
    deleted = _skill_changed(change, skill, before=facts(skill), after=None)
    skill.delete()
    record(*gone, deleted)


@transaction.atomic
def assign_skill(*, change: Change, user: User, skill: Skill, level: int = 0) -> UserSkill:
    """The user's skill at this level, for good; one the user has already gets the level.

    Raises ApiError 6 where user or skill has gone meanwhile, 10 for a level outside 0 to 10.
    """
    user, skill = lock_user_and_skill(user, skill)
    user_skill, event = give_level(change, user, skill, level)
    record(event, *drop_active_plan(change, user.pk, skill.pk))
    return user_skill


@transaction.atomic
def assign_skills(
    *,
    change: Change,
    users: QuerySet[User],
    visible: QuerySet[Skill],
    wanted: Sequence[tuple[UUID | None, SkillGift]],
) -> list[ApiError | None]:
    """As `assign_skill` for each in turn, in a constant number of queries; `users` is one of them.

    Answers for each what it was refused with, or None: 6 for what is not among the visible
    skills, 10 for a wrong level. Raises ApiError 6 where there is no such user.
    """
    user: User | None = users.select_for_update(of=("self",)).first()
    if user is None:
        raise not_found("user")
    found = _lock_skills(user, visible, {skill_id for skill_id, _ in wanted})
    gifts = [_checked(found.get(skill_id), gift) for skill_id, gift in wanted]
    given = [gift for gift in gifts if not isinstance(gift, ApiError)]
    record(*_give_levels(change, user, given))
    return [gift if isinstance(gift, ApiError) else None for gift in gifts]


def _checked(skill: Any, gift: SkillGift) -> tuple[Any, int] | ApiError:
    if skill is None:
        return not_found("skill")
    level = gift.get("level", 0)
    try:
        check_level(level)
    except ApiError as refusal:
        return refusal
    return skill, level


def _give_levels(
    change: Change, user: User, given: Sequence[tuple[Any, int]]
) -> list[ProvisioningChanged]:
    """Let a user have skills, all locked, at these levels; a skill's last level is what stays."""
    if not given:
        return []
    levels = {skill.pk: level for skill, level in given}
    rows = [UserSkill(user=user, skill_id=pk, level=level) for pk, level in levels.items()]
    UserSkill.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["user", "skill"], update_fields=["level"]
    )
    by_skill = {row.skill_id: row for row in rows}
    before: dict[UUID, Facts | None] = {
        skill.pk: facts(UserSkill(pk=skill.held_pk, user=user, skill=skill, level=skill.held_level))
        for skill, _ in given
        if skill.held_pk is not None
    }
    events = []
    for skill, level in given:
        row = by_skill[skill.pk]
        after = {**facts(row), "level": level}
        events.append(
            skill_assignment_changed(change, row, before=before.get(skill.pk), after=after)
        )
        before[skill.pk] = after
    if any(skill.is_planned for skill, _ in given):
        events += drop_active_plans(change, user.pk, list(levels))
    return events


@transaction.atomic
def unassign_skill(*, change: Change, user_skill: UserSkill) -> None:
    """Ends the plan that gave it. Raises ApiError 6 where the user has lost the skill meanwhile."""
    User.objects.select_for_update().filter(pk=user_skill.user_id).first()
    user_skill = lock_user_skill(user_skill)
    event = take_away(change, user_skill)
    record(event, *drop_active_plan(change, user_skill.user_id, user_skill.skill_id))


def give_level(
    change: Change, user: User, skill: Skill, level: int
) -> tuple[UserSkill, ProvisioningChanged]:
    """Let a user have a skill, both locked, at this level; the caller records it."""
    check_level(level)
    held = UserSkill.objects.filter(user=user, skill=skill).first()
    before = facts(held) if held else None
    user_skill = held or UserSkill(user=user, skill=skill)
    user_skill.level = level
    user_skill.save()
    event = skill_assignment_changed(change, user_skill, before=before, after=facts(user_skill))
    return user_skill, event


def check_level(level: int) -> None:
    if not 0 <= level <= MAX_SKILL_LEVEL:
        raise out_of_range(f"level must be a whole number from 0 to {MAX_SKILL_LEVEL}")


def take_away(change: Change, user_skill: UserSkill) -> ProvisioningChanged:
    """Take a skill from its user; the caller has locked the user and records it."""
    event = skill_assignment_changed(change, user_skill, before=facts(user_skill), after=None)
    user_skill.delete()
    return event


def lock_user_and_skill(user: User, skill: Skill) -> tuple[User, Skill]:
    """In this order everywhere. Raises ApiError 6 where one has gone or they are apart."""
    locked = _lock_user(user)
    skill = lock_skill(skill)
    if skill.contact_center_id != locked.contact_center_id:
        raise not_found("skill")
    return locked, skill


def _lock_user(user: User) -> User:
    locked: User | None = User.objects.select_for_update().filter(pk=user.pk).first()
    if locked is None:
        raise not_found("user")
    return locked


def _lock_skills(
    user: User, visible: QuerySet[Skill], keys: Collection[UUID | None]
) -> dict[UUID | None, Any]:
    """Those of the keys' skills that the user may have; one after the other in the keys' order.

    Each with `held_pk` and `held_level` of what the user has of it, and whether it `is_planned`:
    the caller holds the user's row, so that nobody else changes these.
    """
    plan = PlannedSkill.objects.filter(user=user, skill=OuterRef("pk"), state=PlannedSkill.ACTIVE)
    skills = visible.filter(
        contact_center_id=user.contact_center_id,
        pk__among=[key for key in keys if key is not None],
    ).annotate(
        held=FilteredRelation("user_skills", condition=Q(user_skills__user=user)),
        held_pk=F("held__pk"),
        held_level=F("held__level"),
        is_planned=Exists(plan),
    )
    return {skill.pk: skill for skill in skills.select_for_update(of=("self",)).order_by("pk")}


def lock_skill(skill: Skill) -> Skill:
    locked: Skill | None = Skill.objects.select_for_update().filter(pk=skill.pk).first()
    if locked is None:
        raise not_found("skill")
    return locked


def lock_user_skill(user_skill: UserSkill) -> UserSkill:
    locked: UserSkill | None = (
        UserSkill.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=user_skill.pk)
        .first()
    )
    if locked is None:
        raise not_found("skill")
    return locked


def _skill_changed(
    change: Change, skill: Skill, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=skill.contact_center_id,
        resource="skills",
        object_id=skill.pk,
        before=before,
        after=after,
    )


def skill_assignment_changed(
    change: Change, user_skill: UserSkill, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=user_skill.user.contact_center_id,
        resource="user-skills",
        object_id=f"{user_skill.user_id}/{user_skill.skill_id}",
        before=before,
        after=after,
    )
