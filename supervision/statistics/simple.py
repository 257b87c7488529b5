"""The simple mode of entries: what they name is looked up, and extended mode comes out.

Source: the seed's "Simple Mode Entry Format". What the original kept in its Configuration Manager
are here documents of the same file, or whatever mapping the caller brings along::

    statisticDefinitions:
      TestAgentStat: {category: TotalNumber, mainMask: CallAnswered, subject: DNAction}
    timeProfiles:
      OneDay: "0:00"
      LastHour: {intervalType: SlidingWindow, dynamicTimeProfile: "3600:10"}
    timeRanges:
      Range0-60: 0-60
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from supervision.statistics.entries import DEFINITION, EntryError

SIMPLE_NAME = "statisticDefinitionName"
SECTIONS = ("statisticDefinitions", "timeProfiles", "timeRanges")
_REFERENCES = {"timeProfile", "timeRange", "timeRange2", SIMPLE_NAME}
_OF_DEFINITION = (
    *("category", "subject", "mainMask", "relativeMask", "dynamicFilter", "distinguishByConnId"),
    *("intervalType", "dynamicTimeProfile"),
)
_OF_PROFILE = ("intervalType", "dynamicTimeProfile")
_OF_RANGE = ("left", "right")
_RANGE = re.compile(r"\s*(\d+)\s*-\s*(\d+)\s*")

Named = Mapping[str, Any]


@dataclass(slots=True)
class Names:
    """Named definitions, time profiles and time ranges; later ones replace earlier ones."""

    statisticDefinitions: dict[str, dict[str, Any]] = field(default_factory=dict)  # noqa: N815
    timeProfiles: dict[str, dict[str, Any]] = field(default_factory=dict)  # noqa: N815
    timeRanges: dict[str, dict[str, Any]] = field(default_factory=dict)  # noqa: N815

    def add(self, section: str, name: str, content: object) -> None:
        """Raises EntryError for what cannot be such a thing."""
        getattr(self, section)[name] = _READERS[section](f"{section}.{name}", content)

    def add_document(self, document: Mapping[str, object]) -> None:
        for section, named in document.items():
            if section not in SECTIONS:
                raise EntryError(str(section), f"stands beside {' or '.join(SECTIONS)}")
            if not isinstance(named, Mapping):
                raise EntryError(section, "must map names to what they stand for")
            for name, content in named.items():
                self.add(section, str(name), content)


def is_of_names(document: object) -> bool:
    """Whether a document names things instead of defining a statistic."""
    return isinstance(document, Mapping) and any(section in document for section in SECTIONS)


def extended(entry: object, names: Names) -> object:
    """An entry in extended mode; one that has that mode already comes back as it is."""
    if not isinstance(entry, Mapping) or DEFINITION in entry or SIMPLE_NAME not in entry:
        return entry
    inner = dict(_named(entry, SIMPLE_NAME, names.statisticDefinitions))
    if entry.get("timeProfile") is not None:
        inner |= _named(entry, "timeProfile", names.timeProfiles)
    for suffix in ("", "2"):
        if entry.get("timeRange" + suffix) is not None:
            span = _named(entry, "timeRange" + suffix, names.timeRanges)
            inner["timeRangeLeft" + suffix] = span["left"]
            inner["timeRangeRight" + suffix] = span["right"]
    outer = {name: value for name, value in entry.items() if name not in _REFERENCES}
    return {**outer, DEFINITION: inner}


def _named(entry: Mapping[str, Any], reference: str, known: Mapping[str, Named]) -> Named:
    name = str(entry[reference]).strip()
    if name not in known:
        raise EntryError(reference, f"nothing is named {name!r}")
    return known[name]


def _mapping(place: str, content: object, allowed: Iterable[str]) -> dict[str, Any]:
    if not isinstance(content, Mapping):
        raise EntryError(place, "must be a mapping")
    if strange := sorted(str(one) for one in content if one not in tuple(allowed)):
        raise EntryError(place, f"knows no {', '.join(strange)}")
    return dict(content)


def _read_definition(place: str, content: object) -> dict[str, Any]:
    read = _mapping(place, content, _OF_DEFINITION)
    for needed in ("category", "subject"):
        if needed not in read:
            raise EntryError(place, f"{needed} is missing")
    return read


def _read_profile(place: str, content: object) -> dict[str, Any]:
    if isinstance(content, str):
        return {"intervalType": "GrowingWindow", "dynamicTimeProfile": content}
    return _mapping(place, content, _OF_PROFILE)


def _read_range(place: str, content: object) -> dict[str, Any]:
    if isinstance(content, str) and (match := _RANGE.fullmatch(content)):
        return {"left": match[1], "right": match[2]}
    read = _mapping(place, content, _OF_RANGE)
    if set(read) != set(_OF_RANGE):
        raise EntryError(place, "needs left and right")
    return read


_READERS = {
    "statisticDefinitions": _read_definition,
    "timeProfiles": _read_profile,
    "timeRanges": _read_range,
}
