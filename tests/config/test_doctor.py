from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone, translation

from appeals import tasks
from appeals.models import Appeal, Timer
from appeals.states import Status
from chains import freshness
from chains.models import Department, Duty
from chains.taxonomy import FALLBACK_OFFICE
from config import doctor, health
from routing.models import CalendarYear, ModelVersion, Notice
from tests.factory import SCIENCE, City, at, make_appeal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
NOW = at(9, 7)


@pytest.fixture(autouse=True)
def _house_in_order():
    cache.set(tasks.HEARTBEAT, NOW.isoformat())
    yield
    cache.delete(tasks.HEARTBEAT)


def wrong(now=NOW):
    """What the doctor finds to be wrong, with the advice, by check."""
    freshness.forget()
    return {finding.name: (finding.found, finding.advice) for finding in doctor.examine(now) if finding.advice}


def test_a_house_in_order_is_told_so_in_every_point():
    found = list(doctor.examine(NOW))
    assert [finding for finding in found if finding.advice] == []
    assert len(found) == len(doctor.CHECKS)
    assert all(finding.found for finding in found)


def test_a_silent_worker_is_found():
    cache.set(tasks.HEARTBEAT, (NOW - timedelta(minutes=3)).isoformat())
    assert wrong() == {"Worker and beat": ("last heard 2026-09-07 08:57", wrong()["Worker and beat"][1])}
    cache.delete(tasks.HEARTBEAT)
    assert wrong()["Worker and beat"] == ("never heard", "Start a worker and beat: celery -A config worker -B")


def test_a_broker_that_is_down_is_found(monkeypatch):
    monkeypatch.setattr(health.app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(health.app.conf, "broker_url", "redis://127.0.0.1:1/0")
    assert "REDIS_URL" in wrong()["Broker"][1]


def test_a_database_that_is_down_is_found_once_and_the_rest_waits_for_it(monkeypatch):
    def refuse(*args, **kwargs):
        raise OperationalError("no")

    monkeypatch.setattr("django.db.backends.postgresql.base.DatabaseWrapper.cursor", refuse)
    found = {finding.name: finding for finding in doctor.examine(NOW)}
    assert "DATABASE_URL" in found["Database"].advice
    assert found["Time of day"].advice == found["Dead letters"].advice == "First mend what stands above."
    assert not found["Mail"].advice


def test_a_folder_that_cannot_be_written_to_is_found(settings, tmp_path):
    (tmp_path / "attachments").touch()  # a file where the folder should be
    settings.MEDIA_ROOT = tmp_path / "attachments"
    assert "STORAGE_URL" in wrong()["Storage"][1]


def test_a_full_disk_is_found(monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_ROOM", 2**80)
    assert "Make room" in wrong()["Storage"][1]


def test_the_probe_of_the_storage_leaves_nothing_behind(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    assert wrong() == {}
    assert list(tmp_path.iterdir()) == []


def test_a_mail_server_that_is_down_is_found(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert "EMAIL_URL" in wrong()["Mail"][1]


@pytest.mark.parametrize(
    ("today", "is_wrong"),
    [
        (at(11, 1), False),  # exactly sixty days before the end of 2026
        (at(11, 2), True),
        (at(1, 4, year=2027), True),
    ],
)
def test_the_calendar_is_called_for_sixty_days_before_it_ends(today, is_wrong):
    cache.set(tasks.HEARTBEAT, today.isoformat())
    assert ("Workday calendar" in wrong(today)) is is_wrong


def test_a_year_that_is_known_but_not_loaded_is_named_with_its_command():
    CalendarYear.objects.filter(year=2026).delete()
    assert wrong()["Workday calendar"] == ("announced until the end of 2025", "manage.py load_workdays 2026")
    CalendarYear.objects.all().delete()
    assert wrong()["Workday calendar"] == ("no year is loaded", "manage.py load_workdays 2024 2025 2026")


def test_an_untaught_classifier_is_found():
    ModelVersion.objects.update(is_champion=False)
    assert wrong()["Classifier"][1] == "manage.py train_classifier"


def test_what_was_set_aside_and_given_up_is_counted():
    make_appeal(Status.SIGNED, filed_at=NOW)
    Timer.objects.filter(pk=Timer.objects.armed().first().pk).update(error="ValueError: x", retry_at=NOW)
    Notice.objects.update(state=Notice.State.DEAD)
    found = wrong()
    assert found["Timers set aside"][0] == "1 timer"
    assert found["Dead letters"][0] == f"{Notice.objects.count()} notices"


def test_open_appeals_of_an_ended_office_are_named_with_the_command_that_moves_them():
    city = City()
    make_appeal(Status.SIGNED, city=city)
    make_appeal(Status.CLOSED, city=city)
    Department.objects.filter(pk=SCIENCE).update(valid_to=date(2026, 9, 1))
    assert wrong()["Open appeals of ended offices"] == (f"{SCIENCE}: 1", f"manage.py move_office {SCIENCE} NEW")


def test_a_fallback_that_is_not_there_and_topics_without_an_office_are_found():
    Department.objects.filter(pk=FALLBACK_OFFICE).update(valid_to=date(2026, 9, 1))
    assert FALLBACK_OFFICE in wrong()["Fallback office"][0]
    Duty.objects.filter(topic="N01", part="lead").delete()
    assert "N01" in wrong()["Topics with a leading office"][0]


def run():
    out = StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_the_command_says_what_to_do_and_ends_with_one(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    cache.delete(tasks.HEARTBEAT)
    code, words = run()
    assert code == 1
    assert "celery -A config worker -B" in words
    with translation.override("zh-hans"):
        assert f"✓ {doctor.CHECKS[0][0]}: PostgreSQL" in words


def test_the_command_ends_with_nothing_where_all_is_well(monkeypatch):
    cache.set(tasks.HEARTBEAT, timezone.now().isoformat())
    monkeypatch.setattr(doctor, "CALENDAR_AHEAD", timedelta(days=-100_000))  # whenever this test runs
    assert run()[0] == 0
    assert Appeal.objects.count() == 0  # it looks and touches nothing
