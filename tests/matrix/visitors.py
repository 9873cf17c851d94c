"""Everybody of the matrix at the door, each signed in once."""

from django.test import Client

from tests.matrix import people


def all_of(town) -> dict[str, Client]:
    return {key: signed_in(town.users.get(key)) for key in people.KEYS}


def signed_in(user) -> Client:
    client = Client()
    client.cookies["django_language"] = "zh-hans"
    if user:
        client.force_login(user)
    return client


def differences(found: dict, wanted: dict) -> str:
    """Where `found` is not `wanted`, a line for each place: its people (the last part of a key) together."""
    lines = {}
    for (*place, person), status in wanted.items():
        if found[*place, person] != status:
            lines.setdefault((*place, found[*place, person], status), []).append(person)
    told = [f"{' '.join(place)}: {got}, not {status}: {', '.join(who)}" for (*place, got, status), who in lines.items()]
    return "\n".join(told)


def status(answer) -> int | str:
    """The status, or "login" for a page that sends to where one signs in."""
    if answer.status_code == 302 and answer["Location"].startswith("/accounts/login/"):
        return "login"
    return answer.status_code


def post(client, address, body=None):
    if address.startswith("/api/"):
        return client.post(address, body or {}, content_type="application/json")
    return client.post(address, body or {})
