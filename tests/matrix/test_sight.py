"""Everybody × every case: what lists hold, what opens by number, and that pages and API answer alike."""

import csv
import re
from itertools import count

import pytest

from appeals.steps import STEPS
from tests.matrix import cases, visitors
from tests.matrix.cases import WORD, Town
from tests.matrix.places import API_OF_CASES, CENTRE, OFFICE, OUTSIDER, PAGES_OF_CASES
from tests.matrix.sight import LISTED, READS_AS_ENTERPRISE, RECORDS, STUBS, sees

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return Town()


def _answered(person, key, address, opened):
    if key in RECORDS[person] if address.endswith("/record/") else sees(person, key):
        return opened
    if person != OUTSIDER:
        # The desk is no place for others, whatever the case.
        return 403 if address.startswith("centre/") and person not in CENTRE else 404
    return 401 if address.startswith("api/") else "login"


@pytest.mark.parametrize("each", [1, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_case_opens_for_whom_the_table_names_on_pages_and_api(town, each):
    clients, turn = visitors.all_of(town), count()
    found, wanted = {}, {}
    for person, client in clients.items():
        for key in cases.KEYS:
            for address, method, opened in _doors(person, key, turn, each):
                at = "/" + address.format(number=town.cases[key].number)
                answer = client.get(at) if method == "get" else visitors.post(client, at)
                wanted[key, method, address, person] = _answered(person, key, address, opened)
                found[key, method, address, person] = visitors.status(answer)
    assert not visitors.differences(found, wanted)


_WHOLE = (("appeals/{number}/", "get", 200), ("api/v1/appeals/{number}/", "get", 200))
# What an address of a case answers to whoever sees it; None: another test asks.
_DOORS = (
    ("appeals/{number}/presence/", "get", 200),
    ("appeals/{number}/record/", "get", 200),
    ("api/v1/appeals/{number}/events/", "get", 200),
    ("api/v1/appeals/{number}/moves/", "get", 200),
    ("api/v1/appeals/{number}/attachments/", "get", 200),
    ("appeals/{number}/dispatch/suggestion/", "get", None),
    ("centre/{number}/proposal/", "get", None),
    ("centre/{number}/steps/", "get", None),
    ("appeals/{number}/print/", "get", None),
    ("appeals/{number}/orders/1/print/", "get", None),
    ("appeals/{number}/files/1/", "get", None),
    ("appeals/{number}/files/1/remove/", "post", None),
    ("appeals/{number}/upload/", "post", None),
    ("appeals/{number}/drafts/", "post", None),
    ("api/v1/appeals/{number}/attachments/1/", "get", None),
    *((f"appeals/{{number}}/{verb}/", "post", None) for verb in STEPS),
    *((f"api/v1/appeals/{{number}}/{verb}/", "post", None) for verb in STEPS),
)


def _doors(person, key, turn, each):
    """Page or API of the case for each pair, in turn, and `each` of its further addresses; steps for strangers only."""
    number = next(turn)
    yield from _WHOLE if each > 1 else [_WHOLE[number % 2]]
    offered = [door for door in _DOORS if door[2]] if sees(person, key) else _DOORS
    for further in range(min(each, len(offered))):
        address, method, opened = offered[(number + further) % len(offered)]
        alone = address.endswith("/presence/") and person in READS_AS_ENTERPRISE
        yield address, method, 404 if alone else opened


def test_every_address_of_a_case_is_asked():
    asked = {address for address, _method, _opened in _DOORS} | {"appeals/{number}/", "api/v1/appeals/{number}/"}
    routes = {re.sub(r"<(\w+:)?number>", "{number}", route) for route in (*PAGES_OF_CASES, *API_OF_CASES)}
    routes = {route.replace("<int:pk>", "1") for route in routes if "<slug:verb>" not in route}
    assert routes <= asked


def test_lists_searches_counts_and_exports_hold_what_the_table_names(town):
    clients = visitors.all_of(town)
    found, wanted = {}, {}
    for person, client in clients.items():
        if person == OUTSIDER:
            continue
        for name, numbers in _lists(client).items():
            by_number = {case.number: key for key, case in town.cases.items()}
            found[name, person] = sorted(by_number[number] for number in numbers)
            wanted[name, person] = sorted(LISTED[person])
    assert not visitors.differences(found, wanted)


def _lists(client) -> dict[str, list[str]]:
    narrowed = client.get("/api/v1/appeals/", {"q": WORD, "page_size": 100}).json()
    assert narrowed["count_capped"] == len(narrowed["results"])
    return {
        "api list": _numbers(client.get("/api/v1/appeals/", {"page_size": 100})),
        "api search": _numbers(client.get("/api/v1/appeals/", {"q": WORD, "page_size": 100})),
        "api export": _rows(client.get("/api/v1/appeals/export/")),
        "export": _rows(client.get("/appeals/export/", {"q": WORD})),
        "page": _in_page(client.get("/appeals/", {"view": "all"})),
        "page search": _in_page(client.get("/appeals/", {"view": "all", "q": WORD})),
    }


def test_a_former_office_keeps_stubs_and_nothing_else(town):
    clients = visitors.all_of(town)
    for person, client in clients.items():
        if person in OFFICE:
            numbers = {town.cases[key].number for key in STUBS.get(person, ())}
            assert set(_numbers(client.get("/api/v1/appeals/former/"))) == numbers, person
            assert set(re.findall(r"QY\d{15}", client.get("/office/former/").content.decode())) == numbers, person


def _numbers(answer) -> list[str]:
    return [line["number"] for line in answer.json()["results"]]


def _rows(answer) -> list[str]:
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    return [row["number"] for row in csv.DictReader(lines)]


def _in_page(page) -> list[str]:
    return list(dict.fromkeys(re.findall(r'href="/appeals/(QY\d{15})/', page.content.decode())))
