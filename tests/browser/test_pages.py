"""Every page as each of its readers: nothing breaks, nothing is wider than a phone, nobody is shut out."""

import pytest

from appeals.states import Status
from chains.taxonomy import Role
from tests.browser.hands import barriers
from tests.factory import CENTRE, PARK, make_appeal, make_user

_STATUSES = (Status.TRIAGE, Status.DISPATCHED, Status.SIGNED, Status.REPLIED, Status.VISITING, Status.CLOSED)
_CASE, _PRINT, _RECORD = "a case", "its case file", "its record"
_PAGES = {
    "nobody": ("/", "/accounts/login/"),
    "member": ("/", "/appeals/", "/appeals/new/", "/accounts/join/", "/accounts/members/", "/inbox/", _CASE, _PRINT),
    "triage": ("/centre/", "/appeals/", "/appeals/new/", "/accounts/members/", "/board/", _CASE),
    "reviewer": ("/centre/", "/inbox/", _CASE),
    "director": ("/centre/", "/appeals/", "/board/", "/exports/", "/audit/", _CASE, _PRINT, _RECORD),
    "handler": ("/office/", "/appeals/", "/board/", "/inbox/", "/drafts/", _CASE),
    "head": ("/office/", "/board/", "/views/", "/bulk/mine/", _CASE),
    "supervisor": ("/appeals/", "/board/"),
    "leader": ("/board/",),
    "station": ("/appeals/", "/appeals/new/", "/board/"),
    "auditor": ("/audit/", "/inbox/", _RECORD),
}


def _person(city, name):
    others = {
        "leader": lambda: make_user(Role.LEADER),
        "station": lambda: make_user(Role.STATION, PARK),
        "auditor": lambda: make_user(Role.AUDITOR),
    }
    if name == "nobody":
        return None
    return others[name]() if name in others else getattr(city, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", _PAGES)
def test_every_page_of_a_reader_is_whole(name, city, visit):
    cases = [make_appeal(status, city=city, level="A") for status in _STATUSES]
    mine = next(case for case in cases if case.status == (Status.REPLIED if name == "reviewer" else Status.SIGNED))
    page = visit(_person(city, name), language="zh-hans")
    for path in _PAGES[name]:
        path = {
            _CASE: mine.get_absolute_url(),
            _PRINT: f"{mine.get_absolute_url()}print/",
            _RECORD: f"{mine.get_absolute_url()}record/",
        }.get(path, path)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            answer = page.goto(path)
            page.wait_for_load_state("networkidle")
            assert answer.status == 200, path
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (path, width)
        assert not barriers(page), path


def test_a_stranger_is_led_to_the_login(city, visit):
    page = visit()
    page.goto("/centre/")
    assert "/accounts/login/" in page.url


def test_no_request_leaves_the_site(city, visit, live_server):
    page = visit(city.holder(Role.DIRECTOR, CENTRE))
    asked, weighed = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda answer: weighed.append(len(answer.body())))
    for path in ("/centre/", "/board/", "/appeals/"):
        weighed.clear()
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert sum(weighed) <= 200_000, (path, sum(weighed))
    assert all(url.startswith((live_server.url, "data:")) for url in asked)
