"""Reminders and escalation by the clock (催办·督办): each rung once, in order, to the right people, whatever breaks."""

from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connection, transaction

from appeals import followup, handling, oversight
from appeals.models import Appeal, Clock, Timer
from appeals.states import Status
from chains.taxonomy import Role
from routing.models import Notice
from tests.factory import City, actor, at, make_appeal, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return City()


def staffed(city):
    """Somebody on every rung; names by id."""
    people = {
        "handler": city.handler,
        "head": city.head,
        "triage": city.triage,
        "reviewer": city.reviewer,
        "director": city.director,
        "supervisor": city.supervisor,
        "leader": city.holder(Role.LEADER),
        "member": city.member,
    }
    return {user.pk: name for name, user in people.items()}


def fired(case):
    lines = case.events.filter(part="automatic")
    return [(line.verb, line.data["clock"], line.late_by) for line in lines]


def told(case, names):
    """Whom the last line was told to."""
    cause = f"{case.number}:{Appeal.objects.get(pk=case.pk).last_seq}"
    return {names[person] for person in Notice.objects.of_cause(cause).values_list("recipient", flat=True)}


def test_each_rung_is_told_to_its_people(city):
    names = staffed(city)
    case = make_appeal(Status.SIGNED, city=city)  # level B: due on Monday 14 September at 17:30
    ladder = [
        (at(9, 11, 17, 30), "yellow", {"handler"}),
        (at(9, 14, 17, 31), "due", {"handler", "head"}),
        (at(9, 15, 17, 31), "plus1", {"head", "supervisor"}),
        (at(9, 17, 17, 31), "plus3", {"director"}),
        (at(9, 20, 17, 31), "plus5", {"leader"}),
    ]
    for moment, rung, people in ladder:
        oversight.sweep(moment)
        assert fired(case)[-1][:2] == (rung, "resolve")
        assert told(case, names) == people
    rungs = [rung for rung, clock, _late in fired(case) if clock == "resolve"]
    assert rungs == ["yellow", "due", "plus1", "plus3", "plus5"]
    assert Notice.objects.filter(params__rung="plus5", urgent=True).exists(), "the top rung knows no quiet hours"


@pytest.mark.parametrize(
    ("status", "clock", "ladder"),
    [
        (
            Status.TRIAGE,  # due on Monday at 15:00
            "triage",
            [(at(9, 7, 15), {"triage", "director"}), (at(9, 8, 17, 30), {"director", "supervisor"})],
        ),
        (
            Status.REPLIED,  # reviewed by Tuesday
            "review",
            [(at(9, 8, 17, 30), {"reviewer", "director"}), (at(9, 9, 17, 30), {"director", "supervisor"})],
        ),
    ],
)
def test_what_the_centre_has_to_do_is_told_to_the_centre_and_no_office(city, status, clock, ladder):
    names = staffed(city)
    case = make_appeal(status, city=city)
    for moment, people in ladder:
        oversight.sweep(moment)
        assert fired(case)[-1][1] == clock
        assert told(case, names) == people


def test_before_somebody_is_assigned_the_whole_office_is_told(city):
    names = staffed(city)
    colleague = make_user(Role.HANDLER, "330800-KJJ")
    case = make_appeal(Status.DISPATCHED, city=city)
    oversight.sweep(case.yellow_at)
    assert told(case, names | {colleague.pk: "colleague"}) == {"handler", "head", "colleague"}


def test_nothing_fires_early_and_nothing_twice(city):
    case = make_appeal(Status.SIGNED, city=city)
    assert oversight.sweep(at(9, 14, 17, 29)) == 1  # yellow
    assert oversight.sweep(at(9, 14, 17, 30)) == 1  # the limit itself
    assert oversight.sweep(at(9, 14, 17, 30)) == 0
    assert [rung for rung, *_ in fired(case)] == ["yellow", "due"]


