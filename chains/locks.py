"""Advisory locks: who comes second waits until the transaction of the first has ended. One number a purpose."""

from django.db import connection

AUDIT, ANCHOR, REVEALS, FILINGS, LINKS = 7_318_002, 7_318_003, 7_318_004, 7_318_005, 7_318_006


def hold(purpose: int, key: int = 0) -> None:
    """Wait for the lock of `purpose` and `key` (an id), and keep it to the end of the transaction.

    A statement of its own: what is read next sees what the one before us has committed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s::bigint::bit(32)::int)", [purpose, key])


def try_to_hold(purpose: int) -> bool:
    """The same without waiting: False where somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [purpose])
        return cursor.fetchone()[0]
