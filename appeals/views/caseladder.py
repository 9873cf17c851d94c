"""The running clocks of a case, each with its ladder: which rungs fired and when, which come, and who is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext

from appeals import firing, lights, notices
from appeals.models import Appeal, Timer
from appeals.people import To
from appeals.states import Status
from appeals.wording import clocktime, time_left
from routing.calendar import policy
from routing.deadlines import ESCALATE, ClockKind, Light, light
from routing.ladder import Effect
from routing.workdays import Workdays


@dataclass(frozen=True)
class Step:
    """One rung. `state`: is-done, is-next, is-stuck (set aside with an error) or nothing; `late_by` in words."""

    words: Any
    at: datetime
    state: str
    late_by: str
    told: str
    does: Any  # what it does besides, if it has yet to come


@dataclass(frozen=True)
class Ladder:
    label: str
    due: datetime
    light: Light
    words: str  # what is left of it
    is_provisional: bool
    steps: list[Step]


_ENDED = (Status.CLOSED, Status.DECLINED, Status.WITHDRAWN)


def ladders(case: Appeal, names: Mapping[str, str], now: datetime, table: Workdays, *, is_staff: bool) -> list[Ladder]:
    """The nearest limit first. An enterprise follows the one clock that it can stop itself: its rating."""
    if case.status in _ENDED or not (is_staff or case.status == Status.VISITING):
        return []
    timers = list(Timer.objects.of_running_clocks(case))
    clocks = [(clock, list(steps)) for clock, steps in groupby(timers, key=lambda timer: timer.clock)]
    clocks.sort(key=lambda pair: (pair[0].stopped_at is not None, pair[0].due_at))
    shown = [(clock, rungs) for clock, rungs in clocks if is_staff or clock.kind == ClockKind.VISIT]
    return [_ladder(case, clock, rungs, names, now, table) for clock, rungs in shown]


def _ladder(case, clock, timers, names, now, table):
    kind = ClockKind(clock.kind)
    label = f"{kind.label} ({names[clock.subject]})" if kind == ClockKind.SUPPORT else str(kind.label)
    shines = Light.PAUSED if clock.stopped_at else light(clock.due_at, _yellow_at(timers), now)
    left = lights.countdown_to(kind, clock.due_at, now, table, urgent=case.urgent)
    words = str(Light.PAUSED.label) if clock.stopped_at else time_left(left)
    return Ladder(label, clock.due_at, shines, words, clock.provisional, _steps(case, timers, now))


def _yellow_at(timers):
    return next((timer.due_at for timer in reversed(timers) if timer.rung == "yellow"), None)


def _steps(case, timers: list[Timer], now) -> list[Step]:
    # A limit that moved has rungs of before, which fired, and new ones; what was called off is no news.
    shown = [timer for timer in timers if timer.cancelled_at is None]
    shown.sort(key=lambda timer: (timer.fired_at is None, timer.due_at, timer.pk))
    following = next((timer for timer in shown if timer.fired_at is None and not timer.error), None)
    return [_step(case, timer, now, is_next=timer is following) for timer in shown]


def _step(case, timer, now, *, is_next):
    timer.clock.appeal = case
    rung = firing.rung_of(timer, policy(now).rungs)
    late = int((timer.fired_at - timer.due_at).total_seconds() // 60) if timer.fired_at else 0
    return Step(
        words=_over(rung) if rung and rung.workdays else _RUNGS.get(timer.rung, timer.rung),
        at=timer.fired_at or timer.due_at,
        state="is-done" if timer.fired_at else "is-stuck" if timer.error else "is-next" if is_next else "",
        late_by=clocktime(late) if late else "",
        told=_told(case, timer, now),
        does="" if timer.fired_at else _EFFECTS.get(_effect(case, timer, rung), ""),
    )


def _over(rung):
    return ngettext("%(days)d working day over", "%(days)d working days over", rung.workdays) % {"days": rung.workdays}


def _effect(case, timer, rung):
    if timer.rung == ESCALATE:
        return Effect.LIFT
    effect = firing.effect_of(timer, rung)
    return "" if effect == Effect.ORDER and case.open_orders else effect


def _told(case, timer, now):
    verb = "close_unrated" if timer.rung == "close" else timer.rung
    told = sorted(notices.of_rung(verb, timer.clock.kind, case, now), key=list(_TOLD).index)
    return pgettext("between names", ", ").join(_named(case, to) for to in told)


def _named(case, to: To) -> str:
    return str(case.handler) if to == To.OFFICE and case.handler else str(_TOLD[to])


_RUNGS = {
    "yellow": _("Soon due"),
    "due": _("The limit"),
    "invite": _("Invitation to rate"),
    "close": _("Closing without a rating"),
    ESCALATE: _("Escalation"),
}
_EFFECTS = {
    Effect.TAKE_OVER: _("the head takes the case over"),
    Effect.ORDER: _("a supervision order is written"),
    Effect.LIFT: _("the case goes up a tier"),
}
_TOLD = {
    To.ENTERPRISE: _("the enterprise"),
    To.SUPPORT: _("the supporting office"),
    To.OFFICE: _("the office"),
    To.HEAD: _("its head"),
    To.CENTRE: _("the centre"),
    To.REVIEWERS: _("the reviewers"),
    To.SUPERVISORS: _("supervision"),
    To.DIRECTOR: _("the director"),
    To.LEADERS: _("the leaders"),
}
