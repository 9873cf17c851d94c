"""Accepting an appeal (受理), below the API: what is written, where it goes at once, what a person has to see."""

from collections import Counter

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from stdnum.iso7064 import mod_11_10

from appeals import intake, reading
from appeals.intake import Filing, number_of
from appeals.models import Appeal, Clock, Timer
from appeals.scope import overdue
from appeals.states import Refused, Status, Why
from appeals.texts import cleaned
from chains.models import CaseFact, Department, District
from chains.taxonomy import Role
from routing.models import Notice
from tests.factory import (
    CENTRE,
    KECHENG,
    PARK,
    SCIENCE,
    City,
    actor,
    at,
    make_appeal,
    make_enterprise,
    make_member,
    make_user,
)

pytestmark = pytest.mark.django_db

NOW = at(9, 7)
# A matter that leaves no doubt: 高企 after a move from another city, answered by the science bureau.
SURE = {
    "title": "从杭州搬到衢江，原来的高新资格还认不认",
    "description": "我们公司整体搬迁到衢江区，杭州那边的高企证书还有两年有效期。"
    "跨市迁移后资格是否继续有效、需要向哪个处室备案、要交哪些材料，请答复。",
}


@pytest.fixture
def city():
    return City()


def file(city, at=NOW, **changes) -> Appeal:
    filing = Filing(**{**SURE, "enterprise": city.enterprise, **changes})
    return Appeal.objects.get(pk=intake.accept(filing, by=actor(city.member), at=at).pk)


def test_a_sure_appeal_is_with_its_office_at_once(city):
    case = file(city)
    assert (case.status, case.topic_id, case.lead_id, case.level) == (Status.DISPATCHED, "N01", SCIENCE, "A")
    assert (case.decided_by, case.dispatched_by, case.handler) == ("auto", None, None)
    assert case.dispatched_at == case.filed_at == NOW
    assert (case.sign_by, case.contact_by) == (at(9, 7, 15), at(9, 7, 16))
    assert (case.resolve_by, case.hand_back_by, case.triage_by) == (at(9, 10, 17, 30), at(9, 9, 17, 30), None)
    assert case.due_by == case.sign_by
    assert (case.version, case.round, case.last_seq) == (1, 1, 1)


def test_its_clocks_run_and_their_rungs_are_armed(city):
    case = file(city)
    running = {clock.kind: (clock.started_at, clock.due_at) for clock in case.clocks.running()}
    assert running == {
        "sign": (NOW, case.sign_by),
        "contact": (NOW, case.contact_by),
        "resolve": (NOW, case.resolve_by),
    }
    armed = Counter(Timer.objects.armed().filter(clock__appeal=case).values_list("rung", flat=True))
    assert armed == {"yellow": 3, "due": 3, "plus1": 3, "plus3": 3, "plus5": 3}


def test_its_first_line_says_how_it_was_decided(city):
    case = file(city)
    (event,) = case.events.all()
    assert (event.verb, event.seq, event.at, event.part, event.actor) == ("file", 1, NOW, "member", city.member)
    assert (event.from_status, event.to_status, event.round) == ("", "dispatched", 1)
    assert event.data["automatic"] is True
    assert event.data["lead"] == SCIENCE


@pytest.mark.parametrize(
    "doubt",
    [
        {"urgent": True},
        {"complained_of": "330800-RSJ"},  # sensitive
        {"wants_person": True},
        {"title": "想问一下", "description": "你们那边今天天气怎么样，食堂有什么好吃的？"},  # out of scope
        {"title": "窗口说话很难听", "description": "政务大厅窗口工作人员态度恶劣，拖着不办，踢皮球推来推去。"},  # V04
        {
            "title": "国企欠我们工程款",
            "description": "县城投公司拖欠我公司货款和工程款两年，发票早就开了，催了不付。",
        },  # C07
    ],
)
def test_what_is_not_sure_sensitive_or_urgent_waits_for_a_person(city, doubt):
    if office := doubt.get("complained_of"):
        doubt = {"complained_of": Department.objects.get(pk=office)}
    case = file(city, **doubt)
    assert (case.status, case.lead, case.decided_by) == (Status.TRIAGE, None, "")
    assert (case.sign_by, case.contact_by, case.resolve_by) == (None, None, None)
    assert case.triage_by == (at(9, 7, 9, 15) if case.urgent else at(9, 7, 15))
    assert [clock.kind for clock in case.clocks.running()] == ["triage"] + ["measure"] * case.urgent
    assert len(case.candidates) == 5, "the best ones are proposed"


