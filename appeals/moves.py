"""The only door for a change of an appeal: claim it, then move() it or record() a line without a move."""

from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from appeals import facts, notices, sealing
from appeals.models import Appeal, Event
from appeals.states import Actor, Part, Refused, Status, Why
from appeals.table import MOVES, check_move


def claim(appeal: Appeal, verb: str, *, by: Actor, at: datetime, version: int | None = None) -> Appeal:
    """The appeal afresh, locked until the caller's transaction ends, and `verb` checked against the table.

    Raises Refused as check_move does; of two officers who press together the second finds the newer version.
    """
    # No key: who only points to this appeal (a child, a duplicate, a part) need not wait for us, nor we for them.
    rows = Appeal.objects.select_for_update(of=("self",), no_key=True)
    case = rows.select_related("topic", "lead", "enterprise").get(pk=appeal.pk)
    case.acting_as = check_move(verb, case, by, at=at, version=version)
    case.because_of = getattr(appeal, "because_of", "")
    return case


def move(
    case: Appeal,
    verb: str,
    to: Status,
    *,
    by: Actor,
    at: datetime,
    text: str = "",
    data: dict[str, Any] | None = None,
    late_by: int | None = None,
    **changes: Any,
) -> Event:
    """Change the status of a claimed `case` to `to` with `changes`, and write its event, facts and notices.

    `late_by`: minutes after the moment a timer was due, where one moved it.
    Raises Refused(STALE) if the row no longer has the status and version that `case` was read with.
    """
    if to not in MOVES[verb].to:
        raise Refused(_("“%(verb)s” does not lead to “%(to)s”.") % {"verb": MOVES[verb].label, "to": to.label})
    line = {"text": text, "data": data or {}, "internal": False, "late_by": late_by}
    return _write(case, verb, to, by=by, at=at, line=line, **changes)


def record(
    case: Appeal,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    text: str = "",
    data: dict[str, Any] | None = None,
    internal: bool = False,
    counts: bool | None = None,
    late_by: int | None = None,
    **changes: Any,
) -> Event:
    """A line of the record that leaves the status as it is; `changes` touch other columns.

    `counts`: whether the version rises (default: as the table says).
    """
    line = {"text": text, "data": data or {}, "internal": internal, "late_by": late_by}
    return _write(case, verb, Status(case.status), by=by, at=at, line=line, counts=counts, **changes)


def _write(case, verb, to, *, by, at, line, counts=None, **changes) -> Event:
    if leader := getattr(case, "because_of", ""):  # written here because it was written to the leading appeal
        line["data"] = {**line["data"], "parent": leader}
    event = _next_event(case, verb, to, by=by, at=at, **line)
    sealing.seal(case, event)
    counts = MOVES[verb].counts if counts is None else counts
    # Match on the old state: of two officers who press the button together, one must lose.
    moved = Appeal.objects.filter(pk=case.pk, status=event.from_status, version=case.version).update(
        status=to,
        version=F("version") + 1 if counts else F("version"),
        last_seq=event.seq,
        last_hash=event.hash,
        **changes,
    )
    if not moved:
        raise Refused(_("Somebody else has changed this appeal meanwhile; here is the newer state."), why=Why.STALE)
    _take_over(case, status=to, version=case.version + counts, last_seq=event.seq, **changes)
    event.save(force_insert=True)
    facts.fold(case)
    notices.announce(case, event)
    return event


def _next_event(case, verb, to, *, by, at, **line) -> Event:
    """The line as it will be written; it belongs to the round and the office it ends, not to those it begins."""
    return Event(
        appeal=case,
        seq=case.last_seq + 1,
        at=at,
        verb=verb,
        actor_id=by.user_id,
        origin=by.origin,
        part=_part(case),
        department_id=_seat(case, by),
        from_status=Status(case.status),
        to_status=to,
        round=case.round,
        **line,
    )


def _take_over(case, **values):
    for name, value in values.items():
        setattr(case, name, value)


def _part(case) -> Part:
    return getattr(case, "acting_as", Part.AUTOMATIC)


def _seat(case, by: Actor) -> str | None:
    """The office in whose name somebody acted: the lead if one of its own, else any seat of theirs."""
    if by.user_id is None or _part(case) == Part.MEMBER:
        return None
    return case.lead_id if case.lead_id in by.seats else min(by.seats, default=None)
