"""Laws of working time and of the terms of a clock, on random calendars: 200 each in the suite, 10,000 by hand."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routing.deadlines import Span, Unit, counted, resume
from routing.terms import Bound, Terms, due_of, lost, read
from routing.workdays import SHANGHAI, Workdays

FIRST, LAST = date(2024, 2, 1), date(2024, 6, 30)  # with a leap day
LEAP_DAY = date(2024, 2, 29)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def pairs(edges):
    return tuple(zip(edges[::2], edges[1::2], strict=True))


EDGES = st.lists(st.sampled_from(range(0, 1441, 30)), min_size=2, max_size=6, unique=True)
SPANS = EDGES.map(lambda edges: pairs(sorted(edges[: len(edges) // 2 * 2])))
MOMENTS = st.integers(0, 90 * 1440 - 1).map(lambda minute: midnight(FIRST) + timedelta(minutes=minute))
SHARES = st.floats(0, 1)
DAYS = st.dates(FIRST, LAST)


@st.composite
def calendars(draw):
    """One to three spans a day; holidays, days made up for and short days anywhere."""
    special = draw(st.dictionaries(DAYS, st.booleans() | SPANS, max_size=12))
    return Workdays(special=special, announced=frozenset({2024}), hours=draw(SPANS), first=FIRST, last=LAST)


def room(calendar, moment):
    """Working minutes that are left of the calendar."""
    return calendar.elapsed(moment, midnight(LAST))


def law_what_was_added_has_elapsed(calendar, start, share):
    minutes = int(room(calendar, start) * share)
    assert calendar.elapsed(start, calendar.add(start, minutes)) == minutes


def law_a_later_start_is_never_due_earlier(calendar, start, other, share, count):
    earlier, later = sorted([start, other])
    minutes = int(room(calendar, later) * share)
    assert calendar.add(earlier, minutes) <= calendar.add(later, minutes)
    assert calendar.close_after(earlier, count) <= calendar.close_after(later, count)


def law_more_minutes_are_never_due_earlier(calendar, start, share, part):
    minutes = int(room(calendar, start) * share)
    assert calendar.add(start, int(minutes * part)) <= calendar.add(start, minutes)


def law_how_a_pause_is_cut_changes_nothing(calendar, start, count, lengths):
    began, went_on, ended = cuts(start, lengths)
    whole = Terms(start, spans=(Span(count, Unit.WORKDAYS),), stood=((began, ended),))
    cut = replace(whole, stood=((began, went_on), (went_on, ended)))
    assume(lost(whole.stood, calendar) <= room(calendar, counted(start, whole.spans, calendar)))
    assert lost(whole.stood, calendar) == lost(cut.stood, calendar)
    assert due_of(whole, calendar) == due_of(cut, calendar)


def law_another_level_keeps_the_paused_minutes(calendar, start, count, other, lengths):
    began, _went_on, ended = cuts(start, lengths)
    terms = Terms(start, spans=(Span(count, Unit.WORKDAYS),), stood=((began, ended),))
    minutes = calendar.elapsed(began, ended)
    relevelled = replace(terms, spans=(Span(other, Unit.WORKDAYS),))
    due = counted(start, relevelled.spans, calendar)
    assume(minutes <= room(calendar, due))
    assert lost(relevelled.stood, calendar) == minutes
    assert due_of(relevelled, calendar) == (resume(due, minutes, calendar) if minutes else due)


def law_a_limit_never_goes_behind_its_bounds(calendar, start, count, day):
    terms = Terms(start, spans=(Span(count, Unit.WORKDAYS),), bounds=(Bound(day, start),))
    assert due_of(terms, calendar) == max(calendar.close_of(day), calendar.close_after(start, count))


def law_terms_are_read_as_they_were_written(calendar, start, count, day, lengths):
    began, went_on, ended = cuts(start, lengths)
    bounds = (Bound(day, began), Bound(went_on, ended))
    terms = Terms(start, (Span(count, Unit.CLOCK),), bounds, ((began, went_on),), since=ended)
    assert read(terms.written) == terms


def law_a_day_that_ends_at_midnight_goes_on_with_the_next(calendar, start, share):
    round_the_clock = Workdays(
        special=dict.fromkeys(calendar.special, True),
        announced=frozenset({2024}),
        hours=((0, 1440),),
        first=FIRST,
        last=LAST,
    )
    minutes = int(room(round_the_clock, start) * share)
    end = round_the_clock.add(start, minutes)
    assert round_the_clock.elapsed(start, end) == minutes
    assert round_the_clock.elapsed(start, round_the_clock.close_of(start.date())) <= 1440


def law_the_leap_day_counts_like_any(calendar, start, share):
    works = replace(calendar, special={**calendar.special, LEAP_DAY: True})
    off = replace(calendar, special={**calendar.special, LEAP_DAY: False})
    day = midnight(LEAP_DAY), midnight(date(2024, 3, 1))
    assert works.elapsed(*day) == sum(closes - opens for opens, closes in works.hours)
    assert off.elapsed(*day) == 0
    assert works.after(date(2024, 2, 28), 1) == LEAP_DAY


def law_a_calendar_without_working_time_is_refused(calendar, start, share):
    days = (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
    with pytest.raises(ValueError, match="working time"):
        replace(calendar, special=dict.fromkeys(days, False))


def cuts(start, lengths):
    first, second, third = lengths
    began = start + timedelta(minutes=first)
    return began, began + timedelta(minutes=second), began + timedelta(minutes=second + third)


COUNTS = st.integers(1, 15)
STRATEGIES = {
    "calendar": calendars(),
    "start": MOMENTS,
    "other": MOMENTS,
    "share": SHARES,
    "part": SHARES,
    "count": COUNTS,
    "day": DAYS,
    "lengths": st.tuples(*[st.integers(0, 3 * 1440)] * 3),
}
LAWS = [law for name, law in globals().copy().items() if name.startswith("law_")]


@pytest.mark.parametrize("examples", [200, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_law_holds(law, examples):
    names = law.__code__.co_varnames[: law.__code__.co_argcount]
    drawn = {name: STRATEGIES[name] for name in names}
    if law is law_another_level_keeps_the_paused_minutes:
        drawn["other"] = COUNTS
    if law is law_a_later_start_is_never_due_earlier:
        drawn["count"] = st.integers(1, 10)
    settings(max_examples=examples, deadline=None, derandomize=True)(given(**drawn)(law))()
