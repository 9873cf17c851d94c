"""The office's work (办理): sign, assign, contact, note, message, reply."""

import pytest

from appeals import handling, oversight, steps
from appeals.models import Appeal, Timer
from appeals.states import Refused, Status, Why
from chains.models import CaseFact
from chains.taxonomy import Role
from routing.models import Notice
from tests.factory import LABOUR, SCIENCE, City, actor, at, make_appeal, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return City()


def fresh(case):
    return Appeal.objects.get(pk=case.pk)


def verdicts(case):
    return {clock.kind: clock.verdict for clock in case.clocks.order_by("pk")}


def told(case, event):
    return set(Notice.objects.of_cause(f"{case.number}:{event.seq}").values_list("recipient", flat=True))


@pytest.mark.parametrize(("moment", "verdict"), [(at(9, 8, 17, 30), "met"), (at(9, 8, 17, 31), "late")])
def test_whoever_signs_becomes_the_handler_and_the_sign_clock_ends(city, moment, verdict):
    case = make_appeal(Status.DISPATCHED, city=city)
    event = handling.sign(case, by=actor(city.head), at=moment)
    case = fresh(case)
    assert (case.status, case.signed_at, case.handler) == (Status.SIGNED, moment, city.head)
    assert verdicts(case)["sign"] == verdict
    assert case.sign_by == at(9, 8, 17, 30), "the limit stays as a fact"
    assert told(case, event) == {city.member.pk}
    assert not Timer.objects.armed().filter(clock__appeal=case, clock__kind="sign").exists()


def test_an_assigned_handler_stays_the_handler_whoever_signs(city):
    case = make_appeal(Status.DISPATCHED, city=city)
    colleague = make_user(Role.HANDLER, SCIENCE)
    event = handling.assign(case, by=actor(city.head), handler=colleague, at=at(9, 7, 10))
    assert told(case, event) == {colleague.pk}
    handling.sign(case, by=actor(city.handler), at=at(9, 7, 11))
    assert fresh(case).handler == colleague


def test_only_people_of_the_lead_are_assigned(city):
    case = make_appeal(Status.SIGNED, city=city)
    colleague, stranger = make_user(Role.HANDLER, SCIENCE), make_user(Role.HANDLER, LABOUR)
    gone = make_user()
    for name, may in (
        (colleague.username, True),
        (stranger.username, False),
        (gone.username, False),
        ("nobody", False),
    ):
        values = {"handler": name}
        case = fresh(case)
        if may:
            assert steps.take(case, "assign", values, by=actor(city.head), version=case.version, at=at(9, 8))
            assert fresh(case).handler == colleague
            continue
        with pytest.raises(Refused) as refused:
            steps.take(case, "assign", values, by=actor(city.head), version=case.version, at=at(9, 8))
        assert refused.value.why == Why.INVALID


@pytest.mark.parametrize(
    ("signed_at", "contact_by"),
    [(at(9, 7, 10), at(9, 7, 11)), (at(9, 7, 11, 45), at(9, 7, 14, 45)), (at(9, 7, 16, 45), at(9, 8, 8, 45))],
)
def test_at_level_a_the_contact_is_due_an_hour_after_the_signature(city, signed_at, contact_by):
    case = make_appeal(Status.DISPATCHED, city=city, level="A")
    assert case.contact_by == at(9, 7, 16, 30), "one hour after the limit of signing, until signed"
    handling.sign(case, by=actor(city.handler), at=signed_at)
    case = fresh(case)
    assert case.contact_by == contact_by
    (clock,) = case.clocks.filter(kind="contact")
    assert (clock.due_at, clock.generation) == (contact_by, 2)
    armed = Timer.objects.armed().filter(clock=clock)
    assert {timer.generation for timer in armed} == {2}, "the rungs of the former limit never fire"
    assert armed.get(rung="due").due_at == contact_by


def test_the_first_contact_ends_its_clock_and_a_second_is_a_line(city):
    case = make_appeal(Status.DISPATCHED, city=city)
    handling.sign(case, by=actor(city.handler), at=at(9, 7, 10))
    handling.contact(case, by=actor(city.handler), note="电话联系，约定现场查看", at=at(9, 7, 11))
    case = fresh(case)
    assert case.contacted_at == at(9, 7, 11)
    assert verdicts(case)["contact"] == "met"
    assert case.due_by == case.resolve_by
    event = handling.contact(case, by=actor(city.handler), note="第二次联系", at=at(9, 7, 15))
    assert event.text == "第二次联系"
    assert fresh(case).contacted_at == at(9, 7, 11)
    assert CaseFact.objects.get(pk=case.number).contacted_at == at(9, 7, 11)


