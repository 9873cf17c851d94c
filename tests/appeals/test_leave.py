"""Leave and deputies: who records it, who stands in, and what a deputy may and may not."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from appeals import asking, handling, leave
from appeals.models import Appeal, Membership
from appeals.people import Audience, To, actor_of
from appeals.queues import OFFICE, Asked, counts
from appeals.states import Refused, Why
from chains.models import Absence, Department, User
from chains.taxonomy import Role
from routing.calendar import workdays
from routing.models import Notice
from tests.factory import (
    CENTRE,
    KECHENG,
    LABOUR,
    SCIENCE,
    City,
    actor,
    at,
    make_appeal,
    make_enterprise,
    make_user,
    post_of,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 9, 7)
BELOW = "330802-KJJ"  # the office of Kecheng under the city's science bureau


def away(user, deputy=None, first=TODAY, last=TODAY, **changes):
    return Absence.objects.create(user=user, deputy=deputy, starts_on=first, ends_on=last, **changes)


def seen(user, today=TODAY):
    return actor_of(User.objects.get(pk=user.pk), today)


def recorded(user, by, *, first=TODAY, last=TODAY, **changes):
    return leave.record_absence(user, by=seen(by), starts_on=first, ends_on=last, at=at(9, 7), **changes)


@pytest.mark.parametrize(
    ("day", "stands_in"),
    [(date(2026, 9, 6), False), (date(2026, 9, 7), True), (date(2026, 9, 9), True), (date(2026, 9, 10), False)],
)
def test_a_deputy_holds_the_posts_from_the_first_to_the_last_day(day, stands_in):
    absent, deputy = make_user(Role.HEAD, SCIENCE), make_user(Role.HANDLER, LABOUR)
    away(absent, deputy, last=date(2026, 9, 9))
    found = seen(deputy, day)
    assert (SCIENCE in found.heads) is (BELOW in found.heads) is stands_in
    assert found.stands_for == ({absent.pk} if stands_in else set())
    assert found.handles == {LABOUR}
    assert found.acts_as == found.stands_for | {deputy.pk}


def test_the_absent_person_keeps_the_own_posts():
    absent = make_user(Role.HEAD, SCIENCE)
    away(absent, make_user(Role.HANDLER, SCIENCE))
    assert SCIENCE in seen(absent).heads


def test_a_deputy_of_a_deputy_gets_nothing():
    first, second, third = (make_user(Role.HANDLER, office) for office in (SCIENCE, LABOUR, CENTRE))
    away(first, second)
    away(second, third)
    assert seen(second).handles == {SCIENCE, LABOUR}
    assert seen(third).handles == {LABOUR, CENTRE}


def test_a_post_that_has_ended_is_nobody_s_any_more():
    absent, deputy = make_user(), make_user(Role.HANDLER, LABOUR)
    post_of(absent, Role.HEAD, SCIENCE, ends_on=date(2026, 9, 6))
    away(absent, deputy)
    assert SCIENCE not in seen(deputy).heads


def test_a_deputy_does_not_speak_for_the_enterprise_of_the_absent():
    absent, deputy, enterprise = make_user(Role.HANDLER, SCIENCE), make_user(Role.HANDLER, SCIENCE), make_enterprise()
    Membership.objects.create(
        user=absent, enterprise=enterprise, role="owner", state="confirmed", asked_at=at(1, 5), decided_at=at(1, 5)
    )
    away(absent, deputy)
    assert seen(absent).enterprises == {enterprise.pk}
    assert seen(deputy).enterprises == seen(deputy).owned == frozenset()


def test_posts_and_deputyships_are_read_with_one_query(django_assert_num_queries):
    deputy = make_user(Role.HANDLER, LABOUR)
    for _n in range(3):
        away(make_user(Role.HANDLER, SCIENCE), deputy)
    deputy = User.objects.get(pk=deputy.pk)
    with django_assert_num_queries(2):
        assert len(actor_of(deputy, TODAY).stands_for) == 3


def test_what_the_absent_person_is_told_reaches_the_deputy_as_well():
    city, deputy = City(), make_user(Role.HANDLER, LABOUR)
    case = make_appeal("signed", city=city)
    away(city.handler, deputy)
    away(city.head, deputy)
    away(city.director, None)
    audience = Audience.of({case.enterprise_id}, {SCIENCE}, {To.OFFICE, To.HEAD, To.DIRECTOR}, at(9, 7))
    assert audience.ids(case, SCIENCE, {To.OFFICE}) == {city.handler.pk, deputy.pk}
    assert audience.ids(case, SCIENCE, {To.HEAD}) == {city.head.pk, deputy.pk}
    assert audience.ids(case, SCIENCE, {To.DIRECTOR}) == {city.director.pk}
    later = Audience.of({case.enterprise_id}, {SCIENCE}, {To.OFFICE}, at(9, 8))
    assert later.ids(case, SCIENCE, {To.OFFICE}) == {city.handler.pk}


def test_a_deputy_acts_under_the_own_name_and_from_the_seat_of_the_absent():
    city, deputy = City(), make_user(Role.HANDLER, LABOUR)
    case = make_appeal("signed", city=city)
    away(city.handler, deputy)
    event = handling.contact(case, by=seen(deputy), note="代为联系", at=at(9, 7, 11))
    assert (event.actor_id, event.department_id, event.part) == (deputy.pk, SCIENCE, "handler")
    assert Appeal.objects.get().handler == city.handler


def test_a_deputy_never_decides_what_he_asked_for_himself():
    city = City()
    case = make_appeal("dispatched", city=city)
    asked = asking.hand_back(
        case,
        by=seen(city.handler),
        reason="不属我局职责",
        proposed_lead=Department.objects.get(pk=LABOUR),
        at=at(9, 7, 10),
    )
    assert asked.actor_id == city.handler.pk
    away(city.director, city.handler)
    deciding = seen(city.handler)
    assert Role.DIRECTOR in deciding.roles
    with pytest.raises(Refused) as refused:
        asking.decide_hand_back(case, by=deciding, granted=True, reason="同意", at=at(9, 7, 11))
    assert refused.value.why == Why.FORBIDDEN


def test_everybody_records_their_own_absence_and_the_deputy_is_told():
    absent, deputy = make_user(Role.HANDLER, SCIENCE, name="陈立"), make_user(Role.HANDLER, SCIENCE)
    row = recorded(absent, absent, deputy=deputy, last=date(2026, 9, 9), reason="年休假")
    assert (row.user, row.deputy, row.ends_on, row.reason) == (absent, deputy, date(2026, 9, 9), "年休假")
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind, notice.params["person"]) == (deputy, "deputy", "陈立")


@pytest.mark.parametrize(
    ("role", "office", "of_role", "of_office", "may"),
    [
        (Role.HEAD, SCIENCE, Role.HANDLER, SCIENCE, True),
        (Role.HEAD, SCIENCE, Role.HANDLER, BELOW, True),  # an office below
        (Role.HEAD, BELOW, Role.HANDLER, SCIENCE, False),  # not above
        (Role.HEAD, LABOUR, Role.HANDLER, SCIENCE, False),
        (Role.HANDLER, SCIENCE, Role.HANDLER, SCIENCE, False),
        (Role.DIRECTOR, CENTRE, Role.TRIAGE, CENTRE, True),
        (Role.DIRECTOR, CENTRE, Role.HANDLER, SCIENCE, False),
        (Role.TRIAGE, CENTRE, Role.REVIEWER, CENTRE, False),
    ],
)
def test_a_head_records_absences_of_the_people_below(role, office, of_role, of_office, may):
    by, user = make_user(role, office), make_user(of_role, of_office)
    if may:
        assert recorded(user, by).user == user
        return
    with pytest.raises(Refused) as refused:
        recorded(user, by)
    assert refused.value.why == Why.FORBIDDEN
    assert not Absence.objects.exists()


def test_whoever_holds_no_post_records_no_absence():
    user = make_user()
    with pytest.raises(Refused) as refused:
        recorded(user, user)
    assert refused.value.why == Why.FORBIDDEN


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first": date(2026, 9, 9), "last": date(2026, 9, 8)}, "ends_on"),
        ({"first": date(2026, 9, 1), "last": date(2026, 9, 6)}, "ends_on"),  # over
        ({"first": date(2026, 9, 20), "last": date(2026, 9, 30)}, "starts_on"),  # meets the one recorded
    ],
)
def test_days_that_cannot_be_are_refused_at_their_field(changes, field):
    user = make_user(Role.HANDLER, SCIENCE)
    away(user, first=date(2026, 9, 15), last=date(2026, 9, 20))
    with pytest.raises(Refused) as refused:
        recorded(user, user, **changes)
    assert (refused.value.why, list(refused.value.errors)) == (Why.INVALID, [field])


@pytest.mark.parametrize(
    ("role", "office", "may"),
    [
        (Role.HANDLER, BELOW, True),  # the same office
        (Role.HEAD, BELOW, True),
        (Role.HEAD, SCIENCE, True),  # the head above
        (Role.HANDLER, SCIENCE, False),
        (Role.HEAD, LABOUR, False),
        (Role.SYSADMIN, None, False),
        (Role.CHANNEL, BELOW, False),  # no person
        (None, None, False),
    ],
)
def test_a_deputy_is_a_colleague(role, office, may):
    absent, deputy = make_user(Role.HANDLER, BELOW), make_user(role, office)
    if may:
        assert recorded(absent, absent, deputy=deputy).deputy == deputy
        return
    with pytest.raises(Refused) as refused:
        recorded(absent, absent, deputy=deputy)
    assert list(refused.value.errors) == ["deputy"]


def test_nobody_is_their_own_deputy():
    user = make_user(Role.HANDLER, SCIENCE)
    with pytest.raises(Refused):
        recorded(user, user, deputy=user)
    with pytest.raises(IntegrityError, match="nobody_is_their_own_deputy"), transaction.atomic():
        away(user, user)
    with pytest.raises(IntegrityError, match="absence_ends_after_it_starts"), transaction.atomic():
        away(user, first=date(2026, 9, 8))


def test_whoever_comes_back_early_ends_the_absence_yesterday():
    absent, deputy = make_user(Role.HANDLER, SCIENCE), make_user(Role.HANDLER, SCIENCE)
    row = away(absent, deputy, first=date(2026, 9, 1), last=date(2026, 9, 30))
    leave.end_early(row, by=seen(absent), at=at(9, 7))
    row.refresh_from_db()
    assert row.ends_on == date(2026, 9, 6)
    assert seen(deputy).stands_for == frozenset()
    with pytest.raises(Refused) as refused:
        leave.end_early(row, by=seen(absent), at=at(9, 7))
    assert refused.value.why == Why.CONFLICT


def test_an_absence_that_has_not_begun_is_struck_out():
    absent = make_user(Role.HANDLER, SCIENCE)
    leave.end_early(away(absent, first=date(2026, 9, 7), last=date(2026, 9, 9)), by=seen(absent), at=at(9, 7))
    assert not Absence.objects.exists()


def test_a_deputy_does_not_end_the_absence_but_a_head_does():
    absent, deputy = make_user(Role.HANDLER, SCIENCE), make_user(Role.HANDLER, SCIENCE)
    row = away(absent, deputy, first=date(2026, 9, 1), last=date(2026, 9, 30))
    with pytest.raises(Refused) as refused:
        leave.end_early(row, by=seen(deputy), at=at(9, 7))
    assert refused.value.why == Why.FORBIDDEN
    leave.end_early(row, by=seen(make_user(Role.HEAD, SCIENCE)), at=at(9, 7))


# The tree of departments: what a head sees, however deep, and only while the post lasts.


def tree(*codes):
    """A chain of offices, each under the one before it, beginning under Kecheng's science office."""
    above = BELOW
    for place, code in enumerate(codes):
        Department.objects.create(
            pk=code,
            name=f"{code}全称",
            short_name=code,
            tier="county",
            district_id=KECHENG,
            parent_id=above,
            valid_from=date(2024, 1, 1),
            position=900 + place,
        )
        above = code


