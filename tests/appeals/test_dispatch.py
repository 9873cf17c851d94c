"""Triage and dispatch (研判, 交办), the hand-back (退回) and its decision."""

import pytest

from appeals import asking, dispatch, followup, handling, oversight
from appeals.models import Appeal, Clock, Request, Timer
from appeals.states import Refused, Status, Why
from chains.models import CaseFact, Department, Topic
from chains.taxonomy import Level, Role
from routing.models import Label, Notice
from tests.factory import CENTRE, LABOUR, PARK, SCIENCE, City, actor, at, make_appeal, make_user

pytestmark = pytest.mark.django_db

FILED = at(9, 7)  # a Monday; the factory dispatches at 9:30, signs at 10:00, contacts at 10:30
GIVEN = at(9, 7, 9, 30)


@pytest.fixture
def city():
    return City()


def office(code):
    return Department.objects.get(pk=code)


def give(case, city, *, lead=SCIENCE, level="B", topic="N01", moment=GIVEN, **more):
    topic = Topic.objects.get(pk=topic)
    event = dispatch.dispatch(
        case, by=actor(city.triage), topic=topic, level=level, lead=office(lead), at=moment, **more
    )
    return Appeal.objects.get(pk=case.pk), event


ASKED, DECIDED = at(9, 8, 9), at(9, 8, 15)


def hand_back(case, city, moment=ASKED):
    asking.hand_back(case, by=actor(city.handler), reason="不属我局职责", proposed_lead=office(LABOUR), at=moment)
    return Appeal.objects.get(pk=case.pk)


def decide(case, by, *, granted, moment=DECIDED):
    asking.decide_hand_back(case, by=actor(by), granted=granted, reason="已核实", at=moment)
    return Appeal.objects.get(pk=case.pk)


def clocks_of(case):
    return {clock.kind: clock.verdict for clock in case.clocks.order_by("pk")}


def told(event_or_cause):
    return set(Notice.objects.of_cause(event_or_cause).values_list("recipient", flat=True))


@pytest.mark.parametrize(
    ("level", "sign_by", "contact_by", "resolve_by"),
    [
        (Level.S, at(9, 7, 11, 30), at(9, 7, 11, 30), at(9, 8, 17, 30)),
        (Level.A, at(9, 7, 15, 30), at(9, 7, 16, 30), at(9, 10, 17, 30)),
        (Level.B, at(9, 8, 17, 30), at(9, 8, 17, 30), at(9, 14, 17, 30)),
        (Level.C, at(9, 8, 17, 30), at(9, 8, 17, 30), at(9, 28, 17, 30)),
        (Level.D, at(9, 8, 17, 30), at(9, 8, 17, 30), at(12, 4, 17, 30)),
        (Level.L, at(9, 8, 17, 30), at(9, 8, 17, 30), at(9, 30, 17, 30)),
    ],
)
def test_a_dispatch_starts_the_clocks_of_its_level(city, level, sign_by, contact_by, resolve_by):
    case, _event = give(make_appeal(city=city), city, level=level)
    assert (case.status, case.level, case.lead_id) == (Status.DISPATCHED, level, SCIENCE)
    assert (case.sign_by, case.contact_by, case.resolve_by) == (sign_by, contact_by, resolve_by)
    assert (case.decided_by, case.dispatched_by, case.dispatched_at) == ("person", city.triage, GIVEN)
    assert case.hand_back_by == at(9, 9, 17, 30)
    assert clocks_of(case) == {"triage": "met", "sign": "", "contact": "", "resolve": ""}


def test_a_late_triage_is_late(city):
    case, _event = give(make_appeal(city=city), city, moment=at(9, 7, 15, 1))
    assert clocks_of(case)["triage"] == "late"


def test_the_timers_of_the_triage_clock_are_cancelled(city):
    case = make_appeal(city=city)
    assert Timer.objects.armed().filter(clock__appeal=case).count() == 5
    give(case, city)
    armed = Timer.objects.armed().filter(clock__appeal=case)
    assert set(armed.values_list("clock__kind", flat=True)) == {"sign", "contact", "resolve"}


def test_a_dispatch_says_what_was_chosen_and_what_had_been_proposed(city):
    case = make_appeal(city=city)
    _case, event = give(case, city, topic="H05", lead=LABOUR)
    assert event.data == {
        "topic": "H05",
        "level": "B",
        "lead": LABOUR,
        "support": [],
        "suggested": case.candidates[0]["topic"],
    }


