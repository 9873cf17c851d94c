"""Whatever somebody may read, no word of a case that is not theirs stands in it: lists, inbox, exports, boards."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from chains.models import Shift
from tests.factory import SCIENCE
from tests.matrix import cases, people, visitors
from tests.matrix.cases import CASES, NAMES, WORD, Town
from tests.matrix.places import OUTSIDER, PLACES
from tests.matrix.sight import KNOWS_THE_ANONYMOUS, RECORDS, STUBS, sees

pytestmark = pytest.mark.django_db

_ENTERPRISE = {kind.key: kind.enterprise for kind in CASES}
# The name of an enterprise one asked to speak for, or decides on: it stands in the list of members.
_ASKED_FOR = {"asked_a": "a", "left_a": "a", "triage": "a", "director": "a"}
_AT_THE_DESK = ("triage", "hand_backs", "extensions", "reviews", "visits")
_IN_THE_OFFICE = ("mine", "unassigned", "overdue", "supporting", "all")


@pytest.fixture
def town():
    town = Town()
    now, officer = timezone.now(), town.users["handler_else"]
    # On duty for an office that is not one's own: that alone opens no case.
    Shift.objects.create(
        office_id=SCIENCE, user=officer, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1)
    )
    return town


# One place in so many for each person, another one for the next; by hand all of them.
@pytest.mark.parametrize("share", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_no_page_and_no_endpoint_tells_a_word_of_a_case_that_is_not_ones_own(town, share):
    told = []
    for turn, (person, client) in enumerate(visitors.all_of(town).items()):
        for address, text in _everything(client, town, turn, share):
            told += [(person, address, key) for key in cases.KEYS if _is_told(person, key, text, town)]
            told += [(person, address, name) for name in _hidden_names(person) if name in text]
    assert not told


def _is_told(person, key, text, town) -> bool:
    number, *words = town.secrets(key)
    if sees(person, key):
        return False
    knows_number = key in STUBS.get(person, ()) or key in RECORDS[person]
    return any(word in text for word in words) or (number in text and not knows_number)


def _hidden_names(person) -> list[str]:
    """The enterprises that somebody has nothing to do with, or that stay anonymous to them."""
    known = {_ENTERPRISE[key] for key in cases.KEYS if sees(person, key) and not _is_hidden(person, key)}
    return [name for key, name in NAMES.items() if key not in known and key != _ASKED_FOR.get(person)]


def _is_hidden(person, key) -> bool:
    return key == "anonymous" and person not in KNOWS_THE_ANONYMOUS


def _everything(client, town, turn, share) -> Iterator[tuple[str, str]]:
    """Every place that answers 200, also narrowed and searched, and what is said of a text like those of the cases."""
    addresses = [place.address for place in PLACES if place.get and place.route != "readyz"]
    addresses += [f"/centre/?view={view}" for view in _AT_THE_DESK]
    addresses += [f"/office/?view={view}" for view in _IN_THE_OFFICE]
    addresses += [f"{page}?q={word}" for page in _SEARCHED for word in (WORD, NAMES["d"][2:5])]
    numbers = ",".join(case.number for case in town.cases.values())
    month = timezone.localdate().strftime("%Y-%m")
    addresses += [
        f"/appeals/export/?view=all&number={numbers}",
        f"/bulk/count/?view=all&number={numbers}",
        f"/appeals/?measure=filed&period={month}&of=city&unit=",
        f"/api/v1/appeals/?measure=filed&period={month}&of=city",
        f"/api/v1/appeals/?park={people.SPECIAL}&page_size=100",
    ]
    for address in addresses[turn % share :: share]:
        answer = client.get(address)
        if answer.status_code == 200:
            yield address, _text(answer)
    typed = {"title": f"{WORD}之事", "description": f"{WORD}详情，请有关部门帮助解决。"}
    for enterprise in list(town.enterprises.values())[turn % share :: share]:
        body = typed | {"enterprise": enterprise.credit_code}
        yield "preview", _text(client.post("/appeals/new/preview/", body)).replace(enterprise.name, "")
    yield "classify", _text(visitors.post(client, "/api/v1/classify/", typed))


_SEARCHED = ("/appeals/", "/office/", "/centre/", "/appeals/export/", "/api/v1/appeals/")


def _text(answer) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode()


def test_who_may_not_know_an_anonymous_enterprise_reads_its_case_without_it(town):
    case = town.cases["anonymous"]
    hidden = [case.enterprise.name, case.enterprise.credit_code, case.contact_name, case.contact_phone[-4:]]
    told = []
    for person, client in visitors.all_of(town).items():
        if not sees(person, "anonymous") or not _is_hidden(person, "anonymous"):
            continue
        for address in _OF_ONE:
            text = _text(client.get(address.format(case.number)))
            told += [(person, address, word) for word in hidden if word in text]
    assert not told


_OF_ONE = (
    "/appeals/{}/",
    "/appeals/{}/print/",
    "/api/v1/appeals/{}/",
    "/api/v1/appeals/{}/events/",
    "/api/v1/appeals/?q={}",
    "/appeals/export/?q={}",
)


def test_nobody_but_the_enterprise_and_the_centre_reads_whom_a_case_complains_of(town):
    case, told = town.cases["complaint"], []
    for person, client in visitors.all_of(town).items():
        if sees(person, "complaint") and person not in ("member_b", "triage", "director"):
            answer = client.get(f"/api/v1/appeals/{case.number}/events/").content.decode()
            state = client.get(f"/api/v1/appeals/{case.number}/").json()
            told += [person] if SCIENCE in answer or state["complained_of"] else []
    assert not told


def test_the_enterprise_of_an_incident_reads_nothing_of_the_leading_appeal(town):
    leading, own = town.cases["own"], town.cases["attached"]
    client = visitors.all_of(town)["member_c"]
    for address in _OF_ONE[:4]:
        assert leading.number not in _text(client.get(address.format(own.number)))


def test_a_number_that_is_not_ones_own_leads_nowhere(town):
    for person, client in visitors.all_of(town).items():
        strange = next((key for key in cases.KEYS if not sees(person, key)), None)
        if strange and person != OUTSIDER:
            number = town.cases[strange].number
            assert client.get("/appeals/", {"q": number}).status_code == 200, (person, strange)
            assert client.get("/api/v1/appeals/", {"q": number}).json()["results"] == []
