"""Agent state operations that a contact center adds to the system's five.

Source: contract §2 "settings/agent-states"; seed 001 "Agent State Operations"; seed 003 "Agent
States".
"""

import uuid
from typing import Unpack

from django.db import transaction

from portal.api.status import ApiError, StatusCode, not_found, out_of_range
from provisioning.change import Change
from provisioning.events import ProvisioningChanged
from provisioning.models import AgentState, ContactCenter
from provisioning.services.fields import AgentStateFields
from provisioning.services.recording import (
    Facts,
    assign_fields,
    changed,
    facts,
    record,
    refusing_duplicates,
)


@transaction.atomic
def create_agent_state(
    *,
    change: Change,
    contact_center: ContactCenter,
    operation_name: str,
    display_name: str,
    state: str,
    work_mode: str = "",
    reason: str = "",
) -> AgentState:
    """Raises ApiError 18 where operation name or reason is taken, 10 for a work mode that does not
    fit the state.
    """
    agent_state = AgentState(
        contact_center=contact_center,
        guid=str(uuid.uuid4()),
        operation_name=operation_name,
        display_name=display_name,
        state=state,
        work_mode=work_mode,
        reason=reason,
    )
    _save(agent_state, is_new=True)
    record(_agent_state_changed(change, agent_state, before=None, after=facts(agent_state)))
    return agent_state


@transaction.atomic
def update_agent_state(
    *, change: Change, agent_state: AgentState, **fields: Unpack[AgentStateFields]
) -> AgentState:
    """Raises ApiError 3 for the system's, 6 where it has gone, 18 where the reason is taken, 10 for
    a work mode that does not fit the state.
    """
    agent_state = _lock_own(agent_state)
    before = facts(agent_state)
    assign_fields(agent_state, dict(fields))
    _save(agent_state, is_new=False)
    record(_agent_state_changed(change, agent_state, before=before, after=facts(agent_state)))
    return agent_state


@transaction.atomic
def delete_agent_state(*, change: Change, agent_state: AgentState) -> None:
    """Agents who are in it stay in it. Raises ApiError 3 for the system's, 6 where it has gone."""
    agent_state = _lock_own(agent_state)
    event = _agent_state_changed(change, agent_state, before=facts(agent_state), after=None)
    agent_state.delete()
    record(event)


def _save(agent_state: AgentState, *, is_new: bool) -> None:
    fitting = AgentState.WORK_MODES[agent_state.state]
    if agent_state.work_mode and agent_state.work_mode not in fitting:
        raise out_of_range(
            f"workMode of a {agent_state.state} state must be one of {', '.join(fitting)}"
        )
    others = AgentState.objects.filter(contact_center_id=agent_state.contact_center_id)
    others = others.exclude(pk=agent_state.pk)
    if agent_state.reason and others.filter(reason=agent_state.reason).exists():
        raise ApiError(
            StatusCode.ALREADY_EXISTS, f"An agent state with reason {agent_state.reason} exists"
        )
    with refusing_duplicates(f"Agent state {agent_state.operation_name} already exists"):
        agent_state.save(force_insert=is_new)


def _lock_own(agent_state: AgentState) -> AgentState:
    locked: AgentState | None = (
        AgentState.objects.select_for_update().filter(pk=agent_state.pk).first()
    )
    if locked is None:
        raise not_found("agent state")
    if locked.is_system:
        raise ApiError(
            StatusCode.FORBIDDEN, f"Agent state {locked.operation_name} belongs to the system"
        )
    return locked


def _agent_state_changed(
    change: Change, agent_state: AgentState, *, before: Facts | None, after: Facts | None
) -> ProvisioningChanged:
    return changed(
        change,
        contact_center_id=agent_state.contact_center_id,
        resource="agent-states",
        object_id=agent_state.pk,
        before=before,
        after=after,
    )
