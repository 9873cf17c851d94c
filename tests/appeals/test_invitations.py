"""Members of an enterprise: invited by a link, removed, the ownership handed over."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from appeals import invitations, membership
from appeals.models import Appeal, Invitation, Membership
from appeals.people import actor_of
from appeals.states import Refused, Why
from chains.models import User
from chains.taxonomy import Role
from routing.models import Notice
from tests.appeals.pages import signed_in
from tests.factory import CENTRE, PASSWORD, City, actor, at, make_appeal, make_enterprise, make_member, make_user
from tests.pages import see

pytestmark = pytest.mark.django_db

MOMENT = at(9, 7)
MEMBER = Membership.Role.MEMBER


def refusal(of, *args, **kwargs) -> Why:
    with pytest.raises(Refused) as refused:
        of(*args, **kwargs)
    return refused.value.why


@pytest.fixture
def enterprise():
    return make_enterprise()


@pytest.fixture
def owner(enterprise):
    return make_member(enterprise)


def token_of(owner, enterprise, moment=None):
    return invitations.invite(enterprise, by=actor(owner), at=moment)


def link_on(page: str) -> str:
    return re.search(r'link-once">http://testserver([^<]+)<', page)[1]


def test_the_owner_makes_a_link_that_is_shown_once(owner, enterprise):
    browser = signed_in(owner)
    browser.cookies["django_language"] = "en"
    answer = browser.post("/accounts/invitations/", {"enterprise": enterprise.credit_code})
    assert (answer.status_code, answer.url) == (302, "/accounts/members/")
    link = link_on(browser.get("/accounts/members/").content.decode())
    assert "link-once" not in browser.get("/accounts/members/").content.decode()
    token = link.strip("/").split("/")[-1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(i)::text FROM appeals_invitation i")
        assert token not in cursor.fetchone()[0], "only its digest is kept"
    assert Client().get(link).status_code == 200


def test_somebody_new_accepts_and_speaks_for_the_enterprise_at_once(owner, enterprise):
    token, client = token_of(owner, enterprise), Client()
    path = f"/accounts/invitations/{token}/"
    assert enterprise.name in client.get(path).content.decode()
    answer = client.post(path, {"name": "张敏", "username": "min", "password": PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/appeals/")
    row = Membership.objects.get(user__username="min")
    assert (row.role, row.state, row.decided_by, row.user.name) == ("member", "confirmed", owner, "张敏")
    assert client.get("/appeals/new/").status_code == 200
    assert actor_of(row.user).enterprises == {enterprise.pk}
    assert Client().get(path).status_code == 404, "it is good once"


def test_somebody_with_an_account_accepts_with_the_name_alone(owner, enterprise):
    person = make_user(name="")
    answer = signed_in(person).post(f"/accounts/invitations/{token_of(owner, enterprise)}/", {"name": "王强"})
    assert answer.status_code == 302
    assert User.objects.get(pk=person.pk).name == "王强"
    assert actor(person).enterprises == {enterprise.pk}


@pytest.mark.parametrize("wrong", [{"name": ""}, {"username": "taken"}, {"password": "123456"}])
def test_a_wrong_value_is_answered_at_its_field_and_the_link_stays_good(owner, enterprise, wrong):
    make_user(username="taken")
    path = f"/accounts/invitations/{token_of(owner, enterprise)}/"
    page = Client().post(path, {"name": "张敏", "username": "min", "password": PASSWORD} | wrong)
    assert page.status_code == 200
    assert page.context["form"].errors.keys() == wrong.keys()
    assert Client().get(path).status_code == 200


def test_an_invitation_is_good_for_seven_days(owner, enterprise):
    token = token_of(owner, enterprise, MOMENT)
    week = timedelta(days=7)
    assert invitations.open_one(token, MOMENT + week - timedelta(seconds=1))
    assert invitations.open_one(token, MOMENT + week) is None
    assert refusal(invitations.accept, token, by=make_user(), name="张敏", at=MOMENT + week) == Why.CONFLICT


@pytest.mark.parametrize("token", ["x", "0" * 500, "邀请"])
def test_a_link_that_is_none_leads_nowhere(token):
    assert Client().get(f"/accounts/invitations/{token}/").status_code == 404
    assert Client().post(f"/accounts/invitations/{token}/", {"name": "张敏"}).status_code == 404


def test_an_invitation_is_taken_back(owner, enterprise):
    token = token_of(owner, enterprise)
    row = Invitation.objects.get()
    assert f"/accounts/invitations/{row.pk}/take_back/" in see(owner, "/accounts/members/")
    assert signed_in(owner).post(f"/accounts/invitations/{row.pk}/take_back/").status_code == 302
    assert invitations.open_one(token) is None
    assert Client().get(f"/accounts/invitations/{token}/").status_code == 404


def test_a_used_invitation_cannot_be_taken_back(owner, enterprise):
    invitations.accept(token_of(owner, enterprise), by=make_user(), name="张敏")
    assert refusal(invitations.take_back, Invitation.objects.get(), by=actor(owner)) == Why.CONFLICT


def test_an_invitation_ends_with_the_ownership_of_whoever_made_it(owner, enterprise):
    token = token_of(owner, enterprise)
    membership.hand_over(make_member(enterprise, role=MEMBER).memberships.get(), by=actor(owner))
    assert invitations.open_one(token) is None


def test_a_member_who_is_one_already_does_not_use_the_link_up(owner, enterprise):
    token = token_of(owner, enterprise)
    assert refusal(invitations.accept, token, by=owner, name="张敏") == Why.CONFLICT
    assert actor(owner).owned == {enterprise.pk}, "and stays the owner"
    assert invitations.open_one(token)


def test_whoever_waits_or_was_removed_comes_back_by_a_link(owner, enterprise):
    waiting, removed = make_user(), make_member(enterprise, role=MEMBER)
    membership.join(enterprise, by=waiting, name="张敏")
    membership.refuse(removed.memberships.get(), by=actor(owner))
    for person in (waiting, removed):
        invitations.accept(token_of(owner, enterprise), by=person, name="张敏")
        assert actor(person).enterprises == {enterprise.pk}


def test_only_the_owner_invites_and_takes_back(owner, enterprise):
    token_of(owner, enterprise)
    row, values = Invitation.objects.get(), {"enterprise": enterprise.credit_code}
    member, stranger, triage = make_member(enterprise, role=MEMBER), make_member(), make_user(Role.TRIAGE, CENTRE)
    assert signed_in(member).post("/accounts/invitations/", values).status_code == 403
    for user in (stranger, triage, make_user()):
        assert signed_in(user).post("/accounts/invitations/", values).status_code == 404
    for user in (member, stranger, triage):
        assert signed_in(user).post(f"/accounts/invitations/{row.pk}/take_back/").status_code == 404
    assert Client().post("/accounts/invitations/", values).status_code == 302
    assert signed_in(owner).get("/accounts/invitations/").status_code == 405
    assert Invitation.objects.count() == 1
    assert "invite-title" not in see(member, "/accounts/members/")


def test_links_do_not_pile_up(owner, enterprise):
    for _n in range(20):
        token_of(owner, enterprise)
    assert refusal(token_of, owner, enterprise) == Why.CONFLICT


def test_the_database_knows_no_invitation_used_and_taken_back(owner, enterprise):
    token_of(owner, enterprise)
    with pytest.raises(IntegrityError, match="invitation_is_used_or_taken_back"), transaction.atomic():
        Invitation.objects.update(used_at=MOMENT, revoked_at=MOMENT)


# Removing, leaving, handing over.


def test_whoever_is_removed_sees_nothing_at_once(enterprise, owner):
    city = City()
    city._people["member"] = owner
    member = make_member(enterprise, role=MEMBER)
    case = make_appeal(city=city)
    browser = signed_in(member)
    assert browser.get(case.get_absolute_url()).status_code == 200
    row = member.memberships.get()
    assert signed_in(owner).post(f"/accounts/members/{row.pk}/refuse/").status_code == 302
    # the same session, the next request
    assert browser.get(case.get_absolute_url()).status_code == 404
    assert browser.get(f"/api/v1/appeals/{case.number}/").status_code == 404
    assert browser.get("/api/v1/appeals/").json()["results"] == []
    assert Appeal.objects.visible_to(actor(member), MOMENT).count() == 0
    assert Notice.objects.get(kind="removed").recipient == member


def test_a_member_leaves(owner, enterprise):
    member = make_member(enterprise, role=MEMBER)
    row = member.memberships.get()
    assert f"/accounts/members/{row.pk}/leave/" in see(member, "/accounts/members/")
    assert signed_in(member).post(f"/accounts/members/{row.pk}/leave/").status_code == 302
    assert actor(member).enterprises == frozenset()
    assert refusal(membership.leave, row, by=actor(member)) == Why.CONFLICT


def test_the_only_owner_hands_over_before_leaving(owner, enterprise):
    member = make_member(enterprise, role=MEMBER)
    own = owner.memberships.get()
    assert refusal(membership.leave, own, by=actor(owner)) == Why.CONFLICT
    assert actor(owner).owned == {enterprise.pk}
    answer = signed_in(owner).post(f"/accounts/members/{member.memberships.get().pk}/hand_over/")
    assert answer.status_code == 302
    assert (actor(owner).owned, actor(member).owned) == (frozenset(), {enterprise.pk})
    assert actor(owner).enterprises == {enterprise.pk}
    assert Notice.objects.get(kind="owner").recipient == member
    membership.leave(own, by=actor(owner))
    assert actor(owner).enterprises == frozenset()


def test_one_hands_over_to_a_confirmed_member_only(owner, enterprise):
    waiting = membership.join(enterprise, by=make_user(), name="张敏")
    assert refusal(membership.hand_over, waiting, by=actor(owner)) == Why.CONFLICT
    assert refusal(membership.hand_over, owner.memberships.get(), by=actor(owner)) == Why.CONFLICT
    assert actor(owner).owned == {enterprise.pk}


def test_only_the_owner_hands_over(owner, enterprise):
    row = make_member(enterprise, role=MEMBER).memberships.get()
    other, stranger = make_member(enterprise, role=MEMBER), make_member()
    path = f"/accounts/members/{row.pk}/hand_over/"
    assert signed_in(row.user).post(path).status_code == 403
    for user in (other, stranger, make_user(Role.DIRECTOR, CENTRE)):
        assert signed_in(user).post(path).status_code == 404
    assert signed_in(owner).get(path).status_code == 405
    assert Client().post(path).status_code == 302
    assert actor(owner).owned == {enterprise.pk}


def test_one_does_not_leave_for_somebody_else(owner, enterprise):
    row = make_member(enterprise, role=MEMBER).memberships.get()
    assert signed_in(owner).post(f"/accounts/members/{row.pk}/leave/").status_code == 403
    assert signed_in(make_member()).post(f"/accounts/members/{row.pk}/leave/").status_code == 404


def together(calls) -> list:
    """What each call returned, or how it was refused."""

    def answer_of(call):
        try:
            return call()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(answer_of, calls))


@pytest.mark.django_db(transaction=True)
def test_two_with_one_link_make_one_member():
    enterprise = make_enterprise()
    token = token_of(make_member(enterprise), enterprise)
    people = [make_user(), make_user()]
    answers = together([lambda person=person: invitations.accept(token, by=person, name="张敏") for person in people])
    assert sorted(type(answer).__name__ for answer in answers) == ["Membership", "Refused"]
    assert enterprise.memberships.confirmed().count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_owners_that_leave_together_leave_one():
    enterprise = make_enterprise()
    owners = [make_member(enterprise), make_member(enterprise)]
    steps = [lambda user=user: membership.leave(user.memberships.get(), by=actor(user)) for user in owners]
    answers = together(steps)
    assert sorted(type(answer).__name__ for answer in answers) == ["Membership", "Refused"]
    assert enterprise.memberships.owners().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_handings_over_at_once_make_one_owner():
    enterprise = make_enterprise()
    owner = make_member(enterprise)
    rows = [make_member(enterprise, role=MEMBER).memberships.get() for _n in range(2)]
    acting = actor(owner)
    answers = together([lambda row=row: membership.hand_over(row, by=acting) for row in rows])
    assert sorted(type(answer).__name__ for answer in answers) == ["Membership", "Refused"]
    assert enterprise.memberships.owners().count() == 1