def test_a_note_is_hidden_from_the_enterprise_unless_shown(city):
    case = make_appeal(Status.SIGNED, city=city)
    assert handling.note(case, by=actor(city.handler), text="内部", at=at(9, 8)).internal
    assert not handling.note(case, by=actor(city.handler), text="公开", internal=False, at=at(9, 8)).internal


@pytest.mark.parametrize(
    ("status", "part", "keepers"),
    [
        (Status.TRIAGE, "member", {"triage"}),  # the centre keeps it
        (Status.DISPATCHED, "member", {"handler", "head"}),  # nobody is assigned yet
        (Status.SIGNED, "member", {"handler"}),
        (Status.DECLINED, "member", {"triage"}),
        (Status.SIGNED, "handler", {"member"}),
        (Status.TRIAGE, "triage", {"member"}),
        (Status.SIGNED, "station", {"member"}),
    ],
)
def test_a_message_reaches_who_keeps_the_case(city, status, part, keepers):
    people = {name: getattr(city, name) for name in ("triage", "handler", "head", "member")}
    people["station"] = make_user(Role.STATION, "ZZXC-GWH")
    case = make_appeal(status, city=city)
    Appeal.objects.filter(pk=case.pk).update(park="ZZXC-GWH")
    event = handling.message(case, by=actor(people[part]), text="请补充说明", at=at(9, 8))
    assert told(case, event) == {people[name].pk for name in keepers}
    assert fresh(case).version == case.version


@pytest.mark.parametrize(("moment", "verdict"), [(at(9, 14, 17, 30), "met"), (at(9, 14, 17, 31), "late")])
def test_a_reply_ends_the_resolve_clock_and_waits_for_its_review(city, moment, verdict):
    case = make_appeal(Status.SIGNED, city=city)
    event = handling.reply(case, by=actor(city.handler), outcome="partly", text="先办一半。", at=moment)
    case = fresh(case)
    assert (case.status, case.replied_at, case.reply_outcome) == (Status.REPLIED, moment, "partly")
    assert case.reply_text == event.text == "先办一半。"
    assert event.data == {"outcome": "partly"}
    assert verdicts(case)["resolve"] == verdict
    assert case.due_by == case.clocks.get(kind="review").due_at == at(9, 15, 17, 30)
    assert case.resolve_by == at(9, 14, 17, 30), "the limit stays as a fact"


def test_used_minutes_are_working_minutes_from_dispatch_to_reply(city):
    case = make_appeal(Status.SIGNED, city=city)  # dispatched on Monday at 9:30
    handling.reply(case, by=actor(city.handler), outcome="solved", text="已办。", at=at(9, 8, 10))
    assert fresh(case).used_minutes == 360 + 90
    assert CaseFact.objects.get(pk=case.number).used_minutes == 450


def test_a_reply_without_a_contact_leaves_the_contact_undone(city):
    case = make_appeal(Status.DISPATCHED, city=city)
    handling.sign(case, by=actor(city.handler), at=at(9, 7, 10))
    handling.reply(case, by=actor(city.handler), outcome="solved", text="已办。", at=at(9, 7, 11))
    case = fresh(case)
    assert case.contacted_at is None
    assert verdicts(case)["contact"] == "void", "nobody was spoken to: neither met nor late"


def test_the_reviewers_are_told_of_a_reply(city):
    case = make_appeal(Status.SIGNED, city=city)
    reviewer = city.reviewer.pk
    event = handling.reply(case, by=actor(city.handler), outcome="solved", text="已办。", at=at(9, 8))
    assert told(case, event) == {reviewer}


def test_a_reply_finishes_the_clocks_of_the_round_for_good(city):
    case = make_appeal(Status.SIGNED, city=city)
    handling.reply(case, by=actor(city.handler), outcome="solved", text="已办。", at=at(9, 8))
    oversight.sweep(at(12, 1))
    assert {event.data["clock"] for event in case.events.filter(part="automatic")} == {"review"}
