"""SQL that is made once: for the few statements of which each live event needs several.

Django makes a statement anew each time it is needed, which costs many times what a database needs
to carry it out. `Prepared` keeps what the ORM made of a query, with places for values; `insert`,
`update` and `delete` write rows of which the columns are known. Everything else is better written
with the ORM itself.
"""

import itertools
import uuid
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.db import connection, models

_Build = Callable[..., models.QuerySet[Any]]

# Values that stand for a type while a statement is made, found again among its parameters.
# Numbers must be small enough for any column, and as unlikely as a statement's own.
_TEXTS = [f"?{number}?{uuid.UUID(int=number).hex}" for number in range(8)]
_UUIDS = [uuid.UUID(int=2**120 + number) for number in range(8)]
_NUMBERS = [29_990 + number for number in range(8)]
_numbers = itertools.count()
_STAND_INS: dict[type, Sequence[Any]] = {str: _TEXTS, uuid.UUID: _UUIDS, int: _NUMBERS}


class Prepared:
    """A query as a function of values of the given types, none of which may be None.

    `build` gives the query for them; it must not look at their values. Calling it gives the rows
    in the form that the query has: instances, `values_list` tuples and so on.
    """

    def __init__(self, build: _Build, *types: type) -> None:
        self._build = build
        self._types = types
        self._attribute = f"_prepared_{next(_numbers)}"

    def __call__(self, *values: Any) -> list[Any]:
        # One for each connection, so for each thread: a compiler belongs to its connection.
        found: _Compiled | None = getattr(connection, self._attribute, None)
        if found is None:
            found = _Compiled(self._build, self._types)
            setattr(connection, self._attribute, found)
        return found.rows(values)

    def first(self, *values: Any) -> Any:
        """The first row, or None."""
        rows = self(*values)
        return rows[0] if rows else None


class _Compiled:
    """A query with its statement, on one connection."""

    def __init__(self, build: _Build, types: Sequence[type]) -> None:
        stand_ins = [_STAND_INS[kind][number] for number, kind in enumerate(types)]
        queryset = build(*stand_ins)
        compiler = queryset.query.get_compiler(using=queryset.db)
        self._sql, parameters = compiler.as_sql()
        self._places = [_place(parameter, stand_ins) for parameter in parameters]
        if {number for number, _ in self._places if number is not None} != set(range(len(types))):
            raise ValueError("A value has no place in the statement.")
        self._parameters: list[Any] = []
        compiler.as_sql = self._statement
        compiler.get_converters = _once(compiler.get_converters)
        queryset.query.get_compiler = lambda *_, **__: compiler  # type: ignore[method-assign]
        self._queryset = queryset
        self._iterable: Any = queryset._iterable_class  # noqa: SLF001

    def rows(self, values: Sequence[Any]) -> list[Any]:
        self._parameters = [
            made if number is None else made(values[number]) for number, made in self._places
        ]
        return list(self._iterable(self._queryset))

    def _statement(self, *_: Any, **__: Any) -> tuple[str, tuple[Any, ...]]:
        return self._sql, tuple(self._parameters)


def _place(parameter: Any, stand_ins: Sequence[Any]) -> tuple[int | None, Any]:
    """Which value stands here and how the database takes it; or None, and what always is here."""
    for number, stand_in in enumerate(stand_ins):
        if parameter == stand_in:
            is_plain = type(parameter) in (str, int, uuid.UUID)
            return number, _as_it_is if is_plain else type(parameter)
        if isinstance(stand_in, uuid.UUID) and parameter == stand_in.hex:
            return number, _hex
    return None, parameter


