"""Requests and their decisions (申请与审批): who asked, who decided, and what became of the limits."""

from datetime import date, timedelta

import pytest

from appeals import asking, dispatch, followup, handling, oversight, pausing
from appeals.models import Appeal, Request, Timer
from appeals.states import Refused, Status, Why
from chains.models import CaseFact
from routing.models import Notice
from tests.factory import CENTRE, KECHENG, LABOUR, SCIENCE, City, actor, at, make_appeal, make_user

pytestmark = pytest.mark.django_db

# Filed Monday 7 September 2026, dispatched 9:30: level B is due on the fifth workday, Monday the 14th.
DUE = at(9, 14, 17, 30)


@pytest.fixture
def city():
    return City()


def fresh(case):
    return Appeal.objects.get(pk=case.pk)


ASKED_AT = at(9, 10, 10)


def ask(case, city, until=date(2026, 9, 18), moment=ASKED_AT, by=None):
    by = actor(by or city.handler)
    words = {"reason": "需现场勘查", "words_to_enterprise": "请再等几天。"}
    return asking.ask_extension(case, by=by, until=until, at=moment, **words)


class TestExtension:
    def test_granted_it_moves_the_limit_to_the_close_of_that_day_and_tells_the_enterprise(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        ask(case, city)
        asked = case.requests.get()
        assert (asked.kind, asked.approver, asked.until) == ("extension", "triage", at(9, 18, 17, 30))
        asking.decide_extension(case, by=actor(city.triage), granted=True, reason="同意", at=at(9, 10, 14))
        after = fresh(case)
        assert after.resolve_by == at(9, 18, 17, 30)
        assert CaseFact.objects.get(pk=case.number).resolve_by == after.resolve_by
        event = case.events.last()
        assert (event.verb, event.internal, event.data["words"]) == ("decide_extension", False, "请再等几天。")
        told = Notice.objects.filter(recipient=city.member, kind="decide_extension")
        assert told.exists()

    def test_the_request_itself_is_no_matter_of_the_enterprise(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        assert ask(case, city).internal
        assert not Notice.objects.filter(recipient=city.member, kind="ask_extension").exists()

    def test_refused_everything_stays_and_it_may_be_asked_again(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        ask(case, city)
        refused = asking.decide_extension(
            case, by=actor(city.triage), granted=False, reason="理由不足", at=at(9, 10, 14)
        )
        assert refused.internal
        assert fresh(case).resolve_by == DUE
        assert ask(fresh(case), city, moment=at(9, 10, 15))

    def test_old_reminders_are_cancelled_and_those_of_the_new_limit_armed(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        ask(case, city)
        asking.decide_extension(case, by=actor(city.triage), granted=True, reason="同意", at=at(9, 10, 14))
        due = Timer.objects.armed().filter(clock__appeal=case, clock__kind="resolve", rung="due")
        assert [timer.due_at for timer in due] == [at(9, 18, 17, 30)]

    @pytest.mark.parametrize(
        ("level", "until", "may"),
        [
            ("B", date(2026, 9, 20), True),  # five workdays after the 14th: Sunday the 20th is a make-up workday
            ("B", date(2026, 9, 21), False),
            ("B", date(2026, 9, 14), False),  # the present limit itself
            ("B", date(2026, 9, 19), False),  # a Saturday
            ("A", date(2026, 9, 14), True),  # two workdays after Thursday the 10th
            ("A", date(2026, 9, 15), False),
        ],
    )
    def test_the_level_says_how_far(self, city, level, until, may):
        case = make_appeal(Status.SIGNED, city=city, level=level)
        if may:
            assert ask(case, city, until, moment=at(9, 8, 10))
            return
        with pytest.raises(Refused) as refused:
            ask(case, city, until, moment=at(9, 8, 10))
        assert (refused.value.why, list(refused.value.errors)) == (Why.INVALID, ["until"])
        assert not Request.objects.exists()

    @pytest.mark.parametrize("moment", [at(9, 11, 17, 31), at(9, 14, 9)])
    def test_it_is_asked_for_before_the_last_workday(self, city, moment):
        case = make_appeal(Status.SIGNED, city=city)
        with pytest.raises(Refused) as refused:
            ask(case, city, moment=moment)
        assert refused.value.why == Why.CONFLICT

    def test_on_the_eve_of_the_last_workday_it_is_still_possible(self, city):
        assert ask(make_appeal(Status.SIGNED, city=city), city, moment=at(9, 11, 17, 30))

    def test_a_grant_works_backwards_while_nobody_decided(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        ask(case, city)
        late = at(9, 15, 10)
        assert Appeal.objects.overdue(late).exists()
        asking.decide_extension(case, by=actor(city.triage), granted=True, reason="同意", at=late)
        assert not Appeal.objects.overdue(late).exists()

    def test_a_grant_after_the_reply_makes_it_timely(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        ask(case, city)
        handling.reply(case, by=actor(city.handler), outcome="solved", text="已办", at=at(9, 15, 10))
        clock = case.clocks.get(kind="resolve")
        assert clock.verdict == "late"
        asking.decide_extension(fresh(case), by=actor(city.triage), granted=True, reason="同意", at=at(9, 15, 11))
        clock.refresh_from_db()
        assert (clock.verdict, fresh(case).resolve_by) == ("met", at(9, 18, 17, 30))

    def test_the_statutory_level_ends_on_the_ninetieth_day_at_most(self, city):
        case = make_appeal(Status.SIGNED, city=city, level="L")
        with pytest.raises(Refused):
            ask(case, city, date(2026, 12, 7))
        assert ask(case, city, date(2026, 12, 4))  # the 90th day is Sunday the 6th
        assert case.requests.get().approver == "director"

    def test_a_second_one_in_the_round_is_refused(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        ask(case, city)
        asking.decide_extension(case, by=actor(city.triage), granted=True, reason="同意", at=at(9, 10, 14))
        with pytest.raises(Refused) as refused:
            ask(fresh(case), city, date(2026, 9, 23), moment=at(9, 15, 9))
        assert refused.value.why == Why.CONFLICT


class TestTermination:
    def test_granted_the_case_is_declined_and_the_enterprise_may_object(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        asking.ask_termination(
            case, by=actor(city.handler), ground="litigation", explanation="法院已立案", at=at(9, 8, 9)
        )
        asking.decide_termination(fresh(case), by=actor(city.triage), granted=True, reason="同意", at=at(9, 8, 10))
        after = fresh(case)
        assert (after.status, after.ended_at) == (Status.DECLINED, at(9, 8, 10))
        assert not after.clocks.running().exists()
        assert not Timer.objects.armed().filter(clock__appeal=case).exists()
        asking.object_to(after, by=actor(city.member), reason="并未起诉", at=at(9, 21, 17, 30))

    def test_refused_the_office_goes_on(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        asking.ask_termination(case, by=actor(city.handler), ground="litigation", explanation="…", at=at(9, 8, 9))
        asking.decide_termination(fresh(case), by=actor(city.director), granted=False, reason="不符", at=at(9, 8, 10))
        assert fresh(case).status == Status.SIGNED
        assert handling.reply(fresh(case), by=actor(city.handler), outcome="solved", text="已办", at=at(9, 8, 11))


class TestObjection:
    def declined(self, city):
        return make_appeal(Status.DECLINED, city=city)

    def test_upheld_the_appeal_is_triaged_anew(self, city):
        case = self.declined(city)
        asking.object_to(case, by=actor(city.member), reason="法院未受理", at=at(9, 8, 9))
        asking.decide_objection(fresh(case), by=actor(city.director), granted=True, reason="属实", at=at(9, 8, 10))
        after = fresh(case)
        assert (after.status, after.ended_at, after.triage_by) == (Status.TRIAGE, None, at(9, 8, 16))
        assert [clock.kind for clock in after.clocks.running()] == ["triage"]

    def test_rejected_it_stays_declined_and_nobody_objects_twice(self, city):
        case = self.declined(city)
        asking.object_to(case, by=actor(city.member), reason="法院未受理", at=at(9, 8, 9))
        asking.decide_objection(fresh(case), by=actor(city.director), granted=False, reason="不属实", at=at(9, 8, 10))
        with pytest.raises(Refused):
            asking.object_to(fresh(case), by=actor(city.member), reason="仍有异议", at=at(9, 8, 11))
        assert fresh(case).status == Status.DECLINED

    def test_after_ten_workdays_it_is_too_late(self, city):
        case = self.declined(city)
        with pytest.raises(Refused):
            asking.object_to(case, by=actor(city.member), reason="…", at=at(9, 21, 17, 31))


class TestExclusion:
    def test_granted_the_fact_is_excluded_and_the_case_goes_on(self, city):
        case = make_appeal(Status.CLOSED, city=city)
        asking.ask_exclusion(case, by=actor(city.head), ground="台风停工", at=at(9, 8, 9))
        asking.decide_exclusion(fresh(case), by=actor(city.director), granted=True, reason="属实", at=at(9, 8, 10))
        fact = CaseFact.objects.get(pk=case.number)
        assert (fact.excluded, fact.excluded_at, fact.status) == (True, at(9, 8, 10), "closed")
        with pytest.raises(Refused):
            asking.ask_exclusion(fresh(case), by=actor(city.handler), ground="…", at=at(9, 8, 11))

    def test_the_enterprise_is_told_nothing_of_it(self, city):
        case = make_appeal(Status.CLOSED, city=city)
        assert asking.ask_exclusion(case, by=actor(city.head), ground="台风停工", at=at(9, 8, 9)).internal
        decided = asking.decide_exclusion(
            fresh(case), by=actor(city.director), granted=False, reason="不符", at=at(9, 8, 10)
        )
        assert decided.internal
        assert not CaseFact.objects.get(pk=case.number).excluded


class TestFailedAssignments:
    def round_trip(self, case, city, day):
        asking.hand_back(
            case,
            by=actor(city.holder("handler", case.lead_id)),
            reason="不属本单位职责",
            proposed_lead=office(LABOUR if case.lead_id != LABOUR else SCIENCE),
            at=at(9, day, 10),
        )
        asking.decide_hand_back(fresh(case), by=actor(city.director), granted=True, reason="同意", at=at(9, day, 11))
        return fresh(case)

    def give(self, case, city, lead, day):
        dispatch.dispatch(
            case, by=actor(city.triage), topic=case.topic, level="B", lead=office(lead), at=at(9, day, 12)
        )
        return fresh(case)

    def test_after_two_hand_backs_an_office_of_the_city_leads(self, city):
        county = f"{KECHENG}-RSJ"
        case = make_appeal(Status.DISPATCHED, city=city, lead=county)
        case = self.give(self.round_trip(case, city, 7), city, county, 7)
        assert case.escalated_at is None
        case = self.round_trip(case, city, 8)
        assert (case.status, case.escalated_at) == (Status.TRIAGE, at(9, 8, 11))
        with pytest.raises(Refused) as refused:
            self.give(case, city, county, 8)
        assert list(refused.value.errors) == ["lead"]
        assert self.give(case, city, LABOUR, 8).lead_id == LABOUR

    def test_an_office_of_the_county_may_lead_what_only_lay_too_long_in_triage(self, city):
        case = make_appeal(Status.TRIAGE, city=city, topic="H02")
        oversight.sweep(at(9, 30))
        assert fresh(case).escalated_at
        self.give(fresh(case), city, f"{KECHENG}-RSJ", 30)
        assert fresh(case).lead_id == f"{KECHENG}-RSJ"

    def test_the_third_reroute_lifts_the_case(self, city):
        case = make_appeal(Status.DISPATCHED, city=city)
        for day in (7, 8, 9):
            dispatch.reroute(fresh(case), by=actor(city.director), reason="改派", at=at(9, day, 10))
            assert (fresh(case).escalated_at is not None) == (day == 9)
            if day != 9:
                self.give(fresh(case), city, SCIENCE, day)
        assert case.events.last().data["escalated"]

    def test_a_former_office_is_remembered_once(self, city):
        case = make_appeal(Status.DISPATCHED, city=city)
        for day in (7, 8):
            dispatch.reroute(fresh(case), by=actor(city.director), reason="改派", at=at(9, day, 10))
            self.give(fresh(case), city, SCIENCE, day)
        assert fresh(case).former_leads == [SCIENCE]

    def test_what_was_asked_lapses_where_the_office_loses_the_case(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        ask(case, city)
        pausing.pause(fresh(case), by=actor(city.handler), reason="enterprise", note="等材料", at=at(9, 10, 11))
        dispatch.reroute(fresh(case), by=actor(city.triage), reason="改派", at=at(9, 10, 15))
        after = fresh(case)
        assert not after.requests.waiting().exists()
        assert not after.pauses.running().exists()
        assert (after.paused_at, [clock.kind for clock in after.clocks.running()]) == (None, ["triage"])


def office(code):
    from chains.models import Department

    return Department.objects.get(pk=code)


def test_the_third_redo_lifts_a_county_case_to_the_city_at_the_next_sweep():
    city = City()
    county = f"{KECHENG}-RSJ"
    case = make_appeal(Status.VISITING, city=city, lead=county)
    handler, reviewer, member = actor(city.holder("handler", county)), actor(city.reviewer), actor(city.member)
    moment = at(9, 8, 9)
    for count in (1, 2, 3):
        followup.rate(fresh(case), by=member, solved="no", stars=1, at=moment)
        assert (fresh(case).status, fresh(case).redo_count) == (Status.SIGNED, count)
        if count < 3:
            handling.contact(fresh(case), by=handler, note="已联系", at=moment + timedelta(minutes=10))
            handling.reply(fresh(case), by=handler, outcome="solved", text="已办", at=moment + timedelta(minutes=20))
            followup.review(fresh(case), by=reviewer, passed=True, at=moment + timedelta(minutes=30))
        moment += timedelta(hours=1)
    oversight.sweep(moment)
    after = fresh(case)
    assert (after.status, after.lead_id, after.handler) == (Status.DISPATCHED, LABOUR, None)
    assert county in after.supporting
    event = after.events.last()
    assert (event.verb, event.part, event.data) == ("escalate", "automatic", {"lead": LABOUR, "from": county})
    oversight.sweep(moment + timedelta(minutes=1))
    assert after.events.filter(verb="escalate").count() == 1


def test_whoever_declined_does_not_decide_the_objection_though_nobody_else_is_there():
    city = City()
    both = make_user("director", CENTRE)
    case = make_appeal(Status.TRIAGE, city=city)
    dispatch.decline(case, by=actor(both), ground="litigation", explanation="…", at=at(9, 7, 10))
    asking.object_to(fresh(case), by=actor(city.member), reason="…", at=at(9, 7, 11))
    with pytest.raises(Refused) as refused:
        asking.decide_objection(fresh(case), by=actor(both), granted=False, reason="…", at=at(9, 7, 12))
    assert refused.value.why == Why.FORBIDDEN


def test_a_county_case_that_reaches_the_top_rung_goes_to_the_city():
    city = City()
    county = f"{KECHENG}-RSJ"
    case = make_appeal(Status.SIGNED, city=city, lead=county)
    top = at(9, 20, 17, 30)  # five workdays after the limit; the last one is a make-up Sunday
    oversight.sweep(top - timedelta(minutes=1))
    assert fresh(case).lead_id == county
    oversight.sweep(top)
    after = fresh(case)
    assert (after.status, after.lead_id, after.escalated_at) == (Status.DISPATCHED, LABOUR, top)
    assert [event.verb for event in after.events.all()][-2:] == ["plus5", "escalate"]


def test_a_city_case_that_reaches_the_top_rung_stays():
    case = make_appeal(Status.SIGNED, city=City())
    oversight.sweep(at(10, 9))
    assert (fresh(case).lead_id, fresh(case).events.last().verb) == (SCIENCE, "plus5")
