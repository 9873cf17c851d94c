"""What stands beside the way of a sample: support, more time, pauses, orders, conferences, and a second opening."""

from datetime import timedelta

from appeals import asking, dispatch, escalation, followup, handling, pausing, supervision
from appeals.states import Ground, PauseReason, Status
from chains.taxonomy import Level, Role
from config.demo.life import Life, Steps

_EXTENDABLE = (Level.B, Level.C)


def at_work(life: Life) -> Steps:
    """While the office works: what a waiting sample waits at, else what happens now and then."""
    if path := _WAITING.get(life.sample.last):
        yield from path(life)
    if life.happens(0.09):
        yield from _support(life)
    if life.happens(0.1):
        yield from _progress(life)
    if life.happens(0.06):
        yield from _urge(life)
    if life.happens(0.07) and life.case.level in _EXTENDABLE and not life.case.paused_at:
        yield from _extension(life)
    elif life.happens(0.06) and life.case.level != Level.L:
        yield from _pause(life)


def _helper(life: Life):
    """Whoever of the supporting offices could be asked; else the city's labour or reform office."""
    named = [*life.case.supporting, "330800-RSJ", "330800-FGW"]
    codes = [code for code in named if code not in (life.case.lead_id, life.case.complained_of_id)]
    return life.town.offices[codes[0]]


def _ask_support(life: Life) -> Steps:
    at = yield life.after(20, 200)
    asked = {"department": _helper(life), "request": life.says("ask_support"), "at": at}
    life.did(handling.ask_support(life.case, by=life.handler(), **asked))


def _support(life: Life) -> Steps:
    yield from _ask_support(life)
    office = life.case.supports.waiting().latest("asked_at").department_id
    at = yield life.after(60, 900)
    by = life.town.holder(Role.HANDLER, office)
    life.did(handling.support(life.case, by=by, text=life.says("support"), at=at))


def _progress(life: Life) -> Steps:
    at = yield life.after(60, 600)
    life.did(handling.progress(life.case, by=life.handler(), text=life.says("progress"), at=at))


def _urge(life: Life) -> Steps:
    at = yield life.after(60, 600)
    life.did(followup.urge(life.case, by=life.member, text=life.says("urge"), at=at))


def _ask_extension(life: Life) -> Steps:
    at = yield life.after(15, 90)
    days = {Level.A: 2, Level.B: 4, Level.C: 10}.get(life.case.level, 4)
    until = life.town.workdays.after(life.case.resolve_by.astimezone(life.town.workdays.zone).date(), days)
    words = {"reason": life.says("extension_reason"), "words_to_enterprise": life.says("extension_words")}
    life.did(asking.ask_extension(life.case, by=life.handler(), until=until, at=at, **words))


def _extension(life: Life) -> Steps:
    yield from _ask_extension(life)
    role = Role.TRIAGE if life.case.level == Level.B else Role.DIRECTOR
    granted = life.rng.random() < 0.75
    at = yield life.after(30, 300)
    reason = life.says("extension_granted" if granted else "extension_refused")
    by = life.town.holder(role)
    life.did(asking.decide_extension(life.case, by=by, granted=granted, reason=reason, at=at))


def _pause_now(life: Life) -> Steps:
    at = yield life.after(20, 200)
    note = life.says("pause")
    life.did(pausing.pause(life.case, by=life.handler(), reason=PauseReason.ENTERPRISE, note=note, at=at))


def _pause(life: Life) -> Steps:
    """Until the enterprise sends what was missing."""
    yield from _pause_now(life)
    at = yield life.after(300, 2000)
    life.did(handling.message(life.case, by=life.member, text=life.says("material"), at=at))


def _park(life: Life) -> Steps:
    at = yield life.after(60, 300)
    by = life.town.holder(Role.DIRECTOR)
    life.did(pausing.park(life.case, by=by, plan=life.says("park"), at=at))


def _supervise(life: Life) -> Steps:
    at = yield life.after(20, 60)
    by, day = life.town.holder(Role.SUPERVISOR), life.town.workdays.after(at.date(), 2)
    life.did(supervision.supervise(life.case, by=by, order=life.says("order"), answer_by=day, at=at))


def _ask_termination(life: Life) -> Steps:
    at = yield life.after(20, 90)
    words = {"ground": Ground.LITIGATION, "explanation": life.says("termination")}
    life.did(asking.ask_termination(life.case, by=life.handler(), at=at, **words))


def _ask_exclusion(life: Life) -> Steps:
    at = yield life.after(20, 90)
    by = life.town.holder(Role.HEAD, life.case.lead_id)
    life.did(asking.ask_exclusion(life.case, by=by, ground=life.says("exclusion"), at=at))


def _escalate(life: Life) -> Steps:
    at = yield life.after(20, 90)
    by = life.town.holder(Role.HEAD, life.case.lead_id)
    life.did(escalation.escalate(life.case, by=by, reason=life.says("escalate"), at=at))


def _confer(life: Life) -> Steps:
    yield from _escalate(life)
    at = yield life.after(20, 90)
    by, day = life.town.holder(Role.DIRECTOR), life.town.workdays.after(at.date(), 3)
    call = {"departments": [_helper(life)], "on": day, "agenda": life.says("agenda")}
    life.did(escalation.confer(life.case, by=by, at=at, **call))


def _conclude(life: Life) -> Steps:
    yield from _confer(life)
    at = yield life.after(60, 400)
    life.did(escalation.conclude(life.case, by=life.town.holder(Role.DIRECTOR), text=life.says("concluded"), at=at))


# The verb after which a sample waits today → the way there.
_WAITING = {
    "ask_support": _ask_support,
    "ask_extension": _ask_extension,
    "pause": _pause_now,
    "park": _park,
    "supervise": _supervise,
    "ask_termination": _ask_termination,
    "ask_exclusion": _ask_exclusion,
    "escalate": _escalate,
    "confer": _confer,
    "conclude": _conclude,
}
AT_THE_DESK = ("answer", "object", "reroute")


def at_the_desk(life: Life, at) -> Steps:
    """A sample that waits after something the centre alone did: a direct answer, a refusal that is objected to."""
    if life.sample.last == "answer":
        life.did(dispatch.answer(life.case, by=life.centre(), text=life.text.reply, at=at))
    elif life.sample.last == "object":
        words = {"ground": Ground.BEYOND_DUTY, "explanation": life.says("beyond")}
        life.did(dispatch.decline(life.case, by=life.centre(), at=at, **words))
        at = yield life.after(20, 60)
        life.did(asking.object_to(life.case, by=life.member, reason=life.says("objection"), at=at))


def reopen(life: Life) -> Steps:
    """The matter comes back within the month, now and then."""
    if life.case.status == Status.CLOSED and life.case.round == 1 and life.happens(0.04):
        at = yield life.at(life.now + timedelta(days=life.rng.randint(3, 20)))
        life.did(followup.reopen(life.case, by=life.member, reason=life.says("reopen"), at=at))
