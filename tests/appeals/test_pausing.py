"""Limits that stand still: to the working minute, whatever happens meanwhile."""

from datetime import date

import pytest

from appeals import asking, dispatch, followup, handling, lights, linking, oversight, pausing
from appeals.models import Appeal, Timer
from appeals.states import Refused, Status, Why
from chains.models import CaseFact
from tests.factory import City, actor, at, make_appeal

pytestmark = pytest.mark.django_db

# Filed Monday 7 September 2026: level B is due Monday the 14th, 17:30.
DUE = at(9, 14, 17, 30)


@pytest.fixture
def city():
    return City()


@pytest.fixture
def case(city):
    return make_appeal(Status.SIGNED, city=city)


def fresh(case):
    return Appeal.objects.get(pk=case.pk)


def pause(case, city, moment, reason="enterprise"):
    return pausing.pause(fresh(case), by=actor(city.handler), reason=reason, note="等待补充材料", at=moment)


def resume(case, city, moment):
    return pausing.resume(fresh(case), by=actor(city.handler), at=moment)


class TestPause:
    def test_while_it_lasts_there_is_no_limit_and_nobody_is_late(self, case, city):
        pause(case, city, at(9, 8, 10))
        after, much_later = fresh(case), at(9, 30, 10)
        assert (after.resolve_by, after.due_by, after.paused_at) == (None, None, at(9, 8, 10))
        assert lights.light_of(after, much_later) == "paused"
        assert not Appeal.objects.overdue(much_later).exists()
        assert not Timer.objects.armed().filter(clock__appeal=case).exists()
        assert oversight.sweep(much_later) == 0
        assert CaseFact.objects.get(pk=case.number).resolve_by is None

    @pytest.mark.parametrize(
        ("start", "end", "due"),
        [
            (at(9, 8, 10), at(9, 8, 11), at(9, 15, 9, 30)),  # an hour: half past eight and one more
            (at(9, 8, 11), at(9, 8, 15), at(9, 15, 10, 30)),  # over noon two hours count
            (at(9, 8, 18), at(9, 9, 8), DUE),  # by night nothing is lost
            (at(9, 11, 18), at(9, 14, 8, 30), DUE),  # over a weekend neither
            (at(9, 8, 10), at(9, 8, 10, 1), at(9, 15, 8, 31)),  # a minute
            (at(9, 8, 8, 30), at(9, 9, 17, 30), at(9, 16, 17, 30)),  # two whole days
        ],
    )
    def test_the_limit_moves_by_the_working_minutes_it_lasted(self, case, city, start, end, due):
        pause(case, city, start)
        resume(case, city, end)
        after = fresh(case)
        assert (after.resolve_by, after.paused_at) == (due, None)
        clock = case.clocks.get(kind="resolve")
        assert after.paused_minutes == clock.paused_minutes
        assert Timer.objects.armed().get(clock=clock, rung="due").due_at == due

    def test_two_short_ones_move_it_as_far_as_a_long_one(self, case, city):
        for start, end in ((at(9, 8, 9), at(9, 8, 10)), (at(9, 8, 10), at(9, 8, 11))):
            pause(case, city, start)
            resume(case, city, end)
        assert fresh(case).resolve_by == at(9, 15, 10, 30)
        assert fresh(case).paused_minutes == 120
        assert case.pauses.count() == 2

    def test_a_message_of_the_enterprise_ends_it_and_the_version_rises(self, case, city):
        pause(case, city, at(9, 8, 10))
        version = fresh(case).version
        event = handling.message(fresh(case), by=actor(city.member), text="材料已补", at=at(9, 8, 11))
        after = fresh(case)
        assert (after.paused_at, after.resolve_by, after.version) == (None, at(9, 15, 9, 30), version + 1)
        assert event.data == {"resumed": True}
        assert case.pauses.get().ended_at == at(9, 8, 11)

    def test_a_message_of_the_office_does_not(self, case, city):
        pause(case, city, at(9, 8, 10))
        handling.message(fresh(case), by=actor(city.handler), text="请补材料", at=at(9, 8, 11))
        assert fresh(case).paused_at == at(9, 8, 10)

    def test_a_reply_ends_it_first(self, case, city):
        pause(case, city, at(9, 8, 10))
        handling.reply(fresh(case), by=actor(city.handler), outcome="solved", text="已办", at=at(9, 8, 11))
        after, clock = fresh(case), case.clocks.get(kind="resolve")
        assert (after.resolve_by, after.paused_at, clock.verdict) == (at(9, 15, 9, 30), None, "met")
        # From Monday 9:30 to Tuesday 11:00 there are 510 minutes of work; one hour of them stood still.
        assert (after.used_minutes, clock.used_minutes, clock.paused_minutes) == (450, 450, 60)

    def test_signing_never_stands_still(self, city):
        case = make_appeal(Status.DISPATCHED, city=city)
        with pytest.raises(Refused):
            pause(case, city, at(9, 7, 11))

    def test_a_contact_that_is_still_owed_stands_still_too(self, city):
        case = make_appeal(Status.DISPATCHED, city=city)
        handling.sign(case, by=actor(city.handler), at=at(9, 7, 10))
        assert fresh(case).contact_by == at(9, 8, 17, 30)
        pause(case, city, at(9, 7, 15))
        assert fresh(case).contact_by is None
        resume(case, city, at(9, 7, 16))
        assert fresh(case).contact_by == at(9, 9, 9, 30)

    def test_withdrawn_meanwhile_nothing_runs_any_more(self, case, city):
        pause(case, city, at(9, 8, 10))
        followup.withdraw(fresh(case), by=actor(city.member), reason="…", at=at(9, 8, 11))
        after = fresh(case)
        assert (after.status, after.paused_at) == (Status.WITHDRAWN, None)
        assert not after.pauses.running().exists()
        assert not after.clocks.running().exists()


