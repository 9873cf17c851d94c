"""Limits that several things move: pause, extension, promise, another level, review, another office, another round."""

from datetime import date

import pytest

from appeals import asking, dispatch, escalation, followup, handling, notices, pausing, supervision
from appeals.models import Appeal, Timer
from appeals.people import To
from appeals.states import Refused, Status, Why
from chains.models import CaseFact, Department, Topic
from chains.taxonomy import Role
from tests.factory import CENTRE, LABOUR, SCIENCE, City, actor, at, make_appeal, make_user, order_to

pytestmark = pytest.mark.django_db

COUNTY = "330802-KJJ"
# Filed Monday 7 September 2026, dispatched 9:30: level B is due Monday the 14th, 17:30.


@pytest.fixture
def city():
    return City()


@pytest.fixture
def case(city):
    return make_appeal(Status.SIGNED, city=city)


def fresh(case):
    return Appeal.objects.get(pk=case.pk)


def pause(case, city, moment):
    return pausing.pause(fresh(case), by=actor(city.handler), reason="enterprise", note="等待补充材料", at=moment)


def resume(case, city, moment):
    return pausing.resume(fresh(case), by=actor(city.handler), at=moment)


FRIDAY, ASKED = date(2026, 9, 18), at(9, 10, 9)


def ask(case, city, until=FRIDAY, moment=ASKED):
    words = {"reason": "需现场勘查", "words_to_enterprise": "请再等几天。"}
    return asking.ask_extension(fresh(case), by=actor(city.handler), until=until, at=moment, **words)


def grant(case, city, moment):
    return asking.decide_extension(fresh(case), by=actor(city.triage), granted=True, reason="同意", at=moment)


def reclassify(case, city, moment, **new):
    return dispatch.reclassify(fresh(case), by=actor(city.triage), reason="核实后更正", at=moment, **new)


def give(case, city, moment, *, lead=SCIENCE, level="B"):
    topic, office = Topic.objects.get(pk="N01"), Department.objects.get(pk=lead)
    return dispatch.dispatch(fresh(case), by=actor(city.triage), topic=topic, level=level, lead=office, at=moment)


def armed(case, kind="resolve"):
    return Timer.objects.armed().filter(clock__appeal=case, clock__kind=kind)


class TestExtension:
    def test_a_pause_between_question_and_grant_is_not_lost(self, case, city):
        ask(case, city)
        pause(case, city, at(9, 10, 10))
        resume(case, city, at(9, 14, 10))  # two workdays later
        assert fresh(case).resolve_by == at(9, 16, 17, 30)
        event = grant(case, city, at(9, 14, 11))
        assert fresh(case).resolve_by == at(9, 21, 17, 30), "Friday the 18th and two workdays: Sunday is worked"
        assert event.data["until"] == at(9, 21, 17, 30).isoformat()

    def test_granted_during_a_pause_nothing_is_armed_until_the_case_goes_on(self, case, city):
        ask(case, city)
        pause(case, city, at(9, 10, 10))
        grant(case, city, at(9, 10, 11))
        assert (fresh(case).resolve_by, armed(case).count()) == (None, 0)
        resume(case, city, at(9, 11, 10))
        assert fresh(case).resolve_by == at(9, 20, 17, 30)
        assert set(armed(case).values_list("generation", flat=True)) == {3}

    def test_a_pause_before_it_is_not_counted_twice_by_another_level(self, case, city):
        pause(case, city, at(9, 8, 8, 30))
        resume(case, city, at(9, 9, 8, 30))  # a workday: due on the 15th
        ask(case, city, moment=at(9, 10, 9))
        grant(case, city, at(9, 10, 10))
        reclassify(case, city, at(9, 10, 11), level="S")
        assert fresh(case).resolve_by == at(9, 18, 17, 30)

    def test_the_next_office_starts_without_it(self, case, city):
        ask(case, city)
        grant(case, city, at(9, 10, 10))
        dispatch.reroute(fresh(case), by=actor(city.triage), reason="应由另一单位办理", at=at(9, 10, 11))
        give(case, city, at(9, 10, 14), lead=LABOUR)
        reclassify(case, city, at(9, 10, 15), level="A")
        after = fresh(case)
        assert after.resolve_by == at(9, 15, 17, 30), "not the 18th"
        assert after.extensions_granted == []

    def test_once_the_review_has_passed_nobody_needs_to_decide_it(self, case, city):
        ask(case, city)
        handling.reply(fresh(case), by=actor(city.handler), outcome="solved", text="已办", at=at(9, 10, 10))
        followup.review(fresh(case), by=actor(city.reviewer), passed=True, at=at(9, 10, 11))
        assert fresh(case).waiting == {}

    def test_the_leader_who_decides_it_at_level_d_sees_the_case(self, city):
        case = make_appeal(Status.SIGNED, city=city, level="D")
        leader = actor(city.leader)
        assert not Appeal.objects.visible_to(leader, at(9, 10)).exists()
        ask(case, city, date(2026, 12, 31))
        assert Appeal.objects.visible_to(leader, at(9, 10)).get() == case
        assert Appeal.objects.listed_to(leader, at(9, 10)).get() == case
        asking.decide_extension(fresh(case), by=leader, granted=True, reason="同意", at=at(9, 10, 10))
        assert not Appeal.objects.visible_to(leader, at(9, 10, 11)).exists()


