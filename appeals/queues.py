"""The saved views of the desks (工作台): which open appeals each holds, and all their counts in one query."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from appeals import scope
from appeals.deciding import extensions_of
from appeals.few import appeals_of
from appeals.guards import UNMERGED_WITHIN
from appeals.models import Appeal, Request, SupportOrder
from appeals.states import Actor, Status
from chains.taxonomy import CENTRE_OFFICE, Role
from routing.workdays import Workdays

# With the office: what is answered waits for the reviewer or the enterprise.
_IN_WORK = Q(status__in=(Status.DISPATCHED, Status.SIGNED, Status.PARKED))


@dataclass(frozen=True)
class Asked:
    """Who looks, and when. `soon`: the moment until which a limit is due soon."""

    by: Actor
    now: datetime
    soon: datetime

    @classmethod
    def at(cls, by: Actor, now: datetime, workdays: Workdays) -> "Asked":
        return cls(by, now, soon=workdays.close_after(now, 1))

    @property
    def offices(self) -> list[str]:
        return sorted(self.by.handles | self.by.heads)

    @property
    def ours(self) -> Q:
        return Q(lead__in=self.offices)


class Among(StrEnum):
    """What the rows of a view are picked from: the narrower, the less the database has to read."""

    OPEN = "open"  # the open ones that somebody's lists hold
    LED = "led"  # of these what one's offices lead
    SUPPORTED = "supported"
    ANY = "any"  # those that a person may open: they may have ended


@dataclass(frozen=True)
class View:
    """A saved view: `rule` says in words what `condition` picks of the open appeals that somebody sees."""

    key: str
    label: Any
    rule: Any
    condition: Callable[[Asked], Q] | None  # None: not counted
    roles: frozenset[str] = frozenset()
    among: Among = Among.OPEN


def _due_soon(asked):
    near = Q(due_by__lte=asked.soon) | Q(yellow_at__lte=asked.now)
    return _IN_WORK & asked.ours & Q(due_by__gte=asked.now) & near


OFFICE = (
    View(
        "mine",
        _("Mine"),
        _("Not answered yet, and handled by you or by somebody whose deputy you are today."),
        lambda asked: _IN_WORK & asked.ours & Q(handler__in=asked.by.acts_as),
        among=Among.LED,
    ),
    View(
        "unassigned",
        _("Unassigned"),
        _("Cases of your office that nobody has signed or been assigned yet."),
        lambda asked: _IN_WORK & asked.ours & Q(handler=None),
        among=Among.LED,
    ),
    View(
        "soon",
        _("Due soon"),
        _("A limit ends by the close of the next working day, or the light is yellow."),
        _due_soon,
        among=Among.LED,
    ),
    View(
        "overdue",
        _("Overdue"),
        _("A limit that still runs is over: signing, contact, reply or the decision on a hand-back."),
        lambda asked: _IN_WORK & asked.ours & Q(due_by__lt=asked.now),
        among=Among.LED,
    ),
    View(
        "waiting",
        _("Waiting for the enterprise"),
        _("Answered and reviewed; the enterprise has not rated yet."),
        lambda asked: asked.ours & Q(status=Status.VISITING),
        among=Among.LED,
    ),
    View(
        "supporting",
        _("Supporting"),
        _("Open cases that another office leads and yours supports."),
        lambda asked: Q(supporting__overlap=asked.offices),
        among=Among.SUPPORTED,
    ),
    View(
        "owed",
        _("Support owed"),
        _("Another office has asked yours for its part, and it has not answered yet."),
        lambda asked: appeals_of(SupportOrder.objects.waiting().to(asked.offices)),
    ),
    View(
        "orders",
        _("Orders to answer"),
        _("A supervision order waits for the answer of your office."),
        lambda asked: asked.ours & Q(open_orders__gt=0),
        among=Among.LED,
    ),
    View(
        "extensions",
        _("Extensions to decide"),
        _("Your office asks for more time at level A; the head decides within one working day."),
        lambda asked: extensions_of(asked.by),
        frozenset({Role.HEAD}),
    ),
    View(
        "still",
        _("Standing still"),
        _("Paused or parked: no limit runs. A parked case needs news every month."),
        lambda asked: asked.ours & Q(paused_at__isnull=False),
        among=Among.LED,
    ),
    View(
        "escalated",
        _("Escalated"),
        _("Lifted because it did not get on: expect a conference, or a leader who takes it over."),
        lambda asked: _IN_WORK & asked.ours & Q(escalated_at__isnull=False),
        among=Among.LED,
    ),
    View("all", _("All open"), _("Every open case that your office leads or supports."), lambda asked: Q()),
)


def _asked_for(kind):
    return lambda asked: appeals_of(Request.objects.waiting(kind))


_TRIAGE = frozenset({Role.TRIAGE, Role.DIRECTOR})
_REVIEW = frozenset({Role.REVIEWER, Role.DIRECTOR})
CENTRE = (
    View(
        "triage",
        _("Triage"),
        _("Waiting for topic, level and lead; the nearest limit first, so urgent ones lead."),
        lambda asked: Q(status=Status.TRIAGE),
        _TRIAGE,
    ),
    View(
        "hand_backs",
        _("Hand-backs"),
        _("The office says that another one is responsible; to be decided within one working day."),
        _asked_for(Request.Kind.HAND_BACK),
        _TRIAGE,
    ),
    View(
        "extensions",
        _("Extensions"),
        _("The office asks for more time, and you decide at this level; within one working day."),
        lambda asked: extensions_of(asked.by),
        _TRIAGE,
    ),
    View(
        "terminations",
        _("Terminations"),
        _("The office finds a listed ground not to go on; to be decided within one working day."),
        _asked_for(Request.Kind.TERMINATION),
        _TRIAGE,
    ),
    View(
        "person",
        _("Asked for a person"),
        _("Dispatched automatically, and the enterprise wants a person to look: confirm, correct or re-route."),
        lambda asked: _IN_WORK & Q(person_asked_at__isnull=False, decided_by=Appeal.DecidedBy.AUTO),
        _TRIAGE,
    ),
    View(
        "reviews",
        _("Reviews"),
        _("Replies to be read before the enterprise is asked; within one working day."),
        lambda asked: Q(status=Status.REPLIED),
        _REVIEW,
    ),
    View(
        "visits",
        _("Return visits"),
        _("Answered and reviewed; to be telephoned until the enterprise has rated."),
        lambda asked: Q(status=Status.VISITING),
        _REVIEW,
    ),
)

_DIRECTOR = frozenset({Role.DIRECTOR})
CENTRE += (
    View(
        "objections",
        _("Objections"),
        _("The enterprise does not accept that its appeal was declined."),
        _asked_for(Request.Kind.OBJECTION),
        _DIRECTOR,
        among=Among.ANY,
    ),
    View(
        "exclusions",
        _("Exclusions"),
        _("The office asks to leave a case out of its score."),
        _asked_for(Request.Kind.EXCLUSION),
        _DIRECTOR,
        among=Among.ANY,
    ),
    View(
        "escalated",
        _("Escalated"),
        _("Lifted cases that are not answered: call a conference, conclude it, find a leader."),
        lambda asked: (_IN_WORK | Q(status=Status.TRIAGE)) & Q(escalated_at__isnull=False),
        _DIRECTOR,
    ),
    View(
        "parked",
        _("Parked"),
        _("Not possible yet: news of each is due every month."),
        lambda asked: Q(status=Status.PARKED),
        _DIRECTOR,
    ),
    View(
        "merged",
        _("Merged lately"),
        _("Merged within seven days: the merging can still be undone."),
        lambda asked: Q(status=Status.MERGED, ended_at__gte=asked.now - UNMERGED_WITHIN),
        _TRIAGE,
        among=Among.ANY,
    ),
)

_ABOVE = frozenset({Role.SUPERVISOR, Role.LEADER, Role.DIRECTOR})
EVERY = (
    View(
        "red",
        _("Red list"),
        _("A limit that runs is over; the oldest first."),
        lambda asked: Q(due_by__lt=asked.now),
        _ABOVE,
    ),
    View(
        "owned",
        _("My cases"),
        _("Cases that you have taken over."),
        lambda asked: Q(owner=asked.by.user_id),
        frozenset({Role.LEADER}),
    ),
    View(
        "orders",
        _("Orders waiting"),
        _("A supervision order has not been answered yet."),
        lambda asked: Q(open_orders__gt=0),
        _ABOVE,
    ),
    View(
        "to_decide",
        _("Extensions to decide"),
        _("The office asks for more time, and a leader decides."),
        lambda asked: extensions_of(asked.by),
        frozenset({Role.LEADER}),
    ),
    View("all", _("Everything"), _("Everything that your posts let you see, closed ones too."), None),
    View("open", _("All open"), _("Every case that has not ended."), lambda asked: Q()),
    View("overdue", _("Overdue"), _("The limit of the reply is over."), lambda asked: scope.overdue(asked.now)),
)

# Counted beside triage, so that it glows while one waits.
URGENT = View(
    "urgent", _("Urgent"), _("Urgent and in triage."), lambda asked: Q(status=Status.TRIAGE, urgent=True), _TRIAGE
)


def on_watch(offices: Collection[str]) -> Q:
    """Urgent and not answered: what whoever is on duty for `offices` watches; the centre watches all of them."""
    watched = Q(urgent=True, status__in=(Status.TRIAGE, Status.DISPATCHED, Status.SIGNED))
    return watched if CENTRE_OFFICE in offices else watched & Q(lead__in=offices)


def views_of(views: Sequence[View], actor: Actor) -> list[View]:
    """Those of `views` that are for a role of `actor`."""
    return [view for view in views if not view.roles or view.roles & actor.roles]


def chosen(views: Sequence[View], key: str | None) -> View:
    """The view called `key`, the first where there is none."""
    return next((view for view in views if view.key == key), views[0])


def rows_of(view: View, asked: Asked) -> QuerySet:
    """The appeals that `view` is picked from."""
    match view.among:
        case Among.ANY:
            return Appeal.objects.visible_to(asked.by, asked.now)
        case Among.LED:
            return Appeal.objects.led_to(asked.by).open()
        case Among.SUPPORTED:
            return Appeal.objects.supported_to(asked.by).open()
    return Appeal.objects.listed_to(asked.by, asked.now).open()


def _sum(view, asked):
    if view.among != Among.ANY:
        return Count("pk", filter=view.condition(asked))
    # Beside the open rows, not among them: a count of its own within the same query.
    found = rows_of(view, asked).meeting(view.condition(asked)).order_by()
    counted = found.annotate(how_many=Func(F("pk"), function="COUNT", output_field=IntegerField())).values("how_many")
    return Count("pk") * 0 + Subquery(counted)


def counts(rows: QuerySet, views: Sequence[View], asked: Asked) -> dict[str, int]:
    """How many of the open `rows` each view with a condition holds, by its key: one query."""
    # A column may be called like a view; the names of the sums must be neither.
    sums = {f"in_{view.key}": _sum(view, asked) for view in views if view.condition}
    found = rows.open().order_by().aggregate(**sums) if sums else {}
    return {name.removeprefix("in_"): count for name, count in found.items()}