class TestLevelChange:
    def change(self, case, city, moment, **what):
        return dispatch.reclassify(fresh(case), by=actor(city.triage), reason="更正", at=moment, **what)

    def test_the_limit_is_recomputed_from_the_dispatch(self, case, city):
        self.change(case, city, at(9, 8, 10), level="A")
        assert fresh(case).resolve_by == at(9, 10, 17, 30)
        self.change(case, city, at(9, 8, 11), level="C")
        assert fresh(case).resolve_by == at(9, 28, 17, 30)  # fifteen workdays, one of them a Sunday

    def test_never_into_the_past(self, case, city):
        moment = at(9, 11, 10)
        self.change(case, city, moment, level="S")  # would have been due on the 8th
        assert fresh(case).resolve_by == moment

    def test_what_was_late_stays_late_and_gets_no_later(self, case, city):
        moment = at(9, 16, 10)
        self.change(case, city, moment, level="A")
        assert fresh(case).resolve_by == DUE

    def test_a_pause_survives_it(self, case, city):
        pause(case, city, at(9, 8, 10))
        resume(case, city, at(9, 8, 11))
        self.change(case, city, at(9, 8, 12), level="A")
        assert fresh(case).resolve_by == at(9, 11, 9, 30)

    def test_while_paused_the_new_level_counts_when_it_goes_on(self, case, city):
        pause(case, city, at(9, 8, 10))
        self.change(case, city, at(9, 8, 10, 30), level="A")
        assert fresh(case).resolve_by is None
        resume(case, city, at(9, 8, 11))
        assert fresh(case).resolve_by == at(9, 11, 9, 30)

    def test_an_extension_survives_it(self, case, city):
        words = {"reason": "…", "words_to_enterprise": "…"}
        asking.ask_extension(case, by=actor(city.handler), until=date(2026, 9, 18), at=at(9, 8, 9), **words)
        asking.decide_extension(fresh(case), by=actor(city.triage), granted=True, reason="…", at=at(9, 8, 10))
        self.change(case, city, at(9, 8, 11), level="A")
        assert fresh(case).resolve_by == at(9, 18, 17, 30)

    def test_urgent_from_now_on_it_needs_a_first_measure(self, case, city):
        self.change(case, city, at(9, 8, 10), urgent=True)
        after = fresh(case)
        assert (after.urgent, after.due_kind, after.due_by) == (True, "measure", at(9, 9, 10))
        handling.progress(after, by=actor(city.handler), text="已到现场", at=at(9, 8, 12))
        assert case.clocks.get(kind="measure").verdict == "met"
        assert fresh(case).due_kind == "resolve"

    def test_nothing_to_change_is_said_so(self, case, city):
        with pytest.raises(Refused) as refused:
            self.change(case, city, at(9, 8, 10))
        assert refused.value.why == Why.INVALID

    def test_a_lead_that_is_complained_of_has_to_be_rerouted(self, case, city):
        with pytest.raises(Refused) as refused:
            self.change(case, city, at(9, 8, 10), complained_of=case.lead)
        assert list(refused.value.errors) == ["complained_of"]