def _once(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function's first result, for ever: a statement's columns are always the same."""
    results: list[Any] = []

    def remember(*arguments: Any) -> Any:
        if not results:
            results.append(function(*arguments))
        return results[0]

    return remember


def _as_it_is(value: Any) -> Any:
    return value


def _hex(value: uuid.UUID) -> str:
    return value.hex


def insert(
    model: type[models.Model],
    rows: Sequence[dict[str, Any]],
    *,
    or_update: tuple[str, tuple[str, ...]] | None = None,
) -> list[Any]:
    """Write rows that have the same columns, by attribute name; gives the keys in their order.

    Columns that are left out get the field's default. `or_update`: a column to write where there is
    a row with the same values in the others, which are unique.
    """
    key: Any = model._meta.pk
    draws_key = isinstance(key, models.AutoField) and key.attname not in rows[0]
    rows = [{**_defaults(model), **row} for row in rows]
    names = tuple(name for name in rows[0] if not (draws_key and name == key.attname))
    fields = _fields(model)
    values = [
        fields[name].get_db_prep_save(row[name], connection) for row in rows for name in names
    ]
    statement = _insert_statement(model, names, len(rows), or_update, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        if not draws_key:
            return [row[key.attname] for row in rows]
        return [drawn for (drawn,) in cursor.fetchall()]


def update(model: type[models.Model], key: Any, columns: dict[str, Any]) -> None:
    """Write some columns, by attribute name, of the row with a primary key."""
    fields = _fields(model)
    values = [fields[name].get_db_prep_save(value, connection) for name, value in columns.items()]
    statement = _update_statement(model, tuple(columns), connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, _key(model, key)])


def delete(model: type[models.Model], key: Any, *, by: str | None = None) -> int:
    """Delete the row with a primary key, or all whose column `by` has the value; gives how many."""
    field = _fields(model)[by] if by else model._meta.pk
    with connection.cursor() as cursor:
        cursor.execute(
            _delete_statement(model, field.column, connection.vendor),
            [field.get_db_prep_value(key, connection)],
        )
        return int(cursor.rowcount)


def delete_all(model: type[models.Model], names: tuple[str, ...], rows: Sequence[Any]) -> int:
    """Delete the rows whose texts in these columns are one of the tuples; gives how many."""
    statement = _delete_all_statement(model, names, len(rows), connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(statement, [str(value) for row in rows for value in row])
        return int(cursor.rowcount)


def _key(model: type[models.Model], key: Any) -> Any:
    field: Any = model._meta.pk
    return field.get_db_prep_value(key, connection)


@cache
def _fields(model: type[models.Model]) -> dict[str, Any]:
    return {field.attname: field for field in model._meta.concrete_fields}


def _defaults(model: type[models.Model]) -> dict[str, Any]:
    return {name: field.get_default() for name, field in _fields(model).items()}


# The vendor is among the arguments because it quotes in its own way.


@cache
def _insert_statement(
    model: type[models.Model],
    names: tuple[str, ...],
    count: int,
    or_update: tuple[str, tuple[str, ...]] | None,
    vendor: str,
) -> str:
    columns = ", ".join(_quoted(_fields(model)[name].column) for name in names)
    row = f"({', '.join(['%s'] * len(names))})"
    key: Any = model._meta.pk
    returning = "" if key.attname in names else f" RETURNING {_quoted(key.column)}"
    table = _quoted(model._meta.db_table)
    rows = ", ".join([row] * count)
    conflict = ""
    if or_update is not None:
        written, unique = or_update
        conflict = f" ON CONFLICT ({', '.join(map(_quoted, unique))}) DO UPDATE SET "
        conflict += f"{_quoted(written)} = EXCLUDED.{_quoted(written)}"
    return f"INSERT INTO {table} ({columns}) VALUES {rows}{conflict}{returning}"  # noqa: S608


@cache
def _update_statement(model: type[models.Model], names: tuple[str, ...], vendor: str) -> str:
    assignments = ", ".join(f"{_quoted(_fields(model)[name].column)} = %s" for name in names)
    key: Any = model._meta.pk
    table = _quoted(model._meta.db_table)
    return f"UPDATE {table} SET {assignments} WHERE {_quoted(key.column)} = %s"  # noqa: S608


@cache
def _delete_statement(model: type[models.Model], column: str, vendor: str) -> str:
    return f"DELETE FROM {_quoted(model._meta.db_table)} WHERE {_quoted(column)} = %s"  # noqa: S608


@cache
def _delete_all_statement(
    model: type[models.Model], names: tuple[str, ...], count: int, vendor: str
) -> str:
    columns = ", ".join(_quoted(_fields(model)[name].column) for name in names)
    row = f"({', '.join(['%s'] * len(names))})"
    table = _quoted(model._meta.db_table)
    rows = ", ".join([row] * count)
    return f"DELETE FROM {table} WHERE ({columns}) IN (VALUES {rows})"  # noqa: S608


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))
