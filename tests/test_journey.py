"""From the filing to the score, over HTTP only: an enterprise, triage, an office and a reviewer at the API."""

import json
from urllib.request import Request, urlopen

import pytest

from chains.models import User
from tests.factory import PASSWORD, City

pytestmark = pytest.mark.django_db(transaction=True)


class Person:
    """Somebody with a password and nothing else."""

    def __init__(self, server, user: User):
        self.api = f"{server.url}/api/v1/"
        self.headers = {"Content-Type": "application/json"}
        token = self.post("auth/token/", username=user.username, password=PASSWORD)["token"]
        self.headers["Authorization"] = f"Token {token}"

    def get(self, path):
        with urlopen(Request(self.api + path, headers=self.headers)) as answer:
            return json.load(answer)

    def post(self, path, **body):
        with urlopen(Request(self.api + path, json.dumps(body).encode(), self.headers)) as answer:
            return json.load(answer)

    def step(self, state, verb, **values):
        return self.post(f"appeals/{state['number']}/{verb}/", version=state["version"], **values)


@pytest.fixture
def people(live_server):
    city = City()
    names = ("member", "triage", "handler", "reviewer")
    return {name: Person(live_server, getattr(city, name)) for name in names}


def travel(people, *, topic, level, solved, stars):
    """One appeal from POST /appeals/ to closed; every step once, in time."""
    text = {"title": "想请有关部门帮忙协调", "description": "我们企业遇到一个问题，请有关部门帮忙协调。"}
    filed = people["member"].post("appeals/", **text, wants_person=True)
    assert filed["status"] == "triage"
    state = people["triage"].step(filed, "dispatch", topic=topic, level=level, lead="科技局")
    assert (state["status"], state["decided_by"]) == ("dispatched", "person")
    state = people["handler"].step(state, "sign")
    state = people["handler"].step(state, "contact", note="已电话联系企业，约定明天上门。")
    assert state["contacted_at"] and state["light"] == "green"
    state = people["handler"].step(state, "reply", outcome="solved", text="已协调解决。")
    state = people["reviewer"].step(state, "review", passed=True)
    assert state["status"] == "visiting"
    state = people["member"].step(state, "rate", solved=solved, stars=stars, redo=False)
    assert (state["status"], state["light"]) == ("closed", "met")
    verbs = [event["verb"] for event in people["triage"].get(f"appeals/{state['number']}/events/")["results"]]
    assert verbs == ["file", "dispatch", "sign", "contact", "reply", "review", "rate"]
    return state


def score_of(people, chain, month):
    found = people["triage"].get(f"scores/?of=chain&period={month}")["results"]
    return next(line["score"] for line in found if line["unit"] == chain)


def test_an_appeal_on_its_way_to_closed_moves_the_score_by_the_amount_of_the_rule(people):
    travel(people, topic="C01", level="A", solved="no", stars=1)  # another chain: it is in the city's mean only
    state = travel(people, topic="N01", level="B", solved="partly", stars=3)
    month = state["closed_at"][:7]
    # R = O = B = 1; S = ½; Q: one rating of .9 mixed with ten of the city's mean (0 + .9) / 2 = .45
    q = (1 * 0.9 + 10 * 0.45) / 11
    before = 100 * (0.10 + 0.20 + 0.35 * 0.5 + 0.25 * q + 0.10)
    assert score_of(people, "innovation", month) == pytest.approx(before, abs=1e-9)

    travel(people, topic="N01", level="C", solved="yes", stars=5)
    # S: level B weighs 1.0, level C 1.4; Q: two ratings of mean .95, the city's mean is now (0 + .9 + 1) / 3
    s = (1.0 * 0.5 + 1.4 * 1) / (1.0 + 1.4)
    q = (2 * 0.95 + 10 * (0 + 0.9 + 1) / 3) / 12
    after = 100 * (0.10 + 0.20 + 0.35 * s + 0.25 * q + 0.10)
    assert score_of(people, "innovation", month) == pytest.approx(after, abs=1e-9)
    assert after - before == pytest.approx(15.088384, abs=1e-6)
