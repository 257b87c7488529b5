"""The definitions this installation works with, loaded once in a process."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from supervision.statistics.definitions import Definition, load_definitions

DEFINITIONS_PATH = Path(__file__).parent / "statistics.yaml"


@cache
def current_definitions() -> tuple[Definition, ...]:
    """Raises DefinitionError naming file, entry and reason where one cannot be used."""
    return tuple(load_definitions(DEFINITIONS_PATH))


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