def test_a_head_sees_down_the_whole_tree():
    tree("ONE", "TWO", "THREE")
    assert {BELOW, "ONE", "TWO", "THREE"} <= seen(make_user(Role.HEAD, SCIENCE)).heads
    assert seen(make_user(Role.HEAD, "TWO")).heads == {"TWO", "THREE"}


def test_an_office_that_has_ended_keeps_its_open_cases_under_its_head():
    tree("ONE")
    Department.objects.filter(pk="ONE").update(valid_to=date(2026, 1, 1))
    assert "ONE" in seen(make_user(Role.HEAD, SCIENCE)).heads


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "count"),
    [
        (date(2024, 1, 1), date(2026, 9, 6), 0),  # ended yesterday
        (date(2024, 1, 1), TODAY, 1),
        (date(2026, 9, 8), None, 0),  # begins tomorrow
        (TODAY, None, 1),
    ],
)
def test_a_post_that_is_over_or_to_come_shows_nothing(starts_on, ends_on, count):
    make_appeal("dispatched", lead=BELOW)
    head = make_user()
    post_of(head, Role.HEAD, SCIENCE, starts_on=starts_on, ends_on=ends_on)
    assert Appeal.objects.visible_to(seen(head), at(9, 7, 12)).count() == count


def test_mine_shows_the_cases_of_the_absent_person_as_well():
    city, deputy = City(), make_user(Role.HANDLER, SCIENCE)
    make_appeal("signed", city=city)
    acting = Asked.at(actor(deputy), at(9, 7, 12), workdays())
    assert counts(Appeal.objects.all(), OFFICE, acting)["mine"] == 0
    away(city.handler, deputy)
    acting = Asked.at(seen(deputy), at(9, 7, 12), workdays())
    assert counts(Appeal.objects.all(), OFFICE, acting)["mine"] == 1
