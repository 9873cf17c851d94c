from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chains.models import Absence
from chains.taxonomy import Role
from tests.factory import LABOUR, SCIENCE, make_member, make_user
from tests.pages import see, signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def chen():
    return make_user(Role.HANDLER, SCIENCE, name="陈立")


@pytest.fixture
def wang():
    return make_user(Role.HANDLER, SCIENCE, name="王芳")


def day(offset):
    return timezone.localdate() + timedelta(days=offset)


def away(user, deputy=None, first=0, last=3):
    return Absence.objects.create(user=user, deputy=deputy, starts_on=day(first), ends_on=day(last))


def values(user, **changes):
    usual = {"person": user.pk, "starts_on": day(1).isoformat(), "ends_on": day(3).isoformat(), "reason": "年休假"}
    return {**usual, **changes}


def test_one_records_an_absence_and_finds_it_in_the_list(chen, wang):
    answer = signed_in(chen).post("/absences/", values(chen, deputy=wang.pk))
    assert (answer.status_code, answer.url) == (302, "/absences/")
    assert Absence.objects.get().deputy == wang
    for user in (chen, wang):
        page = see(user, "/absences/")
        assert "陈立" in page and "年休假" in page
    assert "/end/" not in see(wang, "/absences/"), "a deputy does not end it"


def test_what_was_typed_comes_back_with_the_reason(chen):
    answer = signed_in(chen).post("/absences/", values(chen, ends_on=day(-1).isoformat()))
    assert answer.status_code == 400
    assert "The last day lies before the first." in text(answer)
    assert day(-1).isoformat() in text(answer)
    answer = signed_in(chen).post("/absences/", values(chen, starts_on="soon"))
    assert answer.status_code == 400
    assert not Absence.objects.exists()


def test_one_cannot_choose_a_person_of_another_office(chen):
    stranger = make_user(Role.HANDLER, LABOUR)
    answer = signed_in(chen).post("/absences/", values(stranger))
    assert answer.status_code == 400
    answer = signed_in(chen).post("/absences/", values(chen, deputy=stranger.pk))
    assert answer.status_code == 400
    assert not Absence.objects.exists()


def test_a_head_sees_and_ends_the_absences_of_the_people_below(chen):
    head = make_user(Role.HEAD, SCIENCE)
    away(chen)
    away(make_user(Role.HANDLER, LABOUR, name="外局"))
    page = see(head, "/absences/")
    assert "陈立" in page and "外局" not in page
    answer = signed_in(head).post(f"/absences/{chen.absences.get().pk}/end/")
    assert answer.status_code == 302
    assert not chen.absences.exists()


def test_what_is_not_yours_to_see_is_not_there(chen, wang):
    row = away(chen)
    assert signed_in(make_user(Role.HEAD, LABOUR)).post(f"/absences/{row.pk}/end/").status_code == 404
    assert signed_in(wang).post(f"/absences/{row.pk}/end/").status_code == 404
    away_with_deputy = away(chen, wang, 10, 12)
    assert signed_in(wang).post(f"/absences/{away_with_deputy.pk}/end/").status_code == 403
    assert Absence.objects.count() == 2


def test_an_enterprise_has_no_such_page_and_others_sign_in_first(chen):
    assert signed_in(make_member()).get("/absences/").status_code == 403
    assert Client().get("/absences/").status_code == 302
    assert signed_in(chen).get(f"/absences/{away(chen).pk}/end/").status_code == 405


def test_an_absence_that_is_over_is_no_longer_listed(chen):
    away(chen, first=-5, last=-1)
    assert "Nobody is away" in see(chen, "/absences/")


def test_the_list_takes_few_queries(chen, django_assert_max_num_queries):
    head = make_user(Role.HEAD, SCIENCE)
    for n in range(5):
        away(make_user(Role.HANDLER, SCIENCE, name=f"员工{n}"))
    browser = signed_in(head)
    with django_assert_max_num_queries(14):
        assert "员工4" in text(browser.get("/absences/"))
