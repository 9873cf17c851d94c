"""The park's officer reads the park's appeals and files for its enterprises; the page says so."""

import pytest

from chains.taxonomy import Role
from tests.factory import PARK, ZHIZAO, City, make_appeal, make_enterprise, make_member, make_user
from tests.pages import see

pytestmark = pytest.mark.django_db


@pytest.fixture
def station():
    return make_user(Role.STATION, PARK)


def test_the_home_of_a_park_s_officer_speaks_of_the_park(station):
    page = see(station, "/appeals/")
    assert "<h1>Appeals of the park</h1>" in page
    assert "File for an enterprise" in page
    for owners in ("My appeals", "File an appeal", "To rate"):
        assert owners not in page


def test_an_owner_s_home_stays_the_owner_s():
    page = see(make_member(), "/appeals/")
    assert "<h1>My appeals</h1>" in page and "To rate" in page
    assert "of the park" not in page and "File for an enterprise" not in page


def test_the_officer_is_not_asked_to_rate(station):
    city = City()
    enterprise = make_enterprise(park_id=PARK, district_id=ZHIZAO)
    city._people["member"] = make_member(enterprise)
    case = make_appeal("visiting", city=city)
    page = see(station, "/appeals/")
    assert case.title in page and enterprise.name in page
    assert "#step-rate" not in page
    assert "#step-rate" in see(city.member, "/appeals/")


def test_the_form_says_for_whom_it_is(station):
    assert "<h1>File for an enterprise</h1>" in see(station, "/appeals/new/")
    assert "<h1>File an appeal</h1>" in see(make_member(), "/appeals/new/")
