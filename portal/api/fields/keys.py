"""Fields that identify objects or lead to others."""

import dataclasses
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Q

from portal.api.fields.base import Access, Field, Reading, snake_case, with_dashes
from portal.api.uris import referenced_id, uuid_or_none


@dataclasses.dataclass(frozen=True, kw_only=True)
class Identifier(Field):
    """The id: 32 hex digits where `is_bare`, else a UUID with dashes."""

    name: str = "id"
    access: Access = Access.READ_ONLY
    is_bare: bool = False

    def render(self, value: Any, reading: Reading) -> str:
        text: str = value.hex if self.is_bare else str(value)
        return text

    def render_digits(self, digits: Any, reading: Reading) -> str | None:
        """What `render` gives, from the UUID's 32 hex digits."""
        return digits if self.is_bare else with_dashes(digits)

    def parse_id(self, text: str) -> UUID | None:
        return uuid_or_none(text)

    def where(self, texts: Sequence[str], prefix: str = "") -> Q:
        """A text that is no id names no object."""
        ids = [identity for text in texts if (identity := self.parse_id(text)) is not None]
        return Q(**{f"{prefix}{self.lookup}__in": ids})

    def schema(self) -> dict[str, Any]:
        if self.is_bare:
            return {"type": "string", "pattern": "^[0-9a-f]{32}$"}
        return {"type": "string", "format": "uuid"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class SerialId(Field):
    """An id that counts up, as text."""

    name: str = "id"
    access: Access = Access.READ_ONLY

    def render(self, value: Any, reading: Reading) -> str | None:
        return None if value is None else str(value)

    def parse_id(self, text: str) -> int | None:
        return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None

    def parse_filter(self, text: str) -> int:
        identity = self.parse_id(text)
        return -1 if identity is None else identity


@dataclasses.dataclass(frozen=True, kw_only=True)
class Link(Field):
    """The URI of another resource, read from a foreign key; `resolveUris` shows its object too.

    `target` gives the resource linked to; a callable, since resources may link in circles.
    """

    target: Callable[[], Any]

    @cached_property
    def resolved_name(self) -> str:
        return self.name.removesuffix("Uri")

    @cached_property
    def argument(self) -> str:
        return snake_case(self.resolved_name) + "_id"

    @cached_property
    def attribute(self) -> str:
        return self.source or snake_case(self.resolved_name) + "_id"

    def render(self, value: Any, reading: Reading) -> str | None:
        if value is None:
            return None
        resource = self.target()
        return f"{reading.base}/{resource.path}/{resource.render_id(value)}"

    def render_digits(self, digits: Any, reading: Reading) -> str | None:
        """What `render` gives, from the UUID's 32 hex digits."""
        if digits is None:
            return None
        resource = self.target()
        text = digits if resource.has_bare_ids() else with_dashes(digits)
        return f"{reading.base}/{resource.path}/{text}"

    def parse(self, value: Any) -> str:
        return referenced_id(value, self.target().path)

    def parse_filter(self, text: str) -> str:
        return referenced_id(text, self.target().path)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uri"}
