"""The record of an appeal is a hash chain (哈希链): every event is sealed together with the one before it."""

from chains import chaining


def seal(case, event) -> None:
    """Give `event`, the next one of `case`, its seal, which becomes the head of the chain; both are still to be saved.

    Whoever writes an event calls this, in bulk as well; `case` is locked or not yet known to anybody.
    """
    event.data = chaining.settled(event.data)
    event.origin = chaining.address(event.origin)
    event.hash = case.last_hash = chaining.seal(case.last_hash, line_of(case.number, event))


def line_of(number: str, event) -> list:
    """What the seal of an event covers: all of it, and the appeal that it belongs to."""
    return [
        number,
        event.seq,
        chaining.moment(event.at),
        event.verb,
        event.actor_id,
        event.part,
        event.department_id,
        event.from_status,
        event.to_status,
        event.round,
        event.text,
        event.internal,
        event.data,
        event.late_by,
        event.origin,
    ]
