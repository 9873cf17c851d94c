"""Who somebody is today, and who is to be told."""

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser

from appeals.models import Membership
from appeals.people import Audience, To, actor_of
from chains.models import Department, User
from chains.taxonomy import Role
from tests.factory import CENTRE, LABOUR, PARK, SCIENCE, City, at, make_appeal, make_enterprise, make_user, post_of

pytestmark = pytest.mark.django_db

TODAY = date(2026, 9, 7)


def seen(user, today=TODAY):
    return actor_of(User.objects.get(pk=user.pk), today)


def test_a_head_heads_the_offices_below_as_well():
    actor = seen(make_user(Role.HEAD, SCIENCE))
    assert actor.heads == {SCIENCE} | Department.objects.below([SCIENCE])
    assert "330802-KJJ" in actor.heads
    assert (actor.seats, actor.handles, actor.roles) == ({SCIENCE}, frozenset(), {Role.HEAD})


def test_a_handler_handles_the_own_office_only():
    actor = seen(make_user(Role.HANDLER, SCIENCE))
    assert (actor.handles, actor.heads) == ({SCIENCE}, frozenset())


def test_a_station_officer_sits_in_a_park_and_a_leader_nowhere():
    assert seen(make_user(Role.STATION, PARK)).stations == {PARK}
    leader = seen(make_user(Role.LEADER))
    assert (leader.roles, leader.seats) == ({Role.LEADER}, frozenset())


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "held"),
    [
        (date(2026, 9, 7), None, True),  # the first day
        (date(2026, 9, 8), None, False),
        (date(2026, 1, 1), date(2026, 9, 7), True),  # the last day counts
        (date(2026, 1, 1), date(2026, 9, 6), False),
    ],
)
def test_a_post_counts_from_its_first_to_its_last_day(starts_on, ends_on, held):
    user = make_user()
    post_of(user, Role.HANDLER, SCIENCE, starts_on=starts_on, ends_on=ends_on)
    actor = seen(user)
    assert actor.is_staff is held
    assert bool(actor.handles) is held


def test_somebody_may_hold_several_posts():
    user = make_user(Role.HANDLER, SCIENCE)
    post_of(user, Role.HEAD, LABOUR)
    post_of(user, Role.TRIAGE, CENTRE)
    actor = seen(user)
    assert actor.roles == {Role.HANDLER, Role.HEAD, Role.TRIAGE}
    assert actor.handles == {SCIENCE}
    assert LABOUR in actor.heads
    assert actor.seats == {SCIENCE, LABOUR, CENTRE}


@pytest.mark.parametrize("state", Membership.State)
def test_only_who_is_confirmed_speaks_for_an_enterprise(state):
    user, enterprise = make_user(), make_enterprise()
    decided_at = None if state == Membership.State.PENDING else at(1, 5)
    Membership.objects.create(
        user=user, enterprise=enterprise, state=state, role="owner", asked_at=at(1, 5), decided_at=decided_at
    )
    actor = seen(user)
    expected = {enterprise.pk} if state == Membership.State.CONFIRMED else set()
    assert actor.enterprises == actor.owned == expected


def test_an_ordinary_member_owns_nothing():
    user, enterprise = make_user(), make_enterprise()
    Membership.objects.create(
        user=user, enterprise=enterprise, state="confirmed", asked_at=at(1, 5), decided_at=at(1, 5)
    )
    assert seen(user).enterprises == {enterprise.pk}
    assert seen(user).owned == frozenset()


def test_nobody_signed_in_is_nobody():
    actor = actor_of(AnonymousUser())
    assert (actor.user_id, actor.is_staff, actor.enterprises) == (0, False, frozenset())


def test_posts_and_memberships_are_read_once_a_request(django_assert_max_num_queries):
    user = User.objects.get(pk=make_user(Role.HANDLER, SCIENCE).pk)
    with django_assert_max_num_queries(2):
        assert actor_of(user) is actor_of(user)


def test_the_audience_of_many_cases_is_read_in_two_queries(django_assert_max_num_queries):
    city = City()
    cases = [make_appeal("signed", city=city) for _ in range(3)]
    people = {To.HEAD: city.head, To.DIRECTOR: city.director, To.ENTERPRISE: city.member, To.OFFICE: city.handler}
    with django_assert_max_num_queries(2):
        audience = Audience.of({case.enterprise_id for case in cases}, {SCIENCE}, set(To) - {To.WATCH}, at(9, 8))
    for word, user in people.items():
        assert audience.ids(cases[0], SCIENCE, {word}) == {user.pk}
    assert audience.ids(cases[0], SCIENCE, set(people)) == {user.pk for user in people.values()}
    assert audience.ids(cases[0], LABOUR, {To.HEAD}) == set()


def test_who_has_left_is_told_nothing():
    gone = make_user()
    post_of(gone, Role.HEAD, SCIENCE, ends_on=date(2026, 8, 31))
    audience = Audience.of(set(), {SCIENCE}, {To.HEAD}, at(9, 8))
    assert audience.posts[Role.HEAD, SCIENCE] == []
