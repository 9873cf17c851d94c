from datetime import timedelta

import pytest
from django.utils import timezone

from appeals import asking, handling, lights, oversight, pausing, wording
from appeals.models import Appeal, Clock, Timer
from appeals.states import Status
from appeals.views import caseladder
from chains.models import Department
from chains.taxonomy import Role
from routing.calendar import workdays
from routing.deadlines import ClockKind, Light
from routing.workdays import Workdays
from tests.appeals.pages import now, signed_in, text
from tests.factory import FILED, LABOUR, City, actor, at, make_appeal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
SIGN, RESOLVE = ClockKind.SIGN, ClockKind.RESOLVE


@pytest.mark.parametrize(
    ("kind", "due", "moment", "urgent", "words"),
    [
        (RESOLVE, at(9, 8, 17, 30), at(9, 7, 11, 30), False, "1 d 4 h of working time left"),  # half an hour, 3½, a day
        (RESOLVE, at(9, 7, 17, 30), at(9, 7, 16), False, "1 h 30 min of working time left"),
        (RESOLVE, at(9, 7, 17, 30), at(9, 8, 10, 30), False, "2 h of working time over"),  # the night does not count
        (RESOLVE, at(9, 7, 17, 30), at(9, 7, 20), False, "2 h 30 min over"),  # nobody works: the clock on the wall
        (SIGN, at(9, 7, 20, 30), at(9, 7, 20, 5), True, "25 min left"),  # an urgent clock runs in the evening
        (SIGN, at(9, 7, 20, 30), at(9, 8, 21, 30), True, "1 d 1 h over"),
    ],
)
def test_what_is_left_says_of_what_kind_of_time(kind, due, moment, urgent, words):
    assert wording.time_left(lights.countdown_to(kind, due, moment, workdays(), urgent=urgent)) == words


def test_a_day_of_working_time_is_as_long_as_the_calendar_says():
    short = Workdays(special={}, announced={2026}, hours=((540, 840),))  # 9:00 to 14:00
    assert (lights.workday(workdays()), lights.workday(short)) == (420, 300)
    left = lights.countdown_to(RESOLVE, at(9, 9, 10), at(9, 7, 10), short, urgent=False)
    assert wording.time_left(left) == "2 days of working time left"


def ladder_of(case, moment, kind=RESOLVE, *, is_staff=True):
    case = Appeal.objects.get(pk=case.pk)
    found = caseladder.ladders(case, {LABOUR: "人社局"}, moment, workdays(), is_staff=is_staff)
    return next((one for one in found if one.label.startswith(str(kind.label))), None)


def test_a_ladder_tells_what_fired_how_late_and_what_comes_next():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)  # filed on Monday 7 September: to be resolved by the 14th
    oversight.sweep(at(9, 14, 18, 10))  # forty minutes late
    one = ladder_of(case, at(9, 14, 18, 10))
    assert (one.light, one.due) == (Light.RED, at(9, 14, 17, 30))
    steps = [(str(step.words), step.state, step.late_by, step.told) for step in one.steps]
    name = city.handler.name
    assert steps == [
        ("Soon due", "is-done", steps[0][2], name),
        ("The limit", "is-done", "40 min", f"{name}, its head"),
        ("1 working day over", "is-next", "", "its head, supervision"),
        ("3 working days over", "", "", "the director"),
        ("5 working days over", "", "", "the leaders"),
    ]
    assert [step.at for step in one.steps[2:]] == [
        at(9, 15, 17, 30),
        at(9, 17, 17, 30),
        at(9, 20, 17, 30),
    ]  # a Sunday, made up


def test_what_a_rung_does_is_said_before_it_comes():
    case = make_appeal(Status.DISPATCHED)
    one = ladder_of(case, at(9, 7, 10), SIGN)
    assert [str(step.does) for step in one.steps] == [
        "",
        "the head takes the case over",
        "a supervision order is written",
        "",
        "",
    ]


