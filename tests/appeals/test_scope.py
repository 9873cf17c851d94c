"""Who sees which appeals (product.md §2): every role against every kind of case, in lists and by number."""

from datetime import timedelta

import pytest

from appeals import followup, oversight
from appeals.models import Appeal
from appeals.states import CLOCKWORK, Actor, Status
from chains.models import Department
from chains.taxonomy import Role
from tests.factory import (
    CENTRE,
    LABOUR,
    PARK,
    SCIENCE,
    City,
    actor,
    at,
    make_appeal,
    make_enterprise,
    make_member,
    make_user,
    post_of,
)

pytestmark = pytest.mark.django_db

NOW = at(9, 8)
KINDS = {
    "triage": {"status": Status.TRIAGE},
    "dispatched": {"status": Status.DISPATCHED},
    "replied": {"status": Status.REPLIED},
    "visiting": {"status": Status.VISITING},
    "closed": {"status": Status.CLOSED},
    "declined": {"status": Status.DECLINED},
    "county": {"status": Status.SIGNED, "lead": "330802-KJJ"},
    "helped": {"status": Status.SIGNED, "lead": "330800-JXJ", "support": (SCIENCE,)},
    "complaint": {"status": Status.SIGNED, "lead": "330802-KJJ"},
    "foreign": {"status": Status.SIGNED, "lead": LABOUR},
}


@pytest.fixture
def cases():
    """One case of each kind, each of another enterprise; in the park: triage and complaint."""
    made = {}
    for name, wanted in KINDS.items():
        city = City()
        in_park = name in ("triage", "complaint")
        city._people["member"] = make_member(make_enterprise(park_id=PARK if in_park else None))
        made[name] = make_appeal(city=city, **wanted)
    Appeal.objects.filter(pk=made["complaint"].pk).update(complained_of=SCIENCE)
    return made


def names_of(rows, cases):
    by_pk = {case.pk: name for name, case in cases.items()}
    return {by_pk[pk] for pk in rows.values_list("pk", flat=True)}


EVERYTHING = set(KINDS)
OPEN = EVERYTHING - {"closed", "declined"}
OF_SCIENCE = {"dispatched", "replied", "visiting", "closed"}


# role, office, what its lists hold, what it opens by number (None: the same)
SEES = (
    (Role.HANDLER, SCIENCE, OF_SCIENCE | {"helped"}, None),
    (Role.HEAD, SCIENCE, OF_SCIENCE | {"helped", "county"}, None),  # the offices below; not the complaint
    (Role.HANDLER, "330802-KJJ", {"county", "complaint"}, None),
    (Role.HANDLER, LABOUR, {"foreign"}, None),
    (Role.HANDLER, "330800-JXJ", {"helped"}, None),
    (Role.HANDLER, "330800-SWJ", set(), None),
    (Role.TRIAGE, CENTRE, OPEN, EVERYTHING),  # closed ones by number
    (Role.DIRECTOR, CENTRE, EVERYTHING, None),
    (Role.REVIEWER, CENTRE, {"replied", "visiting", "closed"}, None),
    (Role.STATION, PARK, {"triage", "complaint"}, None),
    (Role.STATION, "ZHXC-GWH", set(), None),
    (Role.SUPERVISOR, CENTRE, {"triage"}, None),  # the only late one
    (Role.LEADER, None, set(), None),
    (Role.AUDITOR, None, set(), None),
    (Role.SYSADMIN, None, set(), None),  # no case content
    (Role.CHANNEL, None, set(), None),  # it filed none of them
)


def test_each_role_sees_its_own(cases):
    for role, office, listed, by_number in SEES:
        by = actor(make_user(role, office))
        assert names_of(Appeal.objects.listed_to(by, NOW), cases) == listed, (role, office)
        opened = names_of(Appeal.objects.visible_to(by, NOW), cases)
        assert opened == (listed if by_number is None else by_number), (role, office)


def test_an_enterprise_sees_its_own_only(cases):
    for name, case in cases.items():
        member = case.enterprise.memberships.get().user
        assert names_of(Appeal.objects.visible_to(actor(member), NOW), cases) == {name}


