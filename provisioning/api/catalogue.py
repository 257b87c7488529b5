"""Resources that come with the portal instead of the database: listed like all others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.urls import URLPattern, path
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.collections import ListingView
from portal.api.fields import Field
from portal.api.filters import parse_page, requested_filters
from portal.api.resources import Resource
from portal.api.roles import Action
from portal.api.status import not_found, out_of_range
from portal.api.uris import with_uris
from portal.api.views import SingleView


class Catalogue(Resource):
    """A resource whose objects are constants, each with an `id`."""

    entries: ClassVar[Sequence[Any]] = ()

    @classmethod
    def linked(cls, ids: Iterable[Any], user: Any) -> list[Any]:
        wanted = set(ids)
        return [entry for entry in cls.entries if entry.id in wanted]


class CatalogueView(ListingView):
    resource: type[Catalogue] = Catalogue

    def get(self, request: Request, **kwargs: Any) -> Response:
        self.require(Action.LIST)
        resource = self.resource
        query = request.query_params.dict()
        selection = self.selection()
        page = parse_page(query)
        entries = _ordered(resource, _filtered(resource, query), query)
        total: dict[str, Any] = {}
        if page is not None:
            total = {"totalCount": len(entries)}
            entries = entries[page.offset : page.offset + page.limit]
        if selection.wants_objects:
            return Response(
                {resource.plural: resource.render(entries, selection, self.reading), **total}
            )
        paths = [resource.path_of(entry) for entry in entries]
        return Response({**with_uris(paths, self.reading.base), **total})


class CatalogueEntryView(SingleView):
    resource: type[Catalogue] = Catalogue

    def get_object(self) -> Any:
        found = self.resource.linked([self.kwargs["object_id"]], self.user)
        if not found:
            raise not_found(self.resource.singular)
        return found[0]


def catalogue_routes(resource: type[Catalogue]) -> list[URLPattern]:
    """`/NAME` and `/NAME/ID`, to be read only."""
    methods = ["get", "head"]
    name = f"api-{resource.path.replace('/', '-')}"
    many = CatalogueView.as_view(resource=resource, http_method_names=methods)
    one = CatalogueEntryView.as_view(resource=resource, http_method_names=methods)
    return [
        path(resource.path, many, name=name),
        path(f"{resource.path}/<str:object_id>", one, name=f"{name}-one"),
    ]


def _filtered(resource: type[Catalogue], query: Mapping[str, str]) -> list[Any]:
    entries = list(resource.entries)
    fields = resource.fields_by_name()
    for name, texts in requested_filters(query, set(fields)):
        field = _comparable(fields[name], "filtered by")
        wanted = {field.parse_filter(text) for text in texts}
        entries = [entry for entry in entries if not wanted.isdisjoint(_values(field, entry))]
    return entries


def _values(field: Field, entry: Any) -> Sequence[Any]:
    value = field.read(entry)
    return value if isinstance(value, tuple) else (value,)


def _ordered(resource: type[Catalogue], entries: list[Any], query: Mapping[str, str]) -> list[Any]:
    order = query.get("order", "Ascending")
    if order not in {"Ascending", "Descending"}:
        raise out_of_range("order must be Ascending or Descending")
    names = [name.strip() for name in query.get("sortBy", "").split(",") if name.strip()]
    entries = sorted(entries, key=lambda entry: entry.id)
    for name in reversed(names):
        field = resource.field(name)
        if field is None:
            raise out_of_range(f"Unknown sort key: {name[:100]}")
        read = _comparable(field, "sorted by").read
        entries.sort(key=read, reverse=order == "Descending")
    return entries


def _comparable(field: Field, what: str) -> Field:
    if field.column is None:
        raise out_of_range(f"{field.name} cannot be {what}")
    return field
