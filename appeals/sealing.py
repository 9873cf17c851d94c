"""The record of an appeal is a hash chain (哈希链): every event is sealed together with the one before it."""

from collections.abc import Sequence
from typing import Any

from chains import chaining


def seal(case, event) -> None:
    """Give `event`, the next one of `case`, its seal, which becomes the head of the chain; both are still to be saved.

    Whoever writes an event calls this, in bulk as well; `case` is locked or not yet known to anybody.
    """
    event.data = chaining.settled(event.data)
    event.origin = chaining.address(event.origin)
    event.hash = case.last_hash = chaining.seal(case.last_hash, line_of(case.number, event))


# What the seal of an event covers beside the number of its appeal: all of it.
COLUMNS = (
    "seq",
    "at",
    "verb",
    "actor_id",
    "part",
    "department_id",
    "from_status",
    "to_status",
    "round",
    "text",
    "internal",
    "data",
    "late_by",
    "origin",
)


def line_of(number: str, event) -> list:
    return line(number, [getattr(event, name) for name in COLUMNS])


def line(number: str, values: Sequence[Any]) -> list:
    """The line of the event with these `values` of COLUMNS, of the appeal `number`."""
    seq, at, *rest = values
    return [number, seq, chaining.moment(at), *rest]
