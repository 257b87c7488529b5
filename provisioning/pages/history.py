"""The change log of one object, as its page shows it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from provisioning.api.foresight import as_clients_see, only_changed
from provisioning.models import ChangeLogEntry

ENTRIES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Difference:
    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    entry: ChangeLogEntry
    differences: list[Difference]


def history_of(user: Any, resource: str, object_id: str) -> list[HistoryEntry]:
    """The newest changes of the object itself, what stood before beside what came after."""
    entries: QuerySet[ChangeLogEntry] = ChangeLogEntry.objects.visible_to(user)
    newest = entries.filter(resource=resource, object_id=object_id).order_by("-pk")
    return [HistoryEntry(entry, differences_in(entry)) for entry in newest[:ENTRIES_SHOWN]]


def differences_in(entry: ChangeLogEntry) -> list[Difference]:
    before, after = only_changed(
        as_clients_see(entry.resource, entry.before), as_clients_see(entry.resource, entry.after)
    )
    names = sorted((before or {}).keys() | (after or {}).keys())
    return [
        Difference(name, (before or {}).get(name, ""), (after or {}).get(name, ""))
        for name in names
        if name not in {"id", "version"}
    ]
