"""After the reply (回访): review, visit, rating, redo, reopening, false closure, withdrawal and the silent closing."""

from collections.abc import Collection
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import clocks, clocksinbulk
from appeals.incidents import shared
from appeals.models import Appeal, Event
from appeals.moves import claim, move, record
from appeals.states import CLOCKWORK, MOST_REDOS, NOBODYS, Actor, Refused, Status, Why, refused_at, wants_redo
from appeals.table import check_move
from chains.handbook import handbook
from routing.calendar import workdays

_UNANSWERED = {"replied_at": None, "reply_outcome": "", "reply_text": ""}


@shared
def review(
    appeal: Appeal, *, by: Actor, passed: bool, note: str = "", version=None, at: datetime | None = None
) -> Event:
    """Read the reply before the enterprise is asked (审核). Not passed: back to the office with its time restored.

    Raises Refused(INVALID) where a reply is sent back without a word on what it lacks.
    """
    at = at or timezone.now()
    case = claim(appeal, "review", by=by, at=at, version=version)
    if not passed and not note:
        raise refused_at("note", _("Say what the reply lacks."))
    line = {"by": by, "at": at, "text": note, "data": {"passed": passed}}
    if passed:
        return move(case, "review", Status.VISITING, **line, visiting_at=at, **clocks.reviewed(case, at))
    if case.direct:  # the centre's own answer goes back to where it was written
        return move(case, "review", Status.TRIAGE, **line, **(NOBODYS | _UNANSWERED | clocks.triage(case, at)))
    return move(case, "review", Status.SIGNED, **line, **(_UNANSWERED | clocks.sent_back(case, at)))


@transaction.atomic
def visit(
    appeal: Appeal,
    *,
    by: Actor,
    reached: bool,
    note: str,
    solved: str = "",
    stars: int | None = None,
    version=None,
    at: datetime | None = None,
) -> Event:
    """A return visit by telephone (回访), reached or not; what the enterprise says counts as its answer."""
    at = at or timezone.now()
    case = claim(appeal, "visit", by=by, at=at, version=version)
    answer = _answer(case, solved, stars or case.stars, at) if reached and solved else {}
    return record(
        case,
        "visit",
        by=by,
        at=at,
        text=note,
        data={"reached": reached, "solved": solved, "stars": stars},
        visited_by_phone=case.visited_by_phone or reached,
        **answer,
    )


@transaction.atomic
def rate(
    appeal: Appeal,
    *,
    by: Actor,
    solved: str,
    stars: int,
    speed: int | None = None,
    attitude: int | None = None,
    comment: str = "",
    redo: bool | None = None,
    version=None,
    at: datetime | None = None,
) -> Event:
    """The enterprise's own word (评价): it closes the case, or starts a redo where it is not solved or ≤ 2 stars.

    `redo` False closes all the same; so does a fourth bad rating. After a silent closing it only completes the record.
    """
    at = at or timezone.now()
    case = claim(appeal, "rate", by=by, at=at, version=version)
    answer = _answer(case, solved, stars, at)
    answer |= {"speed": speed, "attitude": attitude, "rating_comment": comment, "closed_unrated": False}
    line = {
        "by": by,
        "at": at,
        "text": comment,
        "data": {"solved": solved, "stars": stars, "speed": speed, "attitude": attitude},
    }
    if case.status == Status.CLOSED:
        return move(case, "rate", Status.CLOSED, **line, **answer)
    if wants_redo(solved, stars, redo=redo, redo_count=case.redo_count):
        return _next_round(case, "rate", **line, **answer, redo_count=case.redo_count + 1)
    return move(case, "rate", Status.CLOSED, **line, **answer, **_closing(case, at))


@transaction.atomic
def redo(appeal: Appeal, *, by: Actor, reason: str, version=None, at: datetime | None = None) -> Event:
    """A visit found the matter unsolved (重办): the same office and handler, a new round."""
    at = at or timezone.now()
    case = claim(appeal, "redo", by=by, at=at, version=version)
    return _next_round(case, "redo", by=by, at=at, text=reason, redo_count=case.redo_count + 1)


@transaction.atomic
def reopen(appeal: Appeal, *, by: Actor, reason: str, version=None, at: datetime | None = None) -> Event:
    """The matter has come back (回头看): within thirty days, twice at most, a new round with the same office."""
    at = at or timezone.now()
    case = claim(appeal, "reopen", by=by, at=at, version=version)
    return _next_round(case, "reopen", by=by, at=at, text=reason, reopen_count=case.reopen_count + 1)


