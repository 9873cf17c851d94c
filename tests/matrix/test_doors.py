"""Status × verb × part on real rows: pages and API let the same people do the same, and write nothing here."""

from datetime import timedelta

import pytest
from django.utils import timezone

from appeals.models import Appeal
from appeals.states import Status
from appeals.steps import STEPS
from chains.taxonomy import Role
from tests.appeals.test_states import RULES
from tests.factory import CENTRE, LABOUR, PARK, City, make_appeal, make_enterprise, make_member, make_user
from tests.matrix import visitors

pytestmark = pytest.mark.django_db

# The handler's office leads in these; in triage and after an early end it is nobody's.
_WITHOUT_LEAD = (Status.TRIAGE, Status.DECLINED, Status.WITHDRAWN)


@pytest.fixture
def city():
    city = City()
    city._people["member"] = make_member(make_enterprise(park_id=PARK))
    return city


def people_of(city):
    """An account for each part, and a stranger."""
    return {
        "member": city.member,
        "station": make_user(Role.STATION, PARK),
        "triage": city.triage,
        "reviewer": make_user(Role.REVIEWER, CENTRE),
        "director": make_user(Role.DIRECTOR, CENTRE),
        "handler": city.handler,
        "head": city.head,
        "supporter": make_user(Role.HANDLER, LABOUR),
        "supervisor": city.supervisor,
        "leader": city.holder(Role.LEADER),
        "channel": make_user(Role.CHANNEL),
        "stranger": make_user(Role.HANDLER, "330800-SWJ"),
    }


def standing(status, city) -> Appeal:
    """A case at `status` that everybody sees who may: supervised, escalated, supported."""
    walked = {Status.PARKED: Status.SIGNED, Status.MERGED: Status.SIGNED}.get(status, status)
    now = timezone.now()
    case = make_appeal(walked, city=city, filed_at=now - timedelta(hours=5), support=(LABOUR,))
    more = {"open_orders": 1, "escalated_at": now}
    if status == Status.PARKED:
        more["paused_at"] = now
    if status == Status.MERGED:
        into = make_appeal(city=city, filed_at=now)
        more |= {"merged_into": into, "merged_from": Status.SIGNED, "ended_at": now}
    Appeal.objects.filter(pk=case.pk).update(status=status, **more)
    return Appeal.objects.get(pk=case.pk)


def expected(verb, status, part, sees) -> set[int]:
    """404 to whoever does not see the case; 403 to who may not; 409 at other times; 400: no version."""
    sources, _to, who = RULES[verb]
    if not sees:
        return {404}
    if part not in _parts(who, status):
        return {403}
    # A bar may hold for the person (403) and a guard for the moment (409): which, the tests of both ask.
    return {409} | ({403} if verb in _BARRED else set()) if status not in sources.split() else {400, 403, 409}


_BARRED = {"review", "visit", "redo", "find_false_closure", "answer_supervision", "reveal"}
_BARRED |= {f"decide_{what}" for what in ("hand_back", "termination", "extension", "objection", "exclusion")}


def _parts(who, status) -> set[str]:
    parts = set(who.split())
    return parts - {"handler", "head"} if status in _WITHOUT_LEAD else parts


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("share", [12, pytest.param(1, marks=pytest.mark.slow)])
def test_pages_and_api_let_the_same_people_take_the_same_steps(status, share, city):
    people, case = people_of(city), standing(status, city)
    before = Appeal.objects.filter(pk=case.pk).values().get()
    found, wrong = {}, []
    for place, (part, user) in enumerate(people.items()):
        client = visitors.signed_in(user)
        sees = client.get(f"/api/v1/appeals/{case.number}/moves/").status_code == 200
        for turn, verb in enumerate(STEPS):
            if (turn + place + list(Status).index(status)) % share:
                continue
            doors = [f"/appeals/{case.number}/{verb}/", f"/api/v1/appeals/{case.number}/{verb}/"]
            page, api = (visitors.status(visitors.post(client, door)) for door in doors)
            found[part, verb] = api
            if page != api or api not in expected(verb, status, part, sees):
                wrong.append((part, verb, page, api))
    assert not wrong
    assert found
    assert Appeal.objects.filter(pk=case.pk).values().get() == before
    assert not case.events.filter(seq__gt=case.last_seq).exists()
