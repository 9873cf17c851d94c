"""Whether rows that every step reads, and that change once a month, are still what a process has read of them."""

import time
from functools import lru_cache

from django.db import connection, models

# How long a process may go on without asking whether they have changed.
_FRESH_FOR = 5.0  # seconds


def state_of(*tables: type[models.Model]) -> tuple:
    """A value that changes with any change of any row of `tables`; made for tables of some hundred rows."""
    return _state(tables, int(time.monotonic() / _FRESH_FOR))


def forget() -> None:
    """Ask anew at the next call: somebody has just changed rows here."""
    _state.cache_clear()


@lru_cache(maxsize=16)
def _state(tables, window) -> tuple:
    sums = (f"(SELECT sum(hashtextextended(t::text, 0)) FROM {m._meta.db_table} t)" for m in tables)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(sums)}")
        return cursor.fetchone()
