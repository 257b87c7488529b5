"""What is attached to a call. Source: contract §3; seed 001 "Call Data"."""

from collections.abc import Mapping
from typing import Any

from telephony.switch.capabilities import state_after
from telephony.switch.effects import Effect, NotificationType, shared_fact
from telephony.switch.parties import untold_data
from telephony.switch.state import Call, Leg
from telephony.switch.tables import CallOperation


def attach(call: Call, leg: Leg, data: Mapping[str, Any], *, at_ms: int) -> list[Effect]:
    """A key that is there already keeps both: its value becomes the list of values in order."""
    state_after(call, leg, CallOperation.ATTACH_USER_DATA)
    for key, value in data.items():
        if key not in call.user_data:
            call.user_data[key] = value
            continue
        before = call.user_data[key]
        call.user_data[key] = [*(before if isinstance(before, list) else [before]), value]
    return _changed(call, at_ms=at_ms)


def update(call: Call, leg: Leg, data: Mapping[str, Any], *, at_ms: int) -> list[Effect]:
    """A key that is there already has the new value."""
    state_after(call, leg, CallOperation.UPDATE_USER_DATA)
    call.user_data.update(data)
    return _changed(call, at_ms=at_ms)


def set_disposition(
    call: Call, leg: Leg, *, key: str, disposition: str, at_ms: int
) -> list[Effect]:
    state_after(call, leg, CallOperation.SET_CALL_DISPOSITION)
    call.user_data[key] = disposition
    return _changed(call, at_ms=at_ms)


def delete_all(call: Call, leg: Leg, *, at_ms: int) -> list[Effect]:
    state_after(call, leg, CallOperation.DELETE_USER_DATA)
    removed = tuple(call.user_data)
    call.user_data.clear()
    return _changed(call, at_ms=at_ms, removed=removed)


def delete_pair(call: Call, leg: Leg, key: str, *, at_ms: int) -> list[Effect]:
    """Deleting what is not there changes nothing, and the parties are told so."""
    state_after(call, leg, CallOperation.DELETE_USER_DATA_PAIR)
    had = call.user_data.pop(key, None) is not None
    return _changed(call, at_ms=at_ms, removed=(key,) if had else ())


def bring(call: Call, data: Mapping[str, Any], *, at_ms: int) -> list[Effect]:
    """Data that come with another operation: its own notifications show them."""
    if not data:
        return []
    call.user_data.update(data)
    return [untold_data(call, at_ms=at_ms)]


def _changed(call: Call, *, at_ms: int, removed: tuple[str, ...] = ()) -> list[Effect]:
    changed = NotificationType.ATTACHED_DATA_CHANGED
    return [shared_fact("call.data", call, notification_type=changed, at_ms=at_ms, removed=removed)]
