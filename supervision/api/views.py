"""The statistics API. Source: seed 003 "Statistics API", contract §7."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.roles import SUPERVISORS, Roles, has_role
from portal.api.status import no_permission, not_found, out_of_range
from portal.api.uris import uuid_or_none
from portal.api.views import ApiView
from provisioning.models import ContactCenter, Group, Queue, Skill, User
from provisioning.models.group import USERS
from supervision import user_groups
from supervision.definitions import names_for
from supervision.values import history, newest_values

MAX_VALUES = 10_000
_MEASURED: Mapping[type[Queue | Skill | User], tuple[str, ...]] = {
    Queue: ("QUEUE",),
    Skill: ("SKILL_Q", "SKILL_AG"),
    User: ("AGENT",),
}
_MAX_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Measured:
    """An object that has statistics, and the types of objects it is to the engine."""

    id: UUID
    shown_id: str
    object_types: tuple[str, ...]
    created_at: datetime
    contact_center: ContactCenter

    def unmeasured(self) -> dict[str, Any]:
        """The value of a statistic before anything happened."""
        return {"value": 0, "time": int(self.created_at.timestamp() * 1000)}


def measured_object(user: Any, bare_id: str) -> Measured:
    """The object of this id among those the user may see. Raises ApiError 5 or 6."""
    object_id = uuid_or_none(bare_id)
    if not has_role(user, SUPERVISORS) and object_id != user.pk:
        raise no_permission()
    if object_id is None:
        return _measured_group(user, bare_id)
    for model, types in _MEASURED.items():
        visible: Any = model._default_manager
        found = visible.visible_to(user).filter(pk=object_id)
        if one := found.select_related("contact_center").first():
            shown_id = object_id.hex if model is User else str(object_id)
            return Measured(object_id, shown_id, types, one.created_at, one.contact_center)
    raise not_found("object")


def _measured_group(user: Any, group_id: str) -> Measured:
    groups = Group.objects.visible_to(user).filter(contains=USERS).select_related("contact_center")
    group = groups.filter(pk=group_id.replace("\0", "")).first()
    ident = uuid_or_none(user_groups.engine_id(group_id))
    if group is None or ident is None:
        raise not_found("object")
    return Measured(ident, group.pk, ("USER_GROUP",), group.created_at, group.contact_center)


class StatisticsView(ApiView):
    """`/api/v1/stats/OBJECT`: the newest value of each statistic of the object."""

    feature = "api-statistics"
    roles: ClassVar[Mapping[str, Roles]] = {"GET": SUPERVISORS}
    granted_to_oneself = frozenset({"GET"})

    def get(self, request: Request, object_id: str) -> Response:
        measured = measured_object(request.user, object_id)
        newest = newest_values(measured.id)
        statistics = []
        for name in names_for(measured.object_types):
            point = measured.unmeasured()
            if row := newest.get(name):
                point = {"value": row.value, "time": row.at_ms}
            statistics.append({"statistic": name, **point})
        return Response({"objectId": measured.shown_id, "statistics": statistics})


class StatisticView(ApiView):
    """`/api/v1/stats/OBJECT/NAME`: its values, newest first."""

    feature = "api-statistics"
    roles: ClassVar[Mapping[str, Roles]] = {"GET": SUPERVISORS}
    granted_to_oneself = frozenset({"GET"})

    def get(self, request: Request, object_id: str, name: str) -> Response:
        measured = measured_object(request.user, object_id)
        if name not in names_for(measured.object_types):
            raise not_found("statistic")
        from_ms, to_ms = whole_number(request, "from"), whole_number(request, "to")
        # The seed's examples: a range without numValues is asked for whole.
        has_range = from_ms is not None or to_ms is not None
        limit = whole_number(request, "numValues", least=1)
        if limit is None:
            limit = MAX_VALUES if has_range else 1
        rows = history(
            measured.id, name, limit=min(limit, MAX_VALUES), from_ms=from_ms, to_ms=to_ms
        )
        values = [{"value": row.value, "time": row.at_ms} for row in rows]
        if not values and not has_range:
            values = [measured.unmeasured()]
        statistics = [{"statistic": name, "values": values}]
        return Response({"objectId": measured.shown_id, "statistics": statistics})


def whole_number(request: Request, name: str, *, least: int = 0) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    text = text.strip()
    if not (text.isascii() and text.isdigit()) or len(text) > _MAX_DIGITS or int(text) < least:
        raise out_of_range(f"{name} must be a whole number from {least}")
    return int(text)
