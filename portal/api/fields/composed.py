"""Fields that are made of something else than one column."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any

from portal.api.fields.base import Access, Field, Loader


@dataclasses.dataclass(frozen=True, kw_only=True)
class Json(Field):
    """A value shown as it is: an object or list that an attribute gives.

    With `parts`, an object of these keys, each read from an attribute path of its own.
    """

    access: Access = Access.READ_ONLY
    column: str | None = None
    parts: Mapping[str, str] | None = None
    shape: Mapping[str, Any] = dataclasses.field(default_factory=lambda: {"type": "object"})

    @cached_property
    def paths(self) -> tuple[str, ...]:
        if self.parts is None:
            return super().paths
        return tuple(path.replace(".", "__") for path in self.parts.values())

    @cached_property
    def read(self) -> Callable[[Any], Any]:
        if self.parts is None:
            return super().read
        getters = {name: attrgetter(path) for name, path in self.parts.items()}
        return lambda obj: {name: get(obj) for name, get in getters.items()}

    def from_row(self, values: Sequence[Any]) -> Any:
        if self.parts is None:
            return values[0]
        return dict(zip(self.parts, values, strict=True))

    def schema(self) -> dict[str, Any]:
        return dict(self.shape)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Constant(Field):
    """A field that reads the same for every object."""

    access: Access = Access.READ_ONLY
    column: str | None = None
    value: str

    @cached_property
    def paths(self) -> tuple[str, ...]:
        return ()

    def from_row(self, values: Sequence[Any]) -> str:
        return self.value

    @cached_property
    def read(self) -> Callable[[Any], Any]:
        return lambda _: self.value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": [self.value]}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Loaded(Field):
    """A field whose values come for all objects of an answer at once, by primary key.

    Rooms that build on a resource add what they know of its objects this way: one query for an
    answer, however many objects it has. Absent objects, and None, leave the key out. A loader
    that reads nothing of the objects but `pk`, and the columns in `row_attributes`, says so by
    `needs_objects=False`.
    """

    access: Access = Access.READ_ONLY
    column: str | None = None
    load: Loader
    needs_objects: bool = True
    row_attributes: tuple[str, ...] = ()
    shape: Mapping[str, Any] = dataclasses.field(default_factory=lambda: {"type": "string"})

    def schema(self) -> dict[str, Any]:
        return dict(self.shape)