def test_strangers_see_nothing(cases):
    for by in (Actor(0), Actor(99), CLOCKWORK, actor(make_user()), actor(make_member())):
        assert not Appeal.objects.visible_to(by, NOW).exists()


def test_several_posts_add_up(cases):
    user = make_user(Role.HANDLER, LABOUR)
    post_of(user, Role.REVIEWER, CENTRE)
    found = names_of(Appeal.objects.listed_to(actor(user), NOW), cases)
    assert found == {"foreign", "replied", "visiting", "closed"}


def test_nobody_is_listed_twice(cases):
    user = make_user(Role.HANDLER, SCIENCE)
    for role in (Role.HEAD, Role.TRIAGE, Role.REVIEWER, Role.DIRECTOR, Role.SUPERVISOR):
        post_of(user, role, SCIENCE)
    found = list(Appeal.objects.listed_to(actor(user), NOW).values_list("pk", flat=True))
    assert len(found) == len(set(found))


@pytest.mark.parametrize("role", [Role.HANDLER, Role.HEAD])
def test_the_complained_of_office_sees_no_complaint_even_as_its_helper(role):
    city = City()
    office = Department.objects.get(pk=SCIENCE)
    case = make_appeal(Status.DISPATCHED, city=city, lead=LABOUR, complained_of=office)
    Appeal.objects.filter(pk=case.pk).update(supporting=[SCIENCE])
    assert not Appeal.objects.visible_to(actor(make_user(role, SCIENCE)), NOW).exists()
    assert Appeal.objects.visible_to(actor(make_user(role, LABOUR)), NOW).exists()


def test_the_station_of_the_complained_of_park_sees_no_complaint():
    city = City()
    city._people["member"] = make_member(make_enterprise(park_id=PARK))
    make_appeal(city=city, complained_of=Department.objects.get(pk=PARK))
    assert not Appeal.objects.visible_to(actor(make_user(Role.STATION, PARK)), NOW).exists()


@pytest.mark.parametrize(("age", "sees"), [(timedelta(days=90), True), (timedelta(days=90, minutes=1), False)])
def test_a_reviewer_sees_closed_cases_for_ninety_days(age, sees):
    case = make_appeal(Status.CLOSED)
    by = actor(make_user(Role.REVIEWER, CENTRE))
    assert Appeal.objects.visible_to(by, case.closed_at + age).exists() is sees


def test_a_supervisor_sees_what_is_late_while_it_is_late():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    by = actor(city.supervisor)
    assert not Appeal.objects.visible_to(by, case.resolve_by).exists()
    assert Appeal.objects.visible_to(by, case.resolve_by + timedelta(minutes=1)).exists()


def test_a_leader_sees_the_open_cases_whose_top_rung_was_told():
    city = City()
    case, _young = make_appeal(Status.SIGNED, city=city), make_appeal(city=city, filed_at=at(9, 20))
    by = actor(city.holder(Role.LEADER))
    oversight.sweep(at(9, 20, 17, 29))
    assert not Appeal.objects.visible_to(by, NOW).exists()
    oversight.sweep(at(9, 20, 17, 30))  # five workdays after the 14th, the Sunday worked
    assert Appeal.objects.visible_to(by, NOW).get() == case
    followup.withdraw(case, by=actor(city.member), reason="已解决", at=at(9, 21))
    assert not Appeal.objects.visible_to(by, NOW).exists()


def test_a_channel_sees_what_it_filed():
    city = City()
    case = make_appeal(city=city)
    channel = make_user(Role.CHANNEL)
    Appeal.objects.filter(pk=case.pk).update(filed_by=channel)
    assert Appeal.objects.visible_to(actor(channel), NOW).get() == case
    assert not Appeal.objects.visible_to(actor(make_user(Role.CHANNEL)), NOW).exists()


def test_who_left_the_office_no_longer_sees_its_cases():
    city = City()
    make_appeal(Status.SIGNED, city=city)
    city.handler.posts.update(ends_on=at(9, 1).date())
    assert not Appeal.objects.visible_to(actor(city.handler), NOW).exists()
