"""Who somebody is today, and who is to be told: reads posts and memberships."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from appeals.models import Membership
from appeals.states import Actor
from chains.models import Department, Post, User
from chains.taxonomy import Role


def actor_of(user: User | AnonymousUser, today: date | None = None) -> Actor:
    """`user` with the posts and memberships of `today` (default: the clock's), read once for each object `user`."""
    if not user.is_authenticated:
        return Actor(user_id=0)
    if today is None and "actor" in user.__dict__:
        return user.__dict__["actor"]
    actor = _read_actor(user, today or timezone.localdate())
    if today is None:
        user.__dict__["actor"] = actor
    return actor


def _read_actor(user, today) -> Actor:
    posts = list(Post.objects.filter(user=user).held(today).values_list("role", "department_id"))
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
    )


class To(StrEnum):
    """Whom a notice is for."""

    ENTERPRISE = "enterprise"
    OFFICE = "office"  # the handler; where none is assigned, every handler and head of the lead
    HEAD = "head"
    CENTRE = "centre"
    REVIEWERS = "reviewers"
    SUPERVISORS = "supervisors"
    DIRECTOR = "director"
    LEADERS = "leaders"


_POSTS = {
    To.CENTRE: Role.TRIAGE,
    To.REVIEWERS: Role.REVIEWER,
    To.SUPERVISORS: Role.SUPERVISOR,
    To.DIRECTOR: Role.DIRECTOR,
    To.LEADERS: Role.LEADER,
}


@dataclass(frozen=True)
class Audience:
    """Everybody who may have to be told of some cases, read at once for all of them."""

    members: dict[int, list[int]]
    posts: dict[tuple[str, str | None], list[int]]
    by_role: dict[str, list[int]]

    @classmethod
    def of(cls, enterprises: set[int], offices: set[str], words: set[To], at: datetime) -> "Audience":
        members, posts, by_role = defaultdict(list), defaultdict(list), defaultdict(list)
        if To.ENTERPRISE in words:
            rows = Membership.objects.confirmed().filter(enterprise__in=enterprises)
            for enterprise, user in rows.values_list("enterprise_id", "user_id"):
                members[enterprise].append(user)
        if words - {To.ENTERPRISE}:
            held = Post.objects.held(timezone.localdate(at)).concerning(
                offices - {None}, {_POSTS[word] for word in words if word in _POSTS}
            )
            for role, office, user in held.values_list("role", "department_id", "user_id"):
                posts[role, office].append(user)
                by_role[role].append(user)
        return cls(members, posts, by_role)

    def ids(self, case, office: str | None, words: set[To]) -> set[int]:
        """The accounts that `words` mean for `case` and its `office`."""
        return {user for word in words for user in self._of(case, office, word)}

    def _of(self, case, office, word):
        if word == To.ENTERPRISE:
            return self.members[case.enterprise_id]
        if word == To.HEAD:
            return self.posts[Role.HEAD, office]
        if word == To.OFFICE:
            if case.handler_id:
                return [case.handler_id]
            return self.posts[Role.HANDLER, office] + self.posts[Role.HEAD, office]
        return self.by_role[_POSTS[word]]
