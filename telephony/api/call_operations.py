"""What is asked of calls, and of devices that are to call: parameters read, the service called.

Source: seed 001 "Voice API"; seed 003 "Call Control", "Call Recording API".
"""

import re
from collections.abc import Callable
from typing import Any

from portal.api.resources import Operation
from portal.api.roles import SUPERVISORS
from portal.api.status import invalid_operation, missing, not_found, out_of_range
from portal.api.uris import referenced_id
from provisioning.models import Device, User
from provisioning.services.setting_rules import check_json
from telephony.api.acting import acting_on
from telephony.models import Leg
from telephony.services import call_data, calls, conversations, dialing, forwarding
from telephony.services.acting import Who
from telephony.services.recordings import FEATURE as RECORDING
from telephony.services.recordings import control_recording
from telephony.switch.tables import RECORDING_OPERATIONS, CallOperation

VOICE = "api-voice"
_MAX_TEXT = 255
_DIGITS = re.compile(r"[0-9*#]{1,64}")

Body = dict[str, Any]
Service = Callable[..., Any]
# Gives what the service needs of the body, besides the call.
Parameters = Callable[[User, Body], dict[str, Any]]


def no_parameters(user: User, body: Body) -> dict[str, Any]:
    refuse_unknown(body)
    return {}


def _destination(user: User, body: Body) -> dict[str, Any]:
    refuse_unknown(body, "destination", "userData", "location", "extensions", "reasons")
    user_data = _user_data(body) if "userData" in body else {}
    return {"number": number_in(body.get("destination")), "user_data": user_data}


def _participant(user: User, body: Body) -> dict[str, Any]:
    refuse_unknown(body, "participant")
    return {"participant": text_in(body, "participant")}


def _digits(user: User, body: Body) -> dict[str, Any]:
    """They are checked, and nothing keeps them."""
    refuse_unknown(body, "digits")
    if not _DIGITS.fullmatch(text_in(body, "digits")):
        raise out_of_range("digits must be one or more of 0-9, * and #")
    return {}


def _other_call(user: User, body: Body) -> dict[str, Any]:
    refuse_unknown(body, "otherCallUri")
    if body.get("otherCallUri") is None:
        raise missing("otherCallUri")
    return {"other_call_id": _own_call(user, body["otherCallUri"])}


def _consult_call(user: User, body: Body) -> dict[str, Any]:
    refuse_unknown(body, "consultCallUri")
    if body.get("consultCallUri") is None:
        return {}
    return {"consult_call_id": _own_call(user, body["consultCallUri"])}


def _data(user: User, body: Body) -> dict[str, Any]:
    refuse_unknown(body, "userData")
    return {"user_data": _user_data(body)}


def _key(user: User, body: Body) -> dict[str, Any]:
    refuse_unknown(body, "key")
    return {"key": text_in(body, "key")}


def _disposition(user: User, body: Body) -> dict[str, Any]:
    refuse_unknown(body, "callUri", "callUuid", "disposition", "dispositionKey")
    uuid = text_in(body, "callUuid") if body.get("callUuid") is not None else None
    key = text_in(body, "dispositionKey") if body.get("dispositionKey") is not None else None
    uri = body.get("callUri")
    return {
        "disposition": text_in(body, "disposition"),
        "key": key,
        "call_uuid": uuid,
        "call_id": referenced_id(uri, "calls") if uri is not None else None,
    }


# --- reading a body ---


def refuse_unknown(body: Body, *known: str) -> None:
    if unknown := sorted(body.keys() - {"operationName", "deviceUri", *known}):
        raise out_of_range(f"Unknown property: {', '.join(unknown)[:300]}")


def text_in(body: Body, name: str) -> str:
    value = body.get(name)
    if value is None:
        raise missing(name)
    if not isinstance(value, str) or not value.strip() or len(value) > _MAX_TEXT:
        raise out_of_range(f"{name} must be a text of 1 to {_MAX_TEXT} characters")
    check_json(value)
    return value.strip()


def number_in(destination: object) -> str:
    """`{"phoneNumber": …}`, or the number itself; whether it leads anywhere the switch knows."""
    if destination is None:
        raise missing("destination")
    if isinstance(destination, dict):
        refuse_unknown_of(destination)
        return text_in(destination, "phoneNumber")
    return text_in({"destination": destination}, "destination")


def refuse_unknown_of(destination: Body) -> None:
    if unknown := sorted(destination.keys() - {"phoneNumber"}):
        raise out_of_range(f"Unknown property of destination: {', '.join(unknown)[:300]}")


def _user_data(body: Body) -> dict[str, Any]:
    if body.get("userData") is None:
        raise missing("userData")
    data = body["userData"]
    if not isinstance(data, dict):
        raise out_of_range("userData must be an object")
    check_json(data)
    return dict(data)


def _own_call(user: User, reference: object) -> str:
    call_id = referenced_id(reference, "calls")
    if not _is_storable(call_id) or not Leg.objects.filter(user=user, call_id=call_id).exists():
        raise not_found("call")
    return call_id


def _is_storable(text: str) -> bool:
    return "\0" not in text


# --- operations on a call ---