def test_what_a_person_decided_teaches_the_classifier_and_the_last_word_counts(city):
    case = make_appeal(city=city)
    case, _event = give(case, city, topic="H05")
    give(decide(hand_back(case, city), city.director, granted=True), city, topic="N01", moment=at(9, 8, 16))
    (label,) = Label.objects.all()
    assert (label.number, label.topic_id, label.author, label.source) == (case.number, "N01", city.triage, "dispatch")
    assert (label.title, label.description, label.at) == (case.title, case.description, at(9, 8, 16))


def test_office_and_enterprise_are_told(city):
    people = {city.handler.pk, city.head.pk, city.member.pk}
    case, event = give(make_appeal(city=city), city)
    assert told(f"{case.number}:{event.seq}") == people


def test_helpers_are_kept_but_for_lead_and_complained_of(city):
    helpers = [office(code) for code in (SCIENCE, LABOUR, PARK)]
    case, _event = give(make_appeal(city=city), city, support=helpers, complained_of=office(LABOUR))
    assert case.supporting == [PARK]
    assert case.complained_of_id == LABOUR


def test_the_complained_of_office_cannot_lead(city):
    case = make_appeal(city=city, complained_of=office(SCIENCE))
    with pytest.raises(Refused) as refused:
        give(case, city)
    assert refused.value.why == Why.INVALID
    assert "lead" in refused.value.errors
    with pytest.raises(Refused):
        give(case, city, lead=LABOUR, complained_of=office(LABOUR))
    assert Appeal.objects.get(pk=case.pk).status == Status.TRIAGE


def test_a_declined_appeal_says_why_and_runs_no_more(city):
    case = make_appeal(city=city)
    event = dispatch.decline(
        case, by=actor(city.triage), ground="litigation", explanation="请向人民法院提出。", at=GIVEN
    )
    case = Appeal.objects.get(pk=case.pk)
    assert (case.status, case.ended_at, case.due_by) == (Status.DECLINED, GIVEN, None)
    assert (event.text, event.data) == ("请向人民法院提出。", {"ground": "litigation"})
    assert clocks_of(case) == {"triage": "met"}
    assert not Timer.objects.armed().filter(clock__appeal=case).exists()
    assert told(f"{case.number}:{event.seq}") == {city.member.pk}


def test_a_hand_back_leaves_the_clocks_running_until_it_is_decided(city):
    before = make_appeal(Status.DISPATCHED, city=city)
    case = hand_back(before, city)
    assert case.status == Status.DISPATCHED
    assert (case.sign_by, case.resolve_by) == (before.sign_by, before.resolve_by)
    assert clocks_of(case) == {"triage": "met", "sign": "", "contact": "", "resolve": "", "hand_back": ""}
    assert case.clocks.get(kind="hand_back").due_at == at(9, 9, 17, 30)
    line = case.events.latest("seq")
    assert (line.verb, line.internal, line.data) == ("hand_back", True, {"proposed_lead": LABOUR})


def test_the_centre_is_told_of_a_hand_back_and_the_office_of_its_decision(city):
    people = {city.handler.pk, city.head.pk}
    centre = city.triage.pk
    case = hand_back(make_appeal(Status.DISPATCHED, city=city), city)
    assert told(f"{case.number}:{case.last_seq}") == {centre}
    case = decide(case, city.director, granted=True)
    assert told(f"{case.number}:{case.last_seq}") == people


@pytest.mark.parametrize("status", [Status.DISPATCHED, Status.SIGNED])
def test_granted_it_is_nobodys_case_again(city, status):
    case = make_appeal(Status.DISPATCHED, city=city)
    if status == Status.SIGNED:
        handling.sign(case, by=actor(city.handler), at=at(9, 7, 11))
    proposals = case.candidates
    case = decide(hand_back(case, city), city.director, granted=True)
    assert (case.status, case.lead, case.handler, case.supporting) == (Status.TRIAGE, None, None, [])
    assert (case.dispatched_at, case.dispatched_by, case.decided_by) == (None, None, "")
    assert (case.signed_at, case.contacted_at, case.used_minutes) == (None, None, None)
    assert (case.sign_by, case.contact_by, case.resolve_by, case.hand_back_by) == (None, None, None, None)
    assert case.triage_by == at(9, 9, 10), "four working hours from the decision"
    assert case.due_by == case.triage_by
    assert (case.hand_backs_granted, case.hand_backs_lost, case.failed_leads) == (1, 0, [])
    assert case.candidates == proposals, "what the classifier proposed stays"
    verdicts = set(case.clocks.filter(kind__in=["contact", "resolve"]).values_list("verdict", flat=True))
    assert verdicts == {"void"}, "ended without a verdict"
    assert case.clocks.get(kind="hand_back").verdict == "met"
    assert [clock.kind for clock in case.clocks.running()] == ["triage"]
    assert CaseFact.objects.get(pk=case.number).lead == ""


