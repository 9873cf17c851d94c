"""An urgent appeal reaches somebody day and night: notices by the duty roster, and the duty officer's screen."""

from datetime import timedelta

import pytest
from django.utils import timezone

from appeals import dispatch, intake
from chains.models import Department, Shift, Topic
from chains.taxonomy import Role
from routing.models import Notice
from tests.appeals.pages import signed_in
from tests.factory import CENTRE, LABOUR, SCIENCE, City, actor, at, make_appeal, make_member, make_user
from tests.pages import see

pytestmark = pytest.mark.django_db

BELOW = "330802-KJJ"
NIGHT, DAY = at(9, 7, 22), at(9, 8, 9, 30)
MONDAY, WEDNESDAY = at(9, 7, 0), at(9, 9, 0)


def on_duty(user, office, start=MONDAY, end=WEDNESDAY):
    return Shift.objects.create(office_id=office, user=user, starts_at=start, ends_at=end)


def filed(city, moment, **changes):
    usual = {"title": "车间停产", "description": "变压器烧坏，生产线已全部停产。", "urgent": True}
    filing = intake.Filing(**{**usual, "enterprise": city.enterprise, **changes})
    return intake.accept(filing, by=actor(city.member), at=moment)


def dispatched(city, case, moment):
    dispatch.dispatch(
        case,
        by=actor(city.triage),
        topic=Topic.objects.get(pk="N01"),
        level="B",
        lead=Department.objects.get(pk=SCIENCE),
        at=moment,
    )


def told(kind):
    return set(Notice.objects.filter(kind=kind).values_list("recipient", flat=True))


@pytest.fixture
def city():
    city = City()
    for name in ("member", "triage", "director", "supervisor", "handler", "head"):
        getattr(city, name)
    return city


def test_at_night_the_centre_s_duty_officer_is_told(city):
    officer = make_user(Role.TRIAGE, CENTRE)
    on_duty(officer, CENTRE)
    filed(city, NIGHT)
    assert told("file") == {city.triage.pk, officer.pk}


def test_with_nobody_on_duty_at_night_director_and_supervisors_are_told_at_once(city):
    on_duty(city.triage, CENTRE, end=NIGHT)  # it has just ended
    filed(city, NIGHT)
    assert told("file") == {city.triage.pk, city.director.pk, city.supervisor.pk}


def test_by_day_the_desk_is_told_and_nobody_is_woken(city):
    filed(city, DAY)
    assert told("file") == {city.triage.pk}


def test_an_appeal_that_is_not_urgent_wakes_nobody(city):
    on_duty(make_user(Role.TRIAGE, CENTRE), CENTRE)
    filed(city, NIGHT, urgent=False, title="高企认定材料怎么报", description="请问需要哪些材料？", wants_person=True)
    assert told("file") == set()


def test_a_dispatch_at_night_tells_the_office_s_duty_officer(city):
    officer = make_user(Role.HANDLER, SCIENCE)
    on_duty(officer, SCIENCE)
    on_duty(make_user(Role.TRIAGE, CENTRE), CENTRE)
    case = filed(city, NIGHT)
    dispatched(city, case, NIGHT + timedelta(minutes=5))
    assert told("dispatch") == {city.member.pk, city.handler.pk, city.head.pk, officer.pk}


def test_nobody_of_the_office_on_duty_head_and_centre_are_told(city):
    officer = make_user(Role.TRIAGE, CENTRE)
    on_duty(officer, CENTRE)
    dispatched(city, filed(city, NIGHT), NIGHT + timedelta(minutes=5))
    assert told("dispatch") == {city.member.pk, city.handler.pk, city.head.pk, officer.pk}


def test_nobody_on_duty_anywhere_goes_to_the_top(city):
    dispatched(city, filed(city, NIGHT), NIGHT + timedelta(minutes=5))
    assert {city.head.pk, city.director.pk, city.supervisor.pk} <= told("dispatch")


