"""Definitions of statistics: the entries of ``statistics.yaml``, read and checked.

Source of the format: the seed's "List of statistics to be monitored"; of the rules:
statistics-spec.md section 1. An entry that breaks one is refused with file, entry, field, reason.
"""

from __future__ import annotations

import contextlib
import copy
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from supervision.statistics.categories import Span
from supervision.statistics.entries import Entry, EntryError
from supervision.statistics.filters import Condition
from supervision.statistics.masks import Mask
from supervision.statistics.simple import Names, extended, is_of_names
from supervision.statistics.windows import Interval

logger = logging.getLogger(__name__)


class DefinitionError(ValueError):
    """An entry that cannot be used: names the file, the entry's number, the field, the reason."""

    def __init__(self, source: str, entry: int, field: str, reason: str) -> None:
        super().__init__(f"{source}: entry {entry}: {field}: {reason}")
        self.source = source
        self.entry = entry
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Definition:
    """One statistic of one type of objects."""

    name: str
    object_type: str
    category: str
    subject: str
    main_mask: Mask
    relative_mask: Mask
    interval: Interval
    notification_mode: str = "PERIODICAL"
    notification_frequency: int = 10
    span: Span | None = None
    span2: Span | None = None
    condition: Condition | None = None
    distinguish_by_conn_id: bool = False
    warnings: tuple[str, ...] = ()
    # When the definition was started anew; keeps its accumulators apart from the earlier ones.
    epoch_ms: int = 0


class _TextLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML in which every plain scalar stays text: ``900:10`` is no sexagesimal number."""


_TextLoader.yaml_implicit_resolvers = {}


def load_definitions(path: str | Path, names: Names | None = None) -> tuple[Definition, ...]:
    """All definitions of a multi-document YAML file."""
    return parse_definitions(read_entries(path), str(path), names)


def read_entries(path: str | Path, source: str | None = None) -> list[object]:
    """The documents of a file, in their order; an empty one is None."""
    entries: list[object] = []
    try:
        text = Path(path).read_text(encoding="utf-8")
        entries.extend(yaml.load_all(text, Loader=_TextLoader))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        reason = str(error).replace("\n", " ")
        number = len(entries) + 1
        raise DefinitionError(source or str(path), number, "document", reason) from error
    return entries


def parse_definitions(
    entries: Iterable[object], source: str = "definitions", names: Names | None = None
) -> tuple[Definition, ...]:
    """Definitions from mappings in the file's form, in either mode."""
    return _parse(extended_entries(entries, source, names), source)


Numbered = list[tuple[int, object]]


def extended_entries(
    entries: Iterable[object], source: str = "definitions", names: Names | None = None
) -> Numbered:
    """The entries in extended mode with their numbers; documents of names are used up.

    Names of the same file go before those that were brought along, wherever they stand in it.
    """
    present = [(number, one) for number, one in enumerate(entries, 1) if one not in (None, "")]
    known = copy.deepcopy(names) if names else Names()
    for number, one in present:
        if is_of_names(one):
            with _naming(source, number):
                known.add_document(cast(Mapping[str, object], one))
    found: Numbered = []
    for number, one in present:
        if not is_of_names(one):
            with _naming(source, number):
                found.append((number, extended(one, known)))
    return found


@contextlib.contextmanager
def _naming(source: str, number: int) -> Iterator[None]:
    """Say in which file and entry something cannot be used."""
    try:
        yield
    except EntryError as error:
        raise DefinitionError(source, number, error.field, error.reason) from error


def _parse(entries: Numbered, source: str) -> tuple[Definition, ...]:
    definitions: dict[tuple[str, str], Definition] = {}
    for number, given in entries:
        with _naming(source, number):
            definition = _definition(given)
            _refuse_repetition(definition, definitions)
        for warning in definition.warnings:
            logger.warning("%s: entry %d (%s): %s", source, number, definition.name, warning)
        definitions[definition.object_type, definition.name] = definition
    return tuple(definitions.values())


def _refuse_repetition(
    definition: Definition, earlier: Mapping[tuple[str, str], Definition]
) -> None:
    if (definition.object_type, definition.name) in earlier:
        raise EntryError("name", f"{definition.name!r} is defined twice for its objectType")


def _definition(given: object) -> Definition:
    entry = Entry.of(given)
    category = entry.category
    main, relative = entry.masks
    span, span2 = entry.spans
    return Definition(
        name=entry.name,
        object_type=entry.object_type,
        category=category,
        subject=entry.subject,
        main_mask=main,
        relative_mask=relative,
        interval=entry.interval,
        notification_mode=entry.notification_mode,
        notification_frequency=entry.notification_frequency,
        span=span,
        span2=span2,
        condition=entry.condition,
        distinguish_by_conn_id=entry.distinguish,
        warnings=entry.warnings,
    )
