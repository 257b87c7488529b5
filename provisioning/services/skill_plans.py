"""Rows of planned skills, and what the change log says of them; the callers record it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import PlannedSkill
from provisioning.services.recording import Facts, changed, facts

ACTIVE = PlannedSkill.ACTIVE


def active_plan(user_id: UUID, skill_id: UUID) -> PlannedSkill | None:
    """The plan that holds the user's skill now, locked; the caller holds the user's row."""
    found: PlannedSkill | None = (
        PlannedSkill.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(user_id=user_id, skill_id=skill_id, state=ACTIVE)
        .first()
    )
    return found


def add_plan(change: Change, plan: PlannedSkill) -> ProvisioningChanged:
    plan.due_at = due_at(plan)
    plan.save(force_insert=True)
    return plan_changed(change, plan, before=None, after=facts(plan))


def change_plan(change: Change, plan: PlannedSkill, **fields: Any) -> ProvisioningChanged:
    before = facts(plan)
    for name, value in fields.items():
        setattr(plan, name, value)
    plan.due_at = due_at(plan)
    plan.save()
    return plan_changed(change, plan, before=before, after=facts(plan))


def drop_plan(change: Change, plan: PlannedSkill) -> ProvisioningChanged:
    event = plan_changed(change, plan, before=facts(plan), after=None)
    plan.delete()
    return event


def drop_active_plan(change: Change, user_id: UUID, skill_id: UUID) -> list[ProvisioningChanged]:
    """The user's skill is no longer bound to a time."""
    plan = active_plan(user_id, skill_id)
    return [] if plan is None else [drop_plan(change, plan)]


def drop_active_plans(
    change: Change, user_id: UUID, skill_ids: Sequence[UUID]
) -> list[ProvisioningChanged]:
    """As `drop_active_plan` for many skills; the caller holds the user's row."""
    plans = PlannedSkill.objects.filter(
        user_id=user_id, skill_id__in=skill_ids, state=ACTIVE
    ).order_by("pk")
    events = plans_gone(change, plans.select_for_update(of=("self",)).select_related("user"))
    plans.delete()
    return events


def plans_gone(change: Change, plans: Iterable[PlannedSkill]) -> list[ProvisioningChanged]:
    """What there is to tell of plans that go together with their user or skill."""
    return [plan_changed(change, plan, before=facts(plan), after=None) for plan in plans]


def due_at(plan: PlannedSkill) -> datetime:
    if plan.state == ACTIVE and plan.valid_until is not None:
        return plan.valid_until
    return plan.valid_from


def plan_changed(
    change: Change, plan: PlannedSkill, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=plan.user.contact_center_id,
        resource="planned-skills",
        object_id=plan.pk,
        before=before,
        after=after,
    )
