import re
from typing import Any

import django_filters  # type: ignore[import-untyped]
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.web.lists import Column, EmptyList
from portal.web.navigation import QUEUE_READERS
from portal.web.search import SearchFilter
from provisioning.change import Change
from provisioning.models import ContactCenter, Queue, Skill
from provisioning.pages.desk import Desk, DeskForm, DeskList, Fact
from provisioning.pages.user_filters import visible_skills
from provisioning.pages.user_forms import SkillFormSet
from provisioning.routing_templates import ROUTING_TEMPLATES
from provisioning.services import queues


class QueueFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = SearchFilter("name", "description", "phone_number__number", "phone_number__digits")
    skill = django_filters.ModelChoiceFilter(
        field_name="queue_skills__skill",
        label=_("Required skill"),
        queryset=visible_skills,
        empty_label=_("Any skill"),
    )


class QueueList(DeskList[Queue]):
    desk_name = "queues"
    create_label = _("New queue")
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
            template="provisioning/cells/linked_name.html",
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


class QueueForm(DeskForm):
    refusal_phrases = (
        (re.compile("number", re.IGNORECASE), "phone_number"),
        (re.compile("already exists"), "name"),
        (re.compile("routing", re.IGNORECASE), "routing"),
    )
    only_when_new = ("phone_number",)

    name = forms.CharField(label=_("Name"), max_length=255)
    description = forms.CharField(label=_("Description"), max_length=1000, required=False)
    phone_number = forms.CharField(
        label=_("Phone number"),
        max_length=32,
        required=False,
        help_text=_("Left empty, the queue is internal and a free number is drawn for it."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    routing_template_id = forms.ChoiceField(label=_("Routing template"))
    routing = forms.JSONField(
        label=_("Routing values"),
        required=False,
        initial=dict,
        empty_value={},
        help_text=_("What the template may be told, as JSON; {} takes its defaults."),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "code"}),
    )

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        templates: Any = self.fields["routing_template_id"]
        templates.choices = [
            (template.id, template.name)
            for template in ROUTING_TEMPLATES.values()
            if template.enabled
        ]
        self.skills = SkillFormSet(
            data,
            prefix="skills",
            initial=self.initial.get("skills", []),
            form_kwargs={"skills": Skill.objects.visible_to(self.user).order_by("name")},
        )
        if data is None:
            self.skills.extra = max(1, len(self.skills.initial or ()))

    def is_valid(self) -> bool:
        return super().is_valid() & self.skills.is_valid()

    def values(self) -> dict[str, Any]:
        return {**super().values(), "skills": self.skills.levels()}  # type: ignore[attr-defined]


def _initial(queue: Any) -> dict[str, Any]:
    required = queue.queue_skills.select_related("skill").order_by("skill__name")
    return {
        "name": queue.name,
        "description": queue.description,
        "routing_template_id": queue.routing_template_id,
        "routing": queue.routing,
        "skills": [{"skill": one.skill_id, "level": one.level} for one in required],
    }


def _create(
    *, change: Change, contact_center: ContactCenter, phone_number: str, **values: Any
) -> Queue:
    return queues.create_queue(
        change=change,
        contact_center=contact_center,
        phone_number=phone_number or None,
        internal=not phone_number,
        **values,
    )


QUEUES = Desk(
    name="queues",
    resource="queues",
    argument="queue",
    model=Queue,
    list_page=QueueList,
    readers=QUEUE_READERS,
    new_title=_("New queue"),
    form_class=QueueForm,
    facts=(
        Fact(_("Phone number"), "provisioning/cells/number.html"),
        Fact(_("Description"), "provisioning/cells/description.html"),
        Fact(_("Required skills"), "provisioning/cells/required_skills.html"),
        Fact(_("Routing template"), "provisioning/cells/routing_template.html"),
    ),
    initial=_initial,
    create=_create,
    update=queues.update_queue,
    delete=queues.delete_queue,
    related=("phone_number",),
)
