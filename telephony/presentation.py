"""How a contact center wants its calls shown: toast, case, and whether calls may be recorded.

Source: seed 001 "Toast And Case Data"; contract §3. A user's own filters go over the shared ones.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast

from portal.events.statements import Prepared
from provisioning.models import AssignedFeature, Setting, UserSetting
from telephony.switch.tables import LegState

_TOAST, _CASE = "toast-filter", "case-filter"
_FILTER_IN_STATE = {
    LegState.DIALING: _TOAST,
    LegState.RINGING: _TOAST,
    LegState.ESTABLISHED: _CASE,
}
_SHARED = ""
Filter = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Presentation:
    """`filters` by the setting's name and the user, who is empty in what all share."""

    may_be_recorded: bool = True
    filters: Mapping[tuple[str, str], Filter] = field(default_factory=dict)

    def excerpt(
        self, state: str, user_data: Mapping[str, Any], user_id: str | None
    ) -> dict[str, list[dict[str, Any]]]:
        """`toast` or `case` of a call in this state; nothing where none is configured."""
        name = _FILTER_IN_STATE.get(LegState(state))
        if name is None:
            return {}
        shared = self.filters.get((name, _SHARED))
        entries = self.filters.get((name, user_id or _SHARED), shared)
        if entries is None:
            return {}
        shown = [
            {
                "key": entry["attachedDataKey"],
                "displayName": entry.get("displayName", entry["attachedDataKey"]),
                "value": user_data[entry["attachedDataKey"]],
            }
            for entry in entries
            if entry.get("attachedDataKey") in user_data
        ]
        return {"toast" if name == _TOAST else "case": shown}


PLAIN = Presentation()


def presentation_of(
    contact_center_id: str, views: Iterable[tuple[str, str | None]]
) -> Presentation:
    """What these views need, each a state and a user; in no query where they need nothing."""
    wanted = list(views)
    names = {_FILTER_IN_STATE.get(LegState(state)) for state, _ in wanted} - {None}
    if not names:
        return PLAIN
    users = {user_id for _, user_id in wanted if user_id}
    return Presentation(
        may_be_recorded=_CASE not in names or bool(_RECORDING_FEATURE(UUID(contact_center_id))),
        filters=_filters(contact_center_id, {str(name) for name in names}, users),
    )


def _filters(
    contact_center_id: str, names: set[str], users: set[str]
) -> dict[tuple[str, str], Filter]:
    center = UUID(contact_center_id)
    match [UUID(user_id) for user_id in users]:
        case [one]:
            rows: Iterable[Any] = _FILTERS(center, one)
        case several:
            rows = _filter_rows(center, *several)
    return {
        (key, str(UUID(owner)) if owner else _SHARED): value["value"]
        for key, owner, value in rows
        if key in names and isinstance(value.get("value"), list)
    }


def _filter_rows(center: UUID, *users: UUID) -> QuerySet[Any]:
    """All filters that may count for these users, in one query."""
    names = (_TOAST, _CASE)
    shared = (
        Setting.objects.filter(contact_center_id=center, group="voice", key__in=names)
        .annotate(owner=Cast(Value(_SHARED), CharField()))
        .values_list("key", "owner", "value")
    )
    own = (
        UserSetting.objects.filter(user_id__in=users, group="voice", key__in=names)
        .annotate(owner=Cast("user_id", CharField()))
        .values_list("key", "owner", "value")
    )
    filters: QuerySet[Any] = shared.union(own, all=True)
    return filters


_FILTERS = Prepared(_filter_rows, UUID, UUID)
_RECORDING_FEATURE = Prepared(
    lambda center: AssignedFeature.objects.filter(
        contact_center_id=center, feature_id="api-voice-recording"
    ).values_list("pk")[:1],
    UUID,
)
