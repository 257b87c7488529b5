"""How a resource is declared.

A resource is a class of attributes: the names clients see, the model behind it, its fields, who may
do what, its subresources and the services that write. `portal.api.views` serves any such
declaration; docs/architecture.md tells how to add one.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Protocol

from django.db.models import Model, Q, QuerySet

import portal.api.lookups  # noqa: F401 - registers `among`
from portal.api.fields import Field, Identifier, Link, Reading, Secret, snake_case
from portal.api.rendering import Listing, listing_of, render_children, render_objects
from portal.api.roles import ADMINS, EVERYONE, NOBODY, Action, Roles
from portal.api.selection import EVERYTHING, Selectable, Selection
from portal.api.writing import etag_of_content

Permissions = Mapping[Action, Roles]
Write = Callable[..., Any]

READ_BY_ALL: Permissions = {Action.READ: EVERYONE}
PROVISIONED_BY_ADMINS: Permissions = {
    Action.READ: EVERYONE,
    Action.CREATE: ADMINS,
    Action.UPDATE: ADMINS,
    Action.DELETE: ADMINS,
}


class Subresource(Protocol):
    """A collection or object that can be shown within its parent."""

    @property
    def name(self) -> str: ...

    @property
    def feature(self) -> str | None: ...

    @property
    def needs_objects(self) -> bool:
        """Whether `load` reads more of its parents than their primary keys."""

    def load(self, parents: Sequence[Any], reading: Reading) -> Mapping[Any, Any]:
        """What to show under `name`, by the parent's primary key; absent where there is nothing."""

    def schema(self) -> dict[str, Any]: ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    """A subresource without a collection of its own: whatever `load` gives for each parent."""

    name: str
    load: Callable[[Sequence[Any], Reading], Mapping[Any, Any]]
    feature: str | None = None
    needs_objects: bool = True
    shape: Mapping[str, Any] = dataclasses.field(default_factory=lambda: {"type": "object"})

    def schema(self) -> dict[str, Any]:
        return dict(self.shape)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Relation:
    """A sub-collection: `/users/ID/skills`, `/users/ID/skills/ID`, and the same below `/me`.

    `parent_lookup` is the foreign key that leads from the child's model to the parent. Services get
    the parent under its resource's argument name; `assign` and `unassign` get one child each.

    `assign_many`, where there is one, gets all elements of a bulk that send nothing but
    `many_arguments`: `wanted`, of each the child's key and its arguments, `visible`, the children
    to find these keys among, and under the plural name the query that gives the parent. It answers
    for each None, or the refusal.
    """

    resource: "type[Resource]"
    parent_lookup: str
    name: str = ""
    feature: str | None = None
    permissions: Permissions = dataclasses.field(default_factory=lambda: READ_BY_ALL)
    create: Write | None = None
    assign: Write | None = None
    assign_many: Write | None = None
    many_arguments: frozenset[str] = frozenset()
    update: Write | None = None
    unassign: Write | None = None
    assigned: "Callable[[], type[Resource]] | None" = None
    needs_objects: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.resource.plural)

    def children(self, parents: Iterable[Any], user: Any) -> QuerySet[Any]:
        """The children of these parents that the user may see, in the collection's order."""
        lookup = {f"{self.parent_lookup}__among": [parent.pk for parent in parents]}
        return self.resource.seen_below(user).filter(**lookup)

    def load(self, parents: Sequence[Any], reading: Reading) -> Mapping[Any, Any]:
        children = self.resource.order(self.children(parents, reading.user))
        by_parent: dict[Any, list[Any]] = {parent.pk: [] for parent in parents}
        for parent_id, content in render_children(
            self.resource, children, self.parent_lookup, reading
        ):
            by_parent[parent_id].append(content)
        return by_parent

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.resource.schema()}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facet:
    """Rows by whose fields objects are found and sorted (`skills.name`), without an address.

    `parent_lookup` is the foreign key that leads from these rows to the objects.
    """

    name: str
    resource: "type[Resource]"
    parent_lookup: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Operation:
    """A POST with `operationName`. `run(request, target, body)` answers extra keys, or None."""

    name: str
    run: Callable[[Any, Any, dict[str, Any]], dict[str, Any] | None]
    roles: Roles = EVERYONE
    feature: str | None = None
    # Whether whoever the object belongs to may ask for it, and of others these roles only; `run`
    # finds out whose it is.
    is_for_owner: bool = False
    others: Roles = NOBODY
    # Whether the object must be there; `run` of an operation that asks otherwise gets the function
    # that finds it, or refuses.
    needs_target: bool = True
    help: str = ""


