"""What transactions did to rows, seen from outside, as bare SQL that does it again."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from portal.events.models import EventRecord
from telephony import models
from telephony.call_ids import new_call_id, new_call_uuid

# In the order in which rows can be inserted; deleted are they in the opposite one.
_MODELS: tuple[Any, ...] = (*apps.get_app_config("telephony").get_models(), EventRecord)

Step = Callable[[], str]
Rows = dict[Any, dict[str, Any]]


@dataclass(slots=True)
class _Change:
    """What one transaction did to the rows of one table."""

    table: str
    key: str
    draws_keys: bool
    inserted: list[dict[str, Any]] = field(default_factory=list)
    updated: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)
    deleted: list[Any] = field(default_factory=list)


class RowScript:
    """The steps of one call as statements; a replay is another call, with ids of its own."""

    def __init__(self, call_id: str, steps: list[list[_Change]]) -> None:
        [call] = [row for change in steps[0] if change.table == _CALLS for row in change.inserted]
        self._call_id = call_id
        self._call_uuid = call["uuid"]
        self._steps = steps

    @classmethod
    def of(cls, steps: Sequence[Step]) -> "RowScript":
        """Do the steps and note what they change; each gives the id of the call."""
        before = [_rows_of(model) for model in _MODELS]
        noted, call_id = [], ""
        for step in steps:
            call_id = step()
            after = [_rows_of(model) for model in _MODELS]
            noted.append(list(map(_change, _MODELS, before, after)))
            before = after
        return cls(call_id, noted)

    def replay(self) -> None:
        names = {self._call_id: new_call_id(), self._call_uuid: new_call_uuid()}
        for changes in self._steps:
            with transaction.atomic(), connection.cursor() as cursor:
                self._lock(cursor, changes, names)
                for change in changes:
                    self._write(cursor, change, names)
                for change in reversed(changes):
                    self._delete(cursor, change, names)

    def count_of(self, act: Callable[[], object]) -> dict[str, int]:
        """By how many rows an act makes each table longer."""
        before = {model._meta.db_table: model._default_manager.count() for model in _MODELS}
        act()
        return {
            model._meta.db_table: model._default_manager.count() - before[model._meta.db_table]
            for model in _MODELS
        }

    def _lock(self, cursor: Any, changes: list[_Change], names: dict[Any, Any]) -> None:
        """Read and lock what the transaction then changes: nobody can do without."""
        suffix = " FOR UPDATE" if connection.vendor == "postgresql" else ""
        for change in changes:
            known = [key for key, _ in change.updated] + change.deleted
            for key in known if change.table in _LOCKED else ():
                cursor.execute(
                    f'SELECT * FROM {change.table} WHERE "{change.key}" = %s{suffix}',
                    [names.get(key, key)],
                )
                cursor.fetchall()

    def _write(self, cursor: Any, change: _Change, names: dict[Any, Any]) -> None:
        if change.inserted:
            self._insert(cursor, change, names)
        for key, columns in change.updated:
            assignments = ", ".join(f'"{column}" = %s' for column in columns)
            cursor.execute(
                f'UPDATE {change.table} SET {assignments} WHERE "{change.key}" = %s',
                [*self._values(columns), names.get(key, key)],
            )

    def _insert(self, cursor: Any, change: _Change, names: dict[Any, Any]) -> None:
        """One statement for a table's rows; keys that the database draws are drawn again."""
        rows = change.inserted
        columns = [name for name in rows[0] if not (change.draws_keys and name == change.key)]
        places = f"({', '.join(['%s'] * len(columns))})"
        returning = f' RETURNING "{change.key}"' if change.draws_keys else ""
        values = [self._renamed(row[name], names) for row in rows for name in columns]
        listed = ", ".join(f'"{name}"' for name in columns)
        cursor.execute(
            f"INSERT INTO {change.table} ({listed}) VALUES {', '.join([places] * len(rows))}"
            f"{returning}",
            values,
        )
        if returning:
            for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
                names[row[change.key]] = key

    def _delete(self, cursor: Any, change: _Change, names: dict[Any, Any]) -> None:
        if change.deleted:
            places = ", ".join(["%s"] * len(change.deleted))
            cursor.execute(
                f'DELETE FROM {change.table} WHERE "{change.key}" IN ({places})',
                [names.get(key, key) for key in change.deleted],
            )

    def _values(self, columns: dict[str, Any]) -> list[Any]:
        return [_adapted(value) for value in columns.values()]

    def _renamed(self, value: Any, names: dict[Any, Any]) -> Any:
        """The replay's own call, wherever the value names the call."""
        text = _adapted(value)
        if isinstance(text, str):
            for name in (self._call_id, self._call_uuid):
                text = text.replace(name, names[name])
        return text


_CALLS = models.Call._meta.db_table
_LOCKED = {_CALLS, models.AgentSession._meta.db_table}


def _rows_of(model: Any) -> Rows:
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        # Only the youngest events matter, and there may be many.
        limit = f' ORDER BY "{key}" DESC LIMIT 50' if model is EventRecord else ""
        cursor.execute(f"SELECT * FROM {table}{limit}")
        columns = [column[0] for column in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return {row[key]: row for row in reversed(rows)}


def _change(model: Any, before: Rows, after: Rows) -> _Change:
    is_log = model is EventRecord
    draws_keys = model._meta.pk.get_internal_type() == "BigAutoField"
    inserted = [key for key in after if key not in before]
    return _Change(
        table=model._meta.db_table,
        key=model._meta.pk.column,
        draws_keys=draws_keys,
        inserted=[after[key] for key in (sorted(inserted) if draws_keys else inserted)],
        updated=[
            (key, {name: value for name, value in row.items() if before[key][name] != value})
            for key, row in after.items()
            if key in before and before[key] != row
        ],
        deleted=[] if is_log else [key for key in before if key not in after],
    )


def _adapted(value: Any) -> Any:
    """PostgreSQL gives JSON as objects; it takes it as text."""
    return json.dumps(value) if isinstance(value, dict | list) else value
