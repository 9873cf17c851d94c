"""Many rows written by one short statement: Django's bulk_update spells out a CASE for every row and column."""

from collections.abc import Collection, Sequence

from django.db import connection, models

_AT_ONCE = 1000  # rows of a statement


def write(rows: Collection[models.Model], columns: Sequence[str]) -> None:
    """UPDATE the `columns` (names of fields) of `rows`, saved and locked ones of one model, to what they hold."""
    given = list(rows)
    for start in range(0, len(given), _AT_ONCE):
        _write(given[start : start + _AT_ONCE], columns)


def _write(rows, columns):
    meta = rows[0]._meta
    fields = [meta.pk, *(meta.get_field(name) for name in columns)]
    place = f"({', '.join(f'%s::{field.cast_db_type(connection)}' for field in fields)})"
    names = [f'"{field.column}"' for field in fields]
    sets = ", ".join(f"{name} = v.{name}" for name in names[1:])
    values = f"(VALUES {', '.join([place] * len(rows))}) AS v({', '.join(names)})"
    # Names of our own tables and columns, no word of anybody's.
    sql = f'UPDATE "{meta.db_table}" AS t SET {sets} FROM {values} WHERE t.{names[0]} = v.{names[0]}'  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [_value(field, row) for row in rows for field in fields])


def _value(field, row):
    return field.get_db_prep_save(getattr(row, field.attname), connection)
