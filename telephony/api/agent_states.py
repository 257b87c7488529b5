"""What agents ask for at `/me` and `/me/channels/voice`.

Source: seed 001 "Agent State"; seed 003 "Presence", "Channels API".
"""

from typing import Any

from portal.api.resources import Operation
from portal.api.status import ApiError, StatusCode, invalid_operation, out_of_range
from provisioning.models import AgentState
from telephony.modes import mode_of
from telephony.services import agents

_VOICE = "api-voice"
_SESSION_PARAMETERS = frozenset(
    {"operationName", "place", "loginCode", "queue", "channels", "mobileSession"}
)


def start_session(request: Any, target: Any, body: dict[str, Any]) -> dict[str, Any] | None:
    """Start each channel asked for, voice without a list; one that cannot start makes it 7."""
    if unknown := sorted(body.keys() - _SESSION_PARAMETERS):
        raise out_of_range(f"Unknown property: {', '.join(unknown)[:200]}")
    succeeded: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for channel in _channels(body):
        try:
            if channel != "voice":
                raise ApiError(StatusCode.INVALID_STATE, f"There is no channel {channel[:100]}")
            agents.start_session(user=request.user)
        except ApiError as error:
            if error.http_status == 503:
                raise
            failed.append({**error.body(), "channel": channel})
        else:
            succeeded.append({"statusCode": int(StatusCode.SUCCESS), "channel": channel})
    if not failed:
        return None
    return {
        "statusCode": int(StatusCode.PARTIAL_SUCCESS),
        "succeeded": succeeded,
        "failed": failed,
    }


def end_session(request: Any, target: Any, body: dict[str, Any]) -> None:
    agents.end_session(user=request.user)


def set_agent_state(request: Any, target: Any, body: dict[str, Any]) -> None:
    """Any agent state of the contact center, by its operation name."""
    name = body["operationName"]
    state = (
        AgentState.objects.visible_to(request.user).filter(operation_name=name).first()
        if isinstance(name, str) and "\0" not in name
        else None
    )
    if state is None:
        raise invalid_operation(str(name)[:100])
    agents.set_agent_state(user=request.user, mode=mode_of(state))


def do_not_disturb(request: Any, target: Any, body: dict[str, Any]) -> None:
    is_on = body["operationName"] == "DoNotDisturbOn"
    agents.set_do_not_disturb(user=request.user, is_on=is_on)


def _channels(body: dict[str, Any]) -> list[str]:
    channels = body.get("channels", ["voice"])
    if not isinstance(channels, list) or not all(isinstance(name, str) for name in channels):
        raise out_of_range("channels must be a list of names")
    return list(dict.fromkeys(channels))


OPERATIONS = (
    Operation(name="StartContactCenterSession", run=start_session, feature=_VOICE),
    Operation(name="EndContactCenterSession", run=end_session, feature=_VOICE),
    Operation(name="DoNotDisturbOn", run=do_not_disturb, feature=_VOICE),
    Operation(name="DoNotDisturbOff", run=do_not_disturb, feature=_VOICE),
)
AGENT_STATE = Operation(
    name="an agent state's operation name",
    run=set_agent_state,
    feature=_VOICE,
    help="Ready, NotReady, AuxWork, AfterCallWork, Offline, or a state of the contact center.",
)
