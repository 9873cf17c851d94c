"""Which step tells whom, once each, in words for the reader."""

import pytest

from appeals import asking, followup, handling, oversight
from appeals.models import Appeal, Membership
from appeals.notices import BY_VERB
from appeals.states import Status
from appeals.table import MOVES
from chains.models import Department
from chains.taxonomy import Role
from routing import ladder, outbox, wording
from routing.models import Notice
from tests.factory import LABOUR, SCIENCE, City, actor, at, make_appeal, make_user

pytestmark = pytest.mark.django_db

NOW = at(9, 8, 10)


@pytest.fixture
def city():
    return City()


def told(case):
    """Kind and readers of the notices of the last line."""
    cause = f"{case.number}:{Appeal.objects.get(pk=case.pk).last_seq}"
    notices = Notice.objects.of_cause(cause)
    return {notice.kind for notice in notices}, {notice.recipient for notice in notices}


def test_a_whole_life_tells_each_reader_what_concerns_them(city):
    names = {
        city.handler: "handler",
        city.head: "head",
        city.triage: "triage",
        city.reviewer: "reviewer",
        city.director: "director",
        city.supervisor: "supervisor",
        city.member: "member",
    }
    case = make_appeal(Status.CLOSED, city=city)
    lives = [(notice.kind, names[notice.recipient]) for notice in Notice.objects.filter(number=case.number)]
    assert sorted(lives) == [
        ("dispatch", "handler"),
        ("dispatch", "head"),
        ("dispatch", "member"),
        ("rate", "handler"),
        ("reply", "reviewer"),
        ("review", "member"),
        ("sign", "member"),
    ]


def test_nobody_is_told_of_what_they_did_themselves(city):
    colleague = make_user(Role.HANDLER, SCIENCE)
    case = make_appeal(Status.DISPATCHED, city=city)
    handling.assign(case, by=actor(city.head), handler=city.head, at=NOW)
    assert told(case) == (set(), set())
    handling.assign(case, by=actor(city.head), handler=colleague, at=NOW)
    assert told(case) == ({"assign"}, {colleague})


@pytest.mark.parametrize(("solved", "stars", "readers"), [("yes", 5, ["handler"]), ("no", 1, ["handler", "head"])])
def test_a_bad_rating_reaches_the_head_too(city, solved, stars, readers):
    people, _head = {getattr(city, name) for name in readers}, city.head
    case = make_appeal(Status.VISITING, city=city)
    followup.rate(case, by=actor(city.member), solved=solved, stars=stars, at=NOW)
    kinds, found = told(case)
    assert kinds == {"rate"}
    assert found == people


def test_sent_back_the_handler_is_told_and_not_the_enterprise(city):
    case = make_appeal(Status.REPLIED, city=city)
    followup.review(case, by=actor(city.reviewer), passed=False, note="请补充", at=NOW)
    assert told(case) == ({"review"}, {city.handler})


def test_all_members_of_the_enterprise_are_told(city):
    colleague, waiting = make_user(), make_user()
    for user, state in ((colleague, "confirmed"), (waiting, "pending")):
        Membership.objects.create(
            user=user,
            enterprise=city.enterprise,
            state=state,
            asked_at=at(1, 5),
            decided_at=at(1, 5) if state == "confirmed" else None,
        )
    case = make_appeal(Status.DISPATCHED, city=city)
    handling.sign(case, by=actor(city.handler), at=NOW)
    assert told(case) == ({"sign"}, {city.member, colleague})


def test_a_record_that_concerns_nobody_else_tells_nobody(city):
    case = make_appeal(Status.SIGNED, city=city)
    before = Notice.objects.count()
    handling.note(case, by=actor(city.handler), text="备注", at=NOW)
    handling.contact(case, by=actor(city.handler), note="电话", at=NOW)
    assert Notice.objects.count() == before


def test_notices_of_an_urgent_appeal_are_urgent(city):
    case = make_appeal(Status.DISPATCHED, city=city, urgent=True)
    assert all(Notice.objects.filter(number=case.number).values_list("urgent", flat=True))


def test_every_verb_and_rung_that_tells_somebody_has_words(city, in_english):
    assert set(BY_VERB) <= set(MOVES) | {"invite", "move_office"}
    params = {"title": "Power", "lead": "KJJ", "status": "signed", "person": "Li", "enterprise": "Co"}
    kinds = [(verb, {}) for verb in (*BY_VERB, "file", "message", "upload", "review")]
    kinds += [("rung", {"rung": rung}) for rung in ladder.HEIGHT]
    for kind, more in kinds:
        subject, body = wording.words(Notice(kind=kind, params=params | more, number="QY1"))
        assert "Power" in subject
        assert "QY1" in body


def test_what_a_life_and_a_sweep_write_can_all_be_shown(city):
    for person in (city.handler, city.head, city.supervisor, city.director, city.holder(Role.LEADER)):
        person.email = f"{person.username}@office.example"
        person.save()
    late = make_appeal(Status.SIGNED, city=city)
    silent = make_appeal(Status.VISITING, city=city)
    back = make_appeal(Status.DISPATCHED, city=city)
    proposed = Department.objects.get(pk=LABOUR)
    asking.hand_back(back, by=actor(city.handler), reason="…", proposed_lead=proposed, at=NOW)
    for moment in (late.yellow_at, at(9, 10, 17, 30), late.resolve_by, at(9, 16), at(9, 18), at(9, 22)):
        oversight.sweep(moment)
    while outbox.deliver(at(9, 23)):
        pass
    shown = {wording.words(notice)[0] for notice in Notice.objects.all()}
    assert all("高企认定" in subject for subject in shown)
    assert Appeal.objects.get(pk=silent.pk).status == Status.CLOSED
