"""Calls as their parties see them. Source: contract §3; seed 001 "Recovering Existing State"."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Q, QuerySet

from portal.api.fields import Access, Choice, Flag, Json, Link, Reading, Text
from portal.api.rendering import resolve
from portal.api.resources import Operation, Resource
from portal.api.roles import SUPERVISORS, Action
from portal.api.selection import Selection, prune
from portal.events.log import now_ms
from provisioning.api.devices import Devices
from telephony.api.call_operations import CALL_OPERATIONS
from telephony.call_resource import call_content, with_uris
from telephony.columns import call_of, leg_of
from telephony.models import Leg
from telephony.presentation import PLAIN, Presentation, presentation_of
from telephony.switch.effects import PartyView, view_of
from telephony.switch.state import Call
from telephony.switch.state import Leg as Party
from telephony.switch.tables import CallType, LegState, RecordingState

_TEXTS: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}}
_OBJECTS: Mapping[str, Any] = {"type": "array", "items": {"type": "object"}}
_READ_ONLY = Access.READ_ONLY


def views_of(legs: Sequence[Leg]) -> list[PartyView]:
    """Each leg's view of its call, in one query more; the legs must come with their calls."""
    parties: dict[str, list[Leg]] = {}
    rows = Leg.objects.filter(
        Q(call_id__in={leg.call_id for leg in legs})
        | Q(device_id__in={leg.device_id for leg in legs})
    )
    for party in rows.order_by("pk"):
        parties.setdefault(party.call_id, []).append(party)
    at_device: dict[str | None, list[Party]] = {}
    calls: dict[str, Call] = {}
    for leg in legs:
        if leg.call_id not in calls:
            calls[leg.call_id] = call_of(leg.call, parties.pop(leg.call_id, []))
    loose = [leg_of(row) for found in parties.values() for row in found]
    for party in [*(one for call in calls.values() for one in call.legs), *loose]:
        if party.device_id is not None:
            party.beside = at_device.setdefault(party.device_id, [])
            party.beside.append(party)
    at_ms = now_ms()
    views = []
    for leg in legs:
        call = calls[leg.call_id]
        own = next((party for party in call.legs if party.id == leg.pk), None)
        if own is not None:
            views.append(view_of(call, own, at_ms=at_ms))
    return views


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
        Json(name="toast", shape=_OBJECTS),
        Json(name="case", shape=_OBJECTS),
        Text(name="parentCallUri", column=None, access=_READ_ONLY),
        Choice(
            name="recordingState",
            choices=tuple(state for state in RecordingState if state),
            column="call__recording",
            access=_READ_ONLY,
        ),
        Text(name="duration", column=None, access=_READ_ONLY, help="Seconds."),
        Choice(name="mute", choices=("On", "Off"), column=None, access=_READ_ONLY),
        Flag(name="supervisorListeningIn", column=None, access=_READ_ONLY),
        Flag(name="monitoredUserMuted", column=None, access=_READ_ONLY),
        Flag(name="monitoring", column=None, access=_READ_ONLY),
    )
    ordering = ("began_ms",)
    read_feature = "api-voice"
    operations: ClassVar[tuple[Operation, ...]] = CALL_OPERATIONS

    @classmethod
    def render(
        cls, objects: Sequence[Any], selection: Selection, reading: Reading
    ) -> list[dict[str, Any]]:
        """What is shown depends on all parties of a call: it is made in one piece."""
        views = views_of(objects)
        presentation = _presentation_of(objects, views)
        contents = [
            with_uris(
                {**call_content(view, presentation), "path": f"/{cls.path}/{view.call_id}"},
                reading.base,
            )
            for view in views
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

    @classmethod
    def find(cls, objects: QuerySet[Any], bare_id: str) -> Any | None:
        """One part in the call: of parties' and supervisors', a party's."""
        if "\0" in bare_id:
            return None
        return objects.filter(call_id=bare_id).order_by("monitoring", "pk").first()


def _presentation_of(legs: Sequence[Leg], views: Sequence[PartyView]) -> Presentation:
    if not views:
        return PLAIN
    center = str(legs[0].contact_center_id)
    return presentation_of(center, [(view.state, view.user_id) for view in views])
