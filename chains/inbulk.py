"""Many rows by one short statement.

Django's bulk_update spells out a CASE for every row and column, its bulk_create asks every value several times how it
is written. The names are those of our own tables and columns.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from django.db import connection, models

_AT_ONCE = 1000  # rows of a statement


def write(rows: Collection[models.Model], columns: Sequence[str]) -> None:
    """UPDATE the `columns` (names of fields) of `rows`, saved and locked ones of one model, to what they hold."""
    for some in _slices(rows):
        meta = some[0]._meta
        fields = [meta.pk, *(meta.get_field(name) for name in columns)]
        types = [field.cast_db_type(connection) for field in fields]
        pk, *names = (f'"{field.column}"' for field in fields)
        values = f"(VALUES {_places(types, some)}) AS v({', '.join([pk, *names])})"
        sets = ", ".join(f"{name} = v.{name}" for name in names)
        _execute(f'UPDATE "{meta.db_table}" AS t SET {sets} FROM {values} WHERE t.{pk} = v.{pk}', fields, some)  # noqa: S608


def insert(rows: Collection[models.Model], *, ignore_conflicts: bool = False) -> None:
    """INSERT new `rows` of one model and give them their ids; where conflicts are ignored, none is given."""
    for some in _slices(rows):
        meta = some[0]._meta
        fields = [field for field in meta.concrete_fields if not field.primary_key]
        names = ", ".join(f'"{field.column}"' for field in fields)
        values = _places([field.db_type(connection) for field in fields], some)
        ending = "ON CONFLICT DO NOTHING" if ignore_conflicts else f'RETURNING "{meta.pk.column}"'
        found = _execute(f'INSERT INTO "{meta.db_table}" ({names}) VALUES {values} {ending}', fields, some)  # noqa: S608
        for row, (pk,) in zip(some, found, strict=bool(found)):
            row.pk, row._state.adding = pk, False


def _slices(rows):
    given = list(rows)
    return (given[start : start + _AT_ONCE] for start in range(0, len(given), _AT_ONCE))


def _places(types, rows) -> str:
    return ", ".join([f"({', '.join(f'%s::{kind}' for kind in types)})"] * len(rows))


def _execute(sql, fields, rows) -> list[tuple]:
    readers = [_reader(field) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, [read(row) for row in rows for read in readers])
        return cursor.fetchall() if cursor.description else []


def _reader(field) -> Callable[[Any], Any]:
    """What takes the value of `field` from a row, as the driver wants it."""
    name = field.attname
    if isinstance(field, models.JSONField):
        return lambda row: field.get_db_prep_save(getattr(row, name), connection)
    return lambda row: getattr(row, name)
