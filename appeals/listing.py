"""What a list of appeals may be narrowed to: one reading of the filters for API, queues and export."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import and_

from django.db.models import F, Q
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from appeals import scope
from appeals.deciding import extensions_of
from appeals.models import Appeal
from appeals.paging import MOST_COUNTED, MOST_FOUND
from appeals.privacy import knows_enterprise
from appeals.searching import Search, search
from appeals.states import Actor, Refused, Status, Why
from chains.handbook import codes_named, handbook
from chains.models import Department, District, Industry, Topic
from chains.taxonomy import Chain, Level, Nature
from routing.deadlines import Light

_LONGEST_VALUE = 100
_MOST_NAMES = 10
_MOST_NUMBERS = 200
_YEARS = range(2000, 2101)  # outside them a date is a slip of the pen


def shining(wanted: str, now: datetime) -> Q:
    """The appeals whose light is `wanted` at `now`: `appeals.lights.light_of` in the words of the database."""
    paused = Q(status__in=(Status.SIGNED, Status.PARKED), paused_at__isnull=False)
    answered = Q(status__in=(Status.VISITING, Status.CLOSED))
    in_time = answered & Q(replied_at__lte=F("resolve_by"))
    running = Q(paused_at=None, due_by__isnull=False) & ~answered
    over, soon = Q(due_by__lt=now), Q(yellow_at__isnull=False, yellow_at__lte=now)
    return {
        Light.PAUSED: paused,
        Light.MET: in_time,
        Light.RED: (answered & Q(replied_at__gt=F("resolve_by"))) | (running & over),
        Light.YELLOW: running & ~over & soon,
        Light.GREEN: running & ~over & ~soon,
        Light.NONE: (answered & Q(resolve_by=None)) | (Q(due_by=None) & ~answered & ~paused),
    }[Light(wanted)]


@dataclass(frozen=True)
class _Asked:
    by: Actor
    now: datetime


@dataclass(frozen=True)
class Filters:
    """What somebody narrowed a list to: `condition` for its rows, `chosen` (name → values) for whoever shows it."""

    rest: Q
    chosen: Mapping[str, list[str]] = field(default_factory=dict)
    search: Search = field(default_factory=lambda: Search(Q()))

    @property
    def condition(self) -> Q:
        return self.rest & self.search.found

    @property
    def counted(self) -> Q:
        """The same rows, where they are only counted."""
        return self.rest & self.search.counted

    @property
    def exact(self) -> Q:
        """The same rows where they are few anyway: said without a look at what there is to find."""
        return self.rest & self.search.exact

    @property
    def most_counted(self) -> int:
        return MOST_FOUND if "q" in self.chosen else MOST_COUNTED

    @classmethod
    def parse(cls, params: Mapping, *, by: Actor, now: datetime) -> "Filters":
        """Read the filters in `params` (a QueryDict, or name → value); several values of one name are alternatives.

        Empty values are not filters, other names are left alone. Raises Refused(INVALID) with an error for each
        value that is none.
        """
        read, chosen, errors = {}, {}, {}
        for name, reader in READERS.items():
            if not (values := _values(params, name)):
                continue
            try:
                read[name] = reader(values, _Asked(by, now))
                chosen[name] = values
            except ValueError as wrong:
                errors[name] = [str(wrong)]
        if errors:
            raise Refused(_("The list cannot be narrowed to this."), why=Why.INVALID, errors=errors)
        searched = read.pop("q", Search(Q()))
        return cls(reduce(and_, read.values(), Q()), chosen, searched)


def _values(params, name) -> list[str]:
    given = params.getlist(name) if hasattr(params, "getlist") else [str(params.get(name) or "")]
    pieces = given if name == "q" else [piece for text in given for piece in text.split(",")]
    return [piece for piece in pieces if piece.strip()]


Reader = Callable[[Sequence[str], _Asked], Q | Search]


def _unknown(value: str) -> ValueError:
    return ValueError(_("“%(value)s” is not known here.") % {"value": value[:_LONGEST_VALUE]})


def _one_of(column: str, choices) -> Reader:
    def read(values, asked):
        for value in values:
            if value not in choices.values:
                raise _unknown(value)
        return Q(**{f"{column}__in": values})

    return read


def _named(column: str, model, shelf: str) -> Reader:
    def read(values, asked):
        known = getattr(handbook(timezone.localdate(asked.now)), shelf)
        if len(values) > _MOST_NAMES:
            raise ValueError(_("Give at most %(most)d values.") % {"most": _MOST_NAMES})
        codes = set()
        for value in values:
            # A name may be that of several rows, also of such as have ended.
            codes |= {value} if value in known else _codes(model, value)
        return Q(**{f"{column}__in": codes})

    return read


def _codes(model, value) -> frozenset[str]:
    found = codes_named(model, _plain(value))
    if not found:
        raise _unknown(value)
    return found


def _of_the_enterprise(column: str, model, shelf: str) -> Reader:
    """What would tell whose an anonymous appeal is finds only those whose enterprise one may know."""
    named = _named(column, model, shelf)
    return lambda values, asked: named(values, asked) & knows_enterprise(asked.by)


def _truth(value: str) -> bool:
    if value not in ("true", "false"):
        raise ValueError(_("Say true or false."))
    return value == "true"


def _flag(column: str) -> Reader:
    return lambda values, asked: Q(**{column: _truth(_single(values))})


def _single(values):
    if len(values) > 1:
        raise ValueError(_("Give one value only."))
    return values[0]


def _from(column: str) -> Reader:
    return lambda values, asked: Q(**{f"{column}__gte": moment(_single(values))})


def _to(column: str) -> Reader:
    """A day counts to its end, a moment up to itself."""

    def read(values, asked):
        text = _single(values)
        if _date(text):
            return Q(**{f"{column}__lt": moment(text) + timedelta(days=1)})
        return Q(**{f"{column}__lte": moment(text)})

    return read


def moment(text: str) -> datetime:
    """The day 2026-10-01 (its midnight here) or a moment in ISO 8601; ValueError for anything else."""
    day = _date(text)
    found = datetime.combine(day, time()) if day else _parsed(parse_datetime, text)
    if found is None or found.year not in _YEARS:
        raise ValueError(_("Give a date such as 2026-10-01, or a moment in ISO 8601."))
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def _date(text: str) -> date | None:
    return _parsed(parse_date, text)


def _parsed(parse, text):
    try:
        return parse(text)
    except ValueError:  # well formed, but no such day
        return None


def _lit(values, asked):
    condition = Q()
    for value in values:
        if value not in Light.values:
            raise _unknown(value)
        condition |= shining(value, asked.now)
    return condition


def _overdue(values, asked):
    late = scope.overdue(asked.now)
    return late if _truth(_single(values)) else ~late


def _handled_by(values, asked):
    """A user name, `me`, or `none` for cases nobody handles yet."""
    condition = Q()
    for value in values:
        if value == "me":
            condition |= Q(handler__in=asked.by.acts_as)
        elif value == "none":
            condition |= Q(handler=None)
        else:
            condition |= Q(handler__username=_plain(value))
    return condition


def _searched(values, asked):
    return search(_plain(_single(values)), by=asked.by)


def _plain(text: str) -> str:
    if len(text) > _LONGEST_VALUE or not text.isprintable():
        raise ValueError(_("Give at most %(most)d printable characters.") % {"most": _LONGEST_VALUE})
    return text


def _numbered(values, asked):
    """Some appeals by their numbers, as they were ticked on a page."""
    if len(values) > _MOST_NUMBERS:
        raise ValueError(_("Give at most %(most)d values.") % {"most": _MOST_NUMBERS})
    for value in values:
        if not value.isalnum():
            raise _unknown(value)
    return Q(number__in=values)


def _owned_by(values, asked):
    if _single(values) != "me":
        raise _unknown(values[0])
    return Q(owner=asked.by.user_id)


def _to_decide(values, asked):
    if _single(values) != "extension":
        raise _unknown(values[0])
    return extensions_of(asked.by)


READERS: Mapping[str, Reader] = {
    "status": _one_of("status", Status),
    "chain": _one_of("topic__chain", Chain),
    "topic": _named("topic", Topic, "topics"),
    "lead": _named("lead", Department, "offices"),
    "district": _named("district", District, "districts"),
    "park": _of_the_enterprise("park", Department, "offices"),
    "industry": _of_the_enterprise("industry", Industry, "industries"),
    "level": _one_of("level", Level),
    "nature": _one_of("nature", Nature),
    "urgent": _flag("urgent"),
    "source": _one_of("source", Appeal.Source),
    "light": _lit,
    "overdue": _overdue,
    "handler": _handled_by,
    "owner": _owned_by,
    "ordered": lambda values, asked: Q(open_orders__gt=0) if _truth(_single(values)) else Q(open_orders=0),
    "to_decide": _to_decide,
    "q": _searched,
    "number": _numbered,
    "filed_from": _from("filed_at"),
    "filed_to": _to("filed_at"),
    "closed_from": _from("closed_at"),
    "closed_to": _to("closed_at"),
}
