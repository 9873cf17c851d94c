import pytest
from django.test import Client

from appeals import membership
from appeals.models import Membership
from appeals.people import actor_of
from appeals.states import Refused, Why
from chains.models import User
from chains.taxonomy import Role
from routing.models import Notice
from tests.appeals.pages import signed_in
from tests.factory import CENTRE, PASSWORD, SCIENCE, City, actor, at, make_enterprise, make_member, make_user

pytestmark = pytest.mark.django_db


def joining(enterprise, **changes):
    return {"credit_code": enterprise.credit_code, "name": "张敏", **changes}


def test_signing_in_leads_home():
    user = make_user(Role.TRIAGE, CENTRE, username="li")
    answer = Client().post("/accounts/login/", {"username": "li", "password": PASSWORD})
    assert answer.status_code == 302
    assert answer.url == "/home/"
    assert signed_in(user).get("/home/").url == "/centre/"


def test_a_wrong_password_says_so_and_keeps_the_user_name():
    make_user(username="li")
    page = Client().post("/accounts/login/", {"username": "li", "password": "wrong"})
    assert page.status_code == 200
    assert 'value="li"' in page.content.decode()


def test_ten_wrong_passwords_lock_the_door_for_a_while():
    make_user(username="li")
    client = Client()
    answers = [client.post("/accounts/login/", {"username": "li", "password": "wrong"}) for _ in range(11)]
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "900"


def test_signing_out_leads_to_the_portal():
    answer = signed_in(make_user()).post("/accounts/logout/")
    assert (answer.status_code, answer.url) == (302, "/")


@pytest.mark.parametrize(
    ("role", "office", "path"),
    [
        (Role.TRIAGE, CENTRE, "/centre/"),
        (Role.REVIEWER, CENTRE, "/centre/"),
        (Role.DIRECTOR, CENTRE, "/centre/"),
        (Role.HANDLER, SCIENCE, "/office/"),
        (Role.HEAD, SCIENCE, "/office/"),
        (Role.SUPERVISOR, CENTRE, "/appeals/?status=triage,dispatched,signed,parked,replied&light=red&ordering=due_by"),
        (Role.LEADER, None, "/appeals/?owner=me"),
        (Role.STATION, "ZZXC-GWH", "/appeals/"),
        (Role.SYSADMIN, None, "/admin/"),
        (Role.AUDITOR, None, "/audit/"),
        (None, None, "/accounts/members/"),  # speaks for nobody yet
    ],
)
def test_everybody_begins_the_day_at_their_own_desk(role, office, path):
    assert signed_in(make_user(role, office)).get("/home/").url == path


def test_an_enterprise_begins_with_its_appeals():
    assert signed_in(make_member()).get("/home/").url == "/appeals/"


@pytest.mark.parametrize("path", ["/home/", "/accounts/members/", "/appeals/", "/appeals/new/"])
def test_who_is_logged_out_is_asked_to_sign_in(path):
    answer = Client().get(path)
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/?next=")


def test_somebody_new_makes_an_account_and_asks_to_join():
    enterprise = make_enterprise()
    client = Client()
    answer = client.post("/accounts/join/", joining(enterprise, username="min", password=PASSWORD))
    assert (answer.status_code, answer.url) == (302, "/accounts/members/")
    row = Membership.objects.get()
    assert (row.enterprise, row.user.name, row.state) == (enterprise, "张敏", Membership.State.PENDING)
    page = client.get("/accounts/members/").content.decode()
    assert enterprise.name in page
    assert actor_of(User.objects.get(username="min")).enterprises == frozenset()


@pytest.mark.parametrize(
    "wrong",
    [
        {"credit_code": ""},
        {"credit_code": "123"},
        {"credit_code": "91330802000000001X"},  # a wrong check digit
        {"credit_code": "91330800MA28F0000A"},  # well formed or not, in no register
        {"credit_code": "x" * 100_000},
        {"name": ""},
        {"name": "\x00\x07"},
        {"username": ""},
        {"username": "min; drop"},
        {"username": "taken"},
        {"password": "123456"},
        {"password": ""},
    ],
)
def test_a_wrong_value_is_answered_at_its_field_and_nothing_is_written(wrong):
    make_user(username="taken")
    accounts = User.objects.count()
    page = Client().post("/accounts/join/", joining(make_enterprise(), username="min", password=PASSWORD) | wrong)
    assert page.status_code == 200
    (field,) = wrong
    assert page.context["form"].errors[field]
    assert f"id_{field}_error" in page.content.decode()
    assert User.objects.count() == accounts
    assert not Membership.objects.exists()