@transaction.atomic
def find_false_closure(appeal: Appeal, *, by: Actor, reason: str, version=None, at: datetime | None = None) -> Event:
    """The answer was no answer (虚假办结): the case is reopened, and the finding weighs on the score (score.md §3)."""
    at = at or timezone.now()
    case = claim(appeal, "find_false_closure", by=by, at=at, version=version)
    found = {"false_closure_at": at, "reopen_count": case.reopen_count + 1}
    return _next_round(case, "find_false_closure", by=by, at=at, text=reason, **found)


@transaction.atomic
def urge(appeal: Appeal, *, by: Actor, text: str, version=None, at: datetime | None = None) -> Event:
    """The enterprise presses for an answer (催办), once a working day. Raises Refused(LIMITED)."""
    at = at or timezone.now()
    case = claim(appeal, "urge", by=by, at=at, version=version)
    if again := urged_until(case, at):
        raise Refused(
            _("You have urged this case already; you can do so once a working day."),
            why=Why.LIMITED,
            retry_after=max(1, int((again - at).total_seconds())),
        )
    return record(case, "urge", by=by, at=at, text=text, urged_at=at)


def urged_until(case: Appeal, at: datetime) -> datetime | None:
    """The moment from which the enterprise may press again; None: at once."""
    table, today = workdays(), timezone.localdate(at)
    if not case.urged_at or table.on_or_before(timezone.localdate(case.urged_at)) != table.on_or_before(today):
        return None
    return datetime.combine(table.after(today, 1), time(), table.zone)


@transaction.atomic
def withdraw(appeal: Appeal, *, by: Actor, reason: str, version=None, at: datetime | None = None) -> Event:
    """The enterprise takes its appeal back (撤回)."""
    at = at or timezone.now()
    case = claim(appeal, "withdraw", by=by, at=at, version=version)
    changes = clocks.end_all(case, at) | {"paused_at": None}
    case.requests.lapse(at)
    case.pauses.end(at)
    return move(case, "withdraw", Status.WITHDRAWN, by=by, at=at, text=reason, ended_at=at, **changes)


def closings(cases: Collection[Appeal], at: datetime) -> dict[int, dict[str, Any]]:
    """Ten working days without a word: closed, and never counted as satisfied (product.md §3).

    For `cases` claimed by the sweep the columns that close them, by id; their clocks end. Raises Refused where one
    does not wait for its rating any more.
    """
    if not cases:
        return {}
    for case in cases:
        check_move("close_unrated", case, CLOCKWORK, at=at)
    ended = clocksinbulk.closed(cases, at)
    return {
        case.pk: ended[case.pk]
        | {"closed_unrated": case.rated_at is None or case.rated_at < case.visiting_at, **_closed_at(case, at)}
        for case in cases
    }


def _answer(case, solved, stars, at):
    first = {} if case.first_solved else {"first_solved": solved, "first_stars": stars}
    return {"solved": solved, "stars": stars, "rated_at": at} | first


def _closing(case, at):
    return _closed_at(case, at) | clocks.end_all(case, at)


def _closed_at(case, at):
    return {"closed_at": at, "total_minutes": int((at - case.filed_at).total_seconds() // 60)}


def _has_its_office(case, at) -> bool:
    """Whether an office can begin anew: a direct answer and imported history have none here, others may have ended."""
    return bool(not case.direct and case.handler_id and case.lead_id in handbook(timezone.localdate(at)).offices)


def _next_round(case, verb, *, by, at, text="", data=None, **changes):
    """The same office and handler begin anew, else the centre finds another. The third redo lifts the case."""
    case.requests.lapse(at)
    changes |= _UNANSWERED | {
        "round": case.round + 1,
        "failed_leads": [*case.failed_leads, case.lead_id],
        "visiting_at": None,
        "closed_at": None,
        "closed_unrated": False,
        "total_minutes": None,
    }
    line = {"by": by, "at": at, "text": text, "data": data}
    if not _has_its_office(case, at):
        anew = NOBODYS | clocks.triage(case, at, round=case.round + 1)
        return move(case, verb, Status.TRIAGE, **line, **(changes | anew))
    escalates = changes.get("redo_count", 0) >= MOST_REDOS
    anew = {"signed_at": at, "contacted_at": None, "promised_at": None} | clocks.redone(case, at, escalates=escalates)
    return move(case, verb, Status.SIGNED, **line, **(changes | anew))
