"""What a person may see (product.md §2): conditions on appeals, behind pages, API, export, search and counts alike."""

from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.apps import apps
from django.db.models import Q

from appeals.few import appeals_of
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
    return reduce(or_, parts(actor, now), NOTHING)


def parts(actor: Actor, now: datetime) -> list[Q]:
    """`listed_to` in pieces: an index holds each of them in the order of a list, which it could not of all together."""
    if Role.DIRECTOR in actor.roles:
        return [EVERYTHING]
    found = [Q(enterprise__in=actor.enterprises)] if actor.enterprises else []
    for role, pieces in _of_roles(actor, now).items():
        found += pieces if role in actor.roles else []
    may_see = ~_complains_of(actor.seats)
    found += [Q(park=park) & may_see for park in sorted(actor.stations)]
    offices = sorted(actor.handles | actor.heads)
    found += [Q(lead=office) & may_see for office in offices]
    return found + ([Q(supporting__overlap=offices) & may_see] if offices else [])


def _of_roles(actor, now) -> dict[Role, list[Q]]:
    is_open = Q(status__in=OPEN)
    return {
        Role.TRIAGE: [is_open],
        Role.REVIEWER: [
            Q(status__in=[Status.REPLIED, Status.VISITING]),
            Q(status=Status.CLOSED, closed_at__gte=now - _REVIEWED_FOR),
        ],
        Role.SUPERVISOR: [
            is_open & Q(due_by__lt=now),
            is_open & Q(open_orders__gt=0),
            is_open & appeals_of(_ordered_by(actor)),
        ],
        Role.LEADER: [
            is_open & Q(escalated_at__isnull=False) & Q(owner=None),
            is_open & Q(owner=actor.user_id),
            is_open & appeals_of(_extensions_for_leaders()),
            is_open & appeals_of(_ordered_by(actor)),
        ],
        Role.CHANNEL: [Q(filed_by=actor.user_id)],
    }


def _extensions_for_leaders():
    # By name: the models look up to this file.
    waiting = apps.get_model("appeals", "Request").objects.waiting("extension")
    return waiting.to_be_approved_by([Role.LEADER])


def stubs_of(actor: Actor) -> Q:
    """The appeals of which `actor` keeps a stub: one's office led them once and sees them no more."""
    offices = sorted(actor.handles | actor.heads)
    if not offices:
        return NOTHING
    led, sees = Q(former_leads__overlap=offices), Q(lead__in=offices, lead__isnull=False)
    return led & ~sees & ~Q(supporting__overlap=offices) & ~_complains_of(actor.seats)


def _ordered_by(actor):
    """Appeals with an order of one's own: its answer is to be read, too."""
    return apps.get_model("appeals", "SupervisionOrder").objects.issued_by(actor.user_id)


def _complains_of(offices) -> Q:
    """Jinan 12345 rules §32: whoever is complained of does not see the complaint."""
    return Q(complained_of__isnull=False, complained_of__in=offices)


def overdue(now: datetime) -> Q:
    """Past the limit of resolving, with no reply yet and the clock running."""
    return Q(status__in=(Status.DISPATCHED, Status.SIGNED), resolve_by__lt=now)
