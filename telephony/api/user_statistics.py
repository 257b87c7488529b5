"""The subresource `statistics` of users, and what users are found and sorted by in it.

    "statistics": {
        "channels": {"voice": {"state": "Ready", "displayName": "Ready", "activity": "Idle"}},
        "Total_Answered": {"value": 7}
    }

This room gives `channels`. Whoever knows further keys adds them while the room is loaded:

    add_keys(load)      # load(users, reading) -> {user's primary key: {"Total_Answered": {…}}}
    Users.extend(sort_keys={"statistics.Total_Answered.value": expression}, filters={…})

`load` comes once for all users of an answer; `feature` hides its keys from contact centers without
it. Supervisors see everybody's, all others their own.

Source: seed 001 "Filtering and sorting users by fields and subresources". An agent outside a
session is LoggedOut, as on the wallboard; who is neither an agent nor in a session has no channel.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, NullIf

from portal.api.features import features_of
from portal.api.fields import Choice, Reading
from portal.api.resources import Part
from portal.api.roles import SUPERVISORS, has_role
from provisioning.models import User
from telephony.columns import mode_of_row
from telephony.models import AgentSession, Leg
from telephony.modes import user_state
from telephony.switch.tables import CallType, LegState, Presence

Load = Callable[[Sequence[Any], Reading], Mapping[Any, Mapping[str, Any]]]
Filter = Callable[[Sequence[str]], Q]

FEATURE = "api-voice"
PREFIX = "statistics.channels.voice"
IDLE, ON_HOLD, INITIATING, RECEIVING = "Idle", "CallOnHold", "InitiatingCall", "ReceivingCall"
_HANDLING = {kind: f"Handling{kind}Call" for kind in CallType}
ACTIVITIES = (IDLE, *_HANDLING.values(), ON_HOLD, INITIATING, RECEIVING)
# What an agent does is what he does at the leg that is furthest.
_FURTHEST = (LegState.ESTABLISHED, LegState.HELD, LegState.DIALING, LegState.RINGING)
_LOGGED_OUT = str(Presence.LOGGED_OUT)
_STATE = Choice(
    name=f"{PREFIX}.state",
    choices=tuple(str(one) for one in Presence if one is not Presence.INACTIVE),
)
_ACTIVITY = Choice(name=f"{PREFIX}.activity", choices=ACTIVITIES)

_loaders: list[tuple[Load, str | None]] = []


def add_keys(load: Load, *, feature: str | None = None) -> None:
    _loaders.append((load, feature))


def load_statistics(users: Sequence[Any], reading: Reading) -> dict[Any, dict[str, Any]]:
    features = features_of(reading.user)
    sees_all = has_role(reading.user, SUPERVISORS)
    shown = [user for user in users if sees_all or user.pk == reading.user.pk]
    statistics: dict[Any, dict[str, Any]] = {user.pk: {} for user in shown}
    for load, feature in _loaders:
        if feature is None or feature in features:
            for pk, keys in load(shown, reading).items():
                statistics[pk].update(keys)
    return statistics


def load_channels(users: Sequence[Any], reading: Reading) -> dict[Any, dict[str, Any]]:
    keys = [user.pk for user in users]
    found = _in_session(user_id__among=keys).annotate(activity=activity_of(OuterRef("user_id")))
    sessions = {session.pk: session for session in found}
    agents = set(User.objects.filter(pk__among=keys, is_agent=True).values_list("pk", flat=True))
    return {pk: {"channels": _channels(sessions.get(pk), is_agent=pk in agents)} for pk in keys}


def _channels(session: Any, *, is_agent: bool) -> dict[str, Any]:
    if session is not None:
        state = user_state(mode_of_row(session)) or {}
        voice = {name: value for name, value in state.items() if name != "id"}
        return {"voice": {**voice, "activity": session.activity}}
    return {"voice": {"state": _LOGGED_OUT}} if is_agent else {}


def activity_of(user: Any) -> Any:
    """What a user, given as an expression, does on the phone: an SQL expression."""
    legs = Leg.objects.filter(user_id=user, monitoring="", state__in=_FURTHEST)
    rank = Case(*(When(state=state, then=Value(n)) for n, state in enumerate(_FURTHEST)))
    doing = Case(
        *(
            When(state=LegState.ESTABLISHED, call__type=kind, then=Value(name))
            for kind, name in _HANDLING.items()
        ),
        When(state=LegState.HELD, then=Value(ON_HOLD)),
        When(state=LegState.DIALING, then=Value(INITIATING)),
        default=Value(RECEIVING),
        output_field=CharField(),
    )
    furthest = legs.annotate(rank=rank, doing=doing).order_by("rank", "pk").values("doing")[:1]
    return Coalesce(Subquery(furthest), Value(IDLE))


# --- finding and sorting ---


def _in_session(**condition: Any) -> QuerySet[Any]:
    sessions = AgentSession.objects.exclude(presence=Presence.INACTIVE.value)
    return sessions.filter(**condition)


def _users_with(sessions: QuerySet[Any]) -> Q:
    return Q(pk__in=sessions.values("user_id"))


def by_state(texts: Sequence[str]) -> Q:
    states = {_STATE.parse_filter(text) for text in texts}
    found = _users_with(_in_session(presence__in=states))
    if _LOGGED_OUT in states:
        found |= Q(is_agent=True) & ~_users_with(_in_session())
    return found


def by_activity(texts: Sequence[str]) -> Q:
    wanted = [_ACTIVITY.parse_filter(text) for text in texts]
    doing = _in_session().annotate(activity=activity_of(OuterRef("user_id")))
    return _users_with(doing.filter(activity__in=wanted))


def _by_text(column: str, lookup: str) -> Filter:
    def where(texts: Sequence[str]) -> Q:
        condition = Q()
        for text in texts:
            condition |= Q(**{f"{column}__{lookup}": text})
        return _users_with(_in_session().filter(condition))

    return where


def _shown(column: str) -> Any:
    """A column of the user's running session, null where it shows nothing."""
    running = Case(
        When(agent_session__presence=Presence.INACTIVE.value, then=None),
        default=F(f"agent_session__{column}"),
        output_field=CharField(),
    )
    return NullIf(running, Value(""))


