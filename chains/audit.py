"""What is no step of an appeal leaves its line, too (审计): logins, reveals, downloads, exports, configuration."""

from datetime import datetime
from typing import Any

from django.db import transaction

from chains import chaining, locks
from chains.models import Audit

_AT_A_TIME = 5_000  # rows that a walk holds in memory


@transaction.atomic(savepoint=False)
def note(
    kind: str,
    *,
    by: int | None,
    at: datetime,
    subject: str = "",
    data: dict[str, Any] | None = None,
    origin: str = "",
) -> Audit:
    """Append one line to the chain: `by` the account (None: the clock work), `origin` its address.

    Call it last in a transaction: writers wait for each other here until the transaction ends, and whoever waits
    for a row while others wait for him would wait for ever.
    """
    locks.hold(locks.AUDIT)
    last = Audit.objects.newest().values_list("seq", "hash").first() or (0, chaining.FIRST)
    row = Audit(
        seq=last[0] + 1,
        at=at,
        kind=kind,
        actor_id=by,
        subject=subject[:200],
        data=chaining.settled(data or {}),
        origin=chaining.address(origin),
        previous=last[1],
    )
    row.hash = chaining.seal(row.previous, line_of(row))
    row.save(force_insert=True)
    return row


def line_of(row: Audit) -> list:
    """What the seal of `row` covers: all but itself."""
    at = chaining.moment(row.at)
    return [row.seq, at, str(row.kind), row.actor_id, row.subject, row.data, row.origin, row.previous]


def walk() -> tuple[int, str]:
    """The number and the seal of the last line of the whole chain. Raises chaining.Broken where it does not hold."""
    rows = Audit.objects.order_by("seq").iterator(chunk_size=_AT_A_TIME)
    return chaining.walk((row.seq, line_of(row), row.hash) for row in rows)


def check_known(seq: int, seal: str) -> None:
    """Raises chaining.Broken unless line `seq` still has the seal that somebody noted elsewhere."""
    if not Audit.objects.filter(seq=seq, hash=seal).exists():
        raise chaining.Broken(seq, chaining.Fault.UNKNOWN)
