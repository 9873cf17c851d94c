"""The terms of a clock (时限依据): from where and by what its limit is set, so that it can be counted again.

One rule for all that sets or moves a limit: a clock that begins, a promise, an extension, a pause, another level,
a calendar that changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from routing.deadlines import Span, Unit, counted, resume
from routing.workdays import Workdays

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True)
class Bound:
    """A limit that no span gives: a day promised, granted or ordered, or a moment that a change must not go behind.

    A day means its close of business. What stood still from `since` on moves it.
    """

    at: date | datetime
    since: datetime

    def moment(self, workdays: Workdays) -> datetime:
        return self.at if isinstance(self.at, datetime) else workdays.close_of(self.at)


@dataclass(frozen=True)
class Terms:
    """`spans` one after the other from `counts_from`, or a later one of `bounds`; `stood`: it stood still then.

    `since`: what stood still before does not move the spans; a limit that has become statutory counts it no more.
    """

    counts_from: datetime
    spans: tuple[Span, ...] = ()
    bounds: tuple[Bound, ...] = ()
    stood: tuple[Stretch, ...] = ()
    since: datetime | None = None

    @property
    def written(self) -> dict[str, Any]:
        """As JSON, what is empty left out."""
        columns = {
            "from": self.counts_from.isoformat(),
            "spans": [[span.amount, span.unit] for span in self.spans],
            "bounds": [[bound.at.isoformat(), bound.since.isoformat()] for bound in self.bounds],
            "stood": [[start.isoformat(), end.isoformat()] for start, end in self.stood],
            "since": self.since and self.since.isoformat(),
        }
        return {name: value for name, value in columns.items() if value}


def read(written: dict[str, Any]) -> Terms:
    """The terms that were written by `Terms.written`."""
    moment = datetime.fromisoformat
    return Terms(
        counts_from=moment(written["from"]),
        spans=tuple(Span(amount, Unit(unit)) for amount, unit in written.get("spans", ())),
        bounds=tuple(Bound(_day_or_moment(at), moment(since)) for at, since in written.get("bounds", ())),
        stood=tuple((moment(start), moment(end)) for start, end in written.get("stood", ())),
        since=moment(written["since"]) if "since" in written else None,
    )


def _day_or_moment(text) -> date | datetime:
    return date.fromisoformat(text) if len(text) == len("2026-10-01") else datetime.fromisoformat(text)


def lost(stood: Iterable[Stretch], workdays: Workdays) -> int:
    """Working minutes in which a clock stood still; how the stretches are cut makes no difference."""
    return sum(max(0, workdays.elapsed(start, end)) for start, end in stood)


def due_of(terms: Terms, workdays: Workdays) -> datetime:
    """The limit that `terms` give under this calendar, moved by the working minutes lost. ValueError for no terms."""
    found = [(bound.moment(workdays), bound.since) for bound in terms.bounds]
    if terms.spans:
        found.append((counted(terms.counts_from, terms.spans, workdays), terms.since))
    return max(_moved(due, _from(terms.stood, since), workdays) for due, since in found)


def _from(stood, since) -> list[Stretch]:
    return [stretch for stretch in stood if since is None or stretch[0] >= since]


def _moved(due, stood, workdays):
    minutes = lost(stood, workdays)
    return resume(due, minutes, workdays) if minutes else due
