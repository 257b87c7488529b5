"""Turning objects into what clients read, without a query or a model instance too many.

A list whose fields are all columns is read as plain rows: no instances are made of them. Fields
that other rooms load, and subresources, come once for all objects of an answer.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.db import connections
from django.db.models import ExpressionWrapper, F, Model, QuerySet, UUIDField

from portal.api.fields import Field, Identifier, Link, Loaded, Reading
from portal.api.selection import EVERYTHING, Selection, prune
from portal.api.uris import with_uri

if TYPE_CHECKING:
    from portal.api.resources import Resource

Content = dict[str, Any]
# Name, how the value comes out of an object or row, its rendering if it has one, hides_empty.
Step = tuple[str, Callable[[Any], Any], Callable[[Any, Reading], Any] | None, bool]


@dataclass(frozen=True, slots=True)
class Listing:
    """A query, of rows where these are enough, and what clients read of some of its results."""

    query: QuerySet[Any]
    render: Callable[[Sequence[Any], Reading], list[Content]]


def render_objects(
    resource: "type[Resource]", objects: Sequence[Any], selection: Selection, reading: Reading
) -> list[Content]:
    """What clients read of the objects, in their order."""
    shown = _shown(resource, selection)
    steps = [
        (field.name, field.read, _rendering(field), field.hides_empty)
        for field in shown
        if not isinstance(field, Loaded)
    ]
    contents = _read(objects, steps, reading)
    _add_addresses(resource, objects, contents, reading)
    _add_loaded(shown, objects, contents, reading)
    _finish(resource, contents, selection)
    _add_resolved(resource, shown, objects, contents, selection, reading)
    _add_parts(resource, objects, contents, selection, reading)
    return contents


def listing_of(resource: "type[Resource]", objects: QuerySet[Any], selection: Selection) -> Listing:
    """How to read these objects: as rows, or as objects where something needs these."""
    shown = _shown(resource, selection)
    if (
        selection.resolved
        or not _reads_rows(resource, shown)
        or _needs_objects(resource, selection)
    ):

        def render(found: Sequence[Any], reading: Reading) -> list[Content]:
            return resource.render(found, selection, reading)

        return Listing(objects, render)
    reader = RowReader(resource, shown, objects.db)
    return Listing(reader.rows_of(objects), partial(_render_rows, resource, reader, selection))


def render_children(
    resource: "type[Resource]", objects: QuerySet[Any], parent_lookup: str, reading: Reading
) -> Iterable[tuple[Any, Content]]:
    """The parent's key and what clients read of each object, in order."""
    shown = _shown(resource, EVERYTHING)
    if not _reads_rows(resource, shown):
        children = list(objects)
        contents = resource.render(children, EVERYTHING, reading)
        return zip((getattr(child, parent_lookup) for child in children), contents, strict=True)
    reader = RowReader(resource, shown, objects.db)
    parent_of = reader.value(parent_lookup)
    found = list(reader.rows_of(objects))
    contents = _render_rows(resource, reader, EVERYTHING, found, reading)
    return zip(map(parent_of, found), contents, strict=True)


