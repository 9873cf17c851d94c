"""Appeals as the lines of an export, read through a cursor of the server and shown as far as the reader may know."""

from collections import namedtuple
from collections.abc import Iterator

from django.db.models import QuerySet

from appeals import columns, privacy
from appeals.states import Actor, reads_as_staff

_ROWS_A_FETCH = 1000
# What decides how much the reader may know.
_Known = namedtuple("_Known", "enterprise_id anonymous filed_by_id park_id status lead_id supporting complained_of_id")


def lines(rows: QuerySet, reader: Actor | None) -> Iterator[list[columns.Cell]]:
    """The cells of each of `rows`, in their order; `reader` None is whoever runs the server and may know all.

    Outside a transaction the database puts all of `rows` aside before it gives the first.
    """
    paths = (*_Known._fields, *columns.PATHS.values())
    for row in rows.values_list(*paths).iterator(chunk_size=_ROWS_A_FETCH):
        known, values = _Known._make(row[: len(_Known._fields)]), row[len(_Known._fields) :]
        yield columns.cells_of(values, _hidden(known, reader) if reader else frozenset())


def _hidden(case: _Known, reader: Actor) -> frozenset[str]:
    hidden = frozenset() if privacy.may_know_enterprise(case, reader) else columns.OF_THE_ENTERPRISE
    if not reads_as_staff(reader, case):
        hidden |= columns.OF_THE_STAFF
        if not privacy.may_read_reply(case, reader):
            hidden |= columns.OF_THE_REPLY
    return hidden
