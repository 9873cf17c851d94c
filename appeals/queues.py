"""The saved views of the desks (工作台): which open appeals each holds, and all their counts in one query."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from appeals import scope
from appeals.models import Appeal, Request
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


@dataclass(frozen=True)
class View:
    """A saved view: `rule` says in words what `condition` picks of the open appeals that somebody sees."""

    key: str
    label: Any
    rule: Any
    condition: Callable[[Asked], Q] | None  # None: not counted
    roles: frozenset[str] = frozenset()


def _due_soon(asked):
    near = Q(due_by__lte=asked.soon) | Q(yellow_at__lte=asked.now)
    return _IN_WORK & asked.ours & Q(due_by__gte=asked.now) & near


OFFICE = (
    View(
        "mine",
        _("Mine"),
        _("Not answered yet, and handled by you or by somebody whose deputy you are today."),
        lambda asked: _IN_WORK & asked.ours & Q(handler__in=asked.by.acts_as),
    ),
    View(
        "unassigned",
        _("Unassigned"),
        _("Cases of your office that nobody has signed or been assigned yet."),
        lambda asked: _IN_WORK & asked.ours & Q(handler=None),
    ),
    View(
        "soon",
        _("Due soon"),
        _("A limit ends by the close of the next working day, or the light is yellow."),
        _due_soon,
    ),
    View(
        "overdue",
        _("Overdue"),
        _("A limit that still runs is over: signing, contact, reply or the decision on a hand-back."),
        lambda asked: _IN_WORK & asked.ours & Q(due_by__lt=asked.now),
    ),
    View(
        "waiting",
        _("Waiting for the enterprise"),
        _("Answered and reviewed; the enterprise has not rated yet."),
        lambda asked: asked.ours & Q(status=Status.VISITING),
    ),
    View(
        "supporting",
        _("Supporting"),
        _("Open cases that another office leads and yours supports."),
        lambda asked: Q(supporting__overlap=asked.offices),
    ),
    View("all", _("All open"), _("Every open case that your office leads or supports."), lambda asked: Q()),
)

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
        # A list of ids: the database reads the few waiting requests once, no row asks for its own.
        lambda asked: Q(pk__in=Request.objects.waiting(Request.Kind.HAND_BACK).order_by().values("appeal")),
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

EVERY = (
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


def counts(rows: QuerySet, views: Sequence[View], asked: Asked) -> dict[str, int]:
    """How many of the open `rows` each view with a condition holds, by its key: one query."""
    # A column may be called like a view; the names of the sums must be neither.
    sums = {f"in_{view.key}": Count("pk", filter=view.condition(asked)) for view in views if view.condition}
    found = rows.open().order_by().aggregate(**sums) if sums else {}
    return {name.removeprefix("in_"): count for name, count in found.items()}