def test_rungs_that_fire_in_time_are_told_each(city):
    names = staffed(city)
    case = make_appeal(Status.DISPATCHED, city=city)  # sign and contact are due at the same minute
    oversight.sweep(case.yellow_at)
    oversight.sweep(case.sign_by)
    due = case.events.filter(verb="due")
    assert {line.data["clock"] for line in due} == {"sign", "contact"}
    told_of = {notice.cause for notice in Notice.objects.filter(params__rung="due")}
    assert told_of == {f"{case.number}:{line.seq}" for line in due}
    assert told(case, names) == {"handler", "head"}


def test_after_a_standstill_all_rungs_are_recorded_in_order_and_one_notice_goes_to_the_highest(city):
    names = staffed(city)
    case = make_appeal(Status.SIGNED, city=city)
    stopped_at, back_at = at(9, 14, 16), at(9, 15, 18)  # 26 hours
    oversight.sweep(stopped_at)
    before = Notice.objects.count()
    assert oversight.sweep(back_at) == 2
    assert fired(case)[1:] == [("due", "resolve", 24 * 60 + 30), ("plus1", "resolve", 30)]
    assert told(case, names) == {"head", "supervisor"}
    assert set(Notice.objects.order_by("pk")[before:].values_list("cause", flat=True)) == {
        f"{case.number}:{case.events.latest('seq').seq}"
    }


def test_the_highest_rung_speaks_whichever_clock_it_is_on(city):
    names = staffed(city)
    case = make_appeal(Status.DISPATCHED, city=city, level="C")  # sign due on the 8th, resolve yellow on the 22nd
    before = Notice.objects.count()
    oversight.sweep(at(9, 22, 18))
    kinds = [(rung, clock) for rung, clock, _late in fired(case)]
    assert kinds[-1] == ("yellow", "resolve")
    assert [line.at for line in case.events.filter(part="automatic")] == [at(9, 22, 18)] * 11
    notices = Notice.objects.order_by("pk")[before:]
    assert {notice.params["rung"] for notice in notices} == {"plus5"}
    assert {names[notice.recipient_id] for notice in notices} == {"leader"}


def test_a_standstill_is_one_notice_a_case_however_small_the_batches(city):
    cases = [make_appeal(Status.DISPATCHED, city=city) for _ in range(3)]
    staffed(city)
    before = Notice.objects.count()
    due = Timer.objects.due(at(9, 20, 18)).count()
    assert oversight.sweep(at(9, 20, 18), batch=4) == due
    causes = Notice.objects.order_by("pk")[before:].values_list("cause", flat=True)
    assert len(set(causes)) == 3
    for case in cases:
        moments = [line.data["due_at"] for line in case.events.filter(part="automatic")]
        assert moments == sorted(moments), "in the order they were due"


def test_an_urgent_appeal_at_night_is_told_at_night(city):
    names = staffed(city)
    case = make_appeal(city=city, urgent=True, filed_at=at(9, 7, 23, 50))
    assert case.triage_by == at(9, 8, 0, 5)
    oversight.sweep(at(9, 8, 0, 2))
    assert (fired(case), told(case, names)) == ([("yellow", "triage", 0)], {"triage"})
    oversight.sweep(at(9, 8, 0, 5))
    assert told(case, names) == {"triage", "director"}
    assert all(notice.urgent for notice in Notice.objects.filter(number=case.number))


def test_a_finished_clock_fires_nothing(city):
    case = make_appeal(Status.CLOSED, city=city)
    assert oversight.sweep(at(12, 31)) == 0
    assert fired(case) == []


def test_a_sweep_leaves_version_and_status_to_the_officers(city):
    case = make_appeal(Status.SIGNED, city=city)
    oversight.sweep(at(9, 18))
    after = Appeal.objects.get(pk=case.pk)
    assert (after.version, after.status) == (case.version, case.status)
    assert after.last_seq == case.last_seq + len(fired(case)) == after.events.count()
    handling.reply(case, by=actor(city.handler), outcome="solved", text="已办。", version=case.version, at=at(9, 18, 9))


