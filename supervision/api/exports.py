"""`/api/v1/exports`: files of statistics' histories and of calls, made in the background."""

from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.roles import SUPERVISORS, Roles
from portal.api.schema import answer
from portal.api.status import (
    ApiError,
    StatusCode,
    invalid_operation,
    missing,
    not_found,
    out_of_range,
)
from portal.api.streaming import stream
from portal.api.uris import uuid_or_none
from portal.api.views import ApiView
from portal.api.writing import write
from supervision.api.views import measured_object
from supervision.definitions import names_for
from supervision.exports.writers import CONTENT_TYPES
from supervision.models import Export, ExportPiece
from supervision.services import exports

_PROPERTIES = frozenset({"kind", "format", "objectId", "statistic", "from", "to"})
_LATEST_MS = 10**15
_MOST_LISTED = 500
_TIME: dict[str, Any] = {"type": "integer", "description": "milliseconds since 1970"}
_EXPORT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "kind": {"type": "string", "enum": list(Export.KINDS)},
        "format": {"type": "string", "enum": list(Export.FORMATS)},
        "state": {"type": "string", "enum": list(Export.STATES)},
        "rowsDone": {"type": "integer"},
        "rowsTotal": {"type": "integer"},
        "expires": _TIME,
    },
}


class _OfExports(ApiView):
    feature = "api-statistics"

    def show(self, export: Export) -> dict[str, Any]:
        path = f"/exports/{export.pk}"
        base = f"{self.request.scheme}://{self.request.get_host()}/api/v1"
        shown: dict[str, Any] = {
            "id": str(export.pk),
            "uri": base + path,
            "path": path,
            "kind": export.kind,
            "format": export.format,
            "state": export.state,
            "rowsDone": export.rows_done,
            "created": int(export.created_at.timestamp() * 1000),
            "expires": export.expires_ms,
            **{
                name: value
                for name, value in export.parameters.items()
                if name in _PROPERTIES and value is not None
            },
        }
        if export.rows_total is not None:
            shown["rowsTotal"] = export.rows_total
        if export.message:
            shown["message"] = export.message
        if export.state == Export.DONE:
            shown["sizeBytes"] = export.size_bytes
            shown["downloadUri"] = f"{base}{path}/download"
            shown["downloadPath"] = f"{path}/download"
        return shown

    def find(self, object_id: str) -> Export:
        found: Export | None = (
            Export.objects.visible_to(self.user).filter(pk=uuid_or_none(object_id)).first()
        )
        if found is None:
            raise not_found("export")
        return found


class ExportsView(_OfExports):
    """One's exports, the newest first; admins see all of the contact center.

    POST starts one: `kind` Statistics with `objectId`, and `statistic` unless all are meant, or
    Calls with `from` and `to`, which choose by the end of a call; `format` csv or xlsx.
    """

    roles: ClassVar[Mapping[str, Roles]] = {"GET": SUPERVISORS, "POST": SUPERVISORS}
    documentation = {
        "GET": answer(exports={"type": "array", "items": _EXPORT}),
        "POST request": {
            "type": "object",
            "properties": {
                "kind": {"type": "string", "enum": list(Export.KINDS)},
                "format": {"type": "string", "enum": list(Export.FORMATS)},
                "objectId": {"type": "string"},
                "statistic": {"type": "string"},
                "from": _TIME,
                "to": _TIME,
            },
            "required": ["kind"],
        },
        "POST": answer(id={"type": "string"}, uri={"type": "string"}, path={"type": "string"}),
    }

    def get(self, request: Request) -> Response:
        found = Export.objects.visible_to(self.user).order_by("-created_at", "pk")
        return Response({"exports": [self.show(one) for one in found[:_MOST_LISTED]]})

    @write
    def post(self, request: Request) -> Response:
        body = self.body
        if strange := sorted(set(body) - _PROPERTIES):
            raise out_of_range(f"Unknown property: {', '.join(strange)[:200]}")
        if self.user.contact_center_id is None:
            raise ApiError(StatusCode.INVALID_STATE, "The user belongs to no contact center")
        kind = _choice(body, "kind", Export.KINDS, None)
        file_format = _choice(body, "format", Export.FORMATS, "csv")
        parameters = _parameters_of(self.user, body, kind)
        export = exports.start_export(
            user=self.user, kind=kind, format=file_format, parameters=parameters
        )
        shown = self.show(export)
        return Response({name: shown[name] for name in ("id", "uri", "path")})


