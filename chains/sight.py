"""Whose numbers somebody may see (product.md §7): boards are scoped by post; enterprises see the public one only."""

from dataclasses import dataclass, replace
from datetime import date

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from chains.models import Department, Post, User
from chains.taxonomy import Role

_ALL = frozenset({Role.TRIAGE, Role.REVIEWER, Role.DIRECTOR, Role.SUPERVISOR, Role.LEADER})
_COMPLAINTS_TOO = frozenset({Role.DIRECTOR, Role.LEADER})
# Breakdowns that compare the city's parts; an office sees its own part and the city's totals only.
_COMPARING = frozenset({"district", "park", "industry"})


@dataclass(frozen=True)
class Scope:
    """Which appeals a number is about; what is empty does not narrow. `withheld` False leaves complaints out."""

    chain: str = ""
    district: str = ""
    department: str = ""
    parks: frozenset[str] = frozenset()
    withheld: bool = True

    @property
    def is_the_city(self) -> bool:
        return self == Scope()


@dataclass(frozen=True)
class Sight:
    """The numbers of one person: all, or those of `offices` beside the city's totals, or those of `parks` only."""

    everything: bool = False
    complaints: bool = False  # appeals with a complained-of department by unit, not folded together
    offices: frozenset[str] = frozenset()
    parks: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        return not (self.everything or self.offices or self.parks)

    def of(self, scope: Scope, by: str = "") -> Scope:
        """`scope` as this person may see it broken down by `by`; raises PermissionDenied with the reason."""
        if self.is_empty:
            raise PermissionDenied(_("Your post has no board; the public one shows the city's figures."))
        if not self.everything:
            scope = self._own(scope, by)
        narrows_to_a_part = scope.department or scope.district or scope.parks
        return replace(scope, withheld=self.complaints or not narrows_to_a_part)

    def _own(self, scope, by):
        if scope.department in self.offices or (scope.parks and scope.parks <= self.parks):
            return scope
        if not self.offices and not scope.parks:
            return replace(scope, parks=self.parks)
        if scope.department or scope.district or scope.parks or by in _COMPARING:
            raise _beyond()
        return scope

    def shows(self, by: str, unit: str) -> bool:
        """Whether the line of `unit` may stand in a breakdown by `by` of a scope that `of` let through."""
        return self.everything or by != "department" or not self.offices or unit in self.offices

    def check(self, by: str, unit: str) -> None:
        """Raises PermissionDenied where `shows` says no."""
        if not self.shows(by, unit):
            raise _beyond()


def _beyond() -> PermissionDenied:
    return PermissionDenied(_("Your post shows the numbers of your own office or park, and the city's totals."))


def sight_of(user: User, today: date) -> Sight:
    """What the posts of `user` on that day show, as a deputy those of the absent too; a head sees the offices below."""
    held = list(Post.objects.acting_for(user, today).held(today).values_list("role", "department_id"))
    roles = {role for role, _office in held}
    heads = {office for role, office in held if role == Role.HEAD}
    own = frozenset(office for role, office in held if role in (Role.HANDLER, Role.HEAD))
    return Sight(
        everything=bool(roles & _ALL),
        complaints=bool(roles & _COMPLAINTS_TOO),
        offices=own | Department.objects.below(heads),
        parks=frozenset(office for role, office in held if role == Role.STATION),
    )
