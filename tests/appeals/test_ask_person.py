"""After an automatic dispatch the enterprise may ask for a person (个人信息保护法 §24); the centre looks."""

import pytest

from appeals import asking, dispatch, handling, intake
from appeals.models import Appeal
from appeals.people import actor_of
from appeals.states import Refused, Why
from chains.models import Topic, User
from chains.taxonomy import Role
from routing.models import Notice
from tests.appeals.pages import signed_in
from tests.factory import CENTRE, City, actor, at, make_appeal, make_user
from tests.pages import see

pytestmark = pytest.mark.django_db

FILED, ASKED, LOOKED = at(9, 7), at(9, 7, 10), at(9, 7, 11)


@pytest.fixture
def city():
    return City()


@pytest.fixture
def case(city):
    filing = intake.Filing(
        title="高企认定材料怎么报", description="我们想申报高新技术企业，请问需要哪些材料？", enterprise=city.enterprise
    )
    case = intake.accept(filing, by=actor(city.member), at=FILED)
    assert (case.status, case.decided_by) == ("dispatched", "auto")
    return case


def fresh(case):
    return Appeal.objects.get(pk=case.pk)


def waiting(user):
    return see(user, "/centre/?view=person")


def asked(case, city, **changes):
    return asking.ask_person(case, by=actor(city.member), at=ASKED, **changes)


def test_the_centre_is_told_and_finds_it_in_a_view_of_its_own(case, city):
    officer = city.triage
    event = asked(case, city, reason="我们觉得不是这个部门")
    assert (event.verb, event.text, event.from_status, event.to_status) == (
        "ask_person",
        "我们觉得不是这个部门",
        "dispatched",
        "dispatched",
    )
    assert set(Notice.objects.filter(kind="ask_person").values_list("recipient", flat=True)) == {officer.pk}
    page = waiting(city.triage)
    assert case.title in page and "我们觉得不是这个部门" in page
    assert case.title not in see(city.triage, "/centre/?view=triage")


def test_the_work_goes_on_meanwhile(case, city):
    before = Appeal.objects.values("lead", "sign_by", "resolve_by", "due_by").get(pk=case.pk)
    asked(case, city)
    assert Appeal.objects.values("lead", "sign_by", "resolve_by", "due_by").get(pk=case.pk) == before
    handler = city.holder(Role.HANDLER, case.lead_id)
    handling.sign(fresh(case), by=actor(handler), at=LOOKED)
    assert case.title in waiting(city.triage), "signed, and still to be looked at"


def test_it_is_asked_once(case, city):
    asked(case, city)
    with pytest.raises(Refused) as refused:
        asked(fresh(case), city)
    assert refused.value.why == Why.CONFLICT


def test_what_a_person_dispatched_has_had_its_person(city):
    with pytest.raises(Refused) as refused:
        asked(make_appeal("dispatched", city=city), city)
    assert refused.value.why == Why.CONFLICT


@pytest.mark.parametrize("role", [Role.TRIAGE, Role.DIRECTOR, Role.HANDLER])
def test_only_the_enterprise_asks(case, role):
    user = make_user(role, case.lead_id if role == Role.HANDLER else CENTRE)
    with pytest.raises(Refused) as refused:
        asking.ask_person(case, by=actor(user), at=ASKED)
    assert refused.value.why == Why.FORBIDDEN


def test_a_word_of_the_centre_to_the_enterprise_confirms(case, city):
    asked(case, city)
    handling.note(fresh(case), by=actor(city.triage), text="经核对，确由该局负责。", internal=False, at=LOOKED)
    after = fresh(case)
    assert (after.decided_by, after.awaits_a_person, after.status) == ("person", False, "dispatched")
    notice = Notice.objects.get(kind="looked_at")
    assert (notice.recipient, notice.number) == (city.member, case.number)
    assert case.title not in waiting(city.triage)
    assert "经核对" in see(city.member, case.get_absolute_url())


@pytest.mark.parametrize(
    ("who", "internal"),
    [("triage", True), ("handler", False)],  # the enterprise would learn nothing; the office is not the centre
)
def test_another_note_confirms_nothing(case, city, who, internal):
    asked(case, city)
    user = city.triage if who == "triage" else city.holder(Role.HANDLER, case.lead_id)
    handling.note(fresh(case), by=actor(user), text="备注", internal=internal, at=LOOKED)
    assert fresh(case).awaits_a_person


def test_a_correction_confirms_and_the_enterprise_is_told(case, city):
    asked(case, city)
    dispatch.reclassify(
        fresh(case), by=actor(city.triage), topic=Topic.objects.get(pk="N02"), reason="类别有误", at=LOOKED
    )
    assert fresh(case).decided_by == "person"
    assert city.member.pk in Notice.objects.filter(kind="looked_at").values_list("recipient", flat=True)


def test_a_re_route_ends_it_too(case, city):
    asked(case, city)
    dispatch.reroute(fresh(case), by=actor(city.triage), reason="改由他局办理", at=LOOKED)
    after = fresh(case)
    assert (after.status, after.awaits_a_person) == ("triage", False)
    assert case.title not in waiting(city.triage)


def test_a_note_on_another_case_changes_nothing_of_how_it_was_decided(case, city):
    handling.note(case, by=actor(city.triage), text="备注", internal=False, at=LOOKED)
    assert fresh(case).decided_by == "auto"
    assert not Notice.objects.filter(kind="looked_at").exists()


def test_the_enterprise_presses_the_button_and_the_officer_answers_from_the_desk(case, city):
    browser = signed_in(city.member)
    assert "step-ask_person" in browser.get(case.get_absolute_url()).content.decode()
    version = fresh(case).version
    answer = browser.post(f"/appeals/{case.number}/ask_person/", {"version": version, "reason": ""})
    assert answer.status_code == 302
    assert "step-ask_person" not in browser.get(case.get_absolute_url()).content.decode()
    page = waiting(city.triage)
    assert f"/appeals/{case.number}/note/" in page and f"/appeals/{case.number}/reroute/" in page
    values = {"version": fresh(case).version, "text": "确由该局负责。", "internal": "false"}
    assert signed_in(city.triage).post(f"/appeals/{case.number}/note/", values).status_code == 302
    assert case.title not in waiting(city.triage)


def test_the_reviewer_has_no_such_view(case, city):
    asked(case, city)
    assert "Asked for a person" not in see(city.reviewer, "/centre/")
    assert actor_of(User.objects.get(pk=city.reviewer.pk)).roles == {Role.REVIEWER}
