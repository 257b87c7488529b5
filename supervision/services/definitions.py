"""Putting definitions into force, and the names that they may use."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from portal.api.status import out_of_range
from portal.events.log import now_ms, publish
from supervision.definitions import Loaded, current_set, definitions_path, load_file
from supervision.events import StatisticsDefined
from supervision.models import DefinitionSet, StatisticName
from supervision.statistics.definitions import DefinitionError
from supervision.statistics.entries import EntryError
from supervision.statistics.simple import Names

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload has changed, as (object type, name) each."""

    set_id: int
    added: list[Key]
    removed: list[Key]
    changed: list[Key]


def reload_definitions(*, loaded_by: str = "") -> Reloaded:
    """Take the file's definitions into force, everywhere and without a restart.

    Raises ApiError 10 with file, entry, field and reason where the file cannot be used; what was
    in force stays. Statistics that stay as they were go on counting, and all keep their history.
    """
    try:
        loaded = load_file(definitions_path().name)
    except DefinitionError as error:
        raise out_of_range(str(error)) from error
    return adopt(loaded=loaded, loaded_by=loaded_by)


@transaction.atomic
def adopt(*, loaded: Loaded, loaded_by: str = "") -> Reloaded:
    """Put definitions into force. Nothing happens where they are already.

    The first set of all is told of by no event: the log begins with it.
    """
    newest = DefinitionSet.objects.select_for_update().order_by("-pk").first()
    if newest is not None and newest.digest == loaded.digest:
        return Reloaded(newest.pk, [], [], [])
    made = DefinitionSet.objects.create(
        entries=loaded.entries,
        digest=loaded.digest,
        source=definitions_path().name,
        loaded_by=loaded_by,
        loaded_at_ms=now_ms(),
    )
    if newest is not None:
        publish(
            StatisticsDefined(
                contact_center_id=None,
                occurred_at_ms=made.loaded_at_ms,
                set_id=made.pk,
                source=made.source,
                entries=loaded.entries,
            )
        )
    return _difference(made.pk, newest.entries if newest else [], loaded.entries)


def adopt_file() -> None:
    """What a leader does when it starts; raises DefinitionError, and so does not start, where the
    file cannot be used.
    """
    loaded = load_file()
    newest = current_set()
    if newest is None or newest.digest != loaded.digest:
        adopt(loaded=loaded)


@transaction.atomic
def save_name(*, section: str, name: str, content: Any) -> StatisticName:
    """A name for entries in simple mode; it counts from the next reload.

    Raises ApiError 10 for what cannot be such a thing.
    """
    try:
        Names().add(section, name, content)
    except EntryError as error:
        raise out_of_range(str(error)) from error
    row, _ = StatisticName.objects.update_or_create(
        section=section, name=name, defaults={"content": content}
    )
    return row


@transaction.atomic
def remove_name(*, row: StatisticName) -> None:
    """What is in force stays; the next reload is refused where an entry still needs the name."""
    StatisticName.objects.filter(pk=row.pk).delete()


def _difference(set_id: int, old: list[Any], new: list[Any]) -> Reloaded:
    before, after = ({(one["objectType"], one["name"]): one for one in some} for some in (old, new))
    return Reloaded(
        set_id,
        added=[key for key in after if key not in before],
        removed=[key for key in before if key not in after],
        changed=[key for key in after if key in before and before[key] != after[key]],
    )
