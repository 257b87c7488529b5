"""What all fields share: names, access, where the value stands, how it is read and described."""

import dataclasses
import enum
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import Q

from portal.api.status import out_of_range


class Access(enum.Enum):
    """Who may send a field, and whether it is shown."""

    READ_WRITE = enum.auto()
    READ_ONLY = enum.auto()
    SET_ONCE = enum.auto()  # sent when the object is created, shown ever after
    WRITE_ONLY = enum.auto()
    ON_CREATION = enum.auto()  # sent when the object is created, never shown under this name


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """For whom objects are rendered, and the scheme, host and API root of the URIs in them."""

    user: Any
    base: str
    # What loaders share while one answer is made.
    memo: dict[Any, Any] = dataclasses.field(default_factory=dict, compare=False)


def with_dashes(digits: str | None) -> str | None:
    """A UUID's usual text, from its 32 hex digits."""
    if digits is None:
        return None
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


Loader = Callable[[Sequence[Any], Reading], Mapping[Any, Any]]


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Field:
    """Base of all fields. `source` is a dotted attribute path, the snake_case name by default."""

    hides_empty: ClassVar[bool] = False

    name: str
    source: str = ""
    access: Access = Access.READ_WRITE
    required: bool = False
    column: str | None = ""
    ignores_case: bool = False
    help: str = ""

    @cached_property
    def attribute(self) -> str:
        return self.source or snake_case(self.name)

    @cached_property
    def argument(self) -> str:
        """The keyword under which a service receives the value."""
        return snake_case(self.name)

    @cached_property
    def lookup(self) -> str | None:
        """The ORM path that filters and sorts by this field; None where there is none."""
        return self.attribute.replace(".", "__") if self.column == "" else self.column

    @property
    def is_shown(self) -> bool:
        return self.access not in {Access.WRITE_ONLY, Access.ON_CREATION}

    @cached_property
    def read(self) -> Callable[[Any], Any]:
        return attrgetter(self.attribute)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The ORM paths that `from_row` makes the value of, where no object is made."""
        return (self.attribute.replace(".", "__"),)

    def from_row(self, values: Sequence[Any]) -> Any:
        """What `read` gives, from the values of `paths`."""
        return values[0]

    def render(self, value: Any, reading: Reading) -> Any:
        """The JSON value; None leaves the key out."""
        return value

    def parse(self, value: Any) -> Any:
        """The value that a service receives. Raises ApiError 10."""
        raise NotImplementedError

    def parse_filter(self, text: str) -> Any:
        """The value to compare the column with. Raises ApiError 10."""
        return text

    def where(self, texts: Sequence[str], prefix: str = "") -> Q:
        """The objects with one of these values; `prefix` is the ORM path to the field's model."""
        if self.lookup is None:
            raise out_of_range(f"{self.name} cannot be filtered by")
        values = [self.parse_filter(text) for text in texts]
        if not self.ignores_case:
            return Q(**{f"{prefix}{self.lookup}__in": values})
        condition = Q()
        for value in values:
            condition |= Q(**{f"{prefix}{self.lookup}__iexact": value})
        return condition

    def parse_id(self, text: str) -> Any:
        """The key that an address names where this field is the id; None if it cannot be one."""
        return text if "\0" not in text else None

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def documented_schema(self) -> dict[str, Any]:
        schema = self.schema()
        if self.help:
            schema["description"] = self.help
        if self.access is Access.READ_ONLY:
            schema["readOnly"] = True
        if not self.is_shown:
            schema["writeOnly"] = True
        return schema

    def refuse(self, expected: str) -> Exception:
        return out_of_range(f"{self.name} must be {expected}")
