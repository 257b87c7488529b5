"""The parameters of StartContactCenterSession.

Source: seed 001 "StartContactCenterSession", "Mobile Push Notifications".
"""

import re
from collections.abc import Mapping
from typing import Any

from portal.api.features import require_feature
from portal.api.fields import Choice, Field, Flag, Text
from portal.api.status import missing, out_of_range
from telephony.services.presence import MOBILE_TIMEOUTS
from telephony.services.session_terms import Terms

PARAMETERS = frozenset(
    {"operationName", "place", "loginCode", "queue", "channels", "mobileSession"}
)
_PUSH = "api-mobile-push-notifications"
_PLACE = Text(name="place")
_LOGIN_CODE = Text(name="loginCode", max_length=64)
_QUEUE = Text(name="queue")
_MOBILE_FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Text(name="mobileDeviceId"),
        Choice(name="mobilePushType", choices=("IOS", "Android")),
        Text(name="filter"),
        Choice(name="timeout", choices=tuple(MOBILE_TIMEOUTS)),
        Flag(name="debug"),
    )
}
_REQUIRED = ("mobileDeviceId", "mobilePushType")
_DEFAULTS = {"timeout": "ThirtyMinutes", "debug": False}
# Tags are words with dots between them, of which the last may be anything: a.b.* (seed 001).
_TAG_FILTER = re.compile(
    r"\s*[\w<>-]+(\.[\w<>-]+)*(\.\*)?\s*(,\s*[\w<>-]+(\.[\w<>-]+)*(\.\*)?\s*)*"
)


def terms_of(user: Any, body: Mapping[str, Any]) -> Terms:
    """What a request asks for. Raises ApiError 1 or 10 for what is not right, 6 where the contact
    center has no mobile push notifications.
    """
    if unknown := sorted(body.keys() - PARAMETERS):
        raise out_of_range(f"Unknown property: {', '.join(unknown)[:200]}")
    mobile_session = None
    if "mobileSession" in body:
        require_feature(user, _PUSH)
        mobile_session = _mobile_session(body["mobileSession"])
    return Terms(
        place=_PLACE.parse(body["place"]) if "place" in body else None,
        login_code=_number_text(_LOGIN_CODE, body),
        queue=_number_text(_QUEUE, body),
        mobile_session=mobile_session,
    )


def channels_of(body: Mapping[str, Any]) -> list[str]:
    """The channels asked for, each once; voice where none are named."""
    channels = body.get("channels", ["voice"])
    is_list = isinstance(channels, list) and bool(channels)
    if not is_list or not all(isinstance(name, str) for name in channels):
        raise out_of_range("channels must be a list of names")
    return list(dict.fromkeys(channels))


def _number_text(field: Text, body: Mapping[str, Any]) -> str | None:
    """Contract §1: what the original wrote as text is read as a number too."""
    if field.name not in body:
        return None
    value = body[field.name]
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return field.parse(str(value) if is_number else value)


def _mobile_session(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise out_of_range("mobileSession must be an object")
    if unknown := sorted(value.keys() - _MOBILE_FIELDS.keys()):
        raise out_of_range(f"Unknown property of mobileSession: {', '.join(unknown)[:200]}")
    for name in _REQUIRED:
        if name not in value:
            raise missing(f"mobileSession.{name}")
    given = {name: _MOBILE_FIELDS[name].parse(one) for name, one in value.items()}
    if "filter" in given and not _TAG_FILTER.fullmatch(given["filter"]):
        raise out_of_range("filter must be a tag filter such as gws.api.v2.users.<id>.calls.*")
    return _DEFAULTS | given
