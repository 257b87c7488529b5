"""Agent states of the provisioning room as modes of the switch, and as clients see them."""

from typing import Any

from provisioning.models import AgentState
from provisioning.models.agent_state import SYSTEM_AGENT_STATES, SystemAgentState
from telephony.switch.state import Mode
from telephony.switch.tables import Presence

# Contract §2 "settings/agent-states": what the state Logout leads to reads LoggedOut.
_PRESENCE_OF_STATE = {
    "Ready": Presence.READY,
    "NotReady": Presence.NOT_READY,
    "Logout": Presence.LOGGED_OUT,
}


def mode_of(state: AgentState | SystemAgentState) -> Mode:
    return Mode(
        presence=_PRESENCE_OF_STATE[state.state],
        guid=state.guid,
        display_name=state.display_name,
        work_mode=state.work_mode,
        reason=state.reason if isinstance(state, AgentState) else "",
    )


SYSTEM_MODES = {state.operation_name: mode_of(state) for state in SYSTEM_AGENT_STATES}
READY = SYSTEM_MODES["Ready"]
NOT_READY = SYSTEM_MODES["NotReady"]
AFTER_CALL_WORK = SYSTEM_MODES["AfterCallWork"]
OFFLINE = SYSTEM_MODES["Offline"]


def user_state(mode: Mode) -> dict[str, str] | None:
    """The `userState` of an agent; None, that is absent, outside a contact center session."""
    if mode.presence is Presence.INACTIVE:
        return None
    optional: dict[str, Any] = {"workMode": mode.work_mode, "reason": mode.reason}
    return {
        "id": mode.guid,
        "displayName": mode.display_name,
        "state": str(mode.presence),
        **{name: value for name, value in optional.items() if value},
    }
