"""What is wrong, or likely wrong, in a contact center's configuration, and which objects it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from provisioning.coverage import qualified_agents
from provisioning.models import (
    Device,
    Disposition,
    Group,
    PhoneNumber,
    Queue,
    Skill,
    User,
    UserSkill,
)
from provisioning.models.group import DISPOSITIONS

# Internal numbers are shorter than any number of a country's plan.
_LONGEST_INTERNAL_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`find` gives the objects of a contact center for which it holds; `is_grave` is what stops
    people from working."""

    name: str
    title: str | Promise
    advice: str | Promise
    is_grave: bool
    find: Callable[[UUID], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Finding:
    check: Check
    count: int
    objects: Sequence[Any]


def examine(contact_center_id: UUID, *, shown: int) -> list[Finding]:
    """Every check that finds something, grave ones first, with the first objects of each."""
    findings = []
    for check in CHECKS:
        found = check.find(contact_center_id)
        if count := found.count():
            findings.append(Finding(check, count, list(found[:shown])))
    return sorted(findings, key=lambda finding: not finding.check.is_grave)


def _unserved_queues(contact_center_id: UUID) -> QuerySet[Any]:
    agents = qualified_agents(contact_center_id)
    unserved = [queue_id for queue_id, count in agents.items() if count == 0]
    return Queue.objects.filter(pk__among=unserved).order_by("name", "pk")


def _devices_of_disabled_users(contact_center_id: UUID) -> QuerySet[Any]:
    devices = Device.objects.filter(contact_center_id=contact_center_id, user__is_active=False)
    return devices.select_related("phone_number").order_by("phone_number__digits", "pk")


def _devices_without_owner(contact_center_id: UUID) -> QuerySet[Any]:
    devices = Device.objects.filter(contact_center_id=contact_center_id, user=None, place=None)
    return devices.select_related("phone_number").order_by("phone_number__digits", "pk")


def _agents_without_skill(contact_center_id: UUID) -> QuerySet[Any]:
    held = UserSkill.objects.filter(user=OuterRef("pk"))
    agents = _agents(contact_center_id).filter(~Exists(held))
    return agents.order_by("last_name", "first_name", "pk")


def _agents_without_device(contact_center_id: UUID) -> QuerySet[Any]:
    devices = Device.objects.filter(user=OuterRef("pk"))
    agents = _agents(contact_center_id).filter(~Exists(devices), default_place=None)
    return agents.order_by("last_name", "first_name", "pk")


def _agents(contact_center_id: UUID) -> QuerySet[Any]:
    agents: QuerySet[Any] = User.objects.filter(
        contact_center_id=contact_center_id, is_agent=True, is_active=True
    )
    return agents


def _skills_nobody_has(contact_center_id: UUID) -> QuerySet[Any]:
    skills = Skill.objects.filter(contact_center_id=contact_center_id, user_skills=None)
    return skills.order_by("name", "pk")


def _skills_no_queue_uses(contact_center_id: UUID) -> QuerySet[Any]:
    skills = Skill.objects.filter(contact_center_id=contact_center_id, queue_skills=None)
    return skills.order_by("name", "pk")


def _numbers_twice(contact_center_id: UUID) -> QuerySet[Any]:
    """Different numbers of the same digits: a caller who dials them reaches one of the two."""
    numbers = PhoneNumber.objects.filter(contact_center_id=contact_center_id)
    twice = numbers.order_by().values("digits").annotate(n=Count("pk")).filter(n__gt=1)
    return numbers.filter(digits__in=twice.values("digits")).order_by("digits", "pk")


def _numbers_of_no_plan(contact_center_id: UUID) -> QuerySet[Any]:
    """Too long for an internal number, and in no country's plan."""
    longer = rf"^\d{{{_LONGEST_INTERNAL_DIGITS + 1},}}$"
    numbers = PhoneNumber.objects.filter(contact_center_id=contact_center_id, country_code="")
    return numbers.filter(digits__regex=longer).order_by("digits", "pk")


def _empty_disposition_groups(contact_center_id: UUID) -> QuerySet[Any]:
    groups = Group.objects.filter(contact_center_id=contact_center_id, contains=DISPOSITIONS)
    return groups.filter(
        ~Exists(Disposition.objects.filter(group=OuterRef("pk"))),
        ~Exists(Group.objects.filter(parent=OuterRef("pk"))),
    ).order_by("name", "pk")


CHECKS = (
    Check(
        name="unserved-queues",
        title=_("Queues that nobody can serve"),
        advice=_("No enabled agent has all the skills they ask for, so callers wait in vain."),
        is_grave=True,
        find=_unserved_queues,
    ),
    Check(
        name="agents-without-device",
        title=_("Agents without a phone"),
        advice=_("They have neither a device nor a default place, so they cannot start a session."),
        is_grave=True,
        find=_agents_without_device,
    ),
    Check(
        name="numbers-twice",
        title=_("Numbers of the same digits"),
        advice=_("Whoever dials them reaches only one of them."),
        is_grave=True,
        find=_numbers_twice,
    ),
    Check(
        name="agents-without-skill",
        title=_("Agents without a skill"),
        advice=_("They get calls only from queues that ask for no skill."),
        is_grave=False,
        find=_agents_without_skill,
    ),
    Check(
        name="devices-of-disabled-users",
        title=_("Devices of disabled users"),
        advice=_("Their numbers ring nowhere. Give them to somebody else."),
        is_grave=False,
        find=_devices_of_disabled_users,
    ),
    Check(
        name="devices-without-owner",
        title=_("Devices without an owner or a place"),
        advice=_("Nobody can use them. Assign or delete them."),
        is_grave=False,
        find=_devices_without_owner,
    ),
    Check(
        name="skills-nobody-has",
        title=_("Skills nobody has"),
        advice=_("Assign them, or delete what is no longer needed."),
        is_grave=False,
        find=_skills_nobody_has,
    ),
    Check(
        name="skills-no-queue-uses",
        title=_("Skills no queue asks for"),
        advice=_("They route no call."),
        is_grave=False,
        find=_skills_no_queue_uses,
    ),
    Check(
        name="numbers-of-no-plan",
        title=_("Numbers that no country knows"),
        advice=_("Too long for an internal number, and in no numbering plan."),
        is_grave=False,
        find=_numbers_of_no_plan,
    ),
    Check(
        name="empty-disposition-groups",
        title=_("Disposition groups without a disposition"),
        advice=_("Agents see an empty list there."),
        is_grave=False,
        find=_empty_disposition_groups,
    ),
)
