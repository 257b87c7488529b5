"""Filters of devices and users by what is live of them: `deviceState=Active`.

Source: contract §1 "Reading": filters are field names; dotted names reach into objects.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from portal.api.fields import Choice, Field, Switch
from telephony.models import AgentSession, OtherDevice, VoiceLink
from telephony.switch.tables import Presence

Filter = Callable[[Sequence[str]], Q]

_IN_SESSION = tuple(str(one) for one in Presence if one is not Presence.INACTIVE)
_DEVICE_STATE = Choice(name="deviceState", choices=("Active", "Inactive"))
_DO_NOT_DISTURB = Switch(name="doNotDisturb")
_STATE = Choice(
    name="userState.state",
    choices=_IN_SESSION,
)
# The columns of a session that `userState` shows as they are.
_TEXTS = {"id": "guid", "displayName": "display_name", "workMode": "work_mode", "reason": "reason"}


def _with(key: str, sessions: QuerySet[Any]) -> Q:
    """Whoever these sessions are of, by the session's key to him."""
    return Q(pk__in=sessions.filter(**{f"{key}__isnull": False}).values(key))


def _at(key: str, **condition: Any) -> Q:
    """Users, or devices, with sessions like this; of devices also those where nobody works now."""
    found = _with(key, AgentSession.objects.filter(**condition))
    if key == "device_id":
        found |= Q(pk__in=OtherDevice.objects.filter(**condition).values("device_id"))
    return found


def _is_active() -> Q:
    """A session has the device, and its switch is there."""
    down = VoiceLink.objects.filter(is_up=False).values("voice_environment_id")
    return _at("device_id", presence__in=_IN_SESSION) & ~Q(voice_environment_id__in=down)


def _takes_no_calls(key: str) -> Q:
    """Of users those whom do-not-disturb protects at all of their devices."""
    found = _at(key, is_do_not_disturb=True)
    if key != "user_id":
        return found
    disturbed = OtherDevice.objects.filter(is_do_not_disturb=False).values("session_id")
    return found & ~Q(pk__in=disturbed)


def _yes_or_no(field: Field, condition: Callable[[], Q], *, yes: object) -> Filter:
    """A filter by a value that there are two of."""

    def where(texts: Sequence[str]) -> Q:
        wanted = {field.parse_filter(text) == yes for text in texts}
        if len(wanted) == 2:
            return Q()
        return condition() if wanted == {True} else ~condition()

    return where


def _user_state(key: str) -> dict[str, Filter]:
    def by_state(texts: Sequence[str]) -> Q:
        return _at(key, presence__in=[_STATE.parse_filter(text) for text in texts])

    def by_text(column: str) -> Filter:
        return lambda texts: _at(key, presence__in=_IN_SESSION, **{f"{column}__in": list(texts)})

    texts = {f"userState.{name}": by_text(column) for name, column in _TEXTS.items()}
    return {"userState.state": by_state, **texts}


def do_not_disturb_filter(key: str) -> dict[str, Filter]:
    where = _yes_or_no(_DO_NOT_DISTURB, lambda: _takes_no_calls(key), yes=True)
    return {_DO_NOT_DISTURB.name: where}


DEVICE_FILTERS: dict[str, Filter] = {
    "deviceState": _yes_or_no(_DEVICE_STATE, _is_active, yes="Active"),
    **_user_state("device_id"),
    **do_not_disturb_filter("device_id"),
}
USER_FILTERS: dict[str, Filter] = do_not_disturb_filter("user_id")
