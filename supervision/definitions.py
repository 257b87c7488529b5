"""The definitions this installation works with: those of the file, and those that are in force.

In force is the newest `DefinitionSet`; the leader makes the first of the file when it starts.
While there is none yet, the file's are in force.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

import orjson
from django.conf import settings

from supervision.models import DefinitionSet, StatisticName
from supervision.statistics.definitions import (
    Definition,
    DefinitionError,
    extended_entries,
    load_definitions,
    parse_definitions,
    read_entries,
)
from supervision.statistics.entries import EntryError
from supervision.statistics.simple import Names

SHIPPED_PATH = Path(__file__).parent / "statistics.yaml"
Entries = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Checked entries in extended mode, with what they are made of."""

    entries: Entries
    definitions: tuple[Definition, ...]

    @property
    def digest(self) -> str:
        text = orjson.dumps(self.entries, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(text).hexdigest()


def definitions_path() -> Path:
    """Where `PORTAL_STATISTICS_FILE` says, else the file that comes with the portal."""
    return Path(settings.STATISTICS_FILE or SHIPPED_PATH)


@cache
def file_definitions() -> tuple[Definition, ...]:
    """The shipped ones, by themselves: no database is asked."""
    return load_definitions(SHIPPED_PATH)


def load_file(source: str | None = None) -> Loaded:
    """What the file says now, with names of the database where its entries need them.

    Raises DefinitionError naming file, entry, field and reason where one cannot be used.
    """
    path = definitions_path()
    source = source or str(path)
    numbered = extended_entries(read_entries(path, source), source, named_in_database())
    # The entries stand where they stood in the file, so that a refusal names the right one.
    last = numbered[-1][0] if numbered else 0
    by_number = dict(numbered)
    definitions = parse_definitions([by_number.get(n) for n in range(1, last + 1)], source)
    return Loaded([cast(dict[str, Any], one) for _, one in numbered], definitions)


def named_in_database() -> Names:
    """Raises DefinitionError for a row that cannot be used."""
    names = Names()
    for row in StatisticName.objects.order_by("section", "name"):
        try:
            names.add(row.section, row.name, row.content)
        except EntryError as error:
            raise DefinitionError("database", row.pk, error.field, error.reason) from error
    return names


def current_set() -> DefinitionSet | None:
    return DefinitionSet.objects.order_by("-pk").first()


def current_definitions() -> tuple[Definition, ...]:
    """What is in force; one short query."""
    row = DefinitionSet.objects.order_by("-pk").values_list("pk", "digest").first()
    return _of_file_now() if row is None else _of_set(*row)


def first_definitions() -> tuple[Definition, ...]:
    """Those with which the log begins: later ones are told of in it."""
    row = DefinitionSet.objects.order_by("pk").values_list("pk", "digest").first()
    return _of_file_now() if row is None else _of_set(*row)


def _of_file_now() -> tuple[Definition, ...]:
    return load_file().definitions if settings.STATISTICS_FILE else file_definitions()


@lru_cache(maxsize=4)
def _of_set(set_id: int, digest: str) -> tuple[Definition, ...]:
    del digest  # Tells sets apart that got the same id, where one was rolled back.
    row = DefinitionSet.objects.get(pk=set_id)
    return parse_definitions(row.entries, row.source)


def service_level_seconds() -> int:
    """The upper bound of the queues' ServiceLevel (seed 003 "Real-Time Reporting")."""
    spans = [
        definition.span
        for definition in current_definitions()
        if (definition.name, definition.object_type) == ("ServiceLevel", "QUEUE")
    ]
    return spans[0][1] if spans and spans[0] else 60


def names_for(object_types: Sequence[str]) -> dict[str, str]:
    """The names of the statistics of objects that have these types, with the type of each."""
    return {
        definition.name: definition.object_type
        for definition in current_definitions()
        if definition.object_type in object_types
    }
