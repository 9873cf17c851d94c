"""Every address is in the tables, and lets in whom they name: pages and API, with an empty request."""

import pytest
from django.db import transaction

from appeals.steps import STEPS
from tests.matrix import people, visitors
from tests.matrix.cases import Town
from tests.matrix.places import API_OF_CASES, EVERYBODY, OUTSIDER, PAGES_OF_CASES, PLACES, THINGS, expected, expected_of
from tests.matrix.routes import routes
from tests.matrix.things import Things

pytestmark = pytest.mark.django_db


def test_every_address_is_in_the_tables():
    declared = [place.route for place in PLACES] + [thing.route for thing in THINGS]
    declared += [*PAGES_OF_CASES, *API_OF_CASES]
    declared += [f"api/v1/appeals/<appeal:number>/{verb}/" for verb in STEPS]
    assert len(declared) == len(set(declared))
    missing, gone = set(routes()) - set(declared), set(declared) - set(routes())
    assert not missing, f"say in tests/matrix/places.py who may go there: {sorted(missing)}"
    assert not gone


def test_places_let_in_whom_the_table_names():
    clients = visitors.all_of(Town())
    found, wanted = {}, {}
    for place in PLACES:
        for method in ("get", "post"):
            for person in _asked(place, method):
                wanted[method, place.route, person] = expected(place, method, person)
                found[method, place.route, person] = _entered(clients[person], place.address, method)
    assert not visitors.differences(found, wanted)


def _asked(place, method):
    """Everybody, where it depends on who asks."""
    who = place.get if method == "get" else place.post
    return people.KEYS if who not in (None, EVERYBODY) else ("handler", OUTSIDER)


def _entered(client, address, method):
    """What was changed is undone: whoever signs out stays."""
    with transaction.atomic():
        cookies = client.cookies.copy()
        status = visitors.status(client.get(address) if method == "get" else visitors.post(client, address))
        client.cookies = cookies
        transaction.set_rollback(True)
    return status


def test_what_is_somebodys_is_not_there_for_others():
    town = Town()
    clients, things = visitors.all_of(town), Things(town)
    found, wanted = {}, {}
    for thing in THINGS:
        for person in people.KEYS:
            with transaction.atomic():
                address = "/" + thing.route.replace("<int:pk>", "{}").replace("<str:token>", "{}")
                address = address.format(things.of(thing.kind))
                body = {"do": "up"} if thing.kind == "view" else {}
                client = clients[person]
                answer = client.get(address) if thing.method == "get" else visitors.post(client, address, body)
                wanted[thing.route, person] = expected_of(thing, person)
                found[thing.route, person] = visitors.status(answer)
                transaction.set_rollback(True)
    assert not visitors.differences(found, wanted)
