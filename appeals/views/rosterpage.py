from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from appeals.models import Appeal
from appeals.queues import on_watch as watched
from appeals.states import Actor
from chains.models import Department, Shift
from chains.taxonomy import CENTRE_OFFICE, Role
from routing.calendar import workdays
from routing.watch import Stretch, uncovered

DAYS = 14
_MOST = 50


@dataclass(frozen=True)
class Day:
    """A day of the roster: in its `gaps` nobody is reached."""

    day: date
    is_workday: bool
    shifts: list[Shift]
    gaps: list[Stretch]


def offices_of(actor: Actor, today: date) -> list[Department]:
    """Whose roster somebody sees: one's own offices and those below; the director every one, the centre's first."""
    offices = Department.objects.valid(today)
    if Role.DIRECTOR in actor.roles:
        return sorted(offices, key=lambda office: (office.pk != CENTRE_OFFICE, office.position))
    return list(offices.coded(actor.heads | actor.handles))


def page(office: Department, offices: list[Department], now: datetime) -> dict[str, Any]:
    """The next two weeks of `office`."""
    today = timezone.localdate(now)
    midnights = [timezone.make_aware(datetime.combine(today + timedelta(days=n), time())) for n in range(DAYS + 1)]
    shifts = list(Shift.objects.between(midnights[0], midnights[-1]).of([office.pk]).select_related("user"))
    stretches = [(timezone.localtime(shift.starts_at), timezone.localtime(shift.ends_at)) for shift in shifts]
    gaps = [gap for gap in uncovered(stretches, midnights[0], midnights[-1], workdays()) if gap[1] > now]
    days = [
        Day(
            start.date(),
            workdays().is_workday(start.date()),
            [shift for shift in shifts if shift.starts_at < end and shift.ends_at > start],
            [(max(begins, start), min(ends, end)) for begins, ends in gaps if begins < end and ends > start],
        )
        for start, end in zip(midnights, midnights[1:], strict=False)
    ]
    return {"office": office, "offices": offices, "days": days, "gap_count": len(gaps)}


def on_watch(actor: Actor, now: datetime) -> dict[str, Any]:
    """The shifts that somebody stands at `now`, and the urgent appeals of those offices, the nearest limit first."""
    shifts = list(Shift.objects.running(now).of_people([actor.user_id]).select_related("office"))
    if not shifts:
        return {"shifts": [], "urgent_cases": []}
    seen = Appeal.objects.listed_to(actor, now).meeting(watched([shift.office_id for shift in shifts]))
    return {"shifts": shifts, "urgent_cases": list(seen.with_rows().order_by("due_by")[:_MOST])}
