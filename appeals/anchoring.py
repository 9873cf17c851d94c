"""The daily anchor (锚定): one line of the audit over every event since the one before it.

A whole appeal deleted together with its events, or the end of a chain with what the appeal says of it, is missing
from a digest that can be made again at any time: events keep their ids, and none is written below an anchor.
"""

import time
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from appeals.models import Event
from appeals.verification import seals_between
from chains import audit, locks
from chains.models import Audit

PATIENCE = 60.0  # seconds
_WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE relation = 'appeals_event'::regclass AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def anchor_once_a_day(now: datetime) -> Audit | None:
    """Anchor what has happened, unless that was done on the day of `now` already."""
    last = _last()
    if last and timezone.localdate(last.at) >= timezone.localdate(now):
        return None
    return anchor(now)


@transaction.atomic
def anchor(at: datetime, *, patience: float = PATIENCE) -> Audit | None:
    """Write one anchor over the events since the last one.

    None where another process is at it, or where somebody has been writing events for `patience` seconds.
    """
    if not locks.try_to_hold(locks.ANCHOR):
        return None
    last = _last()
    after = last.data["to"] if last else 0
    to = max(after, Event.objects.aggregate(to=Max("pk"))["to"] or 0)
    if not _writers_end(patience):
        return None
    count, digest = seals_between(after, to)
    data = {"after": after, "to": to, "events": count, "digest": digest}
    return audit.note(Audit.Kind.ANCHOR, by=None, at=at, data=data)


def _last() -> Audit | None:
    return Audit.objects.of_kind(Audit.Kind.ANCHOR).newest().first()


def _writers_end(patience: float) -> bool:
    """Wait for whoever may have taken an id below the anchor and not committed it yet; nobody waits for us."""
    began, end = _writers(), time.monotonic() + patience
    while began & _writers():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def _writers() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS)
        return {row[0] for row in cursor.fetchall()}
