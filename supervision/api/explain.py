"""`/api/v1/stats/OBJECT/NAME/explain`: where a number comes from."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.roles import SUPERVISORS, Roles
from portal.api.schema import answer
from portal.api.status import not_found, out_of_range
from portal.api.views import ApiView
from portal.events.log import now_ms
from supervision.api.views import Measured, measured_object, whole_number
from supervision.definitions import current_definitions
from supervision.explanations import Account, Counted, Subject, account_for
from supervision.statistics.definitions import Definition
from supervision.statistics.tracing import Note
from supervision.values import history

_DEFAULT_LIMIT, _MAX_LIMIT = 100, 500
_NAMED = {
    "call_id": "callId",
    "queue_id": "queueId",
    "user_id": "userId",
    "device_id": "deviceId",
    "resource": "resource",
}
_OBJECT: dict[str, Any] = {"type": "object"}


class ExplainView(ApiView):
    """The newest value, or that of the instant `at` (milliseconds since 1970): its formula, its
    window, the events counted, `offset` and `limit` of them, and the value recomputed from them.
    """

    feature = "api-statistics"
    roles: ClassVar[Mapping[str, Roles]] = {"GET": SUPERVISORS}
    granted_to_oneself = frozenset({"GET"})
    documentation = {
        "GET": answer(
            objectId={"type": "string"},
            statistic={"type": "string"},
            objectType={"type": "string"},
            formula={"type": "string"},
            window=_OBJECT,
            recorded=_OBJECT,
            recomputed=_OBJECT,
            agrees={"type": "boolean"},
            running={"type": "array", "items": _OBJECT},
            events={"type": "array", "items": _OBJECT},
            totalCount={"type": "integer"},
        )
    }

    def get(self, request: Request, object_id: str, name: str) -> Response:
        offset = whole_number(request, "offset") or 0
        limit = whole_number(request, "limit", least=1) or _DEFAULT_LIMIT
        if limit > _MAX_LIMIT:
            raise out_of_range(f"limit must be at most {_MAX_LIMIT}")
        measured = measured_object(request.user, object_id)
        definition = _definition(measured, name)
        asked_ms = whole_number(request, "at")
        rows = history(measured.id, name, limit=1, to_ms=asked_ms)
        at_ms = rows[0].at_ms if rows else asked_ms or now_ms()
        zone = measured.contact_center.time_zone
        account = account_for(
            Subject(
                definition.object_type,
                str(measured.id),
                str(measured.contact_center.pk),
                zone,
                definition,
            ),
            at_ms,
        )
        content: dict[str, Any] = {
            "objectId": measured.shown_id,
            "statistic": name,
            "objectType": definition.object_type,
            "formula": account.formula,
            "window": _window(account, zone, at_ms),
            "recomputed": {
                "value": account.value,
                "time": at_ms,
                "readEvents": account.read_events,
            },
        }
        if rows:
            content["recorded"] = {"value": rows[0].value, "time": rows[0].at_ms}
            content["agrees"] = rows[0].value == account.value
        return Response(
            {
                **content,
                "running": [{"name": one.name, "since": one.since_ms} for one in account.running],
                "events": [_event(one) for one in account.counted[offset : offset + limit]],
                "totalCount": len(account.counted),
            }
        )


def _definition(measured: Measured, name: str) -> Definition:
    for one in current_definitions():
        if one.name == name and one.object_type in measured.object_types:
            return one
    raise not_found("statistic")


def _window(account: Account, zone: str, at_ms: int) -> dict[str, Any]:
    window = {"description": account.window, "to": at_ms, "timeZone": zone}
    bounds = {"from": account.since_ms, "nextReset": account.reset_ms}
    return window | {name: ms for name, ms in bounds.items() if ms is not None}


def _event(one: Counted) -> dict[str, Any]:
    recorded = one.event
    payload = recorded.event.payload()
    return {
        "id": recorded.id,
        "kind": recorded.event.kind,
        "time": recorded.event.occurred_at_ms,
        **{shown: payload[name] for name, shown in _NAMED.items() if payload.get(name)},
        "counted": [_note(note) for note in one.notes],
    }


def _note(note: Note) -> dict[str, Any]:
    facts = {"since": note.since_ms, "seconds": note.seconds}
    return {"what": note.what, "name": note.name} | {
        name: value for name, value in facts.items() if value is not None
    }
