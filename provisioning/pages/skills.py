import re
from typing import Any

import django_filters  # type: ignore[import-untyped]
from django import forms
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from portal.web.lists import Column, EmptyList
from portal.web.navigation import SKILL_READERS
from portal.web.search import SearchFilter
from provisioning.models import QueueSkill, Skill, UserSkill
from provisioning.pages.desk import Desk, DeskForm, DeskList, Fact
from provisioning.services import skills


class SkillFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = SearchFilter("name", "description")


class SkillList(DeskList[Skill]):
    grants = SKILL_READERS
    title = _("Skills")
    caption = _("Skills of the contact center")
    filterset_class = SkillFilter
    search_label = _("Search name or description")
    desk_name = "skills"
    create_label = _("New skill")
    default_sort = "name"
    columns = (
        Column(
            key="name",
            label=_("Name"),
            template="provisioning/cells/linked_name.html",
            order_by=("name",),
        ),
        Column(
            key="users",
            label=_("Users"),
            template="provisioning/cells/users.html",
            order_by=("user_count",),
            css_class="text-end",
        ),
        Column(
            key="queues",
            label=_("Queues"),
            template="provisioning/cells/queues.html",
            order_by=("queue_count",),
            css_class="text-end",
        ),
    )
    empty = EmptyList(
        title=_("No skills yet"),
        text=_("A skill says what an agent can handle, at a level from 0 to 10."),
        icon="certificate",
    )

    def objects(self) -> QuerySet[Skill]:
        """With how many users have each skill and how many queues ask for it."""
        skills: QuerySet[Skill] = Skill.objects.visible_to(self.user)
        return skills.annotate(
            user_count=_count(UserSkill.objects.filter(skill=OuterRef("pk"))),
            queue_count=_count(QueueSkill.objects.filter(skill=OuterRef("pk"))),
        )


def _count(rows: "QuerySet[UserSkill] | QuerySet[QueueSkill]") -> Subquery:
    """How many rows name the skill; two joins at once would multiply each other."""
    return Subquery(rows.order_by().values("skill").annotate(count=Count("pk")).values("count"))


class SkillForm(DeskForm):
    refusal_phrases = ((re.compile("already exists"), "name"),)

    name = forms.CharField(label=_("Name"), max_length=255)
    description = forms.CharField(
        label=_("Description"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _initial(skill: Any) -> dict[str, Any]:
    return {"name": skill.name, "description": skill.description}


SKILLS = Desk(
    name="skills",
    resource="skills",
    argument="skill",
    model=Skill,
    list_page=SkillList,
    readers=SKILL_READERS,
    new_title=_("New skill"),
    form_class=SkillForm,
    facts=(
        Fact(_("Description"), "provisioning/cells/description.html"),
        Fact(_("Queues that ask for it"), "provisioning/cells/asking_queues.html"),
        Fact(_("Users who have it"), "provisioning/cells/skilled_users.html"),
    ),
    initial=_initial,
    create=skills.create_skill,
    update=skills.update_skill,
    delete=skills.delete_skill,
)
