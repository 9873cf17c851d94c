"""Whether rows that every step reads, and that change once a month, are still what a process has read of them."""

import time
from functools import lru_cache

from django.db import connection, models

# How long a process may go on without asking whether they have changed.
_FRESH_FOR = 5.0  # seconds


# Whatever anybody has asked for: one query asks for all of it.
_watched: dict[type[models.Model], None] = {}


def state_of(*tables: type[models.Model]) -> tuple:
    """A value that changes with any change of any row of `tables`; made for tables of some hundred rows."""
    _watched.update(dict.fromkeys(tables))
    sums = _sums(tuple(_watched), int(time.monotonic() / _FRESH_FOR))
    return tuple(sums[table] for table in tables)


def forget() -> None:
    """Ask anew at the next call: somebody has just changed rows here."""
    _sums.cache_clear()


@lru_cache(maxsize=1)
def _sums(tables, window) -> dict[type[models.Model], int | None]:
    sums = (f"(SELECT sum(hashtextextended(t::text, 0)) FROM {m._meta.db_table} t)" for m in tables)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(sums)}")
        return dict(zip(tables, cursor.fetchone(), strict=True))
