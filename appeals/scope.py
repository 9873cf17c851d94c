"""What a person may see (product.md §2): conditions on appeals, behind pages, API, export, search and counts alike."""

from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Piece:
    """Some of the appeals that somebody sees. `orders`: the moments by which an index holds them in order.

    None: every one that lists offer. Rows in another order are read whole and sorted; walking along an index of
    everything, the database would wade through what is not theirs. `open_orders`: the same for the open ones alone.
    """

    condition: Q
    orders: frozenset[str] | None = None
    open_orders: frozenset[str] | None = None

    def is_in_order(self, column: str) -> bool:
        return self.orders is None or column in self.orders

    def open(self) -> "Piece":
        return replace(self, orders=self.open_orders)


def _few(condition: Q) -> Piece:
    """So few that they are sorted, whatever the order."""
    return Piece(condition, orders=frozenset(), open_orders=frozenset())


def _of_an_office(condition: Q, *orders: str) -> Piece:
    """Over the years an office has many, of which few are open."""
    return Piece(condition, open_orders=frozenset(orders))


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
    return reduce(or_, (piece.condition for piece in pieces(actor, now)), NOTHING)


def pieces(actor: Actor, now: datetime) -> list[Piece]:
    """`listed_to` in pieces: an index may hold each in the order of a list, which it could not of all together."""
    if Role.DIRECTOR in actor.roles:
        return [Piece(EVERYTHING)]
    found = [Piece(Q(enterprise__in=actor.enterprises))] if actor.enterprises else []
    for role, pieces in _of_roles(actor, now).items():
        found += pieces if role in actor.roles else []
    may_see = ~_complains_of(actor.seats)
    found += [Piece(Q(park=park) & may_see) for park in sorted(actor.stations)]
    return found + led_by(actor) + supported_by(actor)


def led_by(actor: Actor) -> list[Piece]:
    """What the offices of `actor` lead, in pieces; part of `listed_to`."""
    may_see = ~_complains_of(actor.seats)
    return [_of_an_office(Q(lead=office) & may_see, "due_by") for office in _offices(actor)]


def supported_by(actor: Actor) -> list[Piece]:
    """What they help with; part of `listed_to`."""
    offices = _offices(actor)
    return [_of_an_office(Q(supporting__overlap=offices) & ~_complains_of(actor.seats))] if offices else []


def _offices(actor) -> list[str]:
    return sorted(actor.handles | actor.heads)


def _of_roles(actor, now) -> dict[Role, list[Piece]]:
    is_open = Q(status__in=OPEN)
    return {
        Role.TRIAGE: [Piece(is_open)],
        Role.REVIEWER: [
            Piece(Q(status=Status.REPLIED)),
            Piece(Q(status=Status.VISITING)),
            # That it is closed follows from its closing moment.
            Piece(Q(closed_at__gte=now - _REVIEWED_FOR), frozenset({"closed_at"}), frozenset()),
        ],
        Role.SUPERVISOR: [
            Piece(is_open & Q(due_by__lt=now)),
            _few(is_open & Q(open_orders__gt=0)),
            _few(is_open & appeals_of(_ordered_by(actor))),
        ],
        Role.LEADER: [
            _few(is_open & Q(escalated_at__isnull=False) & Q(owner=None)),
            _few(is_open & Q(owner=actor.user_id)),
            _few(is_open & appeals_of(_extensions_for_leaders())),
            _few(is_open & appeals_of(_ordered_by(actor))),
        ],
        Role.CHANNEL: [Piece(Q(filed_by=actor.user_id))],
    }


def _extensions_for_leaders():
    # By name: the models look up to this file.
    waiting = apps.get_model("appeals", "Request").objects.waiting("extension")
    return waiting.to_be_approved_by([Role.LEADER])


def stubs_of(actor: Actor) -> Q:
    """The appeals of which `actor` keeps a stub: one's office led them once and sees them no more."""
    offices = _offices(actor)
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
