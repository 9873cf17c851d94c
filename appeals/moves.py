"""The only door for a change of an appeal: claim it, then move() it or record() a line without a move."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from appeals import facts, notices, sealing
from appeals.models import Appeal, Event
from appeals.states import CLOCKWORK, Actor, Part, Refused, Status, Why
from appeals.table import MOVES, check_move
from chains import inbulk


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


@dataclass
class Step:
    """A step of the clock work on a claimed `case`: a move `to` another status, or a line of the record."""

    case: Appeal
    verb: str
    late_by: int
    to: Status | None = None
    data: dict[str, Any] = field(default_factory=dict)
    internal: bool = True
    counts: bool = False
    changes: dict[str, Any] = field(default_factory=dict)  # one name a column: `handler_id`, `lead`
    is_told: bool = True


def take_all(steps: Sequence[Step], *, at: datetime) -> None:
    """Write what the clock does, `steps` in their order, to any number of cases in few statements.

    The cases are claimed by the caller's transaction, and one case is one object in all its steps.
    """
    events = [_taken(step, at) for step in steps]
    _write_columns(steps)
    inbulk.insert(events)
    # Facts know neither the record nor who handles a case: only what moved has other facts.
    moved = {step.case.pk: step.case for step in steps if step.to}
    if moved:
        facts.fold_all(list(moved.values()))
    told = [(step.case, event) for step, event in zip(steps, events, strict=True) if step.is_told]
    notices.announce_all(told, at)


def _taken(step, at) -> Event:
    case = step.case
    to = step.to or Status(case.status)
    line = {"data": step.data, "internal": step.internal, "late_by": step.late_by}
    event = _next_event(case, step.verb, to, by=CLOCKWORK, at=at, **line)
    sealing.seal(case, event)
    _take_over(case, status=to, version=case.version + step.counts, last_seq=event.seq, **step.changes)
    return event


def _write_columns(steps):
    """Cases in which the same columns change share a statement: most change none but the end of their record."""
    cases = {step.case.pk: step.case for step in steps}
    changed = {pk: {"last_seq", "last_hash"} for pk in cases}
    for step in steps:
        changed[step.case.pk] |= set(step.changes) | ({"status"} if step.to else set())
        changed[step.case.pk] |= {"version"} if step.counts else set()
    for columns in sorted({tuple(sorted(names)) for names in changed.values()}):
        inbulk.write([case for pk, case in cases.items() if tuple(sorted(changed[pk])) == columns], columns)


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