class TestAnotherLevel:
    def test_urgency_leaves_the_promised_date_alone(self, city):
        case = make_appeal(Status.SIGNED, city=city, level="D")
        words = {"until": date(2026, 10, 16), "words_to_enterprise": "十月中旬答复。"}
        pausing.promise(fresh(case), by=actor(city.handler), at=at(9, 8, 9), **words)
        reclassify(case, city, at(9, 8, 10), urgent=True)
        assert fresh(case).resolve_by == at(10, 16, 17, 30)

    def test_a_limit_that_was_over_before_the_pause_stays_over(self, city):
        case = make_appeal(Status.SIGNED, city=city, level="A")  # due on the 10th
        pause(case, city, at(9, 11, 10))
        reclassify(case, city, at(9, 11, 11), level="S")
        assert case.clocks.get(kind="resolve").due_at == at(9, 10, 17, 30)

    def test_one_that_has_become_statutory_does_not_stand_still(self, case, city):
        pause(case, city, at(9, 8, 10))
        reclassify(case, city, at(9, 10, 10), level="L")
        after = fresh(case)
        assert (after.paused_at, after.resolve_by) == (None, at(9, 30, 17, 30)), "the 30th day is in the holidays"
        assert not case.pauses.running().exists()

    def test_a_parked_case_is_taken_up_again_before_it_becomes_statutory(self, city):
        case = make_appeal(Status.PARKED, city=city)
        with pytest.raises(Refused) as refused:
            reclassify(case, city, at(9, 10, 10), level="L")
        assert (refused.value.why, list(refused.value.errors)) == (Why.INVALID, ["level"])

    def test_news_are_due_every_month_while_it_is_a_hard_case(self, case, city):
        reclassify(case, city, at(9, 8, 10), level="D")
        assert case.clocks.running().of_kind("progress").exists()
        reclassify(case, city, at(9, 8, 11), level="C")
        assert not case.clocks.running().of_kind("progress").exists()


class TestAnotherOffice:
    def test_minutes_of_the_former_office_are_not_those_of_the_next(self, case, city):
        pause(case, city, at(9, 8, 10))
        resume(case, city, at(9, 8, 11))
        dispatch.reroute(fresh(case), by=actor(city.triage), reason="应由另一单位办理", at=at(9, 8, 14))
        give(case, city, at(9, 8, 15), lead=LABOUR)
        assert CaseFact.objects.get(pk=case.number).paused_minutes == 0

    def test_a_support_asked_by_the_former_office_does_not_bind_the_next(self, case, city):
        labour = Department.objects.get(pk=LABOUR)
        asked = {"department": labour, "request": "请核实社保缴纳情况"}
        handling.ask_support(fresh(case), by=actor(city.handler), at=at(9, 8, 9), **asked)
        dispatch.reroute(fresh(case), by=actor(city.triage), reason="重新研判", at=at(9, 8, 10))
        give(case, city, at(9, 8, 11))
        handling.sign(fresh(case), by=actor(city.handler), at=at(9, 8, 14))
        assert fresh(case).open_supports == []
        assert handling.ask_support(fresh(case), by=actor(city.handler), at=at(9, 8, 15), **asked)

    def test_what_the_city_office_owed_as_support_it_does_as_the_lead(self, city):
        case = make_appeal(Status.SIGNED, city=city, lead=COUNTY)
        handler, head = actor(city.holder(Role.HANDLER, COUNTY)), actor(city.holder(Role.HEAD, COUNTY))
        asked = {"department": Department.objects.get(pk=SCIENCE), "request": "请指导"}
        handling.ask_support(fresh(case), by=handler, at=at(9, 8, 9), **asked)
        escalation.escalate(fresh(case), by=head, reason="本级无法解决", at=at(9, 8, 10))
        handling.sign(fresh(case), by=actor(city.handler), at=at(9, 8, 11))
        assert handling.reply(fresh(case), by=actor(city.handler), outcome="solved", text="已办", at=at(9, 8, 14))

    @pytest.mark.parametrize("owned", [True, False])
    def test_news_that_were_due_before_the_signature_do_not_hinder_it(self, city, owned):
        case = make_appeal(Status.DISPATCHED, city=city, level="D")
        if owned:
            called = {"departments": [Department.objects.get(pk=LABOUR)], "on": date(2026, 9, 8), "agenda": "会商"}
            escalation.confer(fresh(case), by=actor(city.director), at=at(9, 7, 11), **called)
            escalation.conclude(fresh(case), by=actor(city.director), text="包案", owner=city.leader, at=at(9, 7, 14))
        handling.progress(fresh(case), by=actor(city.handler), text="已到现场", at=at(9, 7, 15))
        handling.sign(fresh(case), by=actor(city.handler), at=at(9, 7, 16))
        assert case.clocks.running().of_kind("progress").get().started_at == at(9, 7, 16)

    def test_the_complained_of_office_is_no_longer_told_that_its_support_is_due(self, case, city):
        labour = Department.objects.get(pk=LABOUR)
        handling.ask_support(fresh(case), by=actor(city.handler), department=labour, request="请核实", at=at(9, 8, 9))
        reclassify(case, city, at(9, 8, 10), complained_of=labour)
        assert not armed(case, "support").exists()
        assert fresh(case).open_supports == []


