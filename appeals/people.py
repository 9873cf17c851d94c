"""Who somebody is today, and who is to be told: reads posts and memberships."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from appeals.models import Appeal, Membership
from appeals.states import Actor, Status
from chains.models import Department, Post, Shift, User
from chains.taxonomy import CENTRE_OFFICE, Role
from routing.calendar import workdays
from routing.watch import Woken, woken


def actor_of(user: User | AnonymousUser, today: date | None = None) -> Actor:
    """`user` with the posts and memberships of `today` (default: the clock's), read once for each object `user`.

    A deputy (代理人) holds the posts of the absent person beside the own ones, never the memberships.
    """
    if not user.is_authenticated:
        return Actor(user_id=0)
    if today is None and "actor" in user.__dict__:
        return user.__dict__["actor"]
    actor = _read_actor(user, today or timezone.localdate())
    if today is None:
        user.__dict__["actor"] = actor
    return actor


def _read_actor(user, today) -> Actor:
    held = list(Post.objects.acting_for(user, today).held(today).values_list("role", "department_id", "user_id"))
    posts = [(role, office) for role, office, _holder in held]
    memberships = list(Membership.objects.filter(user=user).confirmed().values_list("enterprise_id", "role"))

    def seats(*roles):
        return frozenset(office for role, office in posts if office and role in roles)

    heads = seats(Role.HEAD)
    return Actor(
        user_id=user.pk,
        name=str(user),
        roles=frozenset(role for role, _office in posts),
        handles=seats(Role.HANDLER),
        heads=heads | Department.objects.below(heads),
        seats=frozenset(office for _role, office in posts if office),
        stations=seats(Role.STATION),
        enterprises=frozenset(enterprise for enterprise, _role in memberships),
        owned=frozenset(enterprise for enterprise, role in memberships if role == Membership.Role.OWNER),
        stands_for=frozenset(holder for _role, _office, holder in held) - {user.pk},
    )


def leaders(today: date) -> dict[str, User]:
    """Who may take a case over (包案), by user name."""
    posts = Post.objects.held(today).of_role(Role.LEADER).select_related("user")
    return {post.user.username: post.user for post in posts}


def leaders_by_load(at: datetime) -> list[User]:
    """The leaders of the day, whoever owns the fewest open cases first."""
    found = list(leaders(timezone.localdate(at)).values())
    owned = Counter(Appeal.objects.owned([leader.pk for leader in found]).values_list("owner", flat=True))
    return sorted(found, key=lambda leader: (owned[leader.pk], leader.pk))


def heads_of(offices: set[str], today: date) -> dict[str, User]:
    """The head of each of `offices` today; of several whoever has held the post longest."""
    posts = (
        Post.objects.held(today)
        .of_role(Role.HEAD)
        .in_offices(offices)
        .select_related("user")
        .order_by("-starts_on", "-pk")
    )
    return {post.department_id: post.user for post in posts}


class To(StrEnum):
    """Whom a notice is for."""

    ENTERPRISE = "enterprise"
    OFFICE = "office"  # the handler; where none is assigned, every handler and head of the lead
    WHOLE_OFFICE = "whole_office"  # every handler and head of the lead
    HEAD = "head"
    CENTRE = "centre"
    REVIEWERS = "reviewers"
    SUPERVISORS = "supervisors"
    DIRECTOR = "director"
    LEADERS = "leaders"
    WATCH = "watch"  # an urgent case: whoever is on duty, else the next rung
    ISSUERS = "issuers"  # of the supervision orders that have just been answered
    OWNER = "owner"  # the leader who has taken the case over
    SUPPORT = "support"  # other offices than the lead


_POSTS = {
    To.CENTRE: Role.TRIAGE,
    To.REVIEWERS: Role.REVIEWER,
    To.SUPERVISORS: Role.SUPERVISOR,
    To.DIRECTOR: Role.DIRECTOR,
    To.LEADERS: Role.LEADER,
}


_OF_OFFICES = (Role.HANDLER, Role.HEAD)
_ROLES = {word: {role} for word, role in _POSTS.items()} | {To.WATCH: {Role.TRIAGE, Role.DIRECTOR, Role.SUPERVISOR}}


@dataclass(frozen=True)
class Audience:
    """Everybody who may have to be told of some cases, read at once for all of them.

    `deputies`: who stands in for an absent person and is told as well; `on_duty`: by office, of the roster.
    """

    members: dict[int, list[int]]
    posts: dict[tuple[str, str | None], list[int]]
    by_role: dict[str, list[int]]
    deputies: dict[int, list[int]]
    on_duty: dict[str, list[int]]
    is_working_time: bool

    @classmethod
    def of(cls, enterprises: set[int], offices: set[str], words: set[To], at: datetime) -> "Audience":
        members, posts, by_role = defaultdict(list), defaultdict(list), defaultdict(list)
        deputies, on_duty = {}, defaultdict(list)
        if To.ENTERPRISE in words:
            rows = Membership.objects.confirmed().filter(enterprise__in=enterprises)
            for enterprise, user in rows.values_list("enterprise_id", "user_id"):
                members[enterprise].append(user)
        if words - {To.ENTERPRISE}:
            today, roles = timezone.localdate(at), set().union(*(_ROLES.get(word, set()) for word in words))
            held = Post.objects.held(today).concerning(offices - {None}, roles).with_deputies(today)
            for role, office, user, standing_in in held.values_list("role", "department_id", "user_id", "deputies"):
                posts[role, office].append(user)
                by_role[role].append(user)
                deputies[user] = standing_in
        if To.WATCH in words:
            running = Shift.objects.running(at).of(offices - {None} | {CENTRE_OFFICE})
            for office, user in running.values_list("office_id", "user_id"):
                on_duty[office].append(user)
        return cls(members, posts, by_role, deputies, on_duty, To.WATCH in words and workdays().is_open(at))

    def ids(self, case, office: str | None, words: set[To], helpers: Sequence[str] = ()) -> set[int]:
        """The accounts that `words` mean for `case`, its `office` and other offices that help, with the deputies."""
        staff = {user for word in words - {To.ENTERPRISE, To.SUPPORT} for user in self._of(case, office, word)}
        if To.SUPPORT in words:
            staff |= {user for helper in helpers for role in _OF_OFFICES for user in self.posts[role, helper]}
        standing_in = {deputy for user in staff for deputy in self.deputies.get(user, ())}
        # Whoever stands in for somebody holds his posts, and does not speak for his enterprise.
        return staff | standing_in | set(self.members[case.enterprise_id] if To.ENTERPRISE in words else ())

    def _of(self, case, office, word):
        if word == To.ISSUERS:
            return case.answered_to
        if word == To.OWNER:
            return [case.owner_id] if case.owner_id else []
        if word == To.HEAD:
            return self.posts[Role.HEAD, office]
        if word == To.WATCH:
            return self._on_watch(case, office)
        if word == To.OFFICE:
            if case.handler_id:
                return [case.handler_id]
            return self._whole(office)
        if word == To.WHOLE_OFFICE:
            return self._whole(office)
        return self.by_role[_POSTS[word]]

    def _whole(self, office):
        return self.posts[Role.HANDLER, office] + self.posts[Role.HEAD, office]

    def _on_watch(self, case, office) -> list[int]:
        rungs = woken(
            is_dispatched=case.status != Status.TRIAGE,
            is_working_time=self.is_working_time,
            office_on_duty=bool(self.on_duty[office]),
            centre_on_duty=bool(self.on_duty[CENTRE_OFFICE]),
        )
        people = {
            Woken.OFFICE_ON_DUTY: self.on_duty[office],
            Woken.HEADS: self.posts[Role.HEAD, office],
            Woken.CENTRE_ON_DUTY: self.on_duty[CENTRE_OFFICE],
            Woken.DIRECTOR: self.by_role[Role.DIRECTOR],
            Woken.SUPERVISORS: self.by_role[Role.SUPERVISOR],
        }
        return [user for rung in rungs for user in people[rung]]
