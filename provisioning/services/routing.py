"""Whether a queue's routing obeys the schema of its template."""

from collections.abc import Sequence
from typing import Any

from portal.api.status import not_found, out_of_range
from portal.api.uris import referenced_id, uuid_or_none
from provisioning.models import ContactCenter, Queue, Skill
from provisioning.models.routing import Parameter
from provisioning.routing_templates import ROUTING_TEMPLATES

MAX_TEXT_LENGTH = 255
MAX_ITEMS = 100
_DESTINATIONS = {"skills": Skill, "queues": Queue}


def checked_routing(
    contact_center: ContactCenter, template_id: str, values: object
) -> tuple[str, dict[str, Any]]:
    """The template's id and the values as they are stored: destinations as paths.

    Raises ApiError 6 for an unknown template or destination, 10 for a template that is not enabled
    and for values that its schema does not allow.
    """
    template = ROUTING_TEMPLATES.get(template_id)
    if template is None:
        raise not_found("routingTemplate")
    if not template.enabled:
        raise out_of_range(f"Routing template {template.id} is not enabled")
    return template.id, _checked_object(contact_center, "routing", template.parameters, values)


def _checked_object(
    contact_center: ContactCenter, name: str, parameters: Sequence[Parameter], values: object
) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise out_of_range(f"{name} must be an object")
    known = {parameter.name: parameter for parameter in parameters}
    if unknown := sorted(set(values) - set(known)):
        raise out_of_range(f"{name} has no {', '.join(unknown)[:300]}")
    if lacking := [one.name for one in parameters if one.required and one.name not in values]:
        raise out_of_range(f"{name} must have {', '.join(lacking)}")
    return {
        key: _checked_value(contact_center, f"{name}.{key}", known[key], value)
        for key, value in values.items()
    }


def _checked_value(
    contact_center: ContactCenter, name: str, parameter: Parameter, value: object
) -> Any:
    match parameter.type:
        case "integer":
            return _checked_integer(name, parameter, value)
        case "list":
            return _checked_list(contact_center, name, parameter, value)
        case "destination":
            return _checked_destination(contact_center, name, value)
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT_LENGTH:
        raise out_of_range(f"{name} must be a text of 1 to {MAX_TEXT_LENGTH} characters")
    if "\0" in value or not value.isprintable():
        raise out_of_range(f"{name} must be a text without control characters")
    return value.strip()


def _checked_integer(name: str, parameter: Parameter, value: object) -> int:
    least, most = parameter.minimum or 0, parameter.maximum
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or value < least or (most is not None and value > most):  # type: ignore[operator]
        raise out_of_range(f"{name} must be a whole number from {least} to {most}")
    return value  # type: ignore[return-value]


def _checked_list(
    contact_center: ContactCenter, name: str, parameter: Parameter, value: object
) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_ITEMS:
        raise out_of_range(f"{name} must be a list of 1 to {MAX_ITEMS} objects")
    return [
        _checked_object(contact_center, f"{name}[{number}]", parameter.properties, one)
        for number, one in enumerate(value)
    ]


def _checked_destination(contact_center: ContactCenter, name: str, value: object) -> str:
    for collection, model in _DESTINATIONS.items():
        if isinstance(value, str) and f"{collection}/" in value:
            identity = uuid_or_none(referenced_id(value, collection))
            objects: Any = model._default_manager
            if not objects.filter(contact_center=contact_center, pk=identity).exists():
                raise not_found(name)
            return f"/{collection}/{identity}"
    raise out_of_range(f"{name} must be the URI or path of a skill or queue")
