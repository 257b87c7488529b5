"""Calls as their parties see them. Source: contract §3; seed 001 "Recovering Existing State"."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from portal.api.fields import Access, Choice, Flag, Json, Link, Reading, Text
from portal.api.rendering import resolve
from portal.api.resources import Operation, Resource
from portal.api.roles import SUPERVISORS, Action
from portal.api.selection import Selection, prune
from portal.events.log import now_ms
from provisioning.api.devices import Devices
from telephony.call_resource import call_content, with_uris
from telephony.columns import call_of
from telephony.models import Leg
from telephony.services import calls
from telephony.switch.effects import PartyView, view_of
from telephony.switch.tables import CallType, LegState

_TEXTS: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}}
_OBJECTS: Mapping[str, Any] = {"type": "array", "items": {"type": "object"}}
_READ_ONLY = Access.READ_ONLY


def views_of(legs: Sequence[Leg]) -> list[PartyView]:
    """Each leg's view of its call, in one query more; the legs must come with their calls."""
    parties: dict[str, list[Leg]] = {}
    for party in Leg.objects.filter(call_id__in={leg.call_id for leg in legs}).order_by("pk"):
        parties.setdefault(party.call_id, []).append(party)
    at_ms = now_ms()
    views = []
    for leg in legs:
        call = call_of(leg.call, parties.get(leg.call_id, []))
        own = next((party for party in call.legs if party.id == leg.pk), None)
        if own is not None:
            views.append(view_of(call, own, at_ms=at_ms))
    return views


def _operation(name: str, service: Callable[..., bool]) -> Operation:
    def run(request: Any, leg: Leg, body: dict[str, Any]) -> None:
        service(user=request.user, call_id=leg.call_id)

    return Operation(name=name, run=run, feature="api-voice")


DEVICE_URI = Link(name="deviceUri", target=lambda: Devices, access=_READ_ONLY)


class OwnCalls(Resource):
    """The caller's calls, below `/me`."""

    path, singular, plural = "me/calls", "call", "calls"
    model = Leg
    identified_by = "call_id"
    select_related = ("call",)
    fields = (
        Text(name="id", source="call_id", access=_READ_ONLY),
        Choice(name="state", choices=tuple(LegState), access=_READ_ONLY),
        Text(name="callUuid", column="call__uuid", access=_READ_ONLY),
        DEVICE_URI,
        Json(name="participants", shape=_TEXTS),
        Json(name="participantsInfo", shape=_OBJECTS),
        Text(name="dnis", column="call__dnis", access=_READ_ONLY),
        Choice(name="callType", choices=tuple(CallType), column="call__type", access=_READ_ONLY),
        Json(name="capabilities", shape=_TEXTS),
        Json(name="userData"),
        Text(name="duration", column=None, access=_READ_ONLY, help="Seconds."),
        Choice(name="mute", choices=("On", "Off"), column=None, access=_READ_ONLY),
        Flag(name="supervisorListeningIn", column=None, access=_READ_ONLY),
        Flag(name="monitoredUserMuted", column=None, access=_READ_ONLY),
        Flag(name="monitoring", column=None, access=_READ_ONLY),
    )
    ordering = ("began_ms",)
    read_feature = "api-voice"
    operations: ClassVar[tuple[Operation, ...]] = (
        _operation("Answer", calls.answer),
        _operation("Hangup", calls.hangup),
        _operation("Reject", calls.reject),
    )

    @classmethod
    def render(
        cls, objects: Sequence[Any], selection: Selection, reading: Reading
    ) -> list[dict[str, Any]]:
        """What is shown depends on all parties of a call: it is made in one piece."""
        contents = [
            with_uris({**call_content(view), "path": f"/{cls.path}/{view.call_id}"}, reading.base)
            for view in views_of(objects)
        ]
        if selection.fields:
            contents = [prune(content, selection.fields) for content in contents]
        if "deviceUri" in selection.resolved:
            resolve(cls, DEVICE_URI, objects, contents, reading)
        return contents


class Calls(OwnCalls):
    """Everybody's calls, as the party at the device sees each; for supervisors."""

    path = "calls"
    permissions = {Action.READ: SUPERVISORS}
    operations = ()