def test_only_the_broken_timer_is_set_aside_and_says_why(city):
    broken, healthy = (make_appeal(Status.VISITING, city=city) for _ in range(2))
    # As if the closing had been entered by hand in the database: the clock should not be running any more.
    Appeal.objects.filter(pk=broken.pk).update(status=Status.CLOSED, closed_at=at(9, 8))
    oversight.sweep(at(9, 25))
    assert Appeal.objects.get(pk=healthy.pk).status == Status.CLOSED
    (aside,) = Timer.objects.exclude(error="")
    assert (aside.clock.appeal, aside.rung, aside.fired_at) == (broken, "close", None)
    assert aside.error.startswith("Refused: ")
    assert [line.verb for line in broken.events.filter(part="automatic")] == ["invite"]
    assert oversight.sweep(at(9, 25)) == 0, "it is not tried again and again"
    Appeal.objects.filter(pk=broken.pk).update(status=Status.VISITING, closed_at=None)
    Timer.objects.update(error="")
    assert oversight.sweep(at(9, 26)) == 1, "once mended it fires"


def test_a_closing_that_follows_at_once_is_told_instead_of_the_invitation(city):
    case = make_appeal(Status.VISITING, city=city)
    oversight.sweep(at(10, 20))
    assert [line.verb for line in case.events.filter(part="automatic")] == ["invite", "close_unrated"]
    assert not Notice.objects.filter(kind="invite").exists()
    assert Notice.objects.filter(kind="close_unrated").exists()


def test_the_cost_of_a_sweep_is_a_matter_of_what_is_due(city, django_assert_max_num_queries):
    for _ in range(6):
        make_appeal(Status.SIGNED, city=city)
    staffed(city)
    with django_assert_max_num_queries(15):
        assert oversight.sweep(at(9, 14, 17, 31)) == 12
    with django_assert_max_num_queries(4):
        assert oversight.sweep(at(9, 14, 17, 31)) == 0


@pytest.mark.django_db(transaction=True)
def test_a_case_an_officer_is_at_work_on_is_left_for_the_next_sweep():
    city = City()
    busy, idle = make_appeal(Status.SIGNED, city=city), make_appeal(Status.SIGNED, city=city)
    claimed, swept = Signal(), Signal()

    def officer():
        with transaction.atomic():
            handling.contact(busy, by=actor(city.handler), note="电话", at=at(9, 11))
            claimed.set()
            swept.wait(20)
        connection.close()

    thread = Thread(target=officer)
    thread.start()
    assert claimed.wait(20)
    assert oversight.sweep(at(9, 14, 17, 31)) == 2
    swept.set()
    thread.join(20)
    assert fired(busy) == []
    assert [rung for rung, *_ in fired(idle)] == ["yellow", "due"]
    assert oversight.sweep(at(9, 14, 17, 32)) == 2
    assert [rung for rung, *_ in fired(busy)] == ["yellow", "due"]
    assert [line.seq for line in busy.events.all()] == list(range(1, 8))


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_fire_each_timer_once():
    city = City()
    cases = [make_appeal(Status.DISPATCHED, city=city) for _ in range(12)]
    fired_by = []

    def sweeper():
        fired_by.append(oversight.sweep(at(9, 20, 18), batch=5))
        connection.close()

    threads = [Thread(target=sweeper) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    oversight.sweep(at(9, 20, 18))
    assert not Timer.objects.due(at(9, 20, 18)).exists()
    for case in cases:
        lines = [(line.verb, line.data["clock"]) for line in case.events.filter(part="automatic")]
        assert len(lines) == len(set(lines)) == Timer.objects.fired().filter(clock__appeal=case).count()
        assert [line.seq for line in case.events.all()] == list(range(1, len(lines) + 3))


def test_a_rating_and_the_closing_by_the_clock_exclude_each_other(city):
    case = make_appeal(Status.VISITING, city=city)
    followup.rate(case, by=actor(city.member), solved="yes", stars=5, at=at(9, 20, 17, 29))
    oversight.sweep(at(9, 20, 17, 30))
    assert [line.verb for line in case.events.all()][-1] == "rate"
    assert not Clock.objects.running().filter(appeal=case).exists()
