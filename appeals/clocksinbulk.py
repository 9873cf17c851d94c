"""Clocks of many cases at once, for the clock work (计时): what `clocks` does for one, in few statements."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from appeals.clocks import _arm as arm
from appeals.clocks import _columns as columns_of
from appeals.clocks import _lapse as lapse
from appeals.clocks import _stop as stop_clock
from appeals.models import Appeal, Clock, SupervisionOrder, Timer
from chains import inbulk
from routing.calendar import workdays
from routing.deadlines import ClockKind


def closed(cases: Collection[Appeal], at: datetime) -> dict[int, dict[str, Any]]:
    """`end_all` for many cases in few statements: the columns to write, by the id of the case."""
    of_cases = {case.pk: [] for case in cases}
    running = list(Clock.objects.running().of_cases(cases))
    for clock in running:
        of_cases[clock.appeal_id].append(clock)
        stop_clock(clock, at, void=clock.kind != ClockKind.VISIT)
    inbulk.write(running, ["ended_at", "verdict", "used_minutes", "paused_minutes", "stopped_at", "due_at"])
    Timer.objects.armed().of(running).update(cancelled_at=at)
    for case in cases:
        lapse(case, [clock for clock in of_cases[case.pk] if clock.kind != ClockKind.VISIT], at)
    return {case.pk: columns_of([]) for case in cases}


def ordered(orders: Collection[SupervisionOrder], at: datetime) -> None:
    """The clocks of supervision orders that other clocks have written. The late ones are nearer: no column changes."""
    begun = [
        Clock(
            appeal=order.appeal,
            kind=ClockKind.ORDER,
            subject=str(order.pk),
            round=order.appeal.round,
            started_at=at,
            due_at=order.answer_by,
            provisional=workdays().is_provisional(order.answer_by),
        )
        for order in orders
    ]
    inbulk.insert(begun)
    arm(begun, at)
