from datetime import timedelta

import pytest
from django.utils import timezone
from knox.models import AuthToken

from tests.api import Api, assert_problem
from tests.factory import PASSWORD, make_member, make_user

pytestmark = pytest.mark.django_db


def ask(username, password, **more):
    return Api().post("auth/token/", {"username": username, "password": password, **more})


def test_a_password_gives_a_token_that_opens_the_api(client):
    user = make_member()
    body = ask(user.username, PASSWORD).json()
    assert set(body) == {"token", "expiry"} and body["expiry"].endswith("+08:00")
    headers = {"Authorization": f"Token {body['token']}"}
    assert client.get("/api/v1/appeals/", headers=headers).status_code == 200


def test_an_old_token_in_the_header_keeps_nobody_from_a_new_one():
    api = Api(user := make_user())
    AuthToken.objects.update(expiry=timezone.now() - timedelta(days=1))
    assert_problem(api.get("appeals/"), 401)
    assert api.post("auth/token/", {"username": user.username, "password": PASSWORD}).status_code == 200
    assert AuthToken.objects.count() == 1  # the expired one is gone


def test_a_wrong_password_and_an_unknown_name_are_told_alike():
    user = make_user()
    wrong, unknown = ask(user.username, "wrong"), ask("nobody", PASSWORD)
    assert_problem(wrong, 401)
    assert wrong.json() == unknown.json()


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({}, ["username", "password"]),
        ({"username": "a"}, ["password"]),
        ({"username": "a\x00", "password": "b"}, ["username"]),
        ({"username": ["a"], "password": {}}, ["username", "password"]),
        ({"username": "a" * 151, "password": "b"}, ["username"]),
    ],
)
def test_what_is_missing_is_named(sent, fields):
    assert_problem(Api().post("auth/token/", sent), 400, *fields)


def test_ten_wrong_passwords_lock_the_door_for_a_while():
    user = make_user()
    answers = [ask(user.username, "wrong").status_code for _ in range(10)]
    assert answers[:9] == [401] * 9
    locked = ask(user.username, PASSWORD)
    assert_problem(locked, 429)
    assert int(locked["Retry-After"]) == 900
    assert ask(make_user().username, PASSWORD).status_code == 200
