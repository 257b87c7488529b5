"""The OpenAPI description, made from the declarations: what is shown is what is served."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from portal.api.collections import CollectionView, ListingView, RelationView
from portal.api.fields import Access, Field
from portal.api.filters import MAX_LIMIT
from portal.api.resources import Resource
from portal.api.views import ResourceView, SingleView

Schema = dict[str, Any]

STATUS = {"statusCode": {"type": "integer", "description": "0: success; 7: partial success."}}
ERROR: Schema = {
    "type": "object",
    "properties": {
        "statusCode": {"type": "integer", "minimum": 1, "maximum": 20},
        "statusMessage": {"type": "string"},
    },
    "required": ["statusCode", "statusMessage"],
}
DONE: Schema = {"type": "object", "properties": STATUS, "required": ["statusCode"]}
REFUSALS = {
    "400": "Malformed, missing, out of range or unknown.",
    "401": "Not authenticated.",
    "403": "Not permitted.",
    "404": "Not there, or not for this contact center.",
    "405": "The resource has no such method.",
    "409": "It exists already, or is in use.",
    "412": "It has been changed since the ETag in If-Match was read.",
    "415": "The body is not JSON.",
    "429": "Too many requests; Retry-After says for how many seconds none is served.",
    "500": "An internal error.",
    "503": "A service is not available.",
}
_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_NAMED = {"id": _TEXT, "uri": _TEXT, "path": _TEXT}


def answer(**properties: Schema) -> Schema:
    """The schema of a successful answer with these keys beside statusCode."""
    return {"type": "object", "properties": STATUS | properties, "required": ["statusCode"]}


class ResourceSchema(AutoSchema):
    """Describes declared resources; a view of its own kind describes itself in `documentation`."""

    view: Any

    def get_tags(self) -> list[str]:
        return [self.path.strip("/").split("/")[2]]

    def get_operation_id(self) -> str:
        words = self.path.strip("/").replace("{", "").replace("}", "").split("/")[2:]
        return "_".join([self.method.lower(), *words]).replace("-", "_")

    def get_description(self) -> str:  # type: ignore[override]
        if isinstance(self.view, ResourceView):
            return (self.view.resource.__doc__ or "").strip()
        return (type(self.view).__doc__ or "").strip()

    def get_override_parameters(self) -> list[Any]:
        if self.method != "GET":
            return self._write_parameters()
        if not isinstance(self.view, ResourceView):
            return []
        resource = self._shown_resource()
        is_list = isinstance(self.view, ListingView) and "{object_id}" not in self.path
        return [*_selection_parameters(resource), *(_list_parameters(resource) if is_list else [])]

    def _write_parameters(self) -> list[Any]:
        is_single = isinstance(self.view, SingleView) or "{object_id}" in self.path
        if isinstance(self.view, ResourceView):
            return _write_parameters(has_etag=is_single)
        is_write = hasattr(getattr(self.view, self.method.lower()), "__wrapped__")
        return _write_parameters(has_etag=self.view.has_etag) if is_write else []

    def get_request_serializer(self) -> Any:
        if self.method not in {"POST", "PUT", "DELETE"}:
            return None
        if isinstance(self.view, ResourceView):
            schema = self._written()
        else:
            schema = getattr(self.view, "documentation", {}).get(f"{self.method} request")
        return None if schema is None else {"application/json": schema}

    def get_response_serializers(self) -> Any:
        error = self._component("Error", ERROR)
        refusals = {
            (status, "application/json"): OpenApiResponse(error, description=text)
            for status, text in REFUSALS.items()
        }
        answered = OpenApiResponse(self._answered(), description="Done.")
        # What a view answers when all is well may be a file.
        types = getattr(self.view, "content_types", ("application/json",))
        return {**{("200", one): answered for one in types}, **refusals}

    # --- what declared resources are sent and answer ---

    def _shown_resource(self) -> type[Resource]:
        if isinstance(self.view, RelationView):
            resource: type[Resource] = self.view.relation.resource
            return resource
        declared: type[Resource] = self.view.resource
        return declared

    def _answered(self) -> Schema:
        if not isinstance(self.view, ResourceView):
            documented = getattr(self.view, "documentation", {})
            shape: Schema = documented.get(self.method, DONE)
            return shape
        resource = self._shown_resource()
        shown = self._component(_component_name(resource), _shown_schema(resource))
        if self.method == "GET":
            if isinstance(self.view, ListingView) and "{object_id}" not in self.path:
                return answer(
                    uris=_TEXTS,
                    paths=_TEXTS,
                    totalCount={"type": "integer"},
                    **{resource.plural: {"type": "array", "items": shown}},
                )
            return answer(**{resource.singular: shown})
        if self.method == "POST" and "{object_id}" not in self.path:
            outcome = {"type": "array", "items": {"type": "object"}}
            return answer(**_NAMED, succeeded=outcome, failed=outcome)
        return DONE

    def _written(self) -> Schema | None:
        resource = self._shown_resource()
        single = isinstance(self.view, SingleView) or "{object_id}" in self.path
        if self.method == "DELETE":
            return None if single else _references_schema()
        if isinstance(self.view, SingleView) and self.method == "POST":
            return _operation_schema(resource)
        one = _written_schema(resource, is_new=not single)
        if single:
            return one
        many: Schema = {
            "type": "object",
            "properties": {resource.plural: {"type": "array", "items": one}},
        }
        if isinstance(self.view, CollectionView):
            return {"anyOf": [one, many]}
        return {"anyOf": [_references_schema(), many, one]}

    def _component(self, name: str, schema: Schema) -> Schema:
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name, ResolvedComponent.SCHEMA, schema=schema, object=name
        )
        self.registry.register_on_missing(component)
        return dict(component.ref)


def _component_name(resource: type[Resource]) -> str:
    return resource.__name__.removesuffix("s") if resource.__name__ != "Me" else "User"


def _shown_schema(resource: type[Resource]) -> Schema:
    schema = resource.schema()
    schema["properties"] |= {part.name: part.schema() for part in resource.subresources}
    return schema


def _written_schema(resource: type[Resource], *, is_new: bool) -> Schema:
    sent = [field for field in resource.fields if _may_be_sent(field, is_new=is_new)]
    schema: Schema = {
        "type": "object",
        "properties": {field.name: field.schema() for field in sent},
        "additionalProperties": False,
    }
    if is_new and (required := [field.name for field in sent if field.required]):
        schema["required"] = required
    return schema


def _may_be_sent(field: Field, *, is_new: bool) -> bool:
    if field.access is Access.READ_ONLY:
        return False
    return is_new or field.access not in {Access.SET_ONCE, Access.ON_CREATION}


def _operation_schema(resource: type[Resource]) -> Schema:
    name: Schema = {"type": "string", "enum": [one.name for one in resource.operations]}
    if resource.fallback_operation is not None:
        named = ", ".join(name.pop("enum"))
        name["description"] = f"{named}, or the name of an agent state operation."
    operation: Schema = {
        "type": "object",
        "properties": {"operationName": name},
        "required": ["operationName"],
    }
    if resource.post_updates:
        return {"anyOf": [operation, _written_schema(resource, is_new=False)]}
    return operation


def _references_schema() -> Schema:
    return {"type": "object", "properties": {"uris": _TEXTS, "paths": _TEXTS, "ids": _TEXTS}}


def _selection_parameters(resource: type[Resource]) -> list[Any]:
    selectable = resource.selectable()
    parameters = [_parameter("fields", f"`*` or some of: {', '.join(sorted(selectable.fields))}")]
    if selectable.subresources:
        names = ", ".join(sorted(selectable.subresources))
        parameters.append(_parameter("subresources", f"`*` or some of: {names}"))
    if selectable.links:
        names = ", ".join(sorted(selectable.links))
        parameters.append(_parameter("resolveUris", f"`*` or some of: {names}"))
    return parameters


def _write_parameters(*, has_etag: bool) -> list[Any]:
    reason = OpenApiParameter(
        "X-Change-Reason", str, OpenApiParameter.HEADER, description="Kept in the change log."
    )
    wanted = OpenApiParameter(
        "If-Match", str, OpenApiParameter.HEADER, description="The ETag that was read."
    )
    dry_run = _parameter("dryRun", "true: say what would change, and change nothing.", kind=bool)
    return [dry_run, reason, *([wanted] if has_etag else [])]


def _list_parameters(resource: type[Resource]) -> list[Any]:
    filters = [
        _parameter(field.name, "Filter; a comma is “or”.")
        for field in resource.fields
        if field.is_shown and field.lookup is not None
    ]
    shown = {one.name for one in resource.fields}
    filters += [_parameter(name, "Filter.") for name in resource.filters if name not in shown]
    for part in resource.searched_by():
        filters += [
            _parameter(f"{part.name}.{field.name}", "Filter by a subresource.")
            for field in part.resource.fields
            if field.is_shown and field.lookup is not None
        ]
    return [
        _parameter("offset", "The first object to show; needs `limit`.", kind=int),
        _parameter("limit", f"How many objects to show, 1 to {MAX_LIMIT}.", kind=int),
        _parameter("sortBy", "Comma-separated fields; needs `limit`."),
        _parameter("order", "For all keys.", choices=["Ascending", "Descending"]),
        *filters,
    ]


def _parameter(
    name: str, description: str, *, kind: type = str, choices: list[str] | None = None
) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=description, enum=choices)


class ApiAuthenticationScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "portal.api.authentication.ApiAuthentication"
    name = ["basic", "session", "token"]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[Schema]:
        return [
            {"type": "http", "scheme": "basic"},
            {"type": "apiKey", "in": "cookie", "name": "JSESSIONID"},
            {"type": "http", "scheme": "bearer"},
        ]
