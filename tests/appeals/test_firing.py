"""What a rung does besides telling: a head takes over, an order is written, cases close; what officers may change."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from appeals import handling, oversight, supervision
from appeals.models import Appeal, Clock, SupervisionOrder, Timer
from appeals.states import Status
from chains.models import Audit, User
from chains.taxonomy import Role
from routing.models import Notice, RungPolicy
from tests.appeals.pages import signed_in
from tests.factory import City, actor, at, make_appeal, make_user

pytestmark = pytest.mark.django_db

DUE, LATE = at(9, 14, 17, 30), at(9, 15, 17, 30)  # of a signed case at level B, and one working day later


@pytest.fixture
def city():
    return City()


def told_of(case, verb) -> set[int]:
    cause = f"{case.number}:{case.events.filter(verb=verb).latest('seq').seq}"
    return set(Notice.objects.of_cause(cause).values_list("recipient", flat=True))


def test_the_head_takes_over_what_nobody_has_signed(city):
    people = {city.handler.pk, city.head.pk}
    case = make_appeal(Status.DISPATCHED, city=city)
    oversight.sweep(case.sign_by)
    after = Appeal.objects.get(pk=case.pk)
    assert (after.handler, after.status, after.version) == (city.head, Status.DISPATCHED, case.version + 1)
    assert [line.data.get("handler") for line in case.events.filter(verb="due")] == [str(city.head), None]
    assert told_of(case, "due") == people, "whoever has let it run out is told as well"
    handling.sign(after, by=actor(city.handler), version=after.version, at=case.sign_by + timedelta(minutes=5))
    assert Appeal.objects.get(pk=case.pk).handler == city.head, "who may give it back with assign"


def test_a_handler_at_work_keeps_the_case_and_its_version(city):
    city.head  # noqa: B018 -- the office has one
    case = make_appeal(Status.SIGNED, city=city)
    oversight.sweep(DUE)
    after = Appeal.objects.get(pk=case.pk)
    assert (after.handler, after.version) == (city.handler, case.version)


def test_an_office_without_a_head_goes_on_as_it_is(city):
    case = make_appeal(Status.DISPATCHED, city=city)
    oversight.sweep(case.sign_by)
    assert Appeal.objects.get(pk=case.pk).handler is None


def test_one_working_day_late_an_order_is_written(city):
    case = make_appeal(Status.SIGNED, city=city)
    for moment in (DUE, LATE):
        oversight.sweep(moment)
    order = SupervisionOrder.objects.get()
    assert (order.appeal, order.department, order.issued_by, order.clock.kind) == (case, case.lead, None, "resolve")
    assert order.answer_by == at(9, 17, 17, 30)
    clock = Clock.objects.running().of_kind("order").get()
    assert (clock.subject, clock.due_at, clock.timers.armed().count()) == (str(order.pk), order.answer_by, 5)
    after = Appeal.objects.get(pk=case.pk)
    assert (after.open_orders, after.due_by, after.due_kind) == (1, case.due_by, "resolve")
    line = case.events.get(verb="plus1")
    assert line.data["order"] == order.pk
    supervisor = city.supervisor
    supervision.answer_supervision(after, by=actor(city.handler), text="明天办结。", at=at(9, 16))
    assert told_of(case, "answer_supervision") == {supervisor.pk}, "nobody issued it"


def test_an_order_that_waits_is_not_doubled(city):
    case = make_appeal(Status.SIGNED, city=city)
    supervision.supervise(case, by=actor(city.supervisor), order="请说明", answer_by=date(2026, 9, 18), at=at(9, 8))
    for moment in (DUE, LATE):
        oversight.sweep(moment)
    assert SupervisionOrder.objects.get().issued_by == city.supervisor


def test_several_clocks_of_a_case_that_are_late_write_one_order(city):
    case = make_appeal(Status.DISPATCHED, city=city)  # sign and contact are late by a day at the same moment
    oversight.sweep(case.sign_by)
    oversight.sweep(case.sign_by + timedelta(days=1))
    assert Appeal.objects.get(pk=case.pk).open_orders == SupervisionOrder.objects.count() == 1


def test_in_triage_the_order_goes_to_the_centre(city):
    case = make_appeal(Status.TRIAGE, city=city)
    oversight.sweep(at(9, 8, 17, 30))
    assert case.orders.get().department is None


def test_a_night_of_closings_costs_few_statements(city, django_assert_max_num_queries):
    cases = [make_appeal(Status.VISITING, city=city) for _ in range(8)]
    oversight.sweep(at(9, 15))
    with django_assert_max_num_queries(24):
        assert oversight.sweep(at(10, 20)) == len(cases)
    assert set(Appeal.objects.values_list("status", "closed_unrated")) == {(Status.CLOSED, True)}
    assert not Clock.objects.running().exists() and not Timer.objects.armed().exists()
    assert Notice.objects.filter(kind="close_unrated").values("cause").distinct().count() == len(cases)


def broken_one(city):
    """As if the closing had been entered by hand in the database: its clock should not be running any more."""
    case = make_appeal(Status.VISITING, city=city)
    oversight.sweep(at(9, 15))
    Appeal.objects.filter(pk=case.pk).update(status=Status.CLOSED, closed_at=at(9, 8))
    return case


def mend(case):
    Appeal.objects.filter(pk=case.pk).update(status=Status.VISITING, closed_at=None)


def test_what_broke_is_tried_again_by_itself_ever_later(city):
    case = broken_one(city)
    moment = at(9, 25)
    for waits in (5, 10, 20):
        oversight.sweep(moment)
        (timer,) = Timer.objects.set_aside()
        assert timer.retry_at == moment + timedelta(minutes=waits)
        assert oversight.sweep(timer.retry_at - timedelta(seconds=1)) == 0
        moment = timer.retry_at
    mend(case)
    assert oversight.sweep(moment) == 1
    assert not Timer.objects.set_aside().exists()
    lines = Audit.objects.of_kind("timer").order_by("seq")
    assert [(line.subject, line.data["attempts"]) for line in lines] == [(case.number, turn) for turn in (1, 2, 3)]


def test_the_healthy_cases_of_a_broken_batch_are_told_once_each(city):
    city.holder(Role.LEADER)
    broken_one(city)
    late = [make_appeal(Status.SIGNED, city=city) for _ in range(3)]
    Notice.objects.all().delete()
    oversight.sweep(at(10, 20))
    causes = set(Notice.objects.values_list("cause", flat=True))
    assert {cause.partition(":")[0] for cause in causes} == {case.number for case in late}
    assert len(causes) == len(late)


def test_an_administrator_reads_what_broke_and_has_it_tried_again(city):
    case = broken_one(city)
    oversight.sweep(at(9, 25))
    timer = Timer.objects.set_aside().get()
    sysadmin = make_user(Role.SYSADMIN)
    User.objects.filter(pk=sysadmin.pk).update(is_staff=True, is_superuser=True)
    browser = signed_in(User.objects.get(pk=sysadmin.pk))
    page = browser.get("/admin/appeals/timer/").content.decode()
    assert case.number in page and "Refused" in page and case.title not in page
    one = browser.get(f"/admin/appeals/timer/{timer.pk}/change/").content.decode()
    assert case.number in one and case.title not in one
    mend(case)
    browser.post("/admin/appeals/timer/", {"action": "try_again", "_selected_action": [timer.pk]})
    assert Audit.objects.newest().first().actor == sysadmin
    timer.refresh_from_db()
    assert oversight.sweep(timer.retry_at) == 1


def test_officers_change_whom_a_rung_tells_and_what_it_does(city):
    director = city.director
    RungPolicy.objects.create(rung="plus1", workdays=1, tells=["director"], valid_from=date(2026, 9, 1))
    case = make_appeal(Status.SIGNED, city=city)
    for moment in (DUE, LATE):
        oversight.sweep(moment)
    assert told_of(case, "plus1") == {director.pk}
    assert not SupervisionOrder.objects.exists()


def test_officers_change_when_a_rung_comes_and_leave_one_out(city):
    for rung, days, tells in (("plus1", 2, ["chief"]), ("plus3", 3, [])):
        RungPolicy.objects.create(clock="resolve", rung=rung, workdays=days, tells=tells, valid_from=date(2026, 9, 1))
    case = make_appeal(Status.SIGNED, city=city)
    armed = dict(Timer.objects.armed().filter(clock__appeal=case).values_list("rung", "due_at"))
    assert "plus3" not in armed
    assert armed["plus1"] == at(9, 16, 17, 30)


@pytest.mark.parametrize(("rung", "days"), [("plus1", 3), ("plus5", 2), ("plus3", 0), ("due", 1), ("yellow", 0)])
def test_a_ladder_rises_from_rung_to_rung(rung, days):
    row = RungPolicy(rung=rung, workdays=days, tells=["director"], valid_from=date(2026, 9, 1))
    with pytest.raises(ValidationError):
        row.full_clean()
