import json

import pytest

from appeals.states import Status
from chains.taxonomy import Role
from tests.api import Api, assert_problem
from tests.factory import City, make_appeal, make_member, make_user

pytestmark = pytest.mark.django_db

PATHS = (
    "/api",
    "/api/",
    "/api/v1",
    "/api/v1/",
    "/api/v1/appeals",
    "/api/v1/appeals/1/",
    "/api/v1/appeals/QY1/sign/",
    "/api/v1/appeals/QY202609070000018/close_unrated/",
    "/api/v1/appeals/QY202609070000018/fly/",
    "/api/v1/appeals/QY20260907000001%00/",
    "/api/v1/stats",
    "/api/v2/appeals/",
    "/api/schema",
    "/api/v1/taxonomy",
)


@pytest.mark.parametrize("path", PATHS)
def test_nothing_under_api_redirects(client, path):
    assert_problem(client.get(path, headers={"Accept-Language": "en"}), 404)
    assert_problem(client.post(path, "{}", content_type="application/json"), 404)


GUARDED = (
    "appeals/",
    "appeals/QY202609070000018/",
    "appeals/QY202609070000018/events/",
    "appeals/QY202609070000018/moves/",
    "stats/summary/",
    "stats/trend/",
    "stats/by/chain/",
    "scores/",
    "coupling/",
    "taxonomy/",
    "workdays/",
)


@pytest.mark.parametrize("path", GUARDED)
def test_a_stranger_is_asked_who_he_is(path):
    answer = Api().get(path)
    assert_problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("path", ["appeals/", "classify/", "deadlines/preview/", "appeals/QY202609070000018/sign/"])
def test_a_stranger_posts_nothing(path):
    assert_problem(Api().post(path), 401)


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token x", "Token é", "Token a\x00", "Token " + "a" * 5000])
def test_a_token_that_is_none_is_a_401(client, header):
    assert_problem(client.get("/api/v1/appeals/", headers={"Authorization": header}), 401)


def test_an_account_that_was_closed_is_a_stranger():
    user = make_member()
    api = Api(user)
    assert api.get("appeals/").status_code == 200
    user.is_active = False
    user.save()
    assert_problem(api.get("appeals/"), 401)


BODIES = (
    "",
    "{",
    "nonsense",
    "\x00",
    b"\xff\xfe",
    '{"title": "\\ud800"}',
    '{"title": NaN}',
    "[" * 100_000,
    '{"a":' * 100_000,
    "1" * 5000,
)


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_is_not_json_is_a_400(body):
    answer = Api(make_member()).post("appeals/", body)
    if body:
        assert_problem(answer, 400)
    else:
        assert_problem(answer, 400, "title", "description")


@pytest.mark.parametrize("body", [[], "text", 5, None, True])
def test_a_body_that_is_no_object_says_so(body):
    assert_problem(Api(make_member()).post("appeals/", json.dumps(body)), 400, "body")


def test_a_body_of_a_megabyte_is_read_and_a_larger_one_is_not():
    api = Api(make_member())
    most = 1_048_576
    fits = json.dumps({"title": "x", "description": "y" * (most - 100)})
    assert_problem(api.post("appeals/", fits), 400, "description")
    assert_problem(api.post("appeals/", "x" * (most + 1)), 413)


def test_another_type_of_body_is_a_415(client):
    headers = Api(make_member()).headers
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"):
        assert_problem(client.post("/api/v1/appeals/", "a=b", content_type=kind, headers=headers), 415)


def test_a_wrong_method_is_a_405(client):
    headers = Api(make_member()).headers
    for method, path in (
        ("put", "appeals/"),
        ("delete", "appeals/"),
        ("post", "taxonomy/"),
        ("get", "deadlines/preview/"),
    ):
        answer = getattr(client, method)(f"/api/v1/{path}", headers=headers)
        assert_problem(answer, 405)
        assert answer["Allow"]


def test_a_browser_gets_json_too():
    api = Api(make_member())
    api.headers["Accept"] = "text/html"
    assert api.get("taxonomy/")["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", ["statuss", "page", "limit"])
def test_a_misspelt_filter_does_not_show_everything(name):
    api = Api(make_user(Role.TRIAGE))
    assert_problem(api.get("appeals/", **{name: "1"}), 400, name)
    assert_problem(api.get("scores/", **{name: "1"}), 400, name)


def test_errors_speak_the_language_that_is_asked_for():
    api = Api(make_member())
    english = assert_problem(api.post("appeals/", {}), 400, "title", "description")
    assert english["errors"]["title"] == ["This field is required."]


def test_a_session_needs_its_csrf_token(client):
    case = make_appeal(Status.TRIAGE, city=(city := City()))
    client.handler.enforce_csrf_checks = True
    client.force_login(city.member)
    path = f"/api/v1/appeals/{case.number}/withdraw/"
    assert client.get(f"/api/v1/appeals/{case.number}/").status_code == 200
    assert_problem(client.post(path, "{}", content_type="application/json"), 403)


def test_the_document_and_its_page_are_public(client):
    assert client.get("/api/schema/").status_code == 200
    page = client.get("/api/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "/api/v1/appeals/{number}/hand_back/" in text and "proposed_lead" in text
    assert "http://" not in text.replace("http://www.w3.org", "") and "https://" not in text


def test_the_document_is_valid_and_without_gaps(capsys):
    from django.core.management import call_command

    call_command("spectacular", validate=True, fail_on_warn=True)
    assert "/api/v1/appeals/{number}/decide_hand_back/" in capsys.readouterr().out