def test_given_to_another_office_everything_runs_anew_and_the_filing_stays(city):
    case = decide(hand_back(make_appeal(Status.DISPATCHED, city=city), city), city.director, granted=True)
    case, _event = give(case, city, lead=LABOUR, moment=at(9, 9, 10))
    assert (case.lead_id, case.round, case.filed_at) == (LABOUR, 1, FILED)
    assert (case.sign_by, case.contact_by, case.resolve_by) == (at(9, 10, 17, 30), at(9, 10, 17, 30), at(9, 16, 17, 30))
    assert case.hand_back_by == at(9, 11, 17, 30)
    other = make_user(Role.HANDLER, LABOUR)
    handling.sign(case, by=actor(other), at=at(9, 9, 11))
    asking.hand_back(case, by=actor(other), reason="也不属我局", proposed_lead=office(SCIENCE), at=at(9, 9, 11, 30))
    assert Appeal.objects.get(pk=case.pk).open_hand_back, "another office may hand it back as well"


def test_refused_it_stays_with_the_office_for_good(city):
    before = make_appeal(Status.DISPATCHED, city=city)
    case = decide(hand_back(before, city), city.director, granted=False)
    assert (case.status, case.lead_id) == (Status.DISPATCHED, SCIENCE)
    assert (case.resolve_by, case.sign_by) == (before.resolve_by, before.sign_by)
    assert (case.hand_backs_lost, case.failed_leads) == (1, [SCIENCE])
    assert "hand_back" not in [clock.kind for clock in case.clocks.running()]
    fact = CaseFact.objects.get(pk=case.number)
    assert (fact.hand_backs_lost, fact.failed_leads) == (1, [SCIENCE])
    with pytest.raises(Refused):
        hand_back(case, city, at(9, 8, 16))


def test_who_dispatched_does_not_decide_and_the_director_does(city):
    case = hand_back(make_appeal(Status.DISPATCHED, city=city), city)
    with pytest.raises(Refused):
        decide(case, city.triage, granted=True)
    assert decide(case, city.director, granted=True).status == Status.TRIAGE


def test_another_triage_officer_decides(city):
    case = hand_back(make_appeal(Status.DISPATCHED, city=city), city)
    assert decide(case, make_user(Role.TRIAGE, CENTRE), granted=True).status == Status.TRIAGE


def test_a_decision_keeps_who_when_and_why(city):
    case = decide(hand_back(make_appeal(Status.DISPATCHED, city=city), city), city.director, granted=True)
    asked = Request.objects.get()
    assert (asked.asked_by, asked.asked_at, asked.reason) == (city.handler, at(9, 8, 9), "不属我局职责")
    assert (asked.decided_by, asked.decided_at, asked.granted) == (city.director, at(9, 8, 15), True)
    assert asked.decision == "已核实"
    assert case.events.latest("seq").data == {"granted": True, "lead": SCIENCE, "proposed_lead": LABOUR}


@pytest.mark.parametrize(("moment", "may"), [(at(9, 9, 17, 30), True), (at(9, 9, 17, 31), False)])
def test_the_second_workday_is_the_last_to_hand_back(city, moment, may):
    case = make_appeal(Status.DISPATCHED, city=city)
    if may:
        assert hand_back(case, city, moment).open_hand_back
    else:
        with pytest.raises(Refused):
            hand_back(case, city, moment)


def test_after_the_first_contact_it_is_too_late(city):
    case = make_appeal(Status.SIGNED, city=city)
    with pytest.raises(Refused):
        hand_back(case, city)


@pytest.mark.parametrize("proposed", [SCIENCE, LABOUR])
def test_neither_oneself_nor_the_complained_of_office_is_proposed(city, proposed):
    case = make_appeal(Status.DISPATCHED, city=city, complained_of=office(LABOUR))
    with pytest.raises(Refused) as refused:
        asking.hand_back(case, by=actor(city.handler), reason="…", proposed_lead=office(proposed), at=at(9, 8))
    assert "proposed_lead" in refused.value.errors
    assert not Request.objects.exists()


def test_withdrawn_meanwhile_a_hand_back_lapses(city):
    case = hand_back(make_appeal(Status.DISPATCHED, city=city), city)
    followup.withdraw(case, by=actor(city.member), reason="不用了", at=at(9, 8, 10))
    asked = Request.objects.get()
    assert (asked.decided_at, asked.decided_by, asked.granted) == (at(9, 8, 10), None, None)
    assert not Request.objects.waiting().exists()
    assert not Clock.objects.running().filter(appeal=case).exists()
    oversight.sweep(at(12, 1))
    assert case.events.latest("seq").verb == "withdraw", "a finished clock fires nothing"
