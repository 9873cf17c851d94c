"""What a rung does when its moment has come (催办·督办·提级): it is written, told, and followed by its effect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from appeals import clocks, clocksinbulk, escalation, followup
from appeals.models import SupervisionOrder, Timer
from appeals.moves import Step, take_all
from appeals.people import heads_of
from appeals.row import WITH_AN_OFFICE
from appeals.states import Status
from appeals.table import MOVES
from chains import inbulk
from chains.models import User
from chains.taxonomy import Tier
from routing import ladder
from routing.calendar import policy, workdays
from routing.deadlines import ESCALATE, ClockKind
from routing.ladder import Effect
from routing.ladder import Step as Rung

_CLOSE, _INVITE = "close", "invite"
# A sweep runs every thirty seconds: what comes later than this comes after a standstill.
_STANDSTILL = 10  # minutes
# Clocks of whoever holds the case: an order about them goes to whoever has to answer it.
_OF_THE_HOLDER = (*clocks.ROUND, ClockKind.TRIAGE, ClockKind.REVIEW, ClockKind.MEASURE, ClockKind.PROGRESS)


def fire(timers: Sequence[Timer], now: datetime) -> int:
    """Events, effects and notices of claimed `timers`, in their order, in the caller's transaction. How many fired.

    Raises Refused where a case has left the status that a timer belongs to.
    """
    timers = _before_the_closing(_one_object_a_case(timers))
    if not timers:
        return 0
    Timer.objects.among([timer.pk for timer in timers]).update(fired_at=now, error="", retry_at=None)
    rules = policy(now).rungs
    rungs = {timer.pk: rung_of(timer, rules) for timer in timers}
    effects = {timer.pk: effect_of(timer, rungs[timer.pk]) for timer in timers}
    orders = _write_orders([timer for timer in timers if effects[timer.pk] == Effect.ORDER], now)
    heads = _heads_for([timer for timer in timers if effects[timer.pk] == Effect.TAKE_OVER], now)
    closings = followup.closings([timer.clock.appeal for timer in timers if timer.rung == _CLOSE], now)
    follows = Following(orders, heads, closings)
    steps = [_step(timer, rungs[timer.pk], now, follows) for timer in timers if timer.rung != ESCALATE]
    _choose_what_is_told(steps)
    take_all(steps, at=now)
    lifting = [timer for timer in timers if timer.rung == ESCALATE or effects[timer.pk] == Effect.LIFT]
    if lifting:
        escalation.escalate_by_clock({timer.clock.appeal: _late_by(timer, now) for timer in lifting}, at=now)
    return len(timers)


def _one_object_a_case(timers):
    cases = {}
    for timer in timers:
        timer.clock.appeal = cases.setdefault(timer.clock.appeal_id, timer.clock.appeal)
    return timers


def _before_the_closing(timers):
    """A closed case fires nothing: its closing cancels what would have come after it."""
    closed, firing = set(), []
    for timer in sorted(timers, key=_place):
        if timer.clock.appeal_id not in closed:
            firing.append(timer)
        if timer.rung == _CLOSE:
            closed.add(timer.clock.appeal_id)
    return firing


def _place(timer):
    """Of what falls due at one moment the highest rung comes last."""
    return timer.due_at, ladder.HEIGHT.get(timer.rung, len(ladder.HEIGHT)), timer.pk


def rung_of(timer: Timer, rules: Mapping[tuple[str, str], Rung]) -> Rung | None:
    """The rung as it stands in the rules; None for what is none of the ladder."""
    if timer.rung not in ladder.HEIGHT:
        return None
    return rules.get((timer.clock.kind, timer.rung)) or rules["", timer.rung]


def effect_of(timer: Timer, rung: Rung | None) -> str:
    """What the rung does to this case; "" where it has no effect here."""
    case, kind = timer.clock.appeal, timer.clock.kind
    applies = {
        Effect.TAKE_OVER: kind in clocks.ROUND and case.status == Status.DISPATCHED and not case.handler_id,
        Effect.ORDER: kind in _OF_THE_HOLDER and case.status in MOVES["supervise"].sources,
        # The top rung lifts what a park or county leads (product.md §3).
        Effect.LIFT: kind in clocks.ROUND and case.status in WITH_AN_OFFICE and case.lead.tier != Tier.CITY,
    }
    return rung.effect if rung and rung.effect and applies[rung.effect] else ""


def _write_orders(timers, now) -> dict[int, SupervisionOrder]:
    """An order (督办单) for each clock that has none yet, on cases without one that waits; by the timer's id."""
    written = set(SupervisionOrder.objects.by_clocks([timer.clock_id for timer in timers])) if timers else set()
    chosen = {}
    for timer in timers:
        if not timer.clock.appeal.open_orders and timer.clock_id not in written:
            chosen.setdefault(timer.clock.appeal_id, timer)
    if not chosen:
        return {}
    span = policy(now).span(ClockKind.ORDER, "", urgent=False)
    answer_by = span.after(now, workdays())
    rows = [_order(timer, now, answer_by) for timer in chosen.values()]
    inbulk.insert(rows)
    clocksinbulk.ordered(rows, now)
    return {timer.pk: row for timer, row in zip(chosen.values(), rows, strict=True)}


