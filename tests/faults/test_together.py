"""Fifty people press one button at the same moment, over HTTP: one wins, the others read how it stands; one event."""

import json
from collections import Counter
from datetime import timedelta
from http.client import HTTPConnection
from threading import Barrier, Thread

import pytest
from django.utils import timezone
from knox.models import AuthToken

from appeals.models import Appeal, SupervisionOrder
from appeals.states import Status
from chains.taxonomy import Role
from routing.calendar import workdays
from tests.factory import SCIENCE, City, make_appeal, make_user

pytestmark = pytest.mark.django_db(transaction=True)

_AT_ONCE = 50


def together(server, tokens, path, body, **headers) -> list[tuple[int, dict]]:
    """The answers to one POST that each of `tokens` sends at the same moment, each over a connection of its own."""
    start, answers = Barrier(len(tokens)), []

    def press(token):
        connection = HTTPConnection(server, timeout=120)
        connection.connect()
        sent = {"Authorization": f"Token {token}", "Content-Type": "application/json", **headers}
        start.wait(60)
        connection.request("POST", f"/api/v1/{path}", json.dumps(body), sent)
        answer = connection.getresponse()
        answers.append((answer.status, json.loads(answer.read())))
        connection.close()

    threads = [Thread(target=press, args=[token]) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    return answers


def tokens_of(*people):
    tokens = [AuthToken.objects.create(person)[1] for person in people]
    return [tokens[turn % len(tokens)] for turn in range(_AT_ONCE)]


def assert_one_wins(answers, case, verb, *, status=None):
    """One 200, 49 × 409 with the state that the winner made, and one event more."""
    after = Appeal.objects.get(pk=case.pk)
    assert Counter(status for status, _body in answers) == {200: 1, 409: _AT_ONCE - 1}
    for code, body in answers:
        if code == 409:
            assert body["version"] == after.version and body["state"]["status"] == after.status
    assert [event.verb for event in case.events.all()].count(verb) == 1
    assert after.version == case.version + 1 and after.last_seq == case.last_seq + 1
    assert after.status == (status or case.status)


@pytest.fixture
def now():
    return timezone.now()


def test_fifty_signatures_are_one(server, now):
    city = City()
    case = make_appeal(Status.DISPATCHED, city=city, filed_at=now - timedelta(hours=2))
    officers = [make_user(Role.HANDLER, SCIENCE) for _ in range(9)]
    tokens = tokens_of(city.head, *officers)
    answers = together(server, tokens, f"appeals/{case.number}/sign/", {"version": case.version})
    assert_one_wins(answers, case, "sign", status=Status.SIGNED)


@pytest.mark.slow
def test_fifty_supervision_orders_are_one(server, now):
    city = City()
    case = make_appeal(Status.SIGNED, city=city, filed_at=now - timedelta(days=40))
    answer_by = timezone.localdate(workdays().close_after(now, 3)).isoformat()
    body = {"version": case.version, "order": "请说明进展", "answer_by": answer_by}
    answers = together(server, tokens_of(city.supervisor), f"appeals/{case.number}/supervise/", body)
    assert_one_wins(answers, case, "supervise")
    assert SupervisionOrder.objects.count() == 1


def test_fifty_filings_with_one_key_are_one_appeal(server):
    city = City()
    body = {"title": "厂区门口道路封闭", "description": "货车无法进出，请协调。", "wants_person": True}
    answers = together(server, tokens_of(city.member), "appeals/", body, **{"Idempotency-Key": "one"})
    assert Counter(status for status, _body in answers) == {201: 1, 200: _AT_ONCE - 1}
    assert len({body["number"] for _status, body in answers}) == 1
    case = Appeal.objects.get()
    assert [event.verb for event in case.events.all()] == ["file"]
