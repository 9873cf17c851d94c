"""A changed calendar or limit moves exactly the running clocks it concerns, and says so in their record."""

from datetime import date, timedelta

import pytest

from appeals import asking, following, handling, limitruns, pausing, verification, yearend
from appeals.models import Appeal, Clock, Event, FollowedCalendar, LimitRun, Timer
from appeals.states import Refused, Status
from chains.freshness import forget
from chains.models import Audit, CaseFact, Department
from chains.taxonomy import Role
from routing.calendar import has_changed, load_year
from routing.models import CalendarYear, LimitPolicy, Notice, SpecialDay, WorkingSpan
from tests.factory import LABOUR, SCIENCE, City, actor, at, make_appeal, make_user

pytestmark = pytest.mark.django_db

NOW = at(9, 10, 16)  # a Thursday; level B dispatched on Monday the 7th is due on Monday the 14th
FRIDAY = date(2026, 9, 11)


@pytest.fixture
def city():
    return City()


@pytest.fixture(autouse=True)
def _followed():
    """The calendar as it stands has been applied, twice."""
    following.follow_calendar(at(9, 7, 8))
    following.follow_calendar(at(9, 7, 8, 5))


def announce(day=FRIDAY, *, works=False, office=None, spans=()):
    row = SpecialDay.objects.create(day=day, is_workday=works, name="台风停工", department_id=office)
    for opens, closes in spans:
        WorkingSpan.objects.create(special_day=row, opens=opens, closes=closes)
    forget()
    return row


def resolve_of(case):
    return case.clocks.get(kind="resolve")


def fresh(case):
    return Appeal.objects.get(pk=case.pk)


def moved(case):
    return list(Event.objects.of_appeals([case]).of_verb("calendar").order_by("seq"))


