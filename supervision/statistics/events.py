"""Switch events: the engine's only input.

The names and fields are those of ``statistics-vectors.json``; docs/statistics.md lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supervision.statistics.filters import ATTRIBUTES


class EventError(ValueError):
    """A mapping that cannot be an event."""


@dataclass(frozen=True, slots=True)
class SwitchEvent:
    """One thing that happened at the switch, at ``time_ms`` (milliseconds UTC)."""

    time_ms: int
    name: str
    call: str | None = None
    queue: str | None = None
    dn: str | None = None
    agent: str | None = None
    group: str | None = None
    type: str | None = None
    mode: str | None = None
    reason: str | None = None
    data: Mapping[str, object] | None = None

    @classmethod
    def from_mapping(cls, given: Mapping[str, object], base_ms: int = 0) -> SwitchEvent:
        """Read ``{"t": seconds after base, "ev": name, ...}``.

        Attributes that filters know (``DNIS`` ...) may be fields too; others are left alone.
        """
        name, seconds = given.get("ev"), given.get("t")
        if not isinstance(name, str):
            raise EventError(f"an event has no name: {dict(given)!r}")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise EventError(f"an event has no time: {dict(given)!r}")
        fields: dict[str, Any] = {field: given[field] for field in _OPTIONAL if field in given}
        attributes = {name: given[name] for name in ATTRIBUTES if name in given}
        if attributes and isinstance(fields.get("data", {}), Mapping):
            fields["data"] = {**attributes, **fields.get("data", {})}
        return cls(base_ms + round(seconds * 1000), name, **fields)


_OPTIONAL = ("call", "queue", "dn", "agent", "group", "type", "mode", "reason", "data")
