"""A party's view of a call as the JSON that clients read.

Events carry it with paths only; `with_uris` makes of it what one client reads on its host.
Source: contract §3; seed 001 "Recovering Existing State".
"""

from functools import lru_cache
from typing import Any

import phonenumbers
from django.conf import settings

from telephony.presentation import PLAIN, Presentation
from telephony.switch.effects import PartyView
from telephony.switch.tables import RECORDING_OPERATIONS


def call_content(view: PartyView, presentation: Presentation = PLAIN) -> dict[str, Any]:
    """The call resource, with paths instead of URIs."""
    content: dict[str, Any] = {
        "id": view.call_id,
        "state": view.state,
        "callUuid": view.call_uuid,
        "devicePath": f"/devices/{view.device_id}",
        "path": f"/me/calls/{view.call_id}",
        "participants": list(view.participants),
        "participantsInfo": [dict(participant(number)) for number in view.participants],
        "dnis": view.dnis,
        "callType": view.call_type,
        "capabilities": [
            name
            for name in view.capabilities
            if presentation.may_be_recorded or name not in RECORDING_OPERATIONS
        ],
        "duration": str(view.duration_seconds),
        "mute": "On" if view.is_muted else "Off",
        "supervisorListeningIn": view.is_supervisor_listening_in,
        "monitoredUserMuted": view.is_monitored_user_muted,
        "monitoring": view.is_monitoring,
    }
    if view.parent_call_id is not None:
        content["parentCallPath"] = f"/me/calls/{view.parent_call_id}"
    if view.recording_state:
        content["recordingState"] = str(view.recording_state)
    if view.user_data:
        content["userData"] = view.user_data
    return content | presentation.excerpt(view.state, view.user_data, view.user_id)


def with_uris(content: dict[str, Any], base: str) -> dict[str, Any]:
    """The call resource for a client that reaches the API under `base`."""
    shown = {name: value for name, value in content.items() if name != "devicePath"}
    shown["deviceUri"] = base + content["devicePath"]
    shown["uri"] = base + content["path"]
    if (parent := shown.pop("parentCallPath", None)) is not None:
        shown["parentCallUri"] = base + parent
    if settings.API_PROFILE == "8.5.202":
        shown["participants"] = [
            {**one, "phoneNumber": number}
            for number, one in zip(
                content["participants"], shown.pop("participantsInfo"), strict=True
            )
        ]
    return shown


@lru_cache(maxsize=4096)
def participant(number: str) -> tuple[tuple[str, str], ...]:
    """digits, e164Number and formattedPhoneNumber; an internal number reads the same in all."""
    formatted = number
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is not None:
        formatted = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    digits = "".join(character for character in number if character.isdigit())
    return (("digits", digits), ("e164Number", number), ("formattedPhoneNumber", formatted))
