"""A case that its office cannot solve goes up (提级): to the city's office, to a conference 会商, to a leader 包案."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import clocks, clocksinbulk
from appeals.models import Appeal, Conference, Event, Request
from appeals.moves import Step, claim, move, record, take_all
from appeals.pausing import heard_from
from appeals.people import leaders_by_load
from appeals.states import CLOCKWORK, Actor, Status, refused_at
from appeals.table import MOVES, check_move
from chains.handbook import handbook
from chains.models import Department, User
from chains.taxonomy import Level, Tier
from routing.plan import assign


@transaction.atomic
def escalate(appeal: Appeal, *, by: Actor, reason: str, version=None, at: datetime | None = None) -> Event:
    """One tier up: a park's or county's case passes to the city office of the same duty; a city lead stays.

    The former lead supports from then on, resolve goes on. For a city lead the director is told to call a conference.
    """
    at = at or timezone.now()
    return _lift(claim(appeal, "escalate", by=by, at=at, version=version), by=by, at=at, reason=reason)


def escalate_by_clock(late_by: Mapping[Appeal, int], *, at: datetime) -> None:
    """The third redo and the top rung lift cases by themselves, each so many minutes after it was due.

    The cases are claimed by the sweep. Raises Refused where one cannot be lifted any more.
    """
    for case in late_by:
        check_move("escalate", case, CLOCKWORK, at=at)
    found = {case: _city_office(case, at) for case in late_by}
    offices = {case: office for case, office in found.items() if office}
    Request.objects.of_cases(offices).lapse(at)
    went_on = {case.pk: heard_from(case, at) for case in offices}
    passed = clocksinbulk.passed_on({case: office.pk for case, office in offices.items()}, at)
    take_all([_step(case, late, offices.get(case), went_on, passed, at) for case, late in late_by.items()], at=at)


def _step(case, late_by, office, went_on, passed, at) -> Step:
    counts = MOVES["escalate"].counts
    if office is None:
        data, changes = {"lead": case.lead_id}, {"escalated_at": at}
        return Step(case, "escalate", late_by, data=data, counts=counts, changes=changes)
    changes = {"escalated_at": at} | went_on[case.pk] | passed[case.pk] | _given_to(case, office, at)
    data = {"lead": office.pk, "from": case.lead_id}
    line = {"to": Status.DISPATCHED, "internal": False, "counts": counts}
    return Step(case, "escalate", late_by, data=data, changes=changes, **line)


def _lift(case, *, by, at, reason) -> Event:
    line = {"by": by, "at": at, "text": reason, "escalated_at": at}
    office = _city_office(case, at)
    if office is None:
        return record(case, "escalate", **line, data={"lead": case.lead_id}, internal=True)
    case.requests.lapse(at)
    changes = heard_from(case, at) | clocks.passed_on(case, at, to=office.pk) | _given_to(case, office, at)
    data = {"lead": office.pk, "from": case.lead_id}
    return move(case, "escalate", Status.DISPATCHED, **line, data=data, **changes)


def _given_to(case, office, at) -> dict[str, Any]:
    """It begins anew at `office`; whoever had it supports."""
    helpers = [code for code in dict.fromkeys([case.lead_id, *case.supporting]) if code != office.pk]
    nobody = dict.fromkeys(["signed_at", "contacted_at", "paused_at", "handler_id", "dispatched_by_id"])
    return {"lead": office, "supporting": helpers, "dispatched_at": at, **nobody}


def _city_office(case, at) -> Department | None:
    """The office of the city with the same duty, where the lead is none of the city's; never the complained-of one."""
    book = handbook(timezone.localdate(at))
    if case.lead.tier == Tier.CITY or case.topic_id not in book.topics:
        return None
    parent = book.offices.get(case.lead.parent_id)
    if parent and parent.tier == Tier.CITY and parent.pk != case.complained_of_id:
        return parent
    topic = book.topics[case.topic_id]
    found = assign(topic, Level.C, case.district_id, case.industry_id, complained_of=case.complained_of_id, book=book)
    return book.offices.get(found.lead) if found.lead != case.lead_id else None


@transaction.atomic
def confer(
    appeal: Appeal,
    *,
    by: Actor,
    departments: Sequence[Department],
    on: date,
    agenda: str,
    version=None,
    at: datetime | None = None,
) -> Event:
    """The director calls offices together (会商); who takes part supports the case and so may read it.

    Raises Refused(INVALID) for a day that has passed and for the complained-of department.
    """
    at = at or timezone.now()
    case = claim(appeal, "confer", by=by, at=at, version=version)
    codes = [office.pk for office in departments]
    if case.complained_of_id in codes:
        raise refused_at("departments", _("The complained-of department does not take part."))
    if on < timezone.localdate(at):
        raise refused_at("on", _("Choose a day that is still to come."))
    Conference.objects.create(
        appeal=case, departments=codes, on=on, agenda=agenda, called_by_id=by.user_id, called_at=at
    )
    guests = [code for code in codes if code != case.lead_id]
    supporting = list(dict.fromkeys([*case.supporting, *guests]))
    data = {"departments": codes, "on": on.isoformat()}
    return record(case, "confer", by=by, at=at, text=agenda, data=data, internal=True, supporting=supporting)


@transaction.atomic
def conclude(
    appeal: Appeal, *, by: Actor, text: str, owner: User | None = None, version=None, at: datetime | None = None
) -> Event:
    """What was agreed. Of an escalated case a leader takes over (包案): `owner`, else whoever owns the fewest."""
    at = at or timezone.now()
    case = claim(appeal, "conclude", by=by, at=at, version=version)
    conference = case.open_conference
    conference.conclusion, conference.concluded_at = text, at
    conference.save(update_fields=["conclusion", "concluded_at"])
    if owner is None and case.escalated_at and not case.owner_id:
        owner = next(iter(leaders_by_load(at)), None)
    if owner is None:
        return record(case, "conclude", by=by, at=at, text=text, internal=True)
    case.owner = owner
    due = clocks.owned(case, at)
    data = {"owner": str(owner)}
    return record(case, "conclude", by=by, at=at, text=text, data=data, internal=True, owner=owner, **due)