class TestParking:
    def test_it_stands_still_with_news_every_month(self, case, city):
        pausing.park(case, by=actor(city.director), plan="待规划调整", at=at(9, 8, 10))
        after = fresh(case)
        assert (after.status, after.resolve_by, lights.light_of(after, at(9, 9))) == (Status.PARKED, None, "paused")
        assert (after.due_kind, after.due_by) == ("progress", at(10, 8, 17, 30))  # the thirtieth day
        handling.progress(after, by=actor(city.handler), text="规划已上报", at=at(9, 29, 10))
        assert fresh(case).due_by == at(10, 29, 17, 30)

    def test_taken_up_again_it_goes_on_where_it_stood(self, case, city):
        pausing.park(case, by=actor(city.director), plan="…", at=at(9, 8, 10))
        pausing.unpark(fresh(case), by=actor(city.director), at=at(9, 9, 10))
        after = fresh(case)
        assert (after.status, after.resolve_by, after.due_kind) == (Status.SIGNED, at(9, 15, 17, 30), "resolve")
        assert handling.reply(after, by=actor(city.handler), outcome="solved", text="已办", at=at(9, 9, 11))

    def test_a_pause_before_counts_from_its_own_beginning(self, case, city):
        pause(case, city, at(9, 8, 9))
        pausing.park(fresh(case), by=actor(city.director), plan="…", at=at(9, 8, 10))
        assert not case.pauses.running().exists()
        pausing.unpark(fresh(case), by=actor(city.director), at=at(9, 8, 11))
        assert fresh(case).resolve_by == at(9, 15, 10, 30)


class TestPromise:
    def test_the_date_becomes_the_limit_and_the_enterprise_reads_it(self, city):
        case = make_appeal(Status.SIGNED, city=city, level="D")
        event = pausing.promise(
            case, by=actor(city.handler), until=date(2026, 9, 30), words_to_enterprise="月底前答复。", at=at(9, 8, 10)
        )
        assert fresh(case).resolve_by == at(9, 30, 17, 30)
        assert not event.internal

    def test_beyond_the_level_or_on_a_holiday_there_is_none(self, city):
        case = make_appeal(Status.SIGNED, city=city, level="D")
        for day in (date(2026, 12, 31), date(2026, 10, 1), date(2026, 9, 7)):
            with pytest.raises(Refused) as refused:
                pausing.promise(case, by=actor(city.handler), until=day, words_to_enterprise="…", at=at(9, 8, 10))
            assert list(refused.value.errors) == ["until"]

    def test_a_hard_case_owes_news_every_month(self, city):
        case = make_appeal(Status.SIGNED, city=city, level="D")
        assert case.clocks.running().of_kind("progress").exists()
        handling.reply(case, by=actor(city.handler), outcome="solved", text="已办", at=at(9, 8, 10))
        assert case.clocks.get(kind="progress").verdict == "void"


def test_merged_and_unmerged_it_goes_on_where_it_stood_also_where_it_was_paused(city):
    case = make_appeal(Status.SIGNED, city=city)
    pause(case, city, at(9, 8, 9))
    linking.merge(fresh(case), by=actor(city.triage), into=city.another, at=at(9, 8, 10))
    linking.unmerge(fresh(case), by=actor(city.triage), reason="并非同一事项", at=at(9, 8, 11))
    after = fresh(case)
    assert (after.status, after.paused_at) == (Status.SIGNED, at(9, 8, 9))
    resume(case, city, at(9, 8, 12))
    assert fresh(case).resolve_by == at(9, 15, 11, 30)
