"""What is asked of agents' sessions and states: for all channels, for voice, for one device.

Each is offered to agents about themselves, and to supervisors about their agents.
Source: seed 001 "Agent State", "Session Management"; seed 003 "Presence", "Channels API",
"Device/Channel Management".
"""

from collections.abc import Callable
from typing import Any

from portal.api.resources import Operation
from portal.api.roles import SUPERVISORS
from portal.api.status import ApiError, StatusCode, invalid_operation, out_of_range
from provisioning.models import AgentState, Device, User
from telephony.api.acting import acting_on
from telephony.api.session_terms import channels_of, terms_of
from telephony.modes import mode_of
from telephony.services import agents
from telephony.services.channels import VOICE, channel_named, running_channels
from telephony.services.session_terms import Terms
from telephony.switch.state import Mode

FEATURE = "api-voice"
Body = dict[str, Any]
Run = Callable[[Any, Any, Body], dict[str, Any] | None]
# What can be wrong with one channel; all else is wrong with the request as a whole.
_OF_A_CHANNEL = frozenset({StatusCode.INVALID_STATE, StatusCode.INTERNAL_ERROR})


def start_session(request: Any, target: Any, body: Body) -> Body | None:
    """Start each channel asked for, voice without a list; one that cannot start makes it 7."""
    terms = terms_of(request.user, body)
    # Voice first: what is wrong with its place refuses all, before anything has started.
    channels = sorted(channels_of(body), key=lambda name: name != VOICE)
    succeeded: list[Body] = []
    failed: list[Body] = []
    for name in channels:
        try:
            _start_channel(request.user, name, terms)
        except ApiError as error:
            is_unavailable = error.code is StatusCode.INTERNAL_ERROR and len(channels) == 1
            if error.code not in _OF_A_CHANNEL or is_unavailable:
                raise
            failed.append({**error.body(), "channel": name})
        else:
            succeeded.append({"statusCode": int(StatusCode.SUCCESS), "channel": name})
    if not failed:
        return None
    return {
        "statusCode": int(StatusCode.PARTIAL_SUCCESS),
        "succeeded": succeeded,
        "failed": failed,
    }


def start_voice(request: Any, target: Any, body: Body) -> None:
    """At the channel itself there is nothing to choose, and nothing is partial."""
    if "channels" in body:
        raise out_of_range("Unknown property: channels")
    agents.start_session(user=request.user, terms=terms_of(request.user, body))


def end_session(request: Any, target: Any, body: Body) -> None:
    """All channels end, and with them the HTTP session that asks for it (seed 001)."""
    _end_all(request.user)
    if request.auth is None and request.session.session_key is not None:
        request.session.flush()


def end_voice(request: Any, target: Any, body: Body) -> None:
    agents.end_session(user=_user_of(request, target))


def end_users_session(request: Any, target: User, body: Body) -> None:
    """A supervisor logs an agent out."""
    _end_all(acting_on(request, target.pk))


def set_state(request: Any, target: User, body: Body) -> None:
    """Any agent state of the contact center, by its operation name, on all channels."""
    mode = _mode_asked_for(request, body)
    user = _user_of(request, target)
    for channel in running_channels(user):
        channel.set_state(user, mode)


def set_voice_state(request: Any, target: User, body: Body) -> None:
    mode = _mode_asked_for(request, body)
    agents.set_agent_state(user=_user_of(request, target), mode=mode)


def set_state_at_device(request: Any, device: Device, body: Body) -> None:
    mode = _mode_asked_for(request, body)
    user = acting_on(request, device.user_id)
    agents.set_agent_state(user=user, mode=mode, device=device)


def do_not_disturb(request: Any, target: User, body: Body) -> None:
    """At all devices and on all channels."""
    user = _user_of(request, target)
    for channel in running_channels(user):
        channel.set_do_not_disturb(user, _is_on(body))


def do_not_disturb_voice(request: Any, target: User, body: Body) -> None:
    agents.set_do_not_disturb(user=_user_of(request, target), is_on=_is_on(body))


def do_not_disturb_at_device(request: Any, device: Device, body: Body) -> None:
    user = acting_on(request, device.user_id)
    agents.set_do_not_disturb(user=user, is_on=_is_on(body), device=device)


def _start_channel(user: User, name: str, terms: Terms) -> None:
    channel = channel_named(name, user)
    if channel is None:
        raise ApiError(StatusCode.INVALID_STATE, f"There is no channel {name[:100]}")
    channel.start(user, terms)


def _end_all(user: User) -> None:
    for channel in running_channels(user):
        channel.end(user)


def _user_of(request: Any, target: User) -> User:
    return acting_on(request, target.pk)


def _mode_asked_for(request: Any, body: Body) -> Mode:
    name = body["operationName"]
    state = (
        AgentState.objects.visible_to(request.user).filter(operation_name=name).first()
        if isinstance(name, str) and "\0" not in name
        else None
    )
    if state is None:
        raise invalid_operation(str(name)[:100])
    return mode_of(state)


def _is_on(body: Body) -> bool:
    return bool(body["operationName"] == "DoNotDisturbOn")


def _do_not_disturb(run: Run, **more: Any) -> tuple[Operation, ...]:
    return tuple(
        Operation(name=name, run=run, feature=FEATURE, **more)
        for name in ("DoNotDisturbOn", "DoNotDisturbOff")
    )


def _state(run: Run, **more: Any) -> Operation:
    return Operation(
        name="an agent state's operation name",
        run=run,
        feature=FEATURE,
        help="Ready, NotReady, AuxWork, AfterCallWork, Offline, or a state of the contact center.",
        **more,
    )


# --- at /me ---
OWN_OPERATIONS = (
    Operation(name="StartContactCenterSession", run=start_session, feature=FEATURE),
    Operation(name="EndContactCenterSession", run=end_session, feature=FEATURE),
    *_do_not_disturb(do_not_disturb),
)
OWN_STATE = _state(set_state)

# --- at /me/channels/voice ---
CHANNEL_OPERATIONS = (
    Operation(name="StartContactCenterSession", run=start_voice, feature=FEATURE),
    Operation(name="EndContactCenterSession", run=end_voice, feature=FEATURE),
    *_do_not_disturb(do_not_disturb_voice),
)
CHANNEL_STATE = _state(set_voice_state)

# --- at a device: its owner's, and his supervisors' ---
DEVICE_OPERATIONS = _do_not_disturb(do_not_disturb_at_device, is_for_owner=True, others=SUPERVISORS)
DEVICE_STATE = _state(set_state_at_device, is_for_owner=True, others=SUPERVISORS)

# --- at /users/ID and /users/ID/channels/voice: supervisors' ---
USERS_OPERATIONS = (
    Operation(
        name="EndContactCenterSession", run=end_users_session, feature=FEATURE, roles=SUPERVISORS
    ),
    *_do_not_disturb(do_not_disturb, roles=SUPERVISORS),
)
USERS_STATE = _state(set_state, roles=SUPERVISORS)
USERS_CHANNEL_OPERATIONS = (
    Operation(name="EndContactCenterSession", run=end_voice, feature=FEATURE, roles=SUPERVISORS),
    *_do_not_disturb(do_not_disturb_voice, roles=SUPERVISORS),
)
USERS_CHANNEL_STATE = _state(set_voice_state, roles=SUPERVISORS)