def test_it_goes_to_the_county_of_the_appeal_and_by_default_of_the_enterprise(city):
    assert file(city, district=District.objects.get(pk=KECHENG)).lead_id == "330802-KJJ"
    member = make_member(make_enterprise(district_id="330881"))
    filing = Filing(**SURE, enterprise=member.memberships.get().enterprise)
    assert intake.accept(filing, by=actor(member), at=NOW).lead_id == "330881-KJJ"


def test_it_keeps_park_and_industry_of_the_enterprise():
    member = make_member(make_enterprise(district_id="ZZXC", park_id=PARK, industry_id="NEWMAT"))
    case = intake.accept(Filing(**SURE, enterprise=member.memberships.get().enterprise), by=actor(member), at=NOW)
    assert (case.district_id, case.park_id, case.industry_id) == ("ZZXC", PARK, "NEWMAT")


def test_facts_are_folded_with_the_filing(city):
    case = file(city)
    fact = CaseFact.objects.get(pk=case.number)
    assert (fact.status, fact.chain, fact.lead, fact.filed_at) == ("dispatched", "innovation", SCIENCE, NOW)
    assert fact.resolve_by == case.resolve_by
    assert not fact.withheld


def test_the_office_is_told_of_what_it_got_and_the_centre_of_what_is_urgent(city):
    told = (city.handler, city.head, city.triage)
    case = file(city)
    assert set(Notice.objects.of_cause(f"{case.number}:1").values_list("recipient", flat=True)) == {
        city.handler.pk,
        city.head.pk,
    }
    urgent = file(city, urgent=True)
    notices = Notice.objects.of_cause(f"{urgent.number}:1")
    assert [(notice.recipient, notice.urgent) for notice in notices] == [(told[2], True)]


@pytest.mark.parametrize(
    ("moment", "serial", "number"),
    [
        (at(9, 7), 1, "QY20260907000001"),
        (at(9, 7), 1_000_001, "QY20260907000001"),  # one sequence, modulo a million
        (at(1, 1, 0, 30, year=2027), 999_999, "QY20270101999999"),  # the day is Shanghai's, not UTC's
    ],
)
def test_a_number_is_day_serial_and_check_digit(moment, serial, number):
    found = number_of(moment, serial)
    assert found[:-1] == number
    assert len(found) == 17
    assert mod_11_10.is_valid(found[2:])


def test_numbers_come_from_one_sequence(city):
    one, other = file(city).number, file(city).number
    assert int(other[10:16]) == int(one[10:16]) + 1


def test_phone_and_name_are_ciphertext_in_the_database(city):
    case = file(city, contact_name="王小明", contact_phone="13800138000")
    with connection.cursor() as cursor:
        cursor.execute("SELECT contact_name, contact_phone FROM appeals_appeal WHERE id = %s", [case.pk])
        name, phone = map(bytes, cursor.fetchone())
        cursor.execute("SELECT a::text FROM appeals_appeal a WHERE id = %s", [case.pk])
        (row,) = cursor.fetchone()
    assert "王小明".encode() not in name
    assert b"138" not in phone
    assert name.startswith(b"gAAAA"), "Fernet"
    assert "13800138000" not in row
    assert (case.contact_name, case.contact_phone) == ("王小明", "13800138000")
    assert file(city).contact_phone == ""


def test_a_new_key_writes_and_the_former_still_reads(city, settings):
    case = file(city, contact_phone="13800138000")
    settings.FIELD_KEYS = ["3EUYy4Mo6sXDRAo9xT9W_bXt0Yw6AaSUNYjHFDgNIqI=", *settings.FIELD_KEYS]
    assert Appeal.objects.get(pk=case.pk).contact_phone == "13800138000"


def test_an_enterprise_files_so_many_an_hour_and_learns_when_it_may_again(city, settings):
    settings.FILINGS_PER_HOUR = 2
    file(city, at=at(9, 7, 9))
    file(city, at=at(9, 7, 9, 30))
    with pytest.raises(Refused) as refused:
        file(city, at=at(9, 7, 9, 59))
    assert (refused.value.why, refused.value.retry_after) == (Why.LIMITED, 61)
    assert file(city, at=at(9, 7, 10, 1)), "an hour after the first"
    settings.FILINGS_PER_HOUR = 0
    assert file(city, at=at(9, 7, 10, 2)), "no limit"


def test_another_enterprise_is_not_counted(city, settings):
    settings.FILINGS_PER_HOUR = 1
    file(city)
    assert file(City())


