"""Indexes, uniqueness and references of some tables, put away while they are filled and made again afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.backends.utils import CursorWrapper

_INDEXES = """
    SELECT format('%%I', c.relname), pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = ANY(%s::regclass[])
      AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
"""
# Only what nothing outside these tables refers to: a reference needs the uniqueness it points at.
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, format('%%I', conname), pg_get_constraintdef(k.oid), contype = 'f'
    FROM pg_constraint k
    WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('f', 'u')
      AND NOT EXISTS (SELECT 1 FROM pg_constraint o WHERE o.confrelid = k.conrelid AND o.conindid = k.conindid
                      AND o.contype = 'f' AND k.contype = 'u')
"""


@dataclass(frozen=True)
class PutAway:
    """What was dropped, as the statements that make it again."""

    indexes: list[str]
    constraints: list[str]
    references: list[str]

    def restore(self, cursor: CursorWrapper) -> int:
        """Make everything again, uniqueness before references; returns how many there were."""
        # In the memory of a small server's default the index of a million texts takes many times as long.
        cursor.execute("SELECT set_config('maintenance_work_mem', '512MB', false)")
        statements = [*self.indexes, *self.constraints, *self.references]
        for statement in statements:
            cursor.execute(statement)
        return len(statements)


def put_away(cursor: CursorWrapper, tables: Iterable[str]) -> PutAway:
    """Drop every index, uniqueness and reference of `tables` but their primary keys."""
    names = list(tables)
    # In a transaction with checks still to come, PostgreSQL would not touch the tables they concern.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(_CONSTRAINTS, [names])
    found = sorted(cursor.fetchall(), key=lambda row: not row[3])  # references first: they stand on the uniqueness
    cursor.execute(_INDEXES, [names])
    indexes = cursor.fetchall()
    for table, name, _definition, _is_reference in found:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    again = [
        (f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}", is_ref) for table, name, definition, is_ref in found
    ]
    return PutAway(
        indexes=[definition for _name, definition in indexes],
        constraints=[statement for statement, is_reference in again if not is_reference],
        references=[statement for statement, is_reference in again if is_reference],
    )