def test_the_first_confirmed_person_is_owner_and_the_centre_confirms():
    city = City()
    enterprise, person = make_enterprise(), make_user()
    row = membership.join(enterprise, by=person, name="张敏", at=at(9, 7))
    assert Notice.objects.filter(kind="member").count() == 0  # nobody sits in the centre yet
    answer = signed_in(city.triage).post(f"/accounts/members/{row.pk}/confirm/")
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.role, row.decided_by) == ("confirmed", "owner", city.triage)
    assert Notice.objects.filter(kind="joined", recipient=person).exists()


def test_the_owner_is_told_and_confirms_the_next_one_as_member():
    enterprise = make_enterprise()
    owner, person = make_member(enterprise), make_user()
    row = membership.join(enterprise, by=person, name="王强", at=at(9, 7))
    assert Notice.objects.get(kind="member").recipient == owner
    assert "王强" in str(Notice.objects.get(kind="member").params)
    page = signed_in(owner).get("/accounts/members/").content.decode()
    assert f"/accounts/members/{row.pk}/confirm/" in page
    signed_in(owner).post(f"/accounts/members/{row.pk}/confirm/")
    row.refresh_from_db()
    assert (row.state, row.role) == ("confirmed", "member")


def test_the_centre_is_told_where_there_is_no_owner():
    triage = City().triage
    membership.join(make_enterprise(), by=make_user(), name="张敏", at=at(9, 7))
    assert Notice.objects.get(kind="member").recipient == triage


def test_nobody_confirms_themselves_and_strangers_find_nothing():
    enterprise = make_enterprise()
    person, stranger = make_user(), make_member()
    row = membership.join(enterprise, by=person, name="张敏", at=at(9, 7))
    assert signed_in(person).post(f"/accounts/members/{row.pk}/confirm/").status_code == 403
    assert signed_in(stranger).post(f"/accounts/members/{row.pk}/confirm/").status_code == 404
    assert signed_in(stranger).get(f"/accounts/members/{row.pk}/confirm/").status_code == 405
    assert Client().post(f"/accounts/members/{row.pk}/confirm/").status_code == 302
    row.refresh_from_db()
    assert row.state == "pending"


def test_a_member_who_does_not_own_the_enterprise_confirms_nobody():
    enterprise = make_enterprise()
    make_member(enterprise)
    member = make_member(enterprise, role=Membership.Role.MEMBER)
    row = membership.join(enterprise, by=make_user(), name="张敏", at=at(9, 7))
    with pytest.raises(Refused) as refused:
        membership.confirm(row, by=actor(member))
    assert refused.value.why == Why.FORBIDDEN


def test_a_second_confirmation_is_refused():
    enterprise = make_enterprise()
    owner = make_member(enterprise)
    row = membership.join(enterprise, by=make_user(), name="张敏", at=at(9, 7))
    membership.confirm(row, by=actor(owner))
    with pytest.raises(Refused):
        membership.confirm(row, by=actor(owner))


def test_a_refused_person_may_ask_again_but_a_waiting_one_may_not():
    enterprise, person = make_enterprise(), make_user()
    owner = make_member(enterprise)
    row = membership.join(enterprise, by=person, name="张敏", at=at(9, 7))
    with pytest.raises(Refused):
        membership.join(enterprise, by=person, name="张敏", at=at(9, 8))
    assert signed_in(owner).post(f"/accounts/members/{row.pk}/refuse/").status_code == 302
    again = membership.join(enterprise, by=person, name="张敏", at=at(9, 9))
    assert (again.pk, again.state) == (row.pk, "pending")
    assert Notice.objects.filter(kind="member", recipient=owner).count() == 2


def test_the_owner_ends_a_membership_and_only_the_centre_ends_the_owners():
    city, enterprise = City(), make_enterprise()
    owner, member = make_member(enterprise), make_member(enterprise, role=Membership.Role.MEMBER)
    membership.refuse(member.memberships.get(), by=actor(owner))
    assert actor(member).enterprises == frozenset()
    with pytest.raises(Refused):
        membership.refuse(owner.memberships.get(), by=actor(make_member(enterprise)))
    membership.refuse(owner.memberships.get(), by=actor(city.director))
    assert actor(owner).enterprises == frozenset()


def test_whoever_chooses_a_language_keeps_it_without_signing_in():
    client = Client()
    assert 'lang="zh-Hans"' in client.get("/").content.decode()
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    assert 'lang="en"' in client.get("/").content.decode()
