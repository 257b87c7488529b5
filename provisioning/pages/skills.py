import django_filters  # type: ignore[import-untyped]
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from portal.web.lists import Column, EmptyList, ListPage
from portal.web.navigation import SKILL_READERS
from portal.web.search import SearchFilter
from provisioning.models import QueueSkill, Skill, UserSkill


class SkillFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = SearchFilter("name", "description")


class SkillList(ListPage[Skill]):
    grants = SKILL_READERS
    title = _("Skills")
    caption = _("Skills of the contact center")
    filterset_class = SkillFilter
    search_label = _("Search name or description")
    default_sort = "name"
    columns = (
        Column(
            key="name",
            label=_("Name"),
            template="provisioning/cells/name.html",
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