class ExportView(_OfExports):
    """One export: statusCode 9 and HTTP 202 while it is under way; then where its file is.

    DELETE drops it with its file; the operation Cancel calls it off.
    """

    roles: ClassVar[Mapping[str, Roles]] = {
        "GET": SUPERVISORS,
        "POST": SUPERVISORS,
        "DELETE": SUPERVISORS,
    }
    documentation = {
        "GET": answer(export=_EXPORT),
        "POST request": {
            "type": "object",
            "properties": {"operationName": {"type": "string", "enum": ["Cancel"]}},
            "required": ["operationName"],
        },
    }

    def get(self, request: Request, object_id: str) -> Response:
        export = self.find(object_id)
        if export.is_under_way:
            return _incomplete(self.show(export))
        return Response({"export": self.show(export)})

    @write
    def post(self, request: Request, object_id: str) -> Response:
        export = self.find(object_id)
        operation = self.body.get("operationName")
        if operation is None:
            raise missing("operationName")
        if operation != "Cancel":
            raise invalid_operation(str(operation)[:100])
        exports.cancel_export(export=export)
        return Response({})

    @write
    def delete(self, request: Request, object_id: str) -> Response:
        exports.delete_export(export=self.find(object_id))
        return Response({})


class DownloadView(_OfExports):
    """The file of an export that is done."""

    roles: ClassVar[Mapping[str, Roles]] = {"GET": SUPERVISORS}
    documentation = {"GET": {"type": "string", "format": "binary"}}
    content_types = tuple(one.partition(";")[0] for one in CONTENT_TYPES.values())

    def get(self, request: Request, object_id: str) -> Response | StreamingHttpResponse:
        export = self.find(object_id)
        if export.is_under_way:
            return _incomplete(self.show(export))
        if export.state != Export.DONE:
            raise ApiError(
                StatusCode.INVALID_STATE, f"The export is {export.state}: it has no file"
            )
        response = stream(request._request, _pieces(export))
        day = datetime.fromtimestamp(export.created_at.timestamp(), UTC).strftime("%Y-%m-%d")
        name = f"{export.kind.lower()}-{day}.{export.format}"
        response["Content-Type"] = CONTENT_TYPES[export.format]
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["X-Content-Type-Options"] = "nosniff"
        return response


def _pieces(export: Export) -> Generator[bytes, None, None]:
    """One piece after the other; a query for each, so that no process holds the whole."""
    rows = ExportPiece.objects.filter(export=export)
    for number in range(rows.count()):
        row = rows.filter(number=number).first()
        if row is None:
            return  # It was deleted while it was fetched.
        yield bytes(row.content)


def _incomplete(shown: dict[str, Any]) -> Response:
    code = StatusCode.PROCESSING_INCOMPLETE
    content = {"statusCode": int(code), "statusMessage": "Processing incomplete", "export": shown}
    return Response(content, status=202)


def _parameters_of(user: Any, body: dict[str, Any], kind: str) -> dict[str, Any]:
    span = {name: _instant(body, name) for name in ("from", "to")}
    if span["from"] is not None and span["to"] is not None and span["from"] > span["to"]:
        raise out_of_range("from must not lie after to")
    if kind == Export.CALLS:
        for name, at_ms in span.items():
            if at_ms is None:
                raise missing(name)
        if "objectId" in body or "statistic" in body:
            raise out_of_range("objectId and statistic belong to exports of statistics")
        return span
    if body.get("objectId") is None:
        raise missing("objectId")
    measured = measured_object(user, str(body["objectId"]))
    names = names_for(measured.object_types)
    statistic = body.get("statistic")
    if statistic is not None and statistic not in names:
        raise not_found("statistic")
    types = [names[statistic]] if statistic is not None else list(measured.object_types)
    return {
        **span,
        "object": str(measured.id),
        "objectId": measured.shown_id,
        "objectTypes": types,
        "statistic": statistic,
    }


def _choice(body: dict[str, Any], name: str, choices: tuple[str, ...], default: str | None) -> str:
    value = body.get(name, default)
    if value is None:
        raise missing(name)
    by_name = {choice.lower(): choice for choice in choices}
    if not isinstance(value, str) or value.lower() not in by_name:
        raise out_of_range(f"{name} must be one of {', '.join(choices)}")
    return by_name[value.lower()]


def _instant(body: dict[str, Any], name: str) -> int | None:
    value = body.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LATEST_MS:
        raise out_of_range(f"{name} must be milliseconds since 1970")
    return value
