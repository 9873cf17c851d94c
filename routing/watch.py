"""Who is woken for an urgent appeal (值班): the duty officer; nobody on duty means the next rung at once."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from routing.workdays import Workdays

Stretch = tuple[datetime, datetime]  # from and to, aware


class Woken(StrEnum):
    """Rungs of the watch, the nearest first."""

    OFFICE_ON_DUTY = "office_on_duty"
    HEADS = "heads"  # of the office
    CENTRE_ON_DUTY = "centre_on_duty"
    DIRECTOR = "director"
    SUPERVISORS = "supervisors"


def woken(
    *, is_dispatched: bool, is_working_time: bool, office_on_duty: bool, centre_on_duty: bool
) -> frozenset[Woken]:
    """Whom an urgent appeal wakes, beside those who are told of every appeal (product.md §2).

    In triage the centre is asked, once dispatched the office. In working time there is somebody at the desk.
    """
    if is_dispatched and office_on_duty:
        return frozenset({Woken.OFFICE_ON_DUTY})
    centre = _centre(is_working_time, centre_on_duty)
    if not is_dispatched:
        return centre
    return frozenset() if is_working_time else centre | {Woken.HEADS}


def _centre(is_working_time, centre_on_duty) -> frozenset[Woken]:
    if centre_on_duty:
        return frozenset({Woken.CENTRE_ON_DUTY})
    return frozenset() if is_working_time else frozenset({Woken.DIRECTOR, Woken.SUPERVISORS})


def uncovered(shifts: Iterable[Stretch], start: datetime, end: datetime, workdays: Workdays) -> list[Stretch]:
    """The gaps from `start` to `end`: outside working time, and nobody on duty."""
    gaps, reached = [], start
    for begins, ends in sorted([*shifts, *_worked(start, end, workdays)]):
        if reached >= end:
            break
        if begins > reached:
            gaps.append((reached, min(begins, end)))
        reached = max(reached, ends)
    return gaps if reached >= end else [*gaps, (reached, end)]


def _worked(start, end, workdays) -> list[Stretch]:
    days = (end.date() - start.date()).days + 1
    midnights = (start.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=n) for n in range(days))
    return [
        (midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes))
        for midnight in midnights
        for opens, closes in workdays.spans(midnight.date())
    ]
