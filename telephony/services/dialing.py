"""Agents call somebody: with a new call, or about a call they have."""

from collections.abc import Mapping
from typing import Any, Unpack
from uuid import UUID

from portal.api.status import ApiError, StatusCode
from provisioning.models import ContactCenter, Device, User
from provisioning.models.settings_group import SYSTEM_GROUPS
from provisioning.services.user_settings import settings_for
from telephony.call_ids import new_call_id, new_call_uuid
from telephony.line import Line, open_line
from telephony.models import Leg as LegRow
from telephony.numbers import Place, destination_in, place_of, require_place
from telephony.services.acting import Act, Who, lock_people, request, route_after
from telephony.services.requests import hand_over
from telephony.switch import conferences, dialing
from telephony.switch.destinations import Destination, OutsideNumber
from telephony.switch.effects import Effect, Refusal
from telephony.switch.state import Call, Leg
from telephony.switch.tables import CallOperation, CallType, LegState


def dial(
    *,
    device: Device,
    number: str,
    user_data: Mapping[str, Any] | None = None,
    asked_by: User | None = None,
) -> bool:
    """A new call from a device of somebody's; what it speaks on is put on hold.

    `user_data` go over those that the setting `voice-operations` has for Dial.
    """
    user, center = device.user, device.contact_center
    if user is None:
        raise ApiError(StatusCode.INVALID_STATE, f"Device '{device}' belongs to nobody")
    place = place_of(center, number)
    attached = {**_default_user_data(user), **(user_data or {})}
    attempt = _Dialing(device, user, asked_by or user, center, place, number, attached)
    return hand_over("Dial", user, device_id=device.pk, carry_out=attempt.carry_out)


def consult(
    *,
    user: User,
    call_id: str,
    operation: CallOperation,
    number: str,
    user_data: Mapping[str, Any] | None = None,
    **who: Unpack[Who],
) -> bool:
    """InitiateTransfer, InitiateConference: the call is held, and somebody asked about it."""
    center = center_of(user)
    place = place_of(center, number)

    def rule(act: Act) -> list[Effect]:
        found = require_place(place)
        destination = destination_in(act.line, center, found)
        ani = _caller_id(user, act.leg.number, destination)
        new = _new_call(center, destination, ani=ani, user_data=user_data, at_ms=act.at_ms)
        effects = conferences.consult(
            act.call,
            act.leg,
            operation,
            new,
            destination,
            act.agents,
            others=act.others,
            at_ms=new.began_ms,
        )
        act.line.add_call(new)
        _enter_queue(act, new, found)
        return effects

    user_ids = _users_of(place)
    return request(operation, user, call_id, rule, user_ids=user_ids, **who)


def center_of(user: User) -> ContactCenter:
    if user.contact_center is None:
        raise ApiError(StatusCode.INVALID_STATE, "The user belongs to no contact center")
    return user.contact_center


def _enter_queue(act: Act, call: Call, place: Place) -> None:
    if (queue := place.queue) is not None:
        act.and_then.append(lambda: act.line.enter_queue(call, queue))


def _users_of(place: Place | None) -> list[str]:
    return [place.user_id] if place is not None and place.user_id else []


class _Dialing:
    """One request to dial. It may have to begin anew, as `telephony.services.acting` says."""

    def __init__(
        self,
        device: Device,
        user: User,
        asked_by: User,
        center: ContactCenter,
        place: Place | None,
        number: str,
        user_data: dict[str, Any],
    ) -> None:
        self._device = device
        self._user = user
        self._asked_by = asked_by
        self._center = center
        self._place = place
        self._number = number
        self._user_data = user_data
        self._device_id = str(device.pk)
        self._caller_id = _outbound_caller_id(user)

    def carry_out(self) -> bool:
        while (is_done := self._try()) is None:
            pass
        return is_done

    def _try(self) -> bool | None:
        at_device = LegRow.objects.filter(device=self._device).values_list("call_id", flat=True)
        call_ids = set(at_device)
        with open_line() as line:
            calls = line.lock_calls(call_ids)
            user_ids = {user_id for call in calls.values() for user_id in call.user_ids}
            coming = [str(self._user.pk), *_users_of(self._place)]
            agents = lock_people(line, user_ids, coming, str(self._center.pk))
            line.look_around()
            if line.calls_beside.get(self._device_id, set()) - call_ids:
                return None
            made: list[Call] = []
            is_done = line.attempt(
                lambda: self._rule(line, list(calls.values()), agents, made),
                lambda message: self._refusal(line, message),
            )
            if is_done:
                for call in made:
                    self._connect(line, call)
                route_after(line, [], agents)
            return is_done

    def _rule(self, line: Line, others: list[Call], agents: Any, made: list[Call]) -> list[Effect]:
        destination = destination_in(line, self._center, require_place(self._place))
        number = self._device.phone_number.number
        is_outside = isinstance(destination, OutsideNumber)
        call = _new_call(
            self._center,
            destination,
            ani=self._caller_id if is_outside and self._caller_id else number,
            user_data=self._user_data,
            at_ms=line.at_ms,
        )
        caller = Leg(
            number=number,
            state=LegState.DIALING,
            began_ms=call.began_ms,
            device_id=self._device_id,
            user_id=str(self._user.pk),
            answers_on_request=self._device.telephony_network != "Public",
            beside=line.legs_at_device.setdefault(self._device_id, []),
        )
        effects = dialing.dial(call, caller, destination, agents, others=others)
        line.add_call(call)
        made.append(call)
        return effects

    def _connect(self, line: Line, call: Call) -> None:
        if self._place is not None and self._place.queue is not None and not call.is_released:
            line.enter_queue(call, self._place.queue)

    def _refusal(self, line: Line, message: str) -> Refusal:
        return Refusal(
            at_ms=line.at_ms,
            contact_center_id=str(self._center.pk),
            user_id=str(self._asked_by.pk),
            device_id=self._device_id,
            call_id=None,
            call_uuid=None,
            operation="Dial",
            message=message,
        )


def _new_call(
    center: ContactCenter,
    destination: Destination,
    *,
    ani: str,
    user_data: Mapping[str, Any] | None,
    at_ms: int,
) -> Call:
    return dialing.new_call(
        call_id=new_call_id(),
        uuid=new_call_uuid(),
        contact_center_id=str(center.pk),
        type=CallType(dialing.type_towards(destination)),
        ani=ani,
        dnis=destination.number,
        user_data=dict(user_data or {}),
        at_ms=at_ms,
    )


def _caller_id(user: User, number: str, destination: Destination) -> str:
    """The number that the called party sees: outside, the one that the contact center shows."""
    if not isinstance(destination, OutsideNumber):
        return number
    return _outbound_caller_id(user) or number


def _outbound_caller_id(user: User) -> str:
    value = settings_for(user, SYSTEM_GROUPS["voice"]).get("outboundCallerId", {}).get("value")
    return value if isinstance(value, str) else ""


def _default_user_data(user: User) -> dict[str, Any]:
    setting = settings_for(user, SYSTEM_GROUPS["voice-operations"]).get("Dial", {})
    found = setting.get("userData")
    return dict(found) if isinstance(found, dict) else {}


def own_device(user: User, device_id: UUID | str) -> Device | None:
    """A device of the user's, as dialling needs it."""
    found: Device | None = (
        user.devices.select_related("phone_number", "user__contact_center", "contact_center")
        .filter(pk=device_id)
        .first()
    )
    return found
