import django_filters  # type: ignore[import-untyped]
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.web.lists import Column, EmptyList, ListPage
from portal.web.navigation import QUEUE_READERS
from portal.web.search import SearchFilter
from provisioning.models import Queue
from provisioning.pages.user_filters import visible_skills


class QueueFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = SearchFilter("name", "description", "phone_number__number", "phone_number__digits")
    skill = django_filters.ModelChoiceFilter(
        field_name="queue_skills__skill",
        label=_("Required skill"),
        queryset=visible_skills,
        empty_label=_("Any skill"),
    )


class QueueList(ListPage[Queue]):
    grants = QUEUE_READERS
    title = _("Queues")
    caption = _("Queues of the contact center")
    filterset_class = QueueFilter
    search_label = _("Search name, number or description")
    default_sort = "name"
    columns = (
        Column(
            key="name",
            label=_("Name"),
            template="provisioning/cells/name.html",
            order_by=("name",),
        ),
        Column(
            key="number",
            label=_("Phone number"),
            template="provisioning/cells/number.html",
            order_by=("phone_number__digits",),
        ),
        Column(
            key="skills",
            label=_("Required skills"),
            template="provisioning/cells/required_skills.html",
            css_class="d-none d-md-table-cell",
        ),
    )
    empty = EmptyList(
        title=_("No queues yet"),
        text=_("Calls wait in a queue for an agent who has all the skills it asks for."),
        icon="stack-2",
    )

    def objects(self) -> QuerySet[Queue]:
        queues: QuerySet[Queue] = Queue.objects.visible_to(self.user)
        return queues.select_related("phone_number").prefetch_related("queue_skills__skill")