class RowReader:
    """The columns that the shown fields need, each once, and how rows of them are read.

    Where the database keeps UUIDs as text they stay text, unless a loader looks at them: making
    and unmaking them would take longer than all the rest.
    """

    def __init__(self, resource: "type[Resource]", shown: Sequence[Field], using: str) -> None:
        self.resource = resource
        self.shown = shown
        self._keeps_text = not connections[using].features.has_native_uuid_field
        self._places: dict[str, int] = {}
        self._steps = [self._step(field) for field in shown if not isinstance(field, Loaded)]
        self._identity = self.value(resource.identified_by)
        loaded = [field for field in shown if isinstance(field, Loaded)]
        names = sorted({name for field in loaded for name in field.row_attributes})
        self._row_type = _row_type(tuple(names))
        self._row_values = [self.value(name) for name in ("pk", *names)]

    def value(self, path: str) -> Callable[[Any], Any]:
        """What gives this column's value of a row; for an annotation of the query too."""
        take = self._take(path)
        return _uuid_after(take) if self._is_text(path) else take

    def rows_of(self, objects: QuerySet[Any]) -> QuerySet[Any]:
        columns = [
            ExpressionWrapper(F(path), output_field=_AS_TEXT) if self._is_text(path) else path
            for path in self._places
        ]
        return objects.values_list(*columns)

    def objects(self, rows: Sequence[Any]) -> list[Any]:
        """What loaders get in place of objects that were not made."""
        columns = [map(take, rows) for take in self._row_values]
        return list(map(self._row_type, *columns))

    def read(self, rows: Sequence[Any], reading: Reading) -> list[Content]:
        contents = _read(rows, self._steps, reading)
        prefix, render_id = f"/{self.resource.path}/", self.resource.render_id
        for row, content in zip(rows, contents, strict=True):
            path = prefix + (content.get("id") or render_id(self._identity(row)))
            content["uri"] = reading.base + path
            content["path"] = path
        return contents

    def _step(self, field: Field) -> Step:
        render = _rendering(field)
        if len(field.paths) == 1 and type(field).from_row is Field.from_row:
            [path] = field.paths
            if self._is_text(path) and isinstance(field, Identifier | Link):
                return field.name, self._take(path), field.render_digits, field.hides_empty
            return field.name, self.value(path), render, field.hides_empty
        values = [self.value(path) for path in field.paths]
        from_row = field.from_row

        def read(row: Any) -> Any:
            return from_row([take(row) for take in values])

        return field.name, read, render, field.hides_empty

    def _take(self, path: str) -> Callable[[Any], Any]:
        path = _plain_name(self.resource.model, path)
        return itemgetter(self._places.setdefault(path, len(self._places)))

    def _is_text(self, path: str) -> bool:
        model = self.resource.model
        path = _plain_name(model, path)
        return self._keeps_text and _is_column(model, path) and _is_uuid(model, path)


def _render_rows(
    resource: "type[Resource]",
    reader: RowReader,
    selection: Selection,
    rows: Sequence[Any],
    reading: Reading,
) -> list[Content]:
    objects = reader.objects(rows)
    contents = reader.read(rows, reading)
    _add_loaded(reader.shown, objects, contents, reading)
    _finish(resource, contents, selection)
    _add_parts(resource, objects, contents, selection, reading)
    return contents


def _read(found: Sequence[Any], steps: Sequence[Step], reading: Reading) -> list[Content]:
    """The fields that objects or rows hold themselves."""
    contents = []
    for one in found:
        content: Content = {}
        for name, take, render, hides_empty in steps:
            value = take(one)
            if render is not None:
                value = render(value, reading)
            if value is not None and not (hides_empty and value == ""):
                content[name] = value
        contents.append(content)
    return contents


def _shown(resource: "type[Resource]", selection: Selection) -> list[Field]:
    return [field for field in resource.fields if field.is_shown and selection.wants(field.name)]


def _rendering(field: Field) -> Callable[[Any, Reading], Any] | None:
    """The field's own rendering; None where the value is shown as it is."""
    return None if type(field).render is Field.render else field.render


def _add_addresses(
    resource: "type[Resource]", objects: Sequence[Any], contents: list[Content], reading: Reading
) -> None:
    for obj, content in zip(objects, contents, strict=True):
        content.update(with_uri(resource.path_of(obj), reading.base))


def _add_loaded(
    shown: Sequence[Field], objects: Sequence[Any], contents: list[Content], reading: Reading
) -> None:
    for field in shown:
        if isinstance(field, Loaded):
            _set(field.name, field.load(objects, reading), objects, contents)


def _set(
    name: str, values: Mapping[Any, Any], objects: Sequence[Any], contents: list[Content]
) -> None:
    for obj, content in zip(objects, contents, strict=True):
        if (value := values.get(obj.pk)) is not None:
            content[name] = value


