"""Appeals that belong together: merged, split, attached to a mass incident; supports, orders, conferences."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from appeals import asking, dispatch, escalation, followup, handling, linking, oversight, supervision
from appeals.linking import Part
from appeals.models import Appeal, SupportOrder
from appeals.states import Refused, Status, Why
from chains.freshness import forget
from chains.models import CaseFact, Department
from chains.taxonomy import Role
from routing.models import Notice
from tests.factory import KECHENG, LABOUR, SCIENCE, City, actor, at, make_appeal, make_user

pytestmark = pytest.mark.django_db

NOW = at(9, 8, 10)


@pytest.fixture
def city():
    return City()


def fresh(case):
    return Appeal.objects.get(pk=case.pk)


def office(code):
    return Department.objects.get(pk=code)


def refusal(step, *args, **values):
    with pytest.raises(Refused) as refused:
        step(*args, **values)
    return refused.value


class TestMerging:
    def test_a_duplicate_ends_in_the_other_and_counts_no_more(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        linking.merge(case, by=actor(city.triage), into=city.another, at=NOW)
        after = fresh(case)
        assert (after.status, after.merged_into, after.merged_from) == (Status.MERGED, city.another, "signed")
        assert CaseFact.objects.get(pk=case.number).status == "merged"
        assert oversight.sweep(at(12, 1)) and not after.events.filter(verb="due").exists()

    def test_within_seven_days_it_is_undone_with_its_clocks(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        linking.merge(case, by=actor(city.triage), into=city.another, at=NOW)
        linking.unmerge(fresh(case), by=actor(city.triage), reason="并非同一事项", at=at(9, 9, 10))
        after = fresh(case)
        assert (after.status, after.merged_into, after.ended_at) == (Status.SIGNED, None, None)
        assert after.resolve_by == at(9, 15, 17, 30)  # one workday later
        assert handling.reply(after, by=actor(city.handler), outcome="solved", text="已办", at=at(9, 9, 11))

    def test_after_seven_days_it_stays(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        linking.merge(case, by=actor(city.triage), into=city.another, at=NOW)
        late = NOW + timedelta(days=7, minutes=1)
        assert refusal(linking.unmerge, fresh(case), by=actor(city.triage), reason="…", at=late).why == Why.CONFLICT

    def test_into_what_cannot_be_it_is_refused_at_the_field(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        foreign = make_appeal(Status.SIGNED, city=City())
        ended = make_appeal(Status.WITHDRAWN, city=city)
        for target in (case, foreign, ended):
            refused = refusal(linking.merge, fresh(case), by=actor(city.triage), into=target, at=NOW)
            assert (refused.why, list(refused.errors)) == (Why.INVALID, ["into"])
        assert fresh(case).status == Status.SIGNED

    def test_two_do_not_end_in_each_other(self, city):
        one, other = make_appeal(Status.SIGNED, city=city), make_appeal(Status.SIGNED, city=city)
        linking.merge(one, by=actor(city.triage), into=other, at=NOW)
        assert refusal(linking.merge, other, by=actor(city.triage), into=fresh(one), at=NOW).why == Why.INVALID


class TestSplitting:
    def test_each_part_is_an_appeal_of_its_own_with_the_same_filer(self, city):
        case = make_appeal(city=city, contact_phone="13857001234")
        parts = [Part("招不到技工", "缺二十名焊工。"), Part("贷款被拒", "银行不批流动资金贷款。")]
        event = linking.split(case, by=actor(city.triage), parts=parts, at=NOW)
        made = list(Appeal.objects.split_off(case).order_by("pk"))
        assert [one.title for one in made] == ["招不到技工", "贷款被拒"]
        assert event.data == {"parts": [one.number for one in made]}
        assert {(one.enterprise_id, one.filed_by_id, one.filed_at) for one in made} == {
            (case.enterprise_id, case.filed_by_id, NOW)
        }
        assert [one.contact_phone for one in made] == [case.contact_phone] * 2
        assert fresh(case).status == Status.TRIAGE
        assert [one.events.get().verb for one in made] == ["file", "file"]

    @pytest.mark.parametrize("count", [0, 5])
    def test_into_none_or_five_it_is_not_split(self, city, count):
        case = make_appeal(city=city)
        parts = [Part(f"第{n}项", "…") for n in range(count)]
        assert refusal(linking.split, case, by=actor(city.triage), parts=parts, at=NOW).why == Why.INVALID
        assert Appeal.objects.count() == 1

    def test_nothing_is_split_twice_nor_a_part_again(self, city):
        case = make_appeal(city=city)
        linking.split(case, by=actor(city.triage), parts=[Part("一", "…")], at=NOW)
        part = Appeal.objects.split_off(case).get()
        assert refusal(linking.split, fresh(case), by=actor(city.triage), parts=[Part("二", "…")], at=NOW)
        # A part of two signs is nothing the machine could be sure of.
        assert part.status == Status.TRIAGE
        assert refusal(linking.split, part, by=actor(city.triage), parts=[Part("二", "…")], at=NOW)


class TestMassIncident:
    def incident(self, city, status=Status.DISPATCHED):
        """A leading appeal and two of other enterprises attached to it, all with the same office."""
        leading = make_appeal(status, city=city)
        children = [make_appeal(status, city=neighbour(city)) for _ in range(2)]
        for child in children:
            linking.attach(child, by=actor(city.triage), to=leading, at=NOW)
        return leading, children

    def test_signing_contact_progress_and_reply_of_the_leading_one_reach_all(self, city):
        leading, children = self.incident(city)
        handler = actor(city.handler)
        handling.sign(leading, by=handler, at=NOW)
        handling.contact(fresh(leading), by=handler, note="已逐户联系", at=NOW)
        handling.progress(fresh(leading), by=handler, text="供电公司已派员", at=NOW)
        handling.reply(fresh(leading), by=handler, outcome="solved", text="线路已修复。", at=NOW)
        followup.review(fresh(leading), by=actor(city.reviewer), passed=True, at=NOW)
        for child in children:
            after = fresh(child)
            assert (after.status, after.reply_text) == (Status.VISITING, "线路已修复。")
            verbs = [event.verb for event in after.events.all()]
            assert verbs[-5:] == ["sign", "contact", "progress", "reply", "review"]
            assert {event.data["parent"] for event in after.events.all()[3:]} == {leading.number}
        told = Notice.objects.filter(kind="review", recipient__memberships__enterprise=children[0].enterprise)
        assert told.exists()

    def test_each_enterprise_rates_its_own(self, city):
        leading, (one, other) = self.incident(city, Status.VISITING)
        followup.rate(one, by=actor(member_of(one)), solved="no", stars=1, at=NOW)
        followup.rate(other, by=actor(member_of(other)), solved="yes", stars=5, at=NOW)
        assert [fresh(case).status for case in (leading, one, other)] == ["visiting", "signed", "closed"]

    def test_one_that_stands_elsewhere_is_left_as_it_is(self, city):
        leading, (one, other) = self.incident(city)
        handling.sign(one, by=actor(city.handler), at=NOW)
        before = one.events.count()
        handling.sign(leading, by=actor(city.handler), at=NOW)
        assert (fresh(other).status, one.events.count()) == (Status.SIGNED, before)

    def test_there_are_no_incidents_within_incidents(self, city):
        leading, (one, _other) = self.incident(city)
        third = make_appeal(Status.SIGNED, city=city)
        for case, to in ((leading, third), (third, one), (third, third)):
            assert refusal(linking.attach, fresh(case), by=actor(city.triage), to=fresh(to), at=NOW)
        assert fresh(third).parent is None

    def test_a_step_refused_for_the_leading_one_touches_nobody(self, city):
        leading, children = self.incident(city)
        assert refusal(handling.reply, leading, by=actor(city.handler), outcome="solved", text="…", at=NOW)
        assert {fresh(child).status for child in children} == {Status.DISPATCHED}


def neighbour(city) -> City:
    """The same offices and officers, another enterprise."""
    other = City()
    other._people = {name: person for name, person in city._people.items() if name != "member"}
    return other


def member_of(case):
    return case.enterprise.memberships.get().user


class TestSupport:
    def ask(self, case, city, code=LABOUR, moment=NOW):
        return handling.ask_support(
            case, by=actor(city.handler), department=office(code), request="请核实社保", at=moment
        )

    def test_the_office_is_asked_sees_the_case_and_answers_before_the_lead_replies(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        supporter = actor(city.supporter)
        assert not Appeal.objects.visible_to(supporter, NOW).exists()
        self.ask(case, city)
        assert Appeal.objects.visible_to(supporter, NOW).exists()
        assert Notice.objects.filter(recipient=city.supporter, kind="ask_support").exists()
        reply = {"by": actor(city.handler), "outcome": "solved", "text": "已办", "at": NOW}
        assert refusal(handling.reply, fresh(case), **reply).why == Why.CONFLICT
        version = fresh(case).version
        handling.support(fresh(case), by=supporter, text="已核实", version=version, at=NOW)
        assert fresh(case).version == version
        assert SupportOrder.objects.get().answered_by == city.supporter
        assert case.clocks.get(kind="support").verdict == "met"
        assert handling.reply(fresh(case), **reply)

    def test_after_three_workdays_the_lead_need_not_wait_any_longer(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        self.ask(case, city)
        late = at(9, 11, 17, 31)
        assert handling.reply(fresh(case), by=actor(city.handler), outcome="solved", text="已办", at=late)
        assert case.clocks.get(kind="support").verdict == "void"

    def test_two_offices_have_their_own_clocks_and_answers(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        self.ask(case, city)
        self.ask(fresh(case), city, "330800-FGW", at(9, 8, 11))
        handling.support(fresh(case), by=actor(city.supporter), text="已核实", at=at(9, 8, 12))
        assert list(case.supports.waiting().values_list("department", flat=True)) == ["330800-FGW"]
        assert case.clocks.running().of_kind("support").get().subject == "330800-FGW"

    def test_neither_the_lead_nor_twice_nor_the_complained_of(self, city):
        case = make_appeal(Status.SIGNED, city=city, complained_of=office("330800-FGW"))
        self.ask(case, city)
        for code in (SCIENCE, LABOUR, "330800-FGW"):
            assert list(refusal(self.ask, fresh(case), city, code).errors) == ["department"]

    def test_a_late_support_is_chased_and_does_not_redden_the_case(self, city):
        case, supporter = make_appeal(Status.SIGNED, city=city, level="C"), city.supporter
        self.ask(case, city)
        late = at(9, 14, 9)
        assert not Appeal.objects.late(late).filter(pk=case.pk).exists()
        oversight.sweep(late)
        assert Notice.objects.filter(recipient=supporter, kind="rung", params__rung="due").exists()


class TestOversight:
    def test_an_order_is_answered_by_whoever_holds_the_case(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        supervision.supervise(case, by=actor(city.supervisor), order="请说明", answer_by=date(2026, 9, 10), at=NOW)
        assert (fresh(case).open_orders, fresh(case).orders.get().answer_by) == (1, at(9, 10, 17, 30))
        assert Appeal.objects.visible_to(actor(city.supervisor), NOW).exists()
        supervision.answer_supervision(fresh(case), by=actor(city.handler), text="正在办", at=at(9, 9, 9))
        assert (fresh(case).open_orders, case.clocks.get(kind="order").verdict) == (0, "met")
        assert Notice.objects.filter(recipient=city.supervisor, kind="answer_supervision").exists()

    @pytest.mark.parametrize("day", [date(2026, 9, 7), date(2026, 9, 12), date(2036, 1, 1)])
    def test_an_order_wants_its_answer_on_a_workday_to_come(self, city, day):
        case = make_appeal(Status.SIGNED, city=city)
        refused = refusal(supervision.supervise, case, by=actor(city.supervisor), order="…", answer_by=day, at=NOW)
        assert list(refused.errors) == ["answer_by"]

    def test_a_county_case_goes_to_the_city_and_the_resolve_limit_stays(self, city):
        county = f"{KECHENG}-RSJ"
        case = make_appeal(Status.SIGNED, city=city, lead=county)
        due = case.resolve_by
        escalation.escalate(case, by=actor(city.director), reason="本级无法解决", at=NOW)
        after = fresh(case)
        assert (after.status, after.lead_id, after.handler) == (Status.DISPATCHED, LABOUR, None)
        assert (county in after.supporting, after.resolve_by) == (True, due)
        assert (after.sign_by, after.contacted_at) == (at(9, 9, 17, 30), None)

    def test_a_city_case_stays_goes_to_a_conference_and_then_to_a_leader(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        busy = make_user(Role.LEADER)
        Appeal.objects.filter(pk=city.another.pk).update(owner=busy)
        leader = city.leader
        escalation.escalate(case, by=actor(city.director), reason="难", at=NOW)
        assert (fresh(case).status, fresh(case).lead_id) == (Status.SIGNED, SCIENCE)
        assert Appeal.objects.listed_to(actor(leader), NOW).filter(pk=case.pk).exists()
        escalation.confer(
            fresh(case),
            by=actor(city.director),
            departments=[office(LABOUR)],
            on=date(2026, 9, 10),
            agenda="研究",
            at=NOW,
        )
        assert fresh(case).supporting == [LABOUR]
        escalation.conclude(fresh(case), by=actor(city.director), text="由市领导包案", at=at(9, 10, 15))
        after = fresh(case)
        assert after.owner == leader  # the other one owns a case already
        assert after.clocks.running().of_kind("progress").get().due_at == at(9, 17, 17, 30)
        assert not Appeal.objects.listed_to(actor(busy), NOW).filter(pk=case.pk).exists()
        asking.ask_extension(
            after,
            by=actor(city.handler),
            until=date(2026, 9, 18),
            reason="…",
            words_to_enterprise="…",
            at=at(9, 10, 16),
        )
        decide = {"granted": True, "reason": "同意", "at": at(9, 10, 17)}
        assert refusal(asking.decide_extension, fresh(case), by=actor(city.triage), **decide).why == Why.FORBIDDEN
        assert asking.decide_extension(fresh(case), by=actor(leader), **decide)

    def test_a_conference_is_not_in_the_past_and_without_the_complained_of(self, city):
        case = make_appeal(Status.SIGNED, city=city, complained_of=office(LABOUR))
        call = {"by": actor(city.director), "agenda": "…", "at": NOW}
        late = {"departments": [office("330800-FGW")], "on": date(2026, 9, 7)}
        complained = {"departments": [office(LABOUR)], "on": date(2026, 9, 9)}
        assert list(refusal(escalation.confer, case, **call, **late).errors) == ["on"]
        assert list(refusal(escalation.confer, case, **call, **complained).errors) == ["departments"]


class TestEnterprisesWord:
    def test_urging_is_for_once_a_workday(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        followup.urge(case, by=actor(city.member), text="请加快", at=NOW)
        again = refusal(followup.urge, fresh(case), by=actor(city.member), text="请加快", at=at(9, 8, 17))
        assert again.why == Why.LIMITED
        assert again.retry_after == (at(9, 9, 0) - at(9, 8, 17)).total_seconds()
        assert followup.urge(fresh(case), by=actor(city.member), text="请加快", at=at(9, 9, 0, 1))

    def test_a_weekend_belongs_to_the_friday(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        followup.urge(case, by=actor(city.member), text="请加快", at=at(9, 11, 16))
        assert refusal(followup.urge, fresh(case), by=actor(city.member), text="…", at=at(9, 12, 9)).why == Why.LIMITED
        assert followup.urge(fresh(case), by=actor(city.member), text="…", at=at(9, 14, 9))

    def test_a_direct_answer_is_the_centres_reviewed_and_back_in_triage_if_it_was_none(self, city):
        case = make_appeal(city=city)
        dispatch.answer(case, by=actor(city.triage), text="请登录平台查询。", at=at(9, 7, 10))
        after = fresh(case)
        assert (after.status, after.lead_id, after.level) == (Status.REPLIED, "330800-QFZX", "S")
        assert after.signed_at == after.contacted_at == after.replied_at == at(9, 7, 10)
        assert (after.sign_by, after.resolve_by) == (at(9, 7, 11), at(9, 8, 17, 30))
        followup.review(after, by=actor(city.reviewer), passed=True, at=at(9, 7, 11))
        followup.rate(fresh(case), by=actor(city.member), solved="no", stars=1, at=NOW)
        again = fresh(case)
        assert (again.status, again.round, again.lead, again.direct) == (Status.TRIAGE, 2, None, False)
        assert again.clocks.running().get().round == 2

    def test_a_direct_answer_sent_back_is_written_anew(self, city):
        case = make_appeal(city=city)
        dispatch.answer(case, by=actor(city.triage), text="请登录平台查询。", at=at(9, 7, 10))
        followup.review(fresh(case), by=actor(city.reviewer), passed=False, note="未答所问", at=at(9, 7, 11))
        after = fresh(case)
        assert (after.status, after.replied_at, after.reply_text, after.round) == (Status.TRIAGE, None, "", 1)

    def test_reopened_within_thirty_days_twice_at_most(self, city):
        case = make_appeal(Status.CLOSED, city=city)
        followup.reopen(case, by=actor(city.member), reason="又停电了", at=at(9, 20))
        after = fresh(case)
        assert (after.status, after.round, after.closed_at, after.reopen_count) == (Status.SIGNED, 2, None, 1)
        fact = CaseFact.objects.get(pk=case.number)
        assert (fact.closed_at, fact.reopen_count, fact.failed_leads) == (None, 1, [SCIENCE])
        assert refusal(followup.reopen, after, by=actor(city.member), reason="…", at=at(9, 20)).why == Why.CONFLICT

    def test_after_thirty_days_a_new_appeal_is_linked(self, city):
        case = make_appeal(Status.CLOSED, city=city)
        late = case.closed_at + timedelta(days=30, minutes=1)
        assert refusal(followup.reopen, case, by=actor(city.member), reason="…", at=late).why == Why.CONFLICT

    def test_a_false_closure_reopens_and_weighs(self, city):
        case = make_appeal(Status.CLOSED, city=city)
        moment = timezone.localtime(at(10, 30))
        followup.find_false_closure(case, by=actor(city.director), reason="现场未整改", at=moment)
        fact = CaseFact.objects.get(pk=case.number)
        assert (fact.status, fact.false_closure, fact.false_closure_at) == ("signed", True, moment)

    def test_reopened_after_its_office_has_ended_it_goes_to_the_centre(self, city):
        case = make_appeal(Status.CLOSED, city=city)
        Department.objects.filter(pk=SCIENCE).update(valid_to=date(2026, 9, 10))
        forget()
        followup.reopen(case, by=actor(city.member), reason="又停电了", at=at(9, 20))
        assert (fresh(case).status, fresh(case).lead, fresh(case).round) == (Status.TRIAGE, None, 2)
