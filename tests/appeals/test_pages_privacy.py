import pytest
from django.test import Client

from tests.factory import make_member
from tests.pages import see

pytestmark = pytest.mark.django_db

# 个人信息保护法 §17 asks for these; §24 for the way to a person; §35 binds the authorities.
ASKED = (
    "Who handles it",
    "What for, and on what ground",
    "Which data",
    "Who sees it",
    "How long",
    "Decisions by a machine",
    "Your rights",
    "How to reach us",
)


def test_the_notice_is_public_and_says_what_the_law_asks():
    client = Client()
    client.cookies["django_language"] = "en"
    answer = client.get("/privacy/")
    assert answer.status_code == 200
    page = answer.content.decode()
    for heading in ASKED:
        assert f"<h2>{heading}</h2>" in page
    assert "衢州市企业综合服务中心" in page
    assert "ask for a person" in page
    assert client.post("/privacy/").status_code == 405


def test_every_page_and_the_filing_form_lead_to_it():
    assert 'href="/privacy/"' in Client().get("/").content.decode()
    page = see(make_member(), "/appeals/new/")
    assert "How we handle personal information" in page
    assert page.count('href="/privacy/"') == 2
