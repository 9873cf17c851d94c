"""Quarantine: with a scanner nobody reads a file before its verdict, however long that takes."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from appeals import attachments, clamd, scanning, tasks
from appeals.models import Attachment
from appeals.states import Refused, Status
from chains.models import Audit
from tests.appeals.files import EICAR, PDF
from tests.appeals.scanner import nobody_listens, scanner
from tests.factory import City, actor, at, make_appeal

pytestmark = pytest.mark.django_db

NOW = at(9, 8, 10)
INFECTED = PDF + EICAR


@pytest.fixture
def city():
    return City()


@pytest.fixture
def case(city):
    return make_appeal(Status.SIGNED, city=city)


@pytest.fixture
def listening(settings):
    with scanner() as (url, scanned):
        settings.CLAMD_URL = url
        yield scanned


def upload(case, city, data=PDF, name="a.pdf"):
    return attachments.upload(case, name, data, by=actor(city.member), at=NOW)


def state(one):
    one.refresh_from_db()
    return one.state


def test_without_a_scanner_a_file_is_read_at_once(case, city):
    assert upload(case, city).state == "clean"


def test_with_one_it_waits_and_is_read_after_its_verdict(case, city, listening):
    one = upload(case, city)
    assert state(one) == "checking"
    with pytest.raises(Refused):
        attachments.opened(one, by=actor(city.handler), at=NOW)
    assert scanning.scan_waiting(NOW) == 1
    assert state(one) == "clean"
    assert listening == [PDF]
    assert scanning.scan_waiting(NOW) == 0


def test_a_large_file_goes_in_pieces(case, city, listening):
    data = PDF.ljust(200_000, b"x")
    upload(case, city, data)
    scanning.scan_waiting(NOW)
    assert listening == [data]


def test_an_infected_file_is_refused_thrown_away_and_noted(case, city, listening, django_capture_on_commit_callbacks):
    one = upload(case, city, INFECTED)
    path = one.file.path
    with django_capture_on_commit_callbacks(execute=True):
        scanning.scan_waiting(NOW)
    assert (state(one), one.file.name) == ("refused", "")
    assert one.reason
    with pytest.raises(Refused), transaction.atomic():
        attachments.opened(one, by=actor(city.handler), at=NOW)
    assert not Path(path).exists()
    line = Audit.objects.get(kind="infected")
    assert (line.subject, line.data["found"]) == (case.number, "Eicar-Test-Signature")


def test_an_infected_file_that_was_not_filed_yet_is_refused_as_well(city, listening):
    one = attachments.receive("a.pdf", INFECTED, by=actor(city.member), at=NOW)
    tasks.scan_attachments()
    assert state(one) == "refused"


def test_with_the_scanner_down_it_stays_in_quarantine_and_is_scanned_later(case, city, settings):
    settings.CLAMD_URL = nobody_listens()
    one = upload(case, city)
    assert scanning.scan_waiting(NOW) == 0
    assert state(one) == "checking"
    with scanner() as (settings.CLAMD_URL, _scanned):
        assert scanning.scan_waiting(NOW) == 1
    assert state(one) == "clean"


@pytest.mark.parametrize(
    "answer",
    [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: Can't allocate memory ERROR\0", b"stream: OK maybe\0"],
)
def test_what_is_no_verdict_lets_nothing_through(case, city, settings, answer):
    first, second = upload(case, city), upload(case, city)
    Attachment.objects.update(state="checking")

    with scanner(lambda content: answer) as (settings.CLAMD_URL, _scanned):
        assert scanning.scan_waiting(NOW) == 0
    assert {state(first), state(second)} == {"checking"}


def test_one_without_a_verdict_keeps_the_others_from_nothing(case, city, settings):
    stuck, fine = upload(case, city, PDF + b"stuck"), upload(case, city)
    Attachment.objects.update(state="checking")
    with scanner(lambda content: b"ERROR\0" if b"stuck" in content else b"stream: OK\0") as (settings.CLAMD_URL, _):
        assert scanning.scan_waiting(NOW) == 1
    assert (state(stuck), state(fine)) == ("checking", "clean")


def test_a_file_that_was_removed_is_not_scanned(case, city, listening):
    attachments.remove(upload(case, city), by=actor(city.member), at=NOW)
    assert scanning.scan_waiting(NOW) == 0
    assert listening == []


def test_where_the_scanner_was_taken_away_what_waits_is_let_through(case, city, settings):
    settings.CLAMD_URL = nobody_listens()
    one = upload(case, city)
    settings.CLAMD_URL = ""
    tasks.scan_attachments()
    assert state(one) == "clean"


def test_it_may_listen_at_a_socket(tmp_path):
    with scanner(path=str(tmp_path / "clamd.sock")) as (url, _scanned):
        assert clamd.found_in(EICAR, url=url) == "Eicar-Test-Signature"
        assert clamd.found_in(PDF, url=url) == ""
    with pytest.raises(ConnectionRefusedError):
        clamd.found_in(PDF, url=url)


@pytest.mark.parametrize("url", ["localhost:3310", "http://localhost:3310", "tcp://", "unix://"])
def test_an_address_that_is_none_says_so(url):
    with pytest.raises(ImproperlyConfigured, match="CLAMD_URL"):
        clamd.found_in(PDF, url=url)


def test_with_the_broker_down_the_file_is_taken_all_the_same(settings, case, city, django_capture_on_commit_callbacks):
    from config.celery import app

    settings.CLAMD_URL, broker = nobody_listens(), app.conf.broker_url
    app.conf.broker_url = "redis://127.0.0.1:1/0"
    try:
        with django_capture_on_commit_callbacks(execute=True):
            one = upload(case, city)
    finally:
        app.conf.broker_url = broker
    assert state(one) == "checking"
