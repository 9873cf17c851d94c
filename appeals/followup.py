"""After the reply (回访): review, visit, rating, redo, withdrawal and the silent closing."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import clocks
from appeals.models import Appeal, Event
from appeals.moves import claim, move, record
from appeals.states import CLOCKWORK, Actor, Refused, Status, Why, wants_redo


@transaction.atomic
def review(
    appeal: Appeal, *, by: Actor, passed: bool, note: str = "", version=None, at: datetime | None = None
) -> Event:
    """Read the reply before the enterprise is asked (审核). Not passed: back to the office with its time restored.

    Raises Refused(INVALID) where a reply is sent back without a word on what it lacks.
    """
    at = at or timezone.now()
    case = claim(appeal, "review", by=by, at=at, version=version)
    if not passed and not note:
        reason = _("Say what the reply lacks.")
        raise Refused(reason, why=Why.INVALID, errors={"note": [reason]})
    line = {"by": by, "at": at, "text": note, "data": {"passed": passed}}
    if passed:
        return move(case, "review", Status.VISITING, **line, visiting_at=at, **clocks.reviewed(case, at))
    changes = clocks.sent_back(case, at) | {"replied_at": None, "reply_outcome": "", "reply_text": ""}
    return move(case, "review", Status.SIGNED, **line, **changes)


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
        return _next_round(case, "rate", **line, **answer)
    return move(case, "rate", Status.CLOSED, **line, **answer, **_closing(case, at))


@transaction.atomic
def redo(appeal: Appeal, *, by: Actor, reason: str, version=None, at: datetime | None = None) -> Event:
    """A visit found the matter unsolved (重办): the same office and handler, a new round."""
    at = at or timezone.now()
    case = claim(appeal, "redo", by=by, at=at, version=version)
    return _next_round(case, "redo", by=by, at=at, text=reason)


@transaction.atomic
def withdraw(appeal: Appeal, *, by: Actor, reason: str, version=None, at: datetime | None = None) -> Event:
    """The enterprise takes its appeal back (撤回)."""
    at = at or timezone.now()
    case = claim(appeal, "withdraw", by=by, at=at, version=version)
    changes = clocks.end_all(case, at)
    case.requests.lapse(at)
    return move(case, "withdraw", Status.WITHDRAWN, by=by, at=at, text=reason, ended_at=at, **changes)


def close_unrated(appeal: Appeal, *, at: datetime, late_by: int = 0) -> Event:
    """Ten working days without a word: closed, and never counted as satisfied (product.md §3).

    In the transaction of the sweep, `late_by` minutes after the timer was due.
    """
    case = claim(appeal, "close_unrated", by=CLOCKWORK, at=at)
    unrated = case.rated_at is None or case.rated_at < case.visiting_at
    return move(
        case,
        "close_unrated",
        Status.CLOSED,
        by=CLOCKWORK,
        at=at,
        late_by=late_by,
        closed_unrated=unrated,
        **_closing(case, at),
    )


def _answer(case, solved, stars, at):
    first = {} if case.first_solved else {"first_solved": solved, "first_stars": stars}
    return {"solved": solved, "stars": stars, "rated_at": at} | first


def _closing(case, at):
    minutes = int((at - case.filed_at).total_seconds() // 60)
    return {"closed_at": at, "total_minutes": minutes} | clocks.end_all(case, at)


def _next_round(case, verb, *, by, at, text="", data=None, **answer):
    return move(
        case,
        verb,
        Status.SIGNED,
        by=by,
        at=at,
        text=text,
        data=data,
        **answer,
        round=case.round + 1,
        redo_count=case.redo_count + 1,
        failed_leads=[*case.failed_leads, case.lead_id],
        signed_at=at,
        contacted_at=None,
        replied_at=None,
        visiting_at=None,
        reply_outcome="",
        reply_text="",
        **clocks.redone(case, at),
    )
