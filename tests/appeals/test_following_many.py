"""A holiday announced for tomorrow, with many open appeals: the ones it lies before move, the others do not."""

from datetime import date
from itertools import count
from time import perf_counter

import pytest
from django.db.models import Max

from appeals import following
from appeals.models import Appeal, Clock, Event, Timer
from appeals.states import Status
from chains.freshness import forget
from routing.models import SpecialDay
from tests.factory import City, at, make_appeal

pytestmark = pytest.mark.django_db

NOW, TOMORROW = at(9, 10, 16), date(2026, 9, 11)
_numbers = count(1)


def copies(model, rows, **changed):
    """Each of `rows` once more, with other keys."""
    last = model.objects.aggregate(last=Max("pk"))["last"]
    for pk, row in enumerate(rows, start=last + 1):
        row.pk = pk
        for name, value_of in changed.items():
            setattr(row, name, value_of(row))
    return model.objects.bulk_create(rows, batch_size=5_000)


def multiply(cases, times):
    """`cases` with their clocks and timers so many times more, in bulk: how they came about does not matter here."""
    appeals = [row for _ in range(times) for row in Appeal.objects.among([case.pk for case in cases])]
    former = [row.pk for row in appeals]
    copies(Appeal, appeals, number=lambda row: f"{row.number[:10]}X{next(_numbers):06d}")
    heirs = list(zip(former, appeals, strict=True))
    clocks = {case.pk: list(case.clocks.all()) for case in cases}
    pairs = [(clock, Clock(**_own(clock, appeal_id=heir.pk))) for pk, heir in heirs for clock in clocks[pk]]
    copies(Clock, [new for _old, new in pairs])
    timers = {clock.pk: list(clock.timers.all()) for found in clocks.values() for clock in found}
    copies(Timer, [Timer(**_own(timer, clock_id=new.pk)) for old, new in pairs for timer in timers[old.pk]])


def _own(row, **changed):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields} | changed


@pytest.mark.parametrize("open_appeals", [200, pytest.param(10_000, marks=pytest.mark.slow)])
def test_exactly_the_clocks_before_which_it_lies_move(open_appeals):
    city = City()
    signed = make_appeal(Status.SIGNED, city=city)  # its reply is due on the 14th
    fresh = make_appeal(Status.DISPATCHED, city=city, filed_at=at(9, 10, 9))  # sign, contact and reply lie behind it
    late = make_appeal(Status.SIGNED, city=city, level="S")  # due on the 8th
    replied = make_appeal(Status.REPLIED, city=city)
    cases = (signed, fresh, late, replied)
    multiply(cases, open_appeals // 4 - 1)
    following.follow_calendar(at(9, 10, 8))
    SpecialDay.objects.create(day=TOMORROW, is_workday=False, name="台风停工")
    forget()
    began = perf_counter()
    moved = following.follow_calendar(NOW)
    took = perf_counter() - began
    assert moved == Event.objects.of_verb("calendar").count() == 4 * (open_appeals // 4)
    assert Appeal.objects.filter(resolve_by=at(9, 15, 17, 30)).count() == open_appeals // 4
    assert Clock.objects.running().filter(due_at=at(9, 14, 17, 30)).count() == open_appeals // 4 * 2, "sign and contact"
    assert Appeal.objects.filter(resolve_by=late.resolve_by).count() == open_appeals // 4
    assert took < 10, f"{took:.1f} s"
    assert following.follow_calendar(NOW) == 0
