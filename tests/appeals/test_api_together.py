"""Two at once: real transactions, real waiting."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from appeals.models import Appeal, Event
from appeals.states import Status
from chains.taxonomy import Role
from tests.api import Api
from tests.factory import SCIENCE, City, make_appeal, make_user

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = {"title": "高企认定材料怎么报", "description": "我们想申报高新技术企业，请问需要哪些材料？"}


def together(*calls):
    def close_after(call):
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(close_after, calls))


def test_the_same_post_sent_at_once_files_one_appeal():
    user = City().member
    apis = [Api(user) for _ in range(4)]
    answers = together(*(lambda api=api: api.post("appeals/", TEXT, key="k") for api in apis))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert Appeal.objects.count() == 1


def test_of_officers_who_sign_together_one_wins_and_the_others_see_the_newer_state():
    case = make_appeal(Status.DISPATCHED, city=City())
    apis = [Api(make_user(Role.HANDLER, SCIENCE)) for _ in range(4)]
    answers = together(*(lambda api=api: api.step(case, "sign") for api in apis))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert all(answer.json()["state"]["status"] == "signed" for answer in answers if answer.status_code == 409)
    assert Event.objects.of_verb("sign").count() == 1
