"""Agent states: the system's five to look at, the contact center's own to change."""

import re
from typing import Any

import django_filters  # type: ignore[import-untyped]
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.web.lists import Column, EmptyList
from portal.web.navigation import AGENT_STATE_READERS
from portal.web.search import SearchFilter
from provisioning.models import AgentState
from provisioning.pages.desk import Desk, DeskForm, DeskList, Fact
from provisioning.services import agent_states

# The state Logout cannot be given to a state of one's own: it is Offline's.
_OWN_STATES = (("Ready", _("Ready")), ("NotReady", _("Not ready")))


class AgentStateFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = SearchFilter("operation_name", "display_name", "reason")
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=(*_OWN_STATES, ("Logout", _("Logged out"))),
        empty_label=_("Any state"),
    )


class AgentStateList(DeskList[AgentState]):
    desk_name = "agent-states"
    grants = AGENT_STATE_READERS
    title = _("Agent states")
    caption = _("Agent states of the contact center")
    filterset_class = AgentStateFilter
    search_label = _("Search name or reason")
    create_label = _("New agent state")
    default_sort = "name"
    columns = (
        Column(
            key="name",
            label=_("Name"),
            template="provisioning/cells/agent_state_name.html",
            order_by=("display_name",),
        ),
        Column(
            key="operation",
            label=_("Operation"),
            template="provisioning/cells/operation_name.html",
            order_by=("operation_name",),
            css_class="d-none d-md-table-cell",
        ),
        Column(
            key="state",
            label=_("State"),
            template="provisioning/cells/agent_state.html",
            order_by=("state", "work_mode"),
        ),
        Column(
            key="reason",
            label=_("Reason"),
            template="provisioning/cells/reason.html",
            order_by=("reason",),
        ),
    )
    empty = EmptyList(
        title=_("No agent states"),
        text=_("An agent state is what agents choose from: Ready, Lunch, Training."),
        icon="user-pause",
    )

    def objects(self) -> QuerySet[AgentState]:
        states: QuerySet[AgentState] = AgentState.objects.visible_to(self.user)
        return states


class AgentStateForm(DeskForm):
    refusal_phrases = (
        (re.compile("reason", re.IGNORECASE), "reason"),
        (re.compile("already exists"), "operation_name"),
        (re.compile("workMode"), "work_mode"),
    )
    only_when_new = ("operation_name",)

    display_name = forms.CharField(label=_("Name"), max_length=255)
    operation_name = forms.CharField(
        label=_("Operation"),
        max_length=64,
        help_text=_("What programs ask for. It cannot be changed later."),
    )
    state = forms.ChoiceField(label=_("State"), choices=_OWN_STATES, initial="NotReady")
    work_mode = forms.ChoiceField(
        label=_("Work mode"),
        required=False,
        choices=(
            ("", _("none")),
            (_("Ready"), [(name, name) for name in AgentState.WORK_MODES["Ready"]]),
            (_("Not ready"), [(name, name) for name in AgentState.WORK_MODES["NotReady"]]),
        ),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=255,
        required=False,
        help_text=_("Told to the switch and shown to supervisors; each reason stands once."),
    )


def _initial(state: Any) -> dict[str, Any]:
    names = ("display_name", "operation_name", "state", "work_mode", "reason")
    return {name: getattr(state, name) for name in names}


AGENT_STATES = Desk(
    name="agent-states",
    resource="agent-states",
    argument="agent_state",
    model=AgentState,
    list_page=AgentStateList,
    readers=AGENT_STATE_READERS,
    new_title=_("New agent state"),
    form_class=AgentStateForm,
    facts=(
        Fact(_("Operation"), "provisioning/cells/operation_name.html"),
        Fact(_("State"), "provisioning/cells/agent_state.html"),
        Fact(_("Reason"), "provisioning/cells/reason.html"),
        Fact(_("Id shown to clients"), "provisioning/cells/guid.html"),
    ),
    initial=_initial,
    create=agent_states.create_agent_state,
    update=agent_states.update_agent_state,
    delete=agent_states.delete_agent_state,
    is_read_only=lambda state: bool(state.is_system),
)
