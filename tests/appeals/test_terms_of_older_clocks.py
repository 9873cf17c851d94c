"""Clocks of an older record are given the terms that their limits came from."""

from datetime import date
from importlib import import_module

import pytest
from django.apps import apps

from appeals import asking, following, pausing
from appeals.models import Appeal, Clock
from appeals.states import Status
from chains.freshness import forget
from routing.models import SpecialDay
from routing.terms import due_of, read
from tests.factory import City, actor, at, make_appeal

pytestmark = pytest.mark.django_db

write_terms = import_module("appeals.migrations.0029_terms_of_running_clocks").write_terms


def forgotten():
    """What the clocks stand by, before they forget it."""
    known = {clock.pk: (clock.terms, clock.office) for clock in Clock.objects.all()}
    Clock.objects.update(terms={}, office="")
    return known


@pytest.mark.parametrize("level", ["S", "A", "B", "C", "D", "L"])
def test_the_usual_limits_are_known_again(level):
    for status in (Status.TRIAGE, Status.DISPATCHED, Status.SIGNED, Status.REPLIED, Status.VISITING):
        make_appeal(status, level=level)
    known = forgotten()
    write_terms(apps, None)
    running = Clock.objects.running()
    assert {clock.pk: clock.office for clock in running} == {clock.pk: known[clock.pk][1] for clock in running}
    for clock in running:
        assert read(clock.terms).spans == read(known[clock.pk][0]).spans, clock.kind
        assert due_of(read(clock.terms), clock.workdays) == clock.due_at


def test_pauses_and_days_that_were_granted_are_known_again():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    pausing.pause(case, by=actor(city.handler), reason="enterprise", note="等待补充材料", at=at(9, 8, 9))
    pausing.resume(Appeal.objects.get(), by=actor(city.handler), at=at(9, 8, 11))
    known = forgotten()
    write_terms(apps, None)
    resolve = Clock.objects.get(kind="resolve")
    assert due_of(read(resolve.terms), resolve.workdays) == resolve.due_at == at(9, 15, 10, 30)
    assert len(read(resolve.terms).stood) == len(read(known[resolve.pk][0]).stood) == 1
    words = {"reason": "需现场勘查", "words_to_enterprise": "请再等几天。"}
    asking.ask_extension(Appeal.objects.get(), by=actor(city.handler), until=date(2026, 9, 18), at=at(9, 10), **words)
    asking.decide_extension(Appeal.objects.get(), by=actor(city.triage), granted=True, reason="同意", at=at(9, 10, 10))
    forgotten()
    write_terms(apps, None)
    SpecialDay.objects.create(day=date(2026, 9, 11), is_workday=False, name="台风停工")
    forget()
    following.follow_calendar(at(9, 10, 11))
    assert Clock.objects.get(kind="resolve").due_at == at(9, 18, 17, 30)