def _order(timer, now, answer_by) -> SupervisionOrder:
    case = timer.clock.appeal
    office = None if case.status in (Status.TRIAGE, Status.REPLIED) else case.lead
    text = _words_of_order(timer.clock.kind)
    return SupervisionOrder(
        appeal=case, clock=timer.clock, department=office, order=text, issued_at=now, answer_by=answer_by
    )


@cache
def _words_of_order(kind) -> str:
    """In the language of the house, whoever reads it: it is a document."""
    with translation.override(settings.LANGUAGE_CODE):
        return _("“%(clock)s” is late. Say what keeps it, and by when it will be done.") % {
            "clock": ClockKind(kind).label
        }


def _heads_for(timers, now) -> dict[int, User]:
    """Who takes over what nobody has taken on, once a case; by the timer's id."""
    first = {timer.clock.appeal_id: timer for timer in reversed(timers)}
    if not first:
        return {}
    heads = heads_of({timer.clock.appeal.lead_id for timer in first.values()}, timezone.localdate(now))
    found = {timer.pk: heads.get(timer.clock.appeal.lead_id) for timer in first.values()}
    return {pk: head for pk, head in found.items() if head}


def _late_by(timer, now) -> int:
    return int((now - timer.due_at).total_seconds() // 60)


@dataclass(frozen=True)
class Following:
    """What follows from timers, by their id: the order written, the head who takes over; by case: what closes it."""

    orders: dict[int, SupervisionOrder]
    heads: dict[int, User]
    closings: dict[int, dict[str, Any]]


def _step(timer, rung, now, follows) -> Step:
    case, late_by = timer.clock.appeal, _late_by(timer, now)
    if timer.rung == _CLOSE:
        line = {"to": Status.CLOSED, "internal": False, "counts": True}
        return Step(case, "close_unrated", late_by, changes=follows.closings[case.pk], **line)
    step = Step(case, timer.rung, late_by, data=_about(timer, rung), internal=timer.rung != _INVITE)
    if timer.rung == ladder.TOP:
        step.changes["escalated_at"] = now
    if head := follows.heads.get(timer.pk):
        step.data["handler"], case.just_taken_over = str(head), True
        step.changes["handler_id"], step.counts = head.pk, True
    if order := follows.orders.get(timer.pk):
        step.data |= {"order": order.pk, "answer_by": order.answer_by.isoformat()}
        provisional = case.provisional or workdays().is_provisional(order.answer_by)
        step.changes |= {"open_orders": 1, "provisional": provisional}
    return step


def _about(timer, rung):
    about = {"clock": timer.clock.kind, "due_at": timer.due_at.isoformat()}
    if rung and rung.workdays:
        about["workdays"] = rung.workdays
    return about | ({"subject": timer.clock.subject} if timer.clock.subject else {})


def _choose_what_is_told(steps):
    """Each rung that fires in time; after a standstill the highest of the appeal speaks for all of them.

    A closing says more than the reminder or invitation before it.
    """
    of_cases = {}
    for place, step in enumerate(steps):
        of_cases.setdefault(step.case.pk, []).append((ladder.HEIGHT.get(step.verb, -1), place, step))
    for found in of_cases.values():
        closing = next((step for *_order, step in found if step.to), None)
        stood_still = max(step.late_by for *_order, step in found) >= _STANDSTILL
        if closing or stood_still:
            chosen = closing or max(found, key=lambda one: one[:2])[2]
            for *_order, step in found:
                step.is_told = step is chosen
