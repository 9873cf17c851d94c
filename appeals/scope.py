"""What a person may see (product.md §2): conditions on appeals, behind pages, API, export, search and counts alike."""

from datetime import datetime, timedelta

from django.db.models import Q

from appeals.states import OPEN, Actor, Status
from chains.taxonomy import Role

NOTHING = Q(pk__in=[])
EVERYTHING = ~NOTHING
RECORD_READERS = frozenset({Role.AUDITOR, Role.TRIAGE, Role.REVIEWER, Role.DIRECTOR})
_REVIEWED_FOR = timedelta(days=90)


def seen_by(actor: Actor, now: datetime) -> Q:
    """The appeals `actor` may open by number at `now`."""
    # The centre finds closed cases by number or as similar ones; its lists hold the open ones only.
    if actor.roles & {Role.TRIAGE, Role.DIRECTOR}:
        return EVERYTHING
    return listed_to(actor, now)


def recorded_to(actor: Actor, now: datetime) -> Q:
    """The appeals whose record `actor` may read as lines without texts: all for the auditor, for the centre its own."""
    if Role.AUDITOR in actor.roles:
        return EVERYTHING
    return seen_by(actor, now) if actor.roles & RECORD_READERS else NOTHING


def listed_to(actor: Actor, now: datetime) -> Q:
    """The appeals that lists, counts, search and statistics of `actor` are made of."""
    if Role.DIRECTOR in actor.roles:
        return EVERYTHING
    seen = Q(enterprise__in=actor.enterprises) if actor.enterprises else NOTHING
    for role, condition in _of_roles(actor, now).items():
        if role in actor.roles:
            seen |= condition
    if actor.stations:
        seen |= Q(park__in=actor.stations) & ~_complains_of(actor.seats)
    if offices := actor.handles | actor.heads:
        seen |= _of_offices(offices) & ~_complains_of(actor.seats)
    return seen


def _of_roles(actor, now) -> dict[Role, Q]:
    answered = Q(status__in=[Status.REPLIED, Status.VISITING])
    return {
        Role.TRIAGE: Q(status__in=OPEN),
        Role.REVIEWER: answered | Q(status=Status.CLOSED, closed_at__gte=now - _REVIEWED_FOR),
        Role.SUPERVISOR: Q(status__in=OPEN) & (Q(due_by__lt=now) | Q(open_orders__gt=0)),
        Role.LEADER: Q(status__in=OPEN, escalated_at__isnull=False) & (Q(owner=None) | Q(owner=actor.user_id)),
        Role.CHANNEL: Q(filed_by=actor.user_id),
    }


def _of_offices(offices) -> Q:
    return Q(lead__in=offices) | Q(supporting__overlap=sorted(offices))


def _complains_of(offices) -> Q:
    """Jinan 12345 rules §32: whoever is complained of does not see the complaint."""
    return Q(complained_of__isnull=False, complained_of__in=offices)


def overdue(now: datetime) -> Q:
    """Past the limit of resolving, with no reply yet and the clock running."""
    return Q(status__in=(Status.DISPATCHED, Status.SIGNED), resolve_by__lt=now)