def test_a_rung_that_was_set_aside_says_so():
    case = make_appeal(Status.SIGNED)
    Timer.objects.filter(clock__appeal=case, clock__kind=RESOLVE, rung="yellow").update(
        error="ValueError: x", retry_at=FILED
    )
    steps = ladder_of(case, at(9, 8)).steps
    assert [step.state for step in steps] == ["is-stuck", "is-next", "", "", ""]


def test_a_clock_that_stands_still_has_no_rungs_to_come():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    pausing.pause(case, by=actor(city.handler), reason="authority", note="等省厅批复", at=at(9, 8))
    one = ladder_of(case, at(9, 9))
    assert (one.light, one.words, one.steps) == (Light.PAUSED, "Paused", [])


def test_a_moved_limit_shows_what_fired_before_and_what_comes_anew():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    oversight.sweep(at(9, 11, 17, 30))  # yellow
    pausing.pause(case, by=actor(city.handler), reason="authority", note="等省厅批复", at=at(9, 11, 17, 30))
    pausing.resume(case, by=actor(city.handler), at=at(9, 16, 17, 30))
    states = [step.state for step in ladder_of(case, at(9, 16, 18)).steps]
    assert states.count("is-done") == 1
    assert states[1] == "is-next"


def test_a_helpers_clock_names_the_helper_and_only_running_clocks_are_shown():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    labour = Department.objects.get(pk=LABOUR)
    handling.ask_support(case, by=actor(city.handler), department=labour, request="核对社保", at=at(9, 7, 12))
    assert "人社局" in ladder_of(case, at(9, 8), ClockKind.SUPPORT).label
    assert ladder_of(case, at(9, 8), SIGN) is None
    assert ladder_of(make_appeal(Status.CLOSED), at(9, 8)) is None


def test_an_enterprise_follows_its_own_rating_only():
    city, case = now(Status.SIGNED)
    assert "ladders-title" not in text(signed_in(city.member).get(case.get_absolute_url()))
    assert "ladders-title" in text(signed_in(city.handler).get(case.get_absolute_url()))
    city, case = now(Status.VISITING)
    shown = signed_in(city.member).get(case.get_absolute_url()).context["ladders"]
    assert [[step.state for step in one.steps] for one in shown] == [["is-next", ""]]  # invited, closed unrated


def test_an_enterprise_counts_down_what_it_waits_for_itself():
    city, case = now(Status.DISPATCHED)
    asking.hand_back(case, by=actor(city.handler), reason="不归我们管", proposed_lead=Department.objects.get(pk=LABOUR))
    case, moment = Appeal.objects.get(pk=case.pk), timezone.now()
    Appeal.objects.filter(pk=case.pk).update(due_kind=ClockKind.HAND_BACK, due_by=moment - timedelta(minutes=1))
    case.refresh_from_db()
    _light, left = lights.told_to_enterprise(case, moment, workdays())
    assert (left.kind, left.due) == (SIGN, case.sign_by)
    assert lights.countdown(case, moment, workdays()).kind == ClockKind.HAND_BACK
    page = text(signed_in(city.member).get("/appeals/"))
    assert str(ClockKind.HAND_BACK.label) not in page


def test_a_pause_says_since_when_why_by_whom_and_what_ends_it():
    city, case = now(Status.SIGNED)
    pausing.pause(case, by=actor(city.handler), reason="authority", note="等省厅批复")
    staff = text(signed_in(city.director).get(case.get_absolute_url()))
    for words in ("等待上级部门", "等省厅批复", "停止计算", city.handler.name):
        assert words in staff
    enterprise = text(signed_in(city.member).get(case.get_absolute_url()))
    assert "#step-message" in enterprise
    assert city.handler.name not in enterprise


def test_a_provisional_limit_is_marked_and_explained():
    city = City()
    case = make_appeal(Status.SIGNED, city=city, level="D", filed_at=at(11, 2))  # sixty workdays reach into 2027
    assert Clock.objects.get(appeal=case, kind=RESOLVE).provisional
    page = signed_in(city.holder(Role.DIRECTOR, "330800-QFZX")).get(case.get_absolute_url())
    assert [limit["is_provisional"] for limit in page.context["limits"]] == [False, False, False, True]
    assert ladder_of(case, at(11, 3)).is_provisional
