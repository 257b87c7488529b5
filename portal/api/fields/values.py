"""Fields that hold one of several values, a number or a time."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Q

from portal.api.fields.base import Access, Field, Reading


@dataclasses.dataclass(frozen=True, kw_only=True)
class Moment(Field):
    """A time, in milliseconds since 1970 as the rest of the API has it."""

    access: Access = Access.READ_ONLY

    def render(self, value: Any, reading: Reading) -> int | None:
        return None if value is None else round(value.timestamp() * 1000)

    def parse(self, value: Any) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**14:
            raise self.refuse("a time in milliseconds since 1970")
        return datetime.fromtimestamp(value / 1000, tz=UTC)

    def parse_filter(self, text: str) -> datetime | None:
        return self.parse(int(text) if re.fullmatch(r"[0-9]{1,14}", text) else text)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "format": "int64"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flag(Field):
    def parse(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self.refuse("true or false")
        return value

    def parse_filter(self, text: str) -> bool:
        if text.lower() not in {"true", "false"}:
            raise self.refuse("true or false")
        return text.lower() == "true"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Switch(Field):
    """A boolean that clients see as "On" or "Off"."""

    def render(self, value: Any, reading: Reading) -> str:
        return "On" if value else "Off"

    def parse(self, value: Any) -> bool:
        if value not in ("On", "Off"):
            raise self.refuse('"On" or "Off"')
        return bool(value == "On")

    def parse_filter(self, text: str) -> bool:
        return self.parse(text.capitalize())

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": ["On", "Off"]}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Choice(Field):
    hides_empty: ClassVar[bool] = True
    choices: tuple[str, ...]

    def parse(self, value: Any) -> str:
        if value not in self.choices:
            raise self.refuse(f"one of {', '.join(self.choices)}")
        return str(value)

    def parse_filter(self, text: str) -> str:
        by_lower = {choice.lower(): choice for choice in self.choices}
        if text.lower() not in by_lower:
            raise self.refuse(f"one of {', '.join(self.choices)}")
        return by_lower[text.lower()]

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class NumberText(Field):
    """A whole number that the original writes as a string ("5"); both forms are read."""

    least: int = 0
    most: int

    def render(self, value: Any, reading: Reading) -> str:
        return str(value)

    def parse(self, value: Any) -> int:
        is_whole = (isinstance(value, int) and not isinstance(value, bool)) or (
            isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value)
        )
        if not is_whole or not self.least <= int(value) <= self.most:
            raise self.refuse(f"a whole number from {self.least} to {self.most}")
        return int(value)

    def parse_filter(self, text: str) -> int:
        return self.parse(text)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[0-9]+$"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Choices(Field):
    """A set of values, each a boolean column of its own; sent whole."""

    choices: tuple[str, ...]
    columns: Mapping[str, str]

    @cached_property
    def paths(self) -> tuple[str, ...]:
        return tuple(self.columns[choice] for choice in self.choices)

    def from_row(self, values: Sequence[Any]) -> list[str]:
        return [choice for choice, held in zip(self.choices, values, strict=True) if held]

    def parse(self, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(item in self.choices for item in value):
            raise self.refuse(f"a list of {', '.join(self.choices)}")
        return [choice for choice in self.choices if choice in value]

    def where(self, texts: Sequence[str], prefix: str = "") -> Q:
        condition = Q()
        by_lower = {choice.lower(): choice for choice in self.choices}
        for text in texts:
            if text.lower() not in by_lower:
                raise self.refuse(f"one of {', '.join(self.choices)}")
            condition |= Q(**{prefix + self.columns[by_lower[text.lower()]]: True})
        return condition

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "enum": list(self.choices)}}
