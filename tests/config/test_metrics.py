import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.utils import timezone

from appeals import tasks
from appeals.models import Appeal, Timer
from appeals.states import Status
from routing.models import Notice
from tests.appeals.pages import signed_in
from tests.factory import City, make_appeal

pytestmark = pytest.mark.django_db


def read(client, **headers):
    """The figures by name and labels."""
    answer = client.get("/metrics", **headers)
    assert answer.status_code == 200
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def requests_of(figures, view):
    counts = [
        value for name, value in figures.items() if re.match(rf'qiying_request_seconds_count.*view="{view}"', name)
    ]
    return sum(counts)


def test_requests_are_counted_and_timed_by_view(client):
    before = requests_of(read(client), "appeals:portal")
    client.get("/")
    figures = read(client)
    assert requests_of(figures, "appeals:portal") == before + 1
    assert any(name.startswith("qiying_request_seconds_bucket") for name in figures)


def test_what_waits_and_what_is_late_is_told(client):
    city, moment = City(), timezone.now()
    case = make_appeal(Status.SIGNED, city=city, filed_at=moment - timedelta(hours=5))
    make_appeal(Status.TRIAGE, city=city, filed_at=moment)
    Appeal.objects.filter(pk=case.pk).update(due_by=moment - timedelta(hours=1))
    Notice.objects.update(state=Notice.State.SENT, sent_at=moment)
    dead, waiting = Notice.objects.all()[:2]
    Notice.objects.filter(pk=dead.pk).update(state=Notice.State.DEAD)
    Notice.objects.filter(pk=waiting.pk).update(state=Notice.State.WAITING, due_at=moment - timedelta(minutes=6))
    Timer.objects.update(cancelled_at=moment)
    due, broken = Timer.objects.all()[:2]
    Timer.objects.filter(pk=due.pk).update(cancelled_at=None, due_at=moment - timedelta(minutes=7))
    Timer.objects.filter(pk=broken.pk).update(cancelled_at=None, error="ValueError: x", retry_at=moment)
    cache.set(tasks.HEARTBEAT, (moment - timedelta(minutes=3)).isoformat())
    figures = read(client)
    assert figures['qiying_open_appeals{status="signed"}'] == figures['qiying_overdue_appeals{status="signed"}'] == 1
    assert (figures['qiying_open_appeals{status="triage"}'], figures['qiying_overdue_appeals{status="triage"}']) == (
        1,
        0,
    )
    assert (figures["qiying_due_timers"], figures["qiying_timers_set_aside"]) == (1, 1)
    assert figures["qiying_oldest_due_timer_seconds"] >= 420
    assert (figures['qiying_notices{state="waiting"}'], figures['qiying_notices{state="dead"}']) == (1, 1)
    assert figures["qiying_oldest_unsent_notice_seconds"] >= 360
    assert figures["qiying_beat_silence_seconds"] >= 180
    assert {value for name, value in figures.items() if name.startswith("qiying_part_up")} == {1}


def test_nothing_of_a_case_is_told(client):
    city = City()
    case = make_appeal(Status.SIGNED, city=city, filed_at=timezone.now())
    signed_in(city.handler).get(case.get_absolute_url())
    words = client.get("/metrics").content.decode()
    for secret in (case.number, case.title, city.enterprise.name, city.handler.username):
        assert secret not in words
    assert 'view="appeals:detail"' in words


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "10.20.0.9"}, 200),
        ({"REMOTE_ADDR": "fd00::7"}, 200),
        ({"REMOTE_ADDR": "203.0.113.7"}, 200),  # set aside for documents, so nobody's
        ({"REMOTE_ADDR": "8.8.8.8"}, 403),
        ({"REMOTE_ADDR": "2400:3200::1"}, 403),
        ({"REMOTE_ADDR": ""}, 403),  # a socket: nobody knows who stands behind it
        ({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.2"}, 403),  # a proxy that nobody counted
    ],
)
def test_machines_of_the_own_network_read_it(client, headers, status):
    assert client.get("/metrics", **headers).status_code == status


def test_behind_our_own_proxy_the_address_that_it_saw_counts(client, settings):
    settings.PROXIES = 1
    for sender, status in (("10.0.0.2", 200), ("8.8.8.8", 403), ("10.0.0.2, 8.8.8.8", 403)):
        answer = client.get("/metrics", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=sender)
        assert answer.status_code == status, sender


def test_with_a_token_whoever_brings_it_reads_it_and_nobody_else(client, settings):
    settings.METRICS_TOKEN = "watchman"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    right = {"Authorization": "Bearer watchman"}
    assert client.get("/metrics", headers=right, REMOTE_ADDR="8.8.8.8").status_code == 200
    assert client.post("/metrics", headers=right).status_code == 405


def test_a_database_that_is_down_is_told(client, monkeypatch):
    def refuse(*args, **kwargs):
        raise OperationalError("no")

    monkeypatch.setattr("django.db.backends.postgresql.base.DatabaseWrapper.cursor", refuse)
    figures = read(client)
    assert figures['qiying_part_up{part="timers"}'] == figures['qiying_part_up{part="appeals"}'] == 0
    assert figures['qiying_part_up{part="beat"}'] == 1
