"""Which objects a list request asks for, and in which order.

Source: contract §1 "Reading"; seed 001 "Filtering and sorting users by fields and subresources".
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import OrderBy

from portal.api.resources import Resource
from portal.api.status import missing, out_of_range

MAX_LIMIT = 500
MAX_OFFSET = 2**31
NEAR_MISS = 0.8

_RESERVED = frozenset(
    {
        "fields",
        "subresources",
        "resolveUris",
        "resolveUri",
        "offset",
        "limit",
        "sortBy",
        "order",
        "dryRun",
        "firstLogin",
    }
)


@dataclass(frozen=True, slots=True)
class Page:
    offset: int
    limit: int


def parse_page(query: Mapping[str, str]) -> Page | None:
    """The part of the list that is asked for; None for all of it.

    Raises ApiError 1 where `offset` or `sortBy` stand without `limit`, 10 for what is no number
    in its range.
    """
    if "limit" not in query:
        if "offset" in query or "sortBy" in query:
            raise missing("limit")
        return None
    return Page(
        offset=_whole_number(query, "offset", default=0, least=0, most=MAX_OFFSET),
        limit=_whole_number(query, "limit", default=MAX_LIMIT, least=1, most=MAX_LIMIT),
    )


def _whole_number(
    query: Mapping[str, str], name: str, *, default: int, least: int, most: int
) -> int:
    text = query.get(name, str(default)).strip()
    if not (text.isascii() and text.isdigit()) or not least <= int(text[:12]) <= most:
        raise out_of_range(f"{name} must be a whole number from {least} to {most}")
    return int(text)


def _filterable(resource: type[Resource]) -> Iterator[str]:
    yield from resource.filters
    yield from (field.name for field in resource.fields if field.is_shown)
    for part in resource.searched_by():
        yield from (f"{part.name}.{field.name}" for field in part.resource.fields)


def requested_filters(query: Mapping[str, str], known: set[str]) -> Iterator[tuple[str, list[str]]]:
    """The parameters of a query that filter, each with its values.

    Raises ApiError 10 for a misspelt name; any other unknown name is ignored.
    """
    for name, text in query.items():
        if "\0" in text:
            raise out_of_range(f"{name} must not hold control characters")
        if name in known and name not in _RESERVED:
            yield name, [part.strip() for part in text.split(",")]
        elif name not in _RESERVED:
            _refuse_near_miss(name, known | _RESERVED)


def filter_objects(
    objects: QuerySet[Any], resource: type[Resource], query: Mapping[str, str]
) -> QuerySet[Any]:
    """The objects that the query's field parameters select.

    A comma is "or", parameters are "and"; dotted parameters of one subresource are about the same
    object of it. Raises ApiError 10 for a value of the wrong type and for a misspelt name.
    """
    by_relation: dict[str, Q] = {}
    for name, texts in requested_filters(query, set(_filterable(resource))):
        if name in resource.filters:
            objects = objects.filter(resource.filters[name](texts))
            continue
        relation_name, dot, field_name = name.partition(".")
        if not dot:
            objects = objects.filter(resource.fields_by_name()[name].where(texts))
            continue
        relation = resource.searched(relation_name)
        if relation is not None:
            condition = relation.resource.fields_by_name()[field_name].where(texts)
            by_relation[relation_name] = by_relation.get(relation_name, Q()) & condition
    for relation_name, condition in by_relation.items():
        relation = resource.searched(relation_name)
        if relation is not None:
            children = relation.resource.model._default_manager.filter(condition)
            objects = objects.filter(pk__in=children.values(relation.parent_lookup))
    return objects


def _refuse_near_miss(name: str, known: set[str]) -> None:
    by_lower = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=NEAR_MISS)
    if close:
        raise out_of_range(f"Unknown parameter {name[:100]}; did you mean {by_lower[close[0]]}?")


def order_objects(
    objects: QuerySet[Any], resource: type[Resource], query: Mapping[str, str]
) -> QuerySet[Any]:
    """The objects in the order asked for; every order ends in the id, so that pages never overlap.

    A subresource key orders by the object's best match, lowest ascending and highest descending;
    objects without one come last. Raises ApiError 10 for an unknown key or order.
    """
    order = query.get("order", "Ascending")
    if order not in {"Ascending", "Descending"}:
        raise out_of_range("order must be Ascending or Descending")
    names = [name.strip() for name in query.get("sortBy", "").split(",") if name.strip()]
    if not names:
        return resource.order(objects)
    is_descending = order == "Descending"
    keys: list[OrderBy | str] = []
    for number, name in enumerate(names):
        objects, expression = _sort_key(
            objects, resource, name, f"sort_{number}", is_descending=is_descending
        )
        keys.append(
            expression.desc(nulls_last=True) if is_descending else expression.asc(nulls_last=True)
        )
    return objects.order_by(*keys, resource.identified_by)


def _sort_key(
    objects: QuerySet[Any], resource: type[Resource], name: str, alias: str, *, is_descending: bool
) -> tuple[QuerySet[Any], F]:
    if name in resource.sort_keys:
        return objects.annotate(**{alias: resource.sort_keys[name]}), F(alias)
    relation_name, dot, field_name = name.partition(".")
    relation = resource.searched(relation_name) if dot else None
    owner = relation.resource if relation else resource
    field = owner.field(field_name if dot else name)
    if field is None or not field.is_shown or field.lookup is None or (dot and relation is None):
        raise out_of_range(f"Unknown sort key: {name[:100]}")
    if relation is None:
        return objects, F(field.lookup)
    best = Max if is_descending else Min
    match = (
        owner.model._default_manager.filter(**{relation.parent_lookup: OuterRef("pk")})
        .order_by()
        .values(relation.parent_lookup)
        .annotate(best=best(field.lookup))
        .values("best")
    )
    return objects.annotate(**{alias: Subquery(match)}), F(alias)
