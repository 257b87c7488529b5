"""What a request body asks to write, checked against a resource's declaration."""

from collections.abc import Mapping
from typing import Any

from portal.api.fields import Access, Field
from portal.api.resources import Resource
from portal.api.status import ApiError, StatusCode, missing, out_of_range

_NEVER_SENT = frozenset({"uri", "path"})


def parse_body(
    resource: type[Resource], body: Mapping[str, Any], *, is_new: bool
) -> dict[str, Any]:
    """The keyword arguments for the resource's service.

    Raises ApiError 10 for unknown names and wrong values, 11 for what may not be sent, 1 for a
    required field that a new object lacks.
    """
    _refuse_unknown(resource, body)
    arguments: dict[str, Any] = {}
    for name, value in body.items():
        field = resource.fields_by_name()[name]
        _refuse_read_only(field, is_new=is_new)
        arguments[field.argument] = field.parse(value)
    if is_new:
        for field in resource.fields:
            if field.required and field.name not in body:
                raise missing(field.name)
    return arguments


def _refuse_unknown(resource: type[Resource], body: Mapping[str, Any]) -> None:
    known = resource.fields_by_name()
    if sent := _NEVER_SENT.intersection(body):
        raise _read_only(", ".join(sorted(sent)))
    if unknown := sorted(set(body) - set(known)):
        raise out_of_range(f"Unknown property: {', '.join(unknown)[:300]}")


def _refuse_read_only(field: Field, *, is_new: bool) -> None:
    sent_once = field.access in {Access.SET_ONCE, Access.ON_CREATION}
    if field.access is Access.READ_ONLY or (sent_once and not is_new):
        raise _read_only(field.name)


def _read_only(names: str) -> ApiError:
    return ApiError(StatusCode.READ_ONLY_PROPERTY, f"Property is read-only: {names}")
