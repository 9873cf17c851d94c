"""A reorganised office passes its duties and its open appeals on: one event each, nothing lost, nothing twice."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from appeals import asking, handling, reorganisation
from appeals.models import Appeal, Clock, Event, SupportOrder, Timer
from appeals.people import actor_of
from appeals.states import Refused, Status
from chains import freshness
from chains.handbook import handbook
from chains.models import CaseFact, Department, Duty, User
from chains.taxonomy import Role, Tier
from routing.models import Notice, SpecialDay
from routing.plan import leads_of
from tests.factory import LABOUR, SCIENCE, City, actor, at, make_appeal, make_user, post_of

pytestmark = pytest.mark.django_db

BUREAU = "330800-NEW"
COUNTY = "330802-KJJ"
MOMENT, TODAY = at(9, 8, 10), date(2026, 9, 8)


@pytest.fixture
def old():
    return Department.objects.get(pk=SCIENCE)


@pytest.fixture
def new():
    return Department.objects.create(
        pk=BUREAU,
        name="衢州市科技和人才局",
        short_name="科技人才局",
        tier=Tier.CITY,
        district_id="330800",
        parent_id="330800-QFZX",
        valid_from=date(2026, 1, 1),
        position=900,
    )


@pytest.fixture
def head(new):
    return make_user(Role.HEAD, BUREAU)


def move(old, new, *, on=TODAY, moment=MOMENT):
    return reorganisation.move_office(old, new, on=on, at=moment)


def events(case):
    return list(Event.objects.filter(appeal=case, verb="move_office"))


def test_open_appeals_pass_on_with_one_event_each(old, new, head):
    city = City()
    cases = {status: make_appeal(status, city=city) for status in (*_WITH_THE_OFFICE, Status.TRIAGE, Status.CLOSED)}
    before = dict(Appeal.objects.values_list("pk", "version"))
    moved = move(old, new)
    assert (moved.led, moved.supported, moved.left) == (4, 0, [])
    for status, case in cases.items():
        after = Appeal.objects.get(pk=case.pk)
        assert after.status == status
        if status in _WITH_THE_OFFICE:
            (event,) = events(case)
            assert (event.data, event.part, event.actor) == ({"from": SCIENCE, "to": BUREAU}, "automatic", None)
            assert (event.from_status, event.to_status, event.seq) == (status, status, after.last_seq)
            assert (after.lead_id, after.version) == (BUREAU, before[case.pk] + 1)
            assert CaseFact.objects.get(number=case.number).lead == BUREAU
        else:
            assert (events(case), after.version) == ([], before[case.pk])
    assert Appeal.objects.get(status=Status.CLOSED).lead_id == SCIENCE, "what is closed stays history"


_WITH_THE_OFFICE = (Status.DISPATCHED, Status.SIGNED, Status.REPLIED, Status.VISITING)


def test_the_clocks_go_on_unchanged(old, new, head):
    make_appeal("signed")
    own = [field.attname for field in Clock._meta.concrete_fields if field.attname != "office"]
    clocks, timers = list(Clock.objects.values(*own)), list(Timer.objects.values())
    limits = Appeal.objects.values("sign_by", "contact_by", "resolve_by", "due_by", "dispatched_at").get()
    move(old, new)
    assert list(Clock.objects.values(*own)) == clocks
    assert list(Timer.objects.values()) == timers
    assert Appeal.objects.values("sign_by", "contact_by", "resolve_by", "due_by", "dispatched_at").get() == limits


def test_they_run_by_the_working_time_of_the_new_office(old, new, head):
    SpecialDay.objects.create(day=date(2026, 9, 11), is_workday=False, name="集训", department=new)
    freshness.forget()
    case = make_appeal("signed")
    move(old, new)
    assert Appeal.objects.get(pk=case.pk).resolve_by == at(9, 15, 17, 30)
    assert case.events.of_verb("calendar").count() == 1


def test_a_handler_who_moves_along_keeps_the_case(old, new, head):
    city = City()
    case = make_appeal("signed", city=city)
    post_of(city.handler, Role.HANDLER, BUREAU)
    move(old, new)
    assert Appeal.objects.get(pk=case.pk).handler == city.handler


def test_otherwise_the_new_head_goes_on_and_a_signature_is_awaited(old, new, head):
    city = City()
    signed, dispatched = make_appeal("signed", city=city), make_appeal("dispatched", city=city)
    handling.assign(dispatched, by=actor(city.head), handler=User.objects.get(pk=city.handler.pk), at=at(9, 7, 12))
    move(old, new)
    assert Appeal.objects.get(pk=signed.pk).handler == head
    assert Appeal.objects.get(pk=dispatched.pk).handler is None
    handling.sign(dispatched, by=actor_of(User.objects.get(pk=head.pk), TODAY), at=at(9, 8, 11))


def test_work_in_progress_needs_a_head_and_nothing_is_written_without(old, new):
    case = make_appeal("signed")
    with pytest.raises(Refused) as refused:
        move(old, new)
    assert case.number in str(refused.value.reason)
    assert Appeal.objects.get(pk=case.pk).lead_id == SCIENCE
    assert Duty.objects.of("科技局").ending_after(TODAY).exists()
    old.refresh_from_db()
    assert old.valid_to is None


def test_what_waits_for_its_signature_needs_no_head(old, new):
    case = make_appeal("dispatched")
    assert move(old, new).led == 1
    assert Appeal.objects.get(pk=case.pk).lead_id == BUREAU


def test_supported_appeals_pass_on_as_well(old, new):
    case = make_appeal("signed", lead=LABOUR, support=(SCIENCE,))
    both = make_appeal("signed", lead=LABOUR, support=(BUREAU, SCIENCE))
    ours = make_appeal("dispatched", lead=BUREAU, support=(SCIENCE,))
    moved = move(old, new)
    assert (moved.led, moved.supported) == (0, 3)
    assert Appeal.objects.get(pk=case.pk).supporting == [BUREAU]
    assert Appeal.objects.get(pk=both.pk).supporting == [BUREAU]
    assert Appeal.objects.get(pk=ours.pk).supporting == []
    assert [len(events(one)) for one in (case, both, ours)] == [1, 1, 1]


def test_a_support_that_is_owed_passes_on(old, new, head):
    city = City()
    case = make_appeal("signed", city=city, lead=LABOUR, support=(SCIENCE,))
    handling.ask_support(
        case, by=actor(city.holder(Role.HANDLER, LABOUR)), department=old, request="请提供意见", at=at(9, 7, 15)
    )
    move(old, new)
    assert SupportOrder.objects.get().department == new
    handling.support(case, by=actor_of(User.objects.get(pk=head.pk), TODAY), text="无意见", at=at(9, 8, 11))
    assert SupportOrder.objects.get().answered_by == head


def test_nobody_owes_a_support_to_themselves(old, new, head):
    city = City()
    case = make_appeal("signed", city=city, support=(BUREAU,))
    handling.ask_support(case, by=actor(city.handler), department=new, request="请提供意见", at=at(9, 7, 15))
    assert move(old, new).left == [case.number]
    handling.support(case, by=actor_of(User.objects.get(pk=head.pk), TODAY), text="无意见", at=at(9, 8, 11))
    again = move(old, new)
    assert (again.led, again.left) == (1, [])


def test_requests_that_wait_stay_open(old, new, head):
    city = City()
    case = make_appeal("dispatched", city=city)
    labour = Department.objects.get(pk=LABOUR)
    asking.hand_back(case, by=actor(city.handler), reason="不属我局", proposed_lead=labour, at=at(9, 7, 15))
    move(old, new)
    case = Appeal.objects.get(pk=case.pk)
    assert (case.lead_id, case.open_hand_back.proposed_lead_id) == (BUREAU, LABOUR)


def test_a_complaint_about_the_new_office_stays_and_is_listed(old, new, head):
    complaint = make_appeal("dispatched", complained_of=new)
    other = make_appeal("dispatched")
    moved = move(old, new)
    assert (moved.led, moved.left) == (1, [complaint.number])
    assert Appeal.objects.get(pk=complaint.pk).lead_id == SCIENCE
    assert events(complaint) == []
    assert Appeal.objects.get(pk=other.pk).lead_id == BUREAU


def test_a_second_run_changes_nothing(old, new, head):
    make_appeal("signed")
    move(old, new)
    rows = list(Event.objects.values()), list(Duty.objects.values()), list(Department.objects.values())
    again = move(Department.objects.get(pk=SCIENCE), new)
    assert (again.duties, again.led, again.supported, again.left) == (0, 0, 0, [])
    assert (list(Event.objects.values()), list(Duty.objects.values()), list(Department.objects.values())) == rows


def test_many_appeals_go_in_batches(old, new, head, monkeypatch):
    monkeypatch.setattr(reorganisation, "BATCH", 2)
    city = City()
    for _n in range(5):
        make_appeal("signed", city=city)
    assert move(old, new).led == 5
    assert Event.objects.of_verb("move_office").count() == 5


def test_new_office_and_enterprise_are_told(old, new, head):
    city = City()
    make_appeal("signed", city=city)
    move(old, new)
    assert set(Notice.objects.filter(kind="move_office").values_list("recipient", flat=True)) == {
        head.pk,
        city.member.pk,
    }


# The duties.


def leads(day):
    freshness.forget()
    return leads_of(handbook(day).topics["N01"])


def test_duties_pass_from_the_day_on(old, new, head):
    first = Duty.objects.of("科技局").count()
    day = date(2026, 10, 1)
    moved = move(old, new, on=day)
    assert (moved.duties, moved.waits, moved.led) == (first, True, 0)
    assert leads(date(2026, 9, 30)) == ["科技局", "经信局"]
    assert leads(day) == ["科技人才局", "经信局"]
    old.refresh_from_db()
    assert old.valid_to == day


def test_appeals_wait_for_the_day(old, new, head):
    case = make_appeal("dispatched")
    move(old, new, on=date(2026, 10, 1))
    assert Appeal.objects.get(pk=case.pk).lead_id == SCIENCE
    assert Department.objects.get(pk=COUNTY).parent_id == SCIENCE
    later = move(Department.objects.get(pk=SCIENCE), new, on=date(2026, 10, 1), moment=at(10, 9))
    assert (later.led, later.duties) == (1, 0)
    assert Department.objects.get(pk=COUNTY).parent_id == BUREAU


def test_where_the_new_office_has_the_duty_already_it_gets_no_second_one(old, new, head):
    Duty.objects.create(topic_id="N01", part="lead", position=5, office="科技人才局")
    move(old, new)
    assert leads(TODAY) == ["科技人才局", "经信局"]


def test_a_duty_that_was_to_begin_later_begins_at_the_new_office(old, new, head):
    Duty.objects.create(topic_id="V01", part="support", position=9, office="科技局", valid_from=date(2026, 12, 1))
    move(old, new)
    row = Duty.objects.get(topic="V01", position=9)
    assert (row.office, row.valid_from, row.valid_to) == ("科技人才局", date(2026, 12, 1), None)


@pytest.mark.parametrize(
    ("from_code", "to_code", "words"),
    [
        (SCIENCE, SCIENCE, "from itself"),
        ("330800-JXJ", BUREAU, "cannot end"),  # the designated fallback
        ("330800-QFZX", BUREAU, "cannot end"),  # the centre
        (SCIENCE, COUNTY, "same tier"),
    ],
)
def test_what_cannot_be_is_refused(new, in_english, from_code, to_code, words):
    offices = Department.objects.in_bulk([from_code, to_code])
    with pytest.raises(Refused) as refused:
        move(offices[from_code], offices[to_code])
    assert words in str(refused.value.reason)


def test_an_office_that_has_ended_or_not_begun_takes_nothing_over(old, new, in_english):
    with pytest.raises(Refused):
        move(old, new, on=date(2025, 12, 31))
    Department.objects.filter(pk=BUREAU).update(valid_to=TODAY)
    new.refresh_from_db()
    with pytest.raises(Refused):
        move(old, new)


def test_the_command_says_what_it_did(new, capsys):
    today = timezone.localdate()
    make_user(Role.HEAD, BUREAU)
    make_appeal("signed", filed_at=timezone.now() - timedelta(hours=5))
    call_command("move_office", "科技局", BUREAU)
    assert "appeals: 1 led, 0 supported passed on, 0 left" in capsys.readouterr().out
    assert Department.objects.get(pk=SCIENCE).valid_to == today
    with pytest.raises(CommandError, match="no office"):
        call_command("move_office", "nowhere", BUREAU)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("move_office", BUREAU, BUREAU)
