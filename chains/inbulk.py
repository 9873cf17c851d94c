"""Many rows by one short statement.

Django's bulk_update spells out a CASE for every row and column, its bulk_create a literal for every value: the database
then parses longer than it writes. Here all rows are one JSON value. The names are those of our own tables and columns.
"""

import json
from collections.abc import Collection, Sequence

from django.db import connection, models

_AT_ONCE = 5000  # rows of a statement


def write(rows: Collection[models.Model], columns: Sequence[str]) -> None:
    """UPDATE the `columns` (names of fields) of `rows`, saved and locked ones of one model, to what they hold."""
    for some in _slices(rows):
        meta = some[0]._meta
        fields = [meta.get_field(name) for name in columns]
        sets = ", ".join(f'"{field.column}" = v."{field.column}"' for field in fields)
        where = f't."{meta.pk.column}" = v."{meta.pk.column}"'
        fields = [meta.pk, *fields]
        _execute(f'UPDATE "{meta.db_table}" AS t SET {sets} FROM {_given(fields)} WHERE {where}', fields, some)  # noqa: S608


def insert(rows: Collection[models.Model], *, ignore_conflicts: bool = False) -> None:
    """INSERT new `rows` of one model and give them their ids; where conflicts are ignored, none is given."""
    for some in _slices(rows):
        meta = some[0]._meta
        fields = [field for field in meta.concrete_fields if not field.primary_key]
        names = ", ".join(f'"{field.column}"' for field in fields)
        ending = "ON CONFLICT DO NOTHING" if ignore_conflicts else f'RETURNING "{meta.pk.column}"'
        sql = f'INSERT INTO "{meta.db_table}" ({names}) SELECT {names} FROM {_given(fields)} {ending}'  # noqa: S608
        found = _execute(sql, fields, some)
        for row, (pk,) in zip(some, found, strict=bool(found)):
            row.pk, row._state.adding = pk, False


def _slices(rows):
    given = list(rows)
    return (given[start : start + _AT_ONCE] for start in range(0, len(given), _AT_ONCE))


def _given(fields) -> str:
    columns = ", ".join(f'"{field.column}" {field.cast_db_type(connection)}' for field in fields)
    return f"json_to_recordset(%s) AS v({columns})"


def _execute(sql, fields, rows) -> list[tuple]:
    names = [(field.column, field.attname) for field in fields]
    given = [{column: getattr(row, name) for column, name in names} for row in rows]
    with connection.cursor() as cursor:
        # What JSON does not know are moments, days and addresses: the database reads them as they are printed.
        cursor.execute(sql, [json.dumps(given, default=str, ensure_ascii=False, separators=(",", ":"))])
        return cursor.fetchall() if cursor.description else []