class TestParked:
    def test_nothing_has_to_be_decided_while_it_is_parked(self, case, city):
        ask(case, city)
        words = {"ground": "litigation", "explanation": "法院已受理"}
        asking.ask_termination(fresh(case), by=actor(city.handler), at=at(9, 10, 10), **words)
        pausing.park(fresh(case), by=actor(city.director), plan="待规划调整", at=at(9, 10, 11))
        assert fresh(case).waiting == {}
        assert set(case.clocks.running().values_list("kind", flat=True)) == {"resolve", "progress"}


class TestDirectAnswer:
    def test_sent_back_nothing_of_it_stays_in_the_facts(self, city):
        case = make_appeal(city=city)
        dispatch.answer(case, by=actor(city.triage), text="请登录平台查询。", at=at(9, 7, 10))
        followup.review(fresh(case), by=actor(city.reviewer), passed=False, note="未答复", at=at(9, 7, 11))
        fact = CaseFact.objects.get(pk=case.number)
        assert (fact.used_minutes, fact.replied_at, fact.signed_at) == (None, None, None)

    def test_of_a_later_round_it_counts_from_that_round(self, city):
        case = make_appeal(city=city)
        dispatch.answer(case, by=actor(city.triage), text="请登录平台查询。", at=at(9, 7, 10))
        followup.review(fresh(case), by=actor(city.reviewer), passed=True, at=at(9, 7, 11))
        followup.rate(fresh(case), by=actor(city.member), solved="no", stars=1, at=at(9, 15, 9))
        dispatch.answer(fresh(case), by=actor(city.triage), text="已电话说明。", at=at(9, 15, 10))
        after = fresh(case)
        assert (after.round, after.resolve_by, after.used_minutes) == (2, at(9, 16, 17, 30), 60)


def test_the_leader_who_takes_a_case_over_sees_it_though_nothing_lifted_it(case, city):
    called = {"departments": [Department.objects.get(pk=LABOUR)], "on": date(2026, 9, 8), "agenda": "会商"}
    escalation.confer(fresh(case), by=actor(city.director), at=at(9, 8, 9), **called)
    escalation.conclude(fresh(case), by=actor(city.director), text="包案", owner=city.leader, at=at(9, 8, 10))
    assert fresh(case).escalated_at is None
    assert Appeal.objects.visible_to(actor(city.leader), at(9, 8, 11)).get() == case
    assert not Appeal.objects.visible_to(actor(make_user(Role.LEADER)), at(9, 8, 11)).exists()


def test_who_issued_an_order_reads_its_answer(case, city):
    supervisor = actor(city.supervisor)
    late = at(9, 15, 9)
    supervision.supervise(fresh(case), by=supervisor, order="请说明", answer_by=date(2026, 9, 16), at=late)
    supervision.answer_supervision(fresh(case), by=actor(city.handler), text="正在办理", at=at(9, 15, 10))
    pause(case, city, at(9, 15, 11))
    assert Appeal.objects.visible_to(supervisor, at(9, 15, 14)).get() == case
    assert not Appeal.objects.visible_to(actor(make_user(Role.SUPERVISOR, CENTRE)), at(9, 15, 14)).exists()


def test_an_order_that_the_centre_answers_reminds_the_centre(city):

    case = make_appeal(Status.REPLIED, city=city)
    order_to(case, city.supervisor)
    event = case.events.last()
    event.verb, event.data = "due", {"clock": "order"}
    assert notices.told_of(case, event) == {To.CENTRE, To.DIRECTOR}
    assert notices.told_of(make_appeal(Status.SIGNED, city=city), event) == {To.OFFICE, To.HEAD}