class TestCalendar:
    def test_a_holiday_moves_the_limits_it_lies_before_and_no_other(self, city):
        open_case, replied = make_appeal(Status.SIGNED, city=city), make_appeal(Status.REPLIED, city=city)
        announce()
        assert following.follow_calendar(NOW) == 1
        assert fresh(open_case).resolve_by == at(9, 15, 17, 30)
        assert fresh(open_case).due_by == at(9, 15, 17, 30)
        assert resolve_of(replied).due_at == at(9, 14, 17, 30), "what has ended stays as it was judged"
        assert [event.data["due_at"] for event in moved(open_case)] == [at(9, 15, 17, 30).isoformat()]
        assert CaseFact.objects.get(pk=open_case.number).resolve_by == at(9, 15, 17, 30)

    def test_its_timers_wait_for_the_new_moments(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        announce()
        following.follow_calendar(NOW)
        armed = Timer.objects.armed().of([resolve_of(case)]).order_by("due_at")
        assert [(timer.rung, timer.due_at) for timer in armed][1:] == [
            ("due", at(9, 15, 17, 30)),
            ("plus1", at(9, 16, 17, 30)),
            ("plus3", at(9, 18, 17, 30)),
            ("plus5", at(9, 21, 17, 30)),  # with the worked Sunday
        ]
        assert {timer.generation for timer in armed} == {resolve_of(case).generation}

    def test_a_rung_behind_the_limit_moves_though_the_limit_stays(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        announce(date(2026, 9, 15))
        assert following.follow_calendar(NOW) == 0
        assert moved(case) == []
        assert Timer.objects.armed().of([resolve_of(case)]).get(rung="plus1").due_at == at(9, 16, 17, 30)

    def test_the_record_stays_whole_and_the_version_rises(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        announce()
        following.follow_calendar(NOW)
        assert verification.verify().holds
        assert fresh(case).version == case.version + 1

    def test_whoever_works_by_it_hears_of_a_limit_that_moves_by_more_than_a_day(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        announce(date(2026, 9, 14))
        following.follow_calendar(NOW)
        assert not Notice.objects.of_cause(f"{case.number}:{fresh(case).last_seq}").exists(), "one day is no news"
        announce(date(2026, 9, 15))
        announce(date(2026, 9, 16))
        following.follow_calendar(NOW)
        told = Notice.objects.of_cause(f"{case.number}:{fresh(case).last_seq}").values_list("recipient", "kind")
        assert set(told) == {(city.handler.pk, "calendar"), (city.member.pk, "calendar")}

    def test_done_again_it_moves_nothing(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        announce()
        following.follow_calendar(NOW)
        FollowedCalendar.objects.update(state="lost in a crash")
        assert following.follow_calendar(NOW) == 0
        assert len(moved(case)) == 1

    def test_what_was_begun_by_the_former_calendar_meanwhile_is_found_half_a_minute_later(self, city):
        announce()
        following.follow_calendar(NOW)
        case = make_appeal(Status.SIGNED, city=city)
        Clock.objects.filter(pk=resolve_of(case).pk).update(due_at=at(9, 14, 17, 30))
        assert following.follow_calendar(NOW + timedelta(seconds=10)) == 0
        assert following.follow_calendar(NOW + timedelta(seconds=40)) == 1
        assert following.follow_calendar(NOW + timedelta(seconds=80)) == 0

    def test_a_day_taken_back_takes_the_limit_back(self, city):
        case, row = make_appeal(Status.SIGNED, city=city), announce()
        following.follow_calendar(NOW)
        row.delete()
        has_changed()
        following.follow_calendar(NOW)
        assert fresh(case).resolve_by == at(9, 14, 17, 30)
        assert len(moved(case)) == 2

    def test_a_make_up_saturday_brings_the_limit_forward(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        announce(date(2026, 9, 12), works=True)
        following.follow_calendar(NOW)
        assert fresh(case).resolve_by == at(9, 12, 17, 30).replace(day=13) or fresh(case).resolve_by == at(
            9, 12, 17, 30
        )

    def test_a_short_day_closes_early(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        announce(date(2026, 9, 14), works=True, spans=[(510, 720)])
        following.follow_calendar(NOW)
        assert fresh(case).resolve_by == at(9, 14, 12)

    def test_days_that_were_promised_or_granted_stay(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        words = {"reason": "需现场勘查", "words_to_enterprise": "请再等几天。"}
        asking.ask_extension(case, by=actor(city.handler), until=date(2026, 9, 18), at=at(9, 10, 9), **words)
        asking.decide_extension(fresh(case), by=actor(city.triage), granted=True, reason="同意", at=at(9, 10, 10))
        announce()
        assert following.follow_calendar(NOW) == 0
        assert fresh(case).resolve_by == at(9, 18, 17, 30)

    def test_a_pause_that_lay_on_the_new_holiday_costs_nothing(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        pausing.pause(case, by=actor(city.handler), reason="enterprise", note="等待补充材料", at=at(9, 10, 17))
        pausing.resume(fresh(case), by=actor(city.handler), at=at(9, 11, 9))
        assert fresh(case).resolve_by == at(9, 15, 9, 30)  # an hour
        announce()
        following.follow_calendar(at(9, 11, 10))
        assert fresh(case).resolve_by == at(9, 16, 9), "half an hour was lost, and a day is off"

    def test_what_stands_still_moves_when_it_goes_on(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        pausing.pause(case, by=actor(city.handler), reason="enterprise", note="等待补充材料", at=at(9, 10, 10))
        announce()
        assert following.follow_calendar(NOW) == 0
        assert fresh(case).resolve_by is None
        pausing.resume(fresh(case), by=actor(city.handler), at=at(9, 10, 17))
        assert fresh(case).resolve_by == at(9, 16, 15, 30), "five hours were lost, and a day is off"

    def test_the_day_of_a_hand_back_moves_with_it(self, city):
        case = make_appeal(Status.DISPATCHED, city=city, filed_at=at(9, 10, 9))
        assert case.hand_back_by == at(9, 14, 17, 30)
        announce()
        following.follow_calendar(NOW)
        assert fresh(case).hand_back_by == at(9, 15, 17, 30)

    def test_a_year_that_is_loaded_is_no_longer_provisional(self, city):
        CalendarYear.objects.filter(year=2026).delete()
        SpecialDay.objects.of_year(2026).delete()
        forget()
        case = make_appeal(Status.SIGNED, city=city, filed_at=at(9, 30))
        assert (case.provisional, case.resolve_by) == (True, at(10, 9, 17, 30))
        load_year(2026, now=at(9, 30))
        following.follow_calendar(at(9, 30, 16))
        assert (fresh(case).provisional, fresh(case).resolve_by) == (False, at(10, 13, 17, 30))


class TestOffices:
    def test_the_day_off_of_an_office_moves_its_own_clocks_only(self, city):
        own, other = make_appeal(Status.SIGNED, city=city), make_appeal(Status.SIGNED, city=city, lead=LABOUR)
        announce(office=SCIENCE)
        assert following.follow_calendar(NOW) == 1
        assert fresh(own).resolve_by == at(9, 15, 17, 30)
        assert fresh(other).resolve_by == at(9, 14, 17, 30)

    def test_a_support_is_due_by_the_time_of_the_office_asked(self, city):
        announce(office=LABOUR)
        case, labour = make_appeal(Status.SIGNED, city=city), Department.objects.get(pk=LABOUR)
        handling.ask_support(case, by=actor(city.handler), department=labour, request="请核实", at=at(9, 10, 9))
        assert case.clocks.get(kind="support").due_at == at(9, 16, 17, 30)
        announce(date(2026, 9, 16), office=LABOUR)
        following.follow_calendar(NOW)
        assert case.clocks.get(kind="support").due_at == at(9, 17, 17, 30)
        assert fresh(case).open_supports[0].due_at == at(9, 17, 17, 30)

    def test_an_office_may_keep_hours_of_its_own(self, city):
        WorkingSpan.objects.create(opens=540, closes=1020, department_id=SCIENCE)
        forget()
        assert make_appeal(Status.DISPATCHED, city=city).resolve_by == at(9, 14, 17)
        assert make_appeal(Status.DISPATCHED, city=city, lead=LABOUR).resolve_by == at(9, 14, 17, 30)


class TestLimits:
    def test_on_request_it_moves_the_running_ones_and_a_preview_says_which(self, city):
        case, other = make_appeal(Status.SIGNED, city=city), make_appeal(Status.SIGNED, city=city, level="C")
        row = LimitPolicy.objects.create(
            clock="resolve", level="B", amount=2, unit="workdays", valid_from=date(2026, 9, 1)
        )
        forget()
        assert limitruns.preview(row, NOW) == limitruns.Preview(appeals=1, overdue=1)
        admin = make_user(Role.SYSADMIN)
        limitruns.ask(row, by=admin.pk, origin="10.0.0.1", at=NOW)
        limitruns.work(NOW)
        assert fresh(case).resolve_by == at(9, 9, 17, 30)
        assert fresh(other).resolve_by == other.resolve_by
        assert Event.objects.of_appeals([case]).of_verb("limit").count() == 1
        assert (LimitRun.objects.get().moved, LimitRun.objects.get().finished_at) == (1, NOW)
        assert Audit.objects.newest().first().data["action"] == "applied"
        limitruns.work(NOW)
        assert Event.objects.of_appeals([case]).of_verb("limit").count() == 1

    def test_only_what_is_in_force_is_applied_and_once_at_a_time(self):
        later = LimitPolicy.objects.create(
            clock="resolve", level="B", amount=2, unit="workdays", valid_from=date(2026, 12, 1)
        )
        admin = make_user(Role.SYSADMIN)
        with pytest.raises(Refused):
            limitruns.ask(later, by=admin.pk, origin="", at=NOW)
        LimitPolicy.objects.filter(pk=later.pk).update(valid_from=date(2026, 9, 1))
        limitruns.ask(later, by=admin.pk, origin="", at=NOW)
        with pytest.raises(Refused):
            limitruns.ask(later, by=admin.pk, origin="", at=NOW)


class TestYearEnd:
    def test_it_is_told_once_sixty_days_ahead(self, city):
        director, admin = city.director, make_user(Role.SYSADMIN)
        assert not yearend.warn(at(10, 31))
        assert yearend.warn(at(11, 1))
        assert not yearend.warn(at(11, 2))
        told = Notice.objects.of_cause("year_ends:2026").values_list("recipient", flat=True)
        assert set(told) == {director.pk, admin.pk}
