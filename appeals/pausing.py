"""Limits that stand still (挂起, 挂账) and dates that are promised: nothing is lost, to the working minute."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import clocks
from appeals.asking import close_of
from appeals.models import Appeal, Event, Pause
from appeals.moves import claim, move, record
from appeals.states import Actor, Refused, Status, refused_at
from routing.deadlines import ClockKind

# Signing never stands still, and of the statutory level nothing does (guards.may_stand_still).
STOPPED = (ClockKind.CONTACT, ClockKind.RESOLVE)


@transaction.atomic
def pause(appeal: Appeal, *, by: Actor, reason: str, note: str, version=None, at: datetime | None = None) -> Event:
    """Contact and resolve stand still (挂起) while the case waits for what the office cannot do itself."""
    at = at or timezone.now()
    case = claim(appeal, "pause", by=by, at=at, version=version)
    Pause.objects.create(
        appeal=case, round=case.round, reason=reason, note=note, started_by_id=by.user_id, started_at=at
    )
    columns = clocks.stop(case, at, kinds=STOPPED)
    return record(case, "pause", by=by, at=at, text=note, data={"reason": reason}, paused_at=at, **columns)


@transaction.atomic
def resume(appeal: Appeal, *, by: Actor, version=None, at: datetime | None = None) -> Event:
    """The office goes on; the limits have moved by the working minutes the pause lasted."""
    at = at or timezone.now()
    case = claim(appeal, "resume", by=by, at=at, version=version)
    return record(case, "resume", by=by, at=at, **heard_from(case, at, by=by.user_id))


def heard_from(case: Appeal, at: datetime, *, by: int | None = None) -> dict[str, Any]:
    """End the pause of `case`, if there is one: the columns to write, empty where nothing stood still.

    The enterprise's message or attachment ends a pause (product.md §3), and so does a reply.
    """
    if not case.paused_at or case.status != Status.SIGNED:
        return {}
    case.pauses.end(at, by)
    return clocks.go_on(case, at) | {"paused_at": None}


@transaction.atomic
def park(appeal: Appeal, *, by: Actor, plan: str, version=None, at: datetime | None = None) -> Event:
    """Not possible yet (挂账): the limits stand still, progress is due every month until it is taken up again."""
    at = at or timezone.now()
    case = claim(appeal, "park", by=by, at=at, version=version)
    case.pauses.end(at, by.user_id)
    columns = clocks.parked(case, at, STOPPED)
    return move(case, "park", Status.PARKED, by=by, at=at, text=plan, paused_at=case.paused_at or at, **columns)


@transaction.atomic
def unpark(appeal: Appeal, *, by: Actor, version=None, at: datetime | None = None) -> Event:
    """The conditions are there (销号): work goes on where it stood."""
    at = at or timezone.now()
    case = claim(appeal, "unpark", by=by, at=at, version=version)
    return move(case, "unpark", Status.SIGNED, by=by, at=at, paused_at=None, **clocks.unparked(case, at))


@transaction.atomic
def promise(
    appeal: Appeal, *, by: Actor, until: date, words_to_enterprise: str, version=None, at: datetime | None = None
) -> Event:
    """The date by which a hard case (D) will be answered, told to the enterprise; never later than its limit."""
    at = at or timezone.now()
    case = claim(appeal, "promise", by=by, at=at, version=version)
    if case.paused_at:
        raise Refused(_("While the case is paused it has no limit that could be promised."))
    moment = close_of(until, "until", after=at, office=case.lead_id)
    if moment > case.resolve_by:
        day = timezone.localtime(case.resolve_by).date().isoformat()
        reason = _("At this level the limit can move to %(day)s at most.") % {"day": day}
        raise refused_at("until", reason)
    columns = clocks.promised(case, at, until)
    data = {"until": moment.isoformat()}
    return record(case, "promise", by=by, at=at, text=words_to_enterprise, data=data, promised_at=at, **columns)