def _is_in_session() -> Any:
    return Exists(_in_session(user_id=OuterRef("pk")))


FILTERS: Mapping[str, Filter] = {
    f"{PREFIX}.state": by_state,
    f"{PREFIX}.activity": by_activity,
    f"{PREFIX}.displayName": _by_text("display_name", "iexact"),
    f"{PREFIX}.displayNameSearch": _by_text("display_name", "icontains"),
    f"{PREFIX}.workMode": _by_text("work_mode", "iexact"),
    f"{PREFIX}.reason": _by_text("reason", "iexact"),
}
SORT_KEYS: Mapping[str, Any] = {
    f"{PREFIX}.state": Coalesce(
        _shown("presence"), Case(When(is_agent=True, then=Value(_LOGGED_OUT)))
    ),
    f"{PREFIX}.activity": Case(When(_is_in_session(), then=activity_of(OuterRef("pk")))),
    f"{PREFIX}.displayName": _shown("display_name"),
    f"{PREFIX}.displayNameSearch": _shown("display_name"),
    f"{PREFIX}.workMode": _shown("work_mode"),
    f"{PREFIX}.reason": _shown("reason"),
}
STATISTICS = Part(
    name="statistics",
    load=load_statistics,
    needs_objects=False,
    shape={
        "type": "object",
        "properties": {
            "channels": {
                "type": "object",
                "properties": {
                    "voice": {
                        "type": "object",
                        "properties": {
                            name: {"type": "string"}
                            for name in ("state", "displayName", "workMode", "reason", "activity")
                        },
                    }
                },
            }
        },
        "additionalProperties": {"type": "object"},
    },
)

add_keys(load_channels, feature=FEATURE)
