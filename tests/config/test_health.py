from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.utils import timezone

from appeals import tasks
from appeals.models import Timer
from appeals.states import Status
from config import health
from routing.models import Notice
from tests.factory import make_appeal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _beating():
    tasks.heartbeat()
    yield
    cache.delete(tasks.HEARTBEAT)


def test_a_living_process_says_so_to_anybody(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_a_house_in_order_is_ready(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    parts = answer.json()
    assert parts.pop("ready") is True
    assert set(parts) == {"database", "broker", "beat", "oldest_due_timer", "oldest_unsent_notice"}
    assert all(part["ok"] for part in parts.values())


def test_a_silent_beat_is_not_ready(client):
    cache.delete(tasks.HEARTBEAT)
    assert client.get("/readyz").status_code == 503
    cache.set(tasks.HEARTBEAT, (timezone.now() - timedelta(minutes=3)).isoformat())
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["beat"]["seconds"] >= 180


def test_timers_and_notices_that_wait_too_long_are_not_ready(client):
    make_appeal(Status.SIGNED, filed_at=timezone.now())
    assert client.get("/readyz").status_code == 200
    Notice.objects.update(due_at=timezone.now() - timedelta(minutes=6), state=Notice.State.WAITING)
    Timer.objects.armed().update(due_at=timezone.now() - timedelta(minutes=7))
    parts = client.get("/readyz").json()
    assert not parts["oldest_due_timer"]["ok"] and not parts["oldest_unsent_notice"]["ok"]
    assert parts["oldest_due_timer"]["seconds"] >= 420


def test_a_broker_that_is_down_is_not_ready(client, monkeypatch):
    # The second falls back on the first: patched after it, the wrong address would be put back at the end.
    monkeypatch.setattr(health.app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(health.app.conf, "broker_url", "redis://127.0.0.1:1/0")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["broker"] == {"ok": False, "error": "OperationalError"}


def test_a_database_that_is_down_is_not_ready(client, monkeypatch):
    def refuse(*args, **kwargs):
        raise OperationalError("no")

    monkeypatch.setattr("django.db.backends.postgresql.base.DatabaseWrapper.cursor", refuse)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"]["error"] == "OperationalError"
