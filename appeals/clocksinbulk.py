"""Clocks of many cases at once, for the clock work (计时): what `clocks` does for one, in few statements."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from appeals import clocks
from appeals.models import Appeal, Clock, SupervisionOrder, Timer
from appeals.ticking import (
    MOVED,
    STOPPED,
    arm,
    columns_of,
    end_clock,
    give,
    is_of,
    lapse,
    new_clock,
    rearm,
    usual,
)
from chains import inbulk
from routing.calendar import workdays
from routing.deadlines import ClockKind, hand_back_by


def closed(cases: Collection[Appeal], at: datetime) -> dict[int, dict[str, Any]]:
    """`end_all` for many cases in few statements: the columns to write, by the id of the case."""
    of_cases = _running(cases)
    running = [clock for clocks_of_case in of_cases.values() for clock in clocks_of_case]
    for clock in running:
        end_clock(clock, at, void=clock.kind != ClockKind.VISIT)
    inbulk.write(running, ["ended_at", "verdict", "used_minutes", "paused_minutes", "stopped_at", "due_at", "terms"])
    Timer.objects.armed().of(running).update(cancelled_at=at)
    for case in cases:
        lapse(case, [clock for clock in of_cases[case.pk] if clock.kind != ClockKind.VISIT], at)
    return {case.pk: columns_of([]) for case in cases}


def passed_on(leads: Mapping[Appeal, str], at: datetime) -> dict[int, dict[str, Any]]:
    """`clocks.passed_on` for many cases, each to its new lead: the columns to write, by the id of the case."""
    of_cases, columns, changed, begun = _running(leads), {}, [], []
    for case, lead in leads.items():
        given = [clock for clock in of_cases[case.pk] if give(clock, lead)]
        voided = [clock for clock in of_cases[case.pk] if is_of(clock, clocks.left_to(lead))]
        for clock in voided:
            end_clock(clock, at, void=True)
        lapse(case, voided, at)
        limits = usual(case, at, *clocks.BEGUN_ANEW).items()
        new = [new_clock(case, at, kind, limit, round=case.round, lead=lead) for kind, limit in limits]
        begun += new
        changed += dict.fromkeys([*given, *voided])
        stay = [clock for clock in of_cases[case.pk] if clock.ended_at is None]
        columns[case.pk] = columns_of(stay + new) | {"hand_back_by": hand_back_by(at, workdays(lead))}
    inbulk.write(changed, STOPPED + MOVED)
    Timer.objects.armed().of(changed).update(cancelled_at=at)
    rearm([clock for clock in changed if clock.ended_at is None and clock.stopped_at is None], at)
    inbulk.insert(begun)
    arm(begun, at)
    return columns


def _running(cases: Collection[Appeal]) -> dict[int, list[Clock]]:
    """By the id of the case; each clock holds the very object given."""
    by_id = {case.pk: case for case in cases}
    found = {pk: [] for pk in by_id}
    for clock in Clock.objects.running().of_cases(by_id):
        clock.appeal = by_id[clock.appeal_id]
        found[clock.appeal_id].append(clock)
    return found


def ordered(orders: Collection[SupervisionOrder], at: datetime) -> None:
    """The clocks of supervision orders that other clocks have written. The late ones are nearer: no column changes."""
    begun = [
        new_clock(
            order.appeal,
            at,
            ClockKind.ORDER,
            timezone.localdate(order.answer_by),
            subject=str(order.pk),
            round=order.appeal.round,
            lead=None,
        )
        for order in orders
    ]
    inbulk.insert(begun)
    arm(begun, at)