def test_what_becomes_urgent_at_night_wakes_the_office_as_well(city):
    officer = make_user(Role.HANDLER, SCIENCE)
    on_duty(officer, SCIENCE)
    case = make_appeal("signed", city=city)
    dispatch.reclassify(case, by=actor(city.triage), urgent=True, reason="已停产", at=NIGHT)
    assert officer.pk in told("reclassify")
    dispatch.reclassify(case, by=actor(city.triage), urgent=False, reason="已恢复", at=NIGHT + timedelta(hours=1))
    assert Notice.objects.filter(kind="reclassify", recipient=officer).count() == 1


def test_the_duty_officer_sees_the_urgent_ones_of_the_office(client):
    now = timezone.now()
    city = City()
    urgent = make_appeal("dispatched", city=city, urgent=True, title="急件", filed_at=now - timedelta(hours=3))
    make_appeal("dispatched", city=city, title="平件", filed_at=now - timedelta(hours=3))
    make_appeal("dispatched", city=city, urgent=True, title="他局急件", lead=LABOUR, filed_at=now - timedelta(hours=3))
    officer = make_user(Role.HANDLER, SCIENCE)
    assert "On duty for" not in see(officer, "/watch/")
    on_duty(officer, SCIENCE, now - timedelta(hours=1), now + timedelta(hours=1))
    for path in ("/watch/", "/inbox/"):
        page = see(officer, path)
        assert "On duty for 科技局" in page
        assert urgent.get_absolute_url() in page
        assert "平件" not in page and "他局急件" not in page
    assert 'hx-get="/watch/"' in see(officer, "/office/")


def test_the_centre_s_duty_officer_sees_every_urgent_one():
    now = timezone.now()
    city = City()
    for lead in (SCIENCE, LABOUR):
        make_appeal("dispatched", city=city, urgent=True, title=f"急件{lead}", lead=lead, filed_at=now)
    on_duty(city.triage, CENTRE, now - timedelta(hours=1), now + timedelta(hours=1))
    page = see(city.triage, "/watch/")
    assert "急件330800-KJJ" in page and "急件330800-RSJ" in page


def test_the_roster_shows_two_weeks_and_marks_the_gaps():
    now = timezone.now()
    head = make_user(Role.HEAD, SCIENCE)
    page = see(head, "/roster/")
    assert page.count("queue__title") == 14
    assert "gaps: nobody" in page
    assert page.count("tag--warn") >= 14, "a weekend without anybody is marked on each of its days"
    on_duty(make_user(Role.HANDLER, SCIENCE, name="陈立"), SCIENCE, now - timedelta(days=1), now + timedelta(days=20))
    page = see(head, "/roster/")
    assert "gaps: nobody" not in page
    assert page.count("陈立") == 14


@pytest.mark.parametrize(
    ("role", "office", "wanted", "status"),
    [
        (Role.HEAD, SCIENCE, BELOW, 200),
        (Role.HEAD, SCIENCE, LABOUR, 404),
        (Role.HANDLER, SCIENCE, SCIENCE, 200),
        (Role.HANDLER, SCIENCE, BELOW, 404),
        (Role.DIRECTOR, CENTRE, LABOUR, 200),
        (Role.DIRECTOR, CENTRE, "nowhere", 404),
        (Role.SYSADMIN, None, SCIENCE, 403),
    ],
)
def test_whose_roster_somebody_sees(role, office, wanted, status):
    assert signed_in(make_user(role, office)).get(f"/roster/?office={wanted}").status_code == status


def test_the_enterprise_sees_no_roster():
    browser = signed_in(make_member())
    assert browser.get("/roster/").status_code == 403
    assert "On duty" not in browser.get("/watch/").content.decode()
    assert browser.post("/roster/").status_code == 405
    assert browser.post("/watch/").status_code == 405


def test_the_director_begins_with_the_centre(django_assert_max_num_queries):
    browser = signed_in(make_user(Role.DIRECTOR, CENTRE))
    with django_assert_max_num_queries(10):
        page = browser.get("/roster/").content.decode()
    assert page.index("330800-QFZX") < page.index("330800-FGW")