def _on_call(
    name: str, service: Service, parameters: Parameters = no_parameters, **more: Any
) -> Operation:
    """`more` are further arguments of the service, the same in every request."""

    def run(request: Any, leg: Leg, body: Body) -> None:
        leg = _asked_leg(request, leg, body)
        user = acting_on(request, leg.user_id)
        who: Who = {"asked_by": request.user}
        if leg.device_id is not None:
            who["device_id"] = leg.device_id
        arguments = parameters(user, body)
        service(user=user, call_id=leg.call_id, **arguments, **more, **who)

    feature = RECORDING if name in RECORDING_OPERATIONS else VOICE
    return Operation(name=name, run=run, feature=feature)


def _asked_leg(request: Any, leg: Leg, body: Body) -> Leg:
    """Whose part in the call is meant: one's own, that of a device named, or the first."""
    parts = Leg.objects.visible_to(request.user).filter(call_id=leg.call_id)
    if body.get("deviceUri") is not None:
        device_id = referenced_id(body["deviceUri"], "devices")
        named: list[Leg] = [part for part in parts if str(part.device_id) == device_id]
        if not named:
            raise not_found("device")
        return named[0]
    if leg.user_id == request.user.pk:
        return leg
    own: Leg | None = parts.filter(user=request.user).order_by("pk").first()
    return own or leg


def _disposition_of_call(request: Any, get_leg: Callable[[], Leg], body: Body) -> None:
    """A call that is over is not there any more at its address; its uuid names it."""
    if body.get("callUuid") is not None:
        named = {**_disposition(request.user, body), "call_id": None}
        call_data.set_disposition(user=request.user, **named)
        return
    leg = get_leg()
    user = acting_on(request, leg.user_id)
    named = {**_disposition(user, body), "call_id": leg.call_id}
    call_data.set_disposition(user=user, **named)


def _consult(operation: CallOperation) -> Operation:
    return _on_call(operation, dialing.consult, _destination, operation=operation)


def _record(operation: CallOperation) -> Operation:
    return _on_call(operation, control_recording, operation=operation)


CALL_OPERATIONS = (
    _on_call("Answer", calls.answer),
    _on_call("Reject", calls.reject),
    _on_call("Hangup", calls.hangup),
    _on_call("Hold", calls.hold),
    _on_call("Retrieve", calls.retrieve),
    _on_call("SendDtmf", calls.send_dtmf, _digits),
    _on_call("MuteCall", calls.set_mute, is_on=True),
    _on_call("UnmuteCall", calls.set_mute, is_on=False),
    _on_call("SingleStepConference", conversations.single_step_conference, _destination),
    _consult(CallOperation.INITIATE_CONFERENCE),
    _on_call("CompleteConference", conversations.complete_conference, _consult_call),
    _on_call("RemoveParticipantFromConference", calls.remove_participant, _participant),
    _on_call("SwapCalls", conversations.swap_calls, _other_call),
    _on_call("MergeWithOtherCall", conversations.merge_with_other_call, _other_call),
    _on_call("SingleStepTransfer", conversations.single_step_transfer, _destination),
    _consult(CallOperation.INITIATE_TRANSFER),
    _on_call("CompleteTransfer", conversations.complete_transfer, _consult_call),
    _on_call("AttachUserData", call_data.attach_user_data, _data),
    _on_call("UpdateUserData", call_data.update_user_data, _data),
    _on_call("DeleteUserData", call_data.delete_user_data),
    _on_call("DeleteUserDataPair", call_data.delete_user_data_pair, _key),
    Operation(
        name="SetCallDisposition", run=_disposition_of_call, feature=VOICE, needs_target=False
    ),
    _record(CallOperation.START_RECORDING),
    _record(CallOperation.STOP_RECORDING),
    _record(CallOperation.PAUSE_RECORDING),
    _record(CallOperation.RESUME_RECORDING),
)


# --- operations on a device ---


def dial(request: Any, device: Device, body: Body) -> None:
    if body.get("operationName") != "Dial":
        raise invalid_operation(str(body.get("operationName"))[:100])
    user = acting_on(request, device.user_id)
    arguments = _destination(user, body)
    dialing.dial(device=device, asked_by=request.user, **arguments)


def _forward(request: Any, device: Device, body: Body) -> None:
    refuse_unknown(body, "destination")
    user = acting_on(request, device.user_id)
    destination = number_in(body.get("destination"))
    forwarding.forward_calls(
        user=user, device=device, destination=destination, asked_by=request.user
    )


def _keep(request: Any, device: Device, body: Body) -> None:
    # Seed 001 "ForwardCallsOff" sends the destination along.
    refuse_unknown(body, "destination")
    user = acting_on(request, device.user_id)
    forwarding.keep_calls(user=user, device=device, asked_by=request.user)


def _disposition_at_device(request: Any, device: Device, body: Body) -> None:
    user = acting_on(request, device.user_id)
    arguments = _disposition(user, body)
    if arguments["call_uuid"] is None and arguments["call_id"] is None:
        raise missing("callUuid")
    call_data.set_disposition(user=user, **arguments)


def _on_device(name: str, run: Callable[[Any, Device, Body], None]) -> Operation:
    return Operation(name=name, run=run, feature=VOICE, is_for_owner=True, others=SUPERVISORS)


DEVICE_OPERATIONS = (
    _on_device("ForwardCallsOn", _forward),
    _on_device("ForwardCallsOff", _keep),
    _on_device("SetCallDisposition", _disposition_at_device),
)
