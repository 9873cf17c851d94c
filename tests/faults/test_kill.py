"""A sweeper, a worker, a deliverer killed with -9 in mid-work: every timer and notice exactly once afterwards."""

import os
import signal
import time
from collections import Counter

import psycopg2
import pytest
from django.db import connection, transaction
from django.utils import timezone

from appeals import oversight
from appeals.models import Event, Timer
from appeals.states import Status
from appeals.tasks import sweep_timers
from chains.taxonomy import Role
from routing import outbox
from routing.models import Notice
from tests.factory import CENTRE, City, at, make_appeal

pytestmark = pytest.mark.django_db(transaction=True)

_CASES = 16  # each with the five rungs of three clocks due: 240 timers


@pytest.fixture
def late_cases():
    city = City()
    for person in (city.handler, city.head, city.supervisor, city.director, city.holder(Role.LEADER, CENTRE)):
        person.email = f"{person.username}@office.example"
        person.save()
    cases = [make_appeal(Status.DISPATCHED, city=city, filed_at=at(3, 2)) for _ in range(_CASES)]
    Notice.objects.all().delete()
    return cases


@pytest.fixture
def slow(request):
    """Every new row of a table takes its time, so that a kill meets its writer in the middle."""
    tables = []

    def slow(table, seconds):
        tables.append(table)
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE OR REPLACE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS "
                f"'BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END'"
            )
            cursor.execute(f"CREATE TRIGGER linger BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION linger()")

    def hurry():
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"DROP TRIGGER IF EXISTS linger ON {table}")
        tables.clear()

    slow.off = hurry
    yield slow
    hurry()


_WRITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND wait_event = 'PgSleep'"
)


def _wait_until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def _is_writing() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WRITING)
        return cursor.fetchone()[0] > 0


def _kill_in_the_middle(child):
    _wait_until(_is_writing)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    _wait_until(lambda: not _is_writing())


def _each_fired_once():
    assert Timer.objects.filter(fired_at__isnull=False).count() == _CASES * 15
    assert not Timer.objects.due(timezone.now()).exists()
    told = Counter(
        (event.appeal_id, event.verb, event.data["clock"])
        for event in Event.objects.all()
        if event.data.get("clock") and event.data["clock"] != "triage"
    )
    assert len(told) == _CASES * 15
    assert set(told.values()) == {1}
    notices = Counter(Notice.objects.values_list("cause", "recipient", "channel"))
    assert notices
    assert set(notices.values()) == {1}


def test_a_sweeper_killed_in_the_middle_leaves_every_timer_to_the_next(late_cases, slow, spawn):
    assert Timer.objects.due(timezone.now()).count() >= 200
    slow("appeals_event", 3)
    _kill_in_the_middle(spawn("manage.py", "sweep_timers", "--once"))
    slow.off()
    assert spawn("manage.py", "sweep_timers", "--once").wait(60) == 0
    _each_fired_once()
    assert oversight.sweep(timezone.now()) == 0


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_leaves_every_timer_to_the_next(late_cases, slow, spawn):
    queue = f"kill-{os.getpid()}-{time.monotonic_ns()}"
    worker = ("-m", "celery", "-A", "config", "worker", "-c", "1", "-Q", queue, "-n", f"{queue}@%h", "-l", "ERROR")
    slow("appeals_event", 3)
    sweep_timers.apply_async(queue=queue)
    _kill_in_the_middle(spawn(*worker))
    slow.off()
    spawn(*worker)
    sweep_timers.apply_async(queue=queue)
    _wait_until(lambda: not Timer.objects.due(timezone.now()).exists())
    _each_fired_once()


def test_two_sweepers_at_once_share_the_timers(late_cases, spawn):
    sweepers = [spawn("manage.py", "sweep_timers", "--once") for _ in range(2)]
    assert [sweeper.wait(60) for sweeper in sweepers] == [0, 0]
    oversight.sweep(timezone.now())
    _each_fired_once()


@pytest.mark.slow
def test_a_deliverer_killed_in_the_middle_loses_and_doubles_no_notice(late_cases, slow, spawn):
    oversight.sweep(timezone.now())
    slow("routing_notice", 3)
    _kill_in_the_middle(spawn("manage.py", "deliver_notices", "--once"))
    slow.off()
    assert spawn("manage.py", "deliver_notices", "--once").wait(60) == 0
    _each_fired_once()
    assert not Notice.objects.due(timezone.now()).exists()
    assert not Notice.objects.exclude(state=Notice.State.SENT).exists()
    outbox.deliver(timezone.now())
    assert set(Notice.objects.values_list("attempts", flat=True)) == {1}


def test_a_timer_left_to_the_holder_of_its_case_is_not_kept_from_him(late_cases):
    """Two sweepers: one holds a case, the other passes by all its timers and must not have locked them."""
    case, now = late_cases[0], timezone.now()
    with psycopg2.connect(**connection.get_connection_params()) as holder, holder.cursor() as cursor:
        cursor.execute("SELECT id FROM appeals_appeal WHERE id = %s FOR NO KEY UPDATE", [case.pk])
        with transaction.atomic():
            claimed = oversight._claim(Timer.objects.due(now), None)
            assert claimed and case.pk not in {timer.clock.appeal_id for timer in claimed}
            cursor.execute(
                "SELECT count(*) FROM (SELECT t.id FROM appeals_timer t JOIN appeals_clock k ON k.id = t.clock_id "
                "WHERE k.appeal_id = %s AND t.fired_at IS NULL AND t.cancelled_at IS NULL "
                "FOR UPDATE OF t SKIP LOCKED) free",
                [case.pk],
            )
            assert cursor.fetchone()[0] == 15