def _finish(resource: "type[Resource]", contents: list[Content], selection: Selection) -> None:
    if selection.fields:
        contents[:] = [prune(content, selection.fields) for content in contents]


def _add_resolved(
    resource: "type[Resource]",
    shown: Sequence[Field],
    objects: Sequence[Any],
    contents: list[Content],
    selection: Selection,
    reading: Reading,
) -> None:
    for field in shown:
        if isinstance(field, Link) and field.name in selection.resolved:
            resolve(resource, field, objects, contents, reading)


def resolve(
    resource: "type[Resource]",
    link: Link,
    objects: Sequence[Any],
    contents: list[Content],
    reading: Reading,
) -> None:
    """Add the objects that a link leads to; under …Details where a plain field has the name."""
    target = link.target()
    ids = {link.read(obj) for obj in objects} - {None}
    found = target.linked(ids, reading.user)
    rendered = target.render(found, EVERYTHING, reading)
    by_id = {obj.pk: content for obj, content in zip(found, rendered, strict=True)}
    name = link.resolved_name
    if resource.field(name) is not None:
        name += "Details"
    for obj, content in zip(objects, contents, strict=True):
        if (value := by_id.get(link.read(obj))) is not None:
            content[name] = value


def _add_parts(
    resource: "type[Resource]",
    objects: Sequence[Any],
    contents: list[Content],
    selection: Selection,
    reading: Reading,
) -> None:
    for part in resource.subresources:
        if part.name not in selection.subresources:
            continue
        branch = (selection.fields or {}).get(part.name, {})
        values = part.load(objects, reading)
        for obj, content in zip(objects, contents, strict=True):
            if obj.pk in values:
                content[part.name] = prune(values[obj.pk], branch)


# --- rows or objects ---


def _needs_objects(resource: "type[Resource]", selection: Selection) -> bool:
    return any(
        part.needs_objects for part in resource.subresources if part.name in selection.subresources
    )


def _reads_rows(resource: "type[Resource]", shown: Sequence[Field]) -> bool:
    """Whether all that is shown stands in columns, or is loaded by what stands in columns."""
    if resource.has_own("render") or resource.has_own("path_of"):
        return False
    return all(
        not field.needs_objects
        if isinstance(field, Loaded)
        else all(_is_column(resource.model, path) for path in field.paths)
        for field in shown
    )


@cache
def _is_column(model: type[Model], path: str) -> bool:
    current: Any = model
    for name in path.split("__"):
        if current is None:
            return False
        try:
            field = current._meta.get_field(name)
        except FieldDoesNotExist:
            return False
        if not getattr(field, "concrete", False):
            return False
        current = field.related_model if field.is_relation and name == field.name else None
    return True


def _plain_name(model: type[Model], path: str) -> str:
    """`pk` by the name of its column, so that it is not read twice."""
    primary_key = model._meta.pk
    return primary_key.attname if path == "pk" and primary_key is not None else path


@cache
def _is_uuid(model: type[Model], path: str) -> bool:
    current: Any = model
    field: Any = None
    for name in path.split("__"):
        field = current._meta.pk if name == "pk" else current._meta.get_field(name)
        current = field.related_model
    return isinstance(getattr(field, "target_field", field), UUIDField)


class _StoredText(UUIDField[Any, Any]):
    """A UUID column whose values are left as the database keeps them."""

    def get_internal_type(self) -> str:
        return "TextField"


_AS_TEXT = _StoredText()
_uuid = lru_cache(4096)(UUID)


def _uuid_after(take: Callable[[Any], Any]) -> Callable[[Any], UUID | None]:
    def read(row: Any) -> UUID | None:
        digits = take(row)
        return None if digits is None else _uuid(digits)

    return read


@cache
def _row_type(names: tuple[str, ...]) -> Any:
    return namedtuple("Row", ["pk", *names])
