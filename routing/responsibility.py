"""Which office leads and supports (主办/协办): a duty's short names to an office of the right tier and district."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chains.taxonomy import CENTRE_OFFICE, FALLBACK_OFFICE, Level, Tier

PARK = "管委会"  # the duty of whichever park committee sits in the district
TASK_FORCE = "产业链专班"  # the duty of the industry's task force
TO_THE_CITY = frozenset({Level.C, Level.D, Level.L})


@dataclass(frozen=True)
class Office:
    code: str
    short_name: str
    tier: str
    district: str
    parent: str | None = None
    industry: str | None = None


@dataclass(frozen=True)
class Directory:
    """The offices that may come into question, for one district and industry."""

    offices: tuple[Office, ...]
    district: str
    industry: str | None = None

    def city(self, name: str) -> Office | None:
        if name == TASK_FORCE:
            return self._first(lambda office: self.industry and office.industry == self.industry)
        return self._first(lambda office: office.tier == Tier.CITY and office.short_name == name)

    def local(self, name: str) -> Office | None:
        """The office of the same duty in the district: the child of the city's, or the park's committee."""
        if name == PARK:
            return self._first(lambda office: office.tier == Tier.PARK and office.district == self.district)
        city = self.city(name)
        return city and self._first(
            lambda office: (
                office.tier == Tier.COUNTY and office.parent == city.code and office.district == self.district
            )
        )

    def _first(self, fits) -> Office | None:
        return next((office for office in self.offices if fits(office)), None)


@dataclass(frozen=True)
class Responsible:
    lead: str  # office codes
    supporting: tuple[str, ...]


def responsible(
    leads: Sequence[str],
    supports: Iterable[str],
    *,
    level: Level,
    directory: Directory,
    complained_of: str | None = None,
) -> Responsible:
    """The lead and the supporting offices of a matter (product.md §4); never a dead end.

    S, A and B go to the district's office where there is one; C, D and L to the city's with the district's beside it.
    A complained-of office is nobody (济南12345 §32): then the topic's next lead, else the centre.
    """
    named = [(name, _leading(name, level, directory)) for name in leads]
    lead = next((office.code for _name, office in named if office and office.code != complained_of), None)
    if lead is None:
        was_skipped = any(office for _name, office in named)
        lead = CENTRE_OFFICE if was_skipped or complained_of == FALLBACK_OFFICE else FALLBACK_OFFICE
    helpers = [_office(name, level, directory) for name in supports]
    if level in TO_THE_CITY:
        # A park committee has no office at the city: it stays beside whoever leads instead.
        helpers = [directory.local(name) for name, office in named if not office or office.code == lead] + helpers
    codes = dict.fromkeys(office.code for office in helpers if office)
    return Responsible(lead, tuple(code for code in codes if code not in (lead, complained_of)))


def _leading(name: str, level: Level, directory: Directory) -> Office | None:
    return directory.city(name) if level in TO_THE_CITY else _office(name, level, directory)


def _office(name: str, level: Level, directory: Directory) -> Office | None:
    if name == PARK:
        return directory.local(PARK)
    if level in TO_THE_CITY:
        return directory.city(name)
    return directory.local(name) or directory.city(name)