@pytest.mark.parametrize(
    ("make", "may"),
    [
        (lambda: make_user(Role.TRIAGE, CENTRE), True),
        (lambda: make_user(Role.DIRECTOR, CENTRE), True),
        (lambda: make_user(Role.CHANNEL), True),
        (lambda: make_user(Role.STATION, PARK), True),
        (lambda: make_user(Role.STATION, "ZHXC-GWH"), False),
        (lambda: make_user(Role.HANDLER, SCIENCE), False),
        (lambda: make_user(Role.REVIEWER, CENTRE), False),
        (lambda: make_user(Role.SYSADMIN), False),
        (make_member, False),  # of another enterprise
        (make_user, False),  # of none
    ],
)
def test_who_may_file_for_an_enterprise(make, may):
    enterprise = make_enterprise(park_id=PARK)
    by = actor(make())
    if may:
        assert intake.accept(Filing(**SURE, enterprise=enterprise), by=by, at=NOW)
        return
    with pytest.raises(Refused) as refused:
        intake.accept(Filing(**SURE, enterprise=enterprise), by=by, at=NOW)
    assert refused.value.why == Why.FORBIDDEN
    assert not Appeal.objects.exists()


def test_an_external_number_is_taken_once_from_each_sender(city):
    file(city, external_number="12345-1")
    with pytest.raises(Refused) as refused:
        file(city, external_number="12345-1")
    assert "external_number" in refused.value.errors
    assert Appeal.objects.count() == Clock.objects.values("appeal").distinct().count() == 1
    channel = actor(make_user(Role.CHANNEL))
    assert intake.accept(Filing(**SURE, enterprise=city.enterprise, external_number="12345-1"), by=channel, at=NOW)


@pytest.mark.parametrize(
    ("typed", "one_line", "kept"),
    [
        ("  一二三 \r\n四五六\r", False, "一二三 \n四五六"),
        ("  一二三 \r\n四五六\r", True, "一二三 四五六"),
        ("a\x00b\x07c\ud800d\u200be", False, "abcd\u200be"),  # control signs and halves of signs go
        ("e\u0301", False, "é"),  # composed (NFC)
        ("👷‍♀️<b>急</b>", False, "👷‍♀️<b>急</b>"),  # signs of more than one character stay whole, HTML is text
        ("\x00\x01\n", False, ""),
        ("甲\u202e乙\u2066丙", False, "甲乙丙"),  # what turns the direction of writing goes
    ],
)
def test_texts_are_cleaned(typed, one_line, kept):
    assert cleaned(typed, one_line=one_line) == kept


@pytest.mark.parametrize("blank", [None, "", "  \n", "\x00", "\u200b\u200d", "\u3000", "\u0301"])
def test_what_cannot_be_seen_is_nothing(blank):
    assert reading.is_empty(blank)
    assert not reading.is_empty("。")


def test_similar_ones_are_open_ones_of_the_same_enterprise_most_alike_first(city):
    same = make_appeal(city=city, **SURE)
    close = make_appeal(city=city, title=SURE["title"], description="杭州的高企证书搬到衢江还认不认，请答复。")
    make_appeal(city=city, title="货车限行", description="园区门口的路白天不让货车走。")
    make_appeal(Status.WITHDRAWN, city=city, **SURE)
    make_appeal(city=City(), **SURE)
    found = intake.similar_of(city.enterprise, SURE["title"], SURE["description"])
    assert found == [same, close]


def test_nothing_stays_of_a_filing_that_fails_half_way(city):
    with pytest.raises(AttributeError):
        file(city, contact_phone=13800138000)  # no text: it cannot be encrypted, and by then the clocks are written
    assert not Appeal.objects.exists()
    assert not Timer.objects.exists()


@pytest.mark.parametrize("wrong", [{"title": "长" * 81}, {"description": ""}, {"source": "fax"}, {"nature": "whim"}])
def test_values_that_no_reader_checked_are_refused(city, wrong):
    with pytest.raises(ValidationError):
        file(city, **wrong)
    assert not Appeal.objects.exists()


def test_a_year_nobody_has_announced_is_filed_in_all_the_same(city):
    case = file(city, at=at(3, 1, year=2027))
    assert case.provisional
    assert case.resolve_by == at(3, 4, 17, 30, year=2027)
    assert all(clock.provisional for clock in case.clocks.all())


def test_overdue_is_what_the_database_computes_too(city):
    case = file(city)
    for moment, late in ((case.resolve_by, False), (at(9, 10, 17, 31), True)):
        assert Appeal.objects.filter(overdue(moment)).exists() is late


@pytest.mark.parametrize(("changes", "most"), [({}, 15), ({"wants_person": True}, 12), ({"urgent": True}, 16)])
def test_filing_takes_few_queries(city, changes, most, django_assert_max_num_queries):
    by, _told = actor(city.member), (city.handler, city.triage)
    filing = Filing(**SURE, enterprise=city.enterprise, **changes)
    intake.accept(filing, by=by, at=NOW)  # the rules that change once a month are read now
    with django_assert_max_num_queries(most):
        intake.accept(filing, by=by, at=NOW)