class Resource:
    """Base of all declarations. A subclass states; it does not program."""

    path: ClassVar[str]
    singular: ClassVar[str]
    plural: ClassVar[str]
    model: ClassVar[type[Model]]
    fields: ClassVar[tuple[Field, ...]]
    permissions: ClassVar[Permissions] = READ_BY_ALL
    read_feature: ClassVar[str | None] = None
    write_feature: ClassVar[str | None] = None
    ordering: ClassVar[tuple[str, ...]] = ()
    select_related: ClassVar[tuple[str, ...]] = ()
    subresources: ClassVar[tuple[Subresource, ...]] = ()
    facets: ClassVar[tuple[Facet, ...]] = ()
    operations: ClassVar[tuple[Operation, ...]] = ()
    # What runs for an operation name that is not declared; it refuses what it does not know.
    fallback_operation: ClassVar[Operation | None] = None
    identified_by: ClassVar[str] = "pk"
    argument_name: ClassVar[str] = ""
    named_by: ClassVar[tuple[str, ...]] = ()
    create: ClassVar[Write | None] = None
    update: ClassVar[Write | None] = None
    delete: ClassVar[Write | None] = None
    # Filters that are not fields, by parameter name: each gives the condition for its values.
    filters: ClassVar[dict[str, Callable[[Sequence[str]], Q]]] = {}
    # Sort keys that are not fields, by name: the ORM expression to sort by.
    sort_keys: ClassVar[dict[str, Any]] = {}
    # Whether whoever sees an object's parent sees the object: the parent's wall is enough.
    is_seen_with_parent: ClassVar[bool] = False
    # What users may change of themselves, whatever their roles.
    own_fields: ClassVar[frozenset[str]] = frozenset()
    # Fields that change by themselves, of objects without a version: no part of their ETag.
    restless: ClassVar[frozenset[str]] = frozenset()
    # Whether a POST without operationName updates, as the original did for users.
    post_updates: ClassVar[bool] = False

    # --- what the declaration implies ---

    @classmethod
    def argument(cls) -> str:
        """The keyword under which services receive an object of this resource."""
        return cls.argument_name or snake_case(cls.singular)

    @classmethod
    def field(cls, name: str) -> Field | None:
        return cls.fields_by_name().get(name)

    @classmethod
    @cache
    def fields_by_name(cls) -> Mapping[str, Field]:
        return {field.name: field for field in cls.fields}

    @classmethod
    def secrets(cls) -> frozenset[str]:
        return frozenset(field.name for field in cls.fields if isinstance(field, Secret))

    @classmethod
    def searched_by(cls) -> "Iterator[Relation | Facet]":
        """What dotted names of filters and sort keys may begin with."""
        yield from (part for part in cls.subresources if isinstance(part, Relation))
        yield from cls.facets

    @classmethod
    def searched(cls, name: str) -> "Relation | Facet | None":
        return next((part for part in cls.searched_by() if part.name == name), None)

    @classmethod
    def operation(cls, name: str) -> Operation | None:
        return next((one for one in cls.operations if one.name == name), None)

    @classmethod
    def extend(
        cls,
        *,
        fields: tuple[Field, ...] = (),
        subresources: tuple[Subresource, ...] = (),
        operations: tuple[Operation, ...] = (),
        filters: dict[str, Callable[[Sequence[str]], Q]] | None = None,
        sort_keys: dict[str, Any] | None = None,
    ) -> None:
        """Add what another room knows of this resource's objects; called while it is loaded.

        Resources made from this one get it too: by inheritance, or beside what they declare anew.
        """
        added: dict[str, Any] = {
            "fields": fields,
            "subresources": subresources,
            "operations": operations,
            "filters": filters or {},
            "sort_keys": sort_keys or {},
        }
        for resource in (cls, *cls.made_from()):
            for name, more in added.items():
                if resource is cls or name in resource.__dict__:
                    has = getattr(resource, name)
                    setattr(resource, name, has | more if isinstance(more, dict) else has + more)
        cls.fields_by_name.cache_clear()

    @classmethod
    def made_from(cls) -> "Iterator[type[Resource]]":
        for narrower in cls.__subclasses__():
            yield narrower
            yield from narrower.made_from()

    @classmethod
    def selectable(cls) -> Selectable:
        return Selectable(
            fields=frozenset(field.name for field in cls.fields if field.is_shown),
            subresources=frozenset(part.name for part in cls.subresources),
            links=frozenset(field.name for field in cls.fields if isinstance(field, Link)),
        )

    # --- objects ---

    @classmethod
    def visible_to(cls, user: Any) -> QuerySet[Any]:
        """The objects the user may see; the wall between contact centers stands in this method."""
        objects: Any = cls.model._default_manager
        visible: QuerySet[Any] = objects.visible_to(user)
        return visible.select_related(*cls.select_related) if cls.select_related else visible

    @classmethod
    def seen_below(cls, user: Any) -> QuerySet[Any]:
        """The objects the user may see of those whose parents he sees."""
        if not cls.is_seen_with_parent:
            return cls.visible_to(user)
        found: QuerySet[Any] = cls.model._default_manager.select_related(*cls.select_related)
        return found

    @classmethod
    def order(cls, objects: QuerySet[Any]) -> QuerySet[Any]:
        return objects.order_by(*cls.ordering, cls.identified_by)

    @classmethod
    def find(cls, objects: QuerySet[Any], bare_id: str) -> Any | None:
        """The object with this id among the given ones, or None."""
        identity = cls.fields_by_name()["id"].parse_id(bare_id)
        if identity is None:
            return None
        return objects.filter(**{cls.identified_by: identity}).first()

    @classmethod
    def linked(cls, ids: Iterable[Any], user: Any) -> list[Any]:
        """The objects with these primary keys that the user may see."""
        return list(cls.visible_to(user).filter(pk__in=ids))

    @classmethod
    def render_id(cls, value: Any) -> str:
        return value.hex if cls.has_bare_ids() else str(value)

    @classmethod
    def has_bare_ids(cls) -> bool:
        """Whether clients see the ids as 32 hex digits, without dashes."""
        identifier = cls.field("id")
        return isinstance(identifier, Identifier) and identifier.is_bare

    @classmethod
    def path_of(cls, obj: Any) -> str:
        identifier = cls.fields_by_name()["id"]
        return f"/{cls.path}/{cls.render_id(identifier.read(obj))}"

    @classmethod
    def paths_of(cls, objects: QuerySet[Any]) -> list[str]:
        """The objects' paths in their order; reads no more of them than that takes."""
        return [cls.path_from(*row) for row in cls.path_rows(objects)]

    @classmethod
    def path_rows(cls, objects: QuerySet[Any]) -> QuerySet[Any]:
        """Rows of what the objects' paths are made of."""
        return objects.values_list(cls.identified_by)

    @classmethod
    def path_from(cls, *row: Any) -> str:
        return f"/{cls.path}/{cls.render_id(row[0])}"

    @classmethod
    def render(
        cls, objects: Sequence[Any], selection: Selection, reading: Reading
    ) -> list[dict[str, Any]]:
        """What clients read of the objects, in their order."""
        return render_objects(cls, objects, selection, reading)

    @classmethod
    def etag_of(cls, obj: Any, reading: Reading) -> str:
        """Made of the object's version, or of what is read of it where it has none."""
        if (version := getattr(obj, "version", None)) is not None:
            return f'"{version}"'
        [content] = cls.render([obj], EVERYTHING, Reading(reading.user, base=""))
        return etag_of_content({k: v for k, v in content.items() if k not in cls.restless})

    @classmethod
    def listing_of(cls, objects: QuerySet[Any], selection: Selection) -> Listing:
        """How a list of these objects is read."""
        return listing_of(cls, objects, selection)

    @classmethod
    def has_own(cls, method: str) -> bool:
        """Whether the declaration overrides a class method of this base."""
        return getattr(cls, method).__func__ is not getattr(Resource, method).__func__

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """The JSON schema of an object of this resource, as it is read."""
        properties = {
            field.name: field.documented_schema() for field in cls.fields if field.is_shown
        }
        properties["uri"] = {"type": "string", "format": "uri", "readOnly": True}
        properties["path"] = {"type": "string", "readOnly": True}
        return {"type": "object", "properties": properties}
