"""The settings group `agent-states`: agent state operations, by operationName."""

from typing import Any

from portal.api.bodies import parse_body
from portal.api.fields import Access, Choice, Text
from portal.api.resources import Resource
from portal.api.status import not_found
from provisioning.change import Change
from provisioning.models import AgentState, ContactCenter
from provisioning.models.settings_group import SYSTEM_GROUPS
from provisioning.services import agent_states
from provisioning.services.setting_rules import Content
from provisioning.services.settings import take_key

_GROUP = SYSTEM_GROUPS["agent-states"]


class AgentStates(Resource):
    """How an agent state operation is written and shown; it has no address of its own."""

    path, singular, plural = "agent-states", "agentState", "agentStates"
    model = AgentState
    fields = (
        Text(name="id", source="guid", access=Access.READ_ONLY),
        Text(name="operationName", max_length=64, access=Access.SET_ONCE, required=True),
        Text(name="displayName", required=True),
        # Seed 003: a contact center adds no ways to log out.
        Choice(name="state", choices=("Ready", "NotReady"), required=True),
        Text(name="workMode", max_length=32, may_be_empty=True),
        Text(name="reason", may_be_empty=True),
    )


class AgentStateContents:
    def read(self, contact_center: ContactCenter) -> list[Content]:
        rows = AgentState.objects.filter(contact_center=contact_center)
        return [_shown(row) for row in sorted(rows, key=lambda row: row.operation_name)]

    def create(
        self, *, change: Change, contact_center: ContactCenter, content: Content
    ) -> AgentState:
        take_key(_GROUP, content)
        arguments = parse_body(AgentStates, content, is_new=True)
        return agent_states.create_agent_state(
            change=change, contact_center=contact_center, **arguments
        )

    def update(
        self, *, change: Change, contact_center: ContactCenter, content: Content
    ) -> AgentState:
        agent_state, rest = _named(contact_center, content)
        arguments: Any = parse_body(AgentStates, rest, is_new=False)
        return agent_states.update_agent_state(change=change, agent_state=agent_state, **arguments)

    def delete(self, *, change: Change, contact_center: ContactCenter, content: Content) -> None:
        agent_state, _ = _named(contact_center, content)
        agent_states.delete_agent_state(change=change, agent_state=agent_state)


def _named(contact_center: ContactCenter, content: Content) -> tuple[AgentState, Content]:
    """The agent state that a setting's key names, and the setting's other attributes."""
    key, rest = take_key(_GROUP, content)
    found = AgentState.objects.filter(contact_center=contact_center, operation_name=key).first()
    if found is None:
        raise not_found("setting")
    return found, rest


def _shown(agent_state: AgentState) -> Content:
    values = {field.name: field.read(agent_state) for field in AgentStates.fields}
    return {name: value for name, value in values.items() if value}
