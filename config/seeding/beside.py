"""What stands beside open appeals that nobody filed: requests, orders, pauses, a leader's hand. Decides only."""

from collections.abc import Callable
from datetime import datetime
from random import Random

from appeals.models import Pause, Request, SupervisionOrder, SupportOrder
from appeals.pausing import STOPPED
from appeals.states import Part, Status
from chains.taxonomy import Level, Role
from config.seeding.lives import Life, World, one, tell, usual_due
from routing import deadlines
from routing.deadlines import ClockKind

_WORDS = "情况复杂，需要再核实，已向企业说明。"


def put_beside(life: Life, world: World, rng: Random) -> None:
    """Give `life` at most one of what may stand beside a case of its status, by chance."""
    drawn = rng.random()
    for share, write in _BESIDE.get(life.status, ()):
        if drawn < share:
            return write(life, _moment(life, world, rng), world, rng)
        drawn -= share
    return None


def _moment(life, world, rng) -> datetime:
    """Some working time after its latest event."""
    last, table = life.events[-1]["at"], world.workdays
    return min(world.now, max(last, table.add(last, int(table.elapsed(last, world.now) * rng.random()))))


def _any(world, role, rng) -> int:
    """Somebody in `role`, wherever the post is."""
    return rng.choice([who for (held, _office), people in world.people.posts.items() if held == role for who in people])


def _by_its_handler(life, verb, at, **more):
    columns = life.columns
    who, lead = columns["handler_id"], columns["lead_id"]
    tell(life, verb, at, who, Part.HANDLER, life.status, life.status, department=lead, internal=verb != "pause", **more)


def _ask(life, kind, at, asked_by, **columns):
    asked = {"round": life.columns["round"], "asked_by_id": asked_by, "asked_at": at, "reason": _WORDS}
    life.beside.append((Request, asked | {"kind": kind, "until": None} | columns))


def _hand_back(life, at, world, rng):
    lead = life.columns["lead_id"]
    proposed = world.offices[int(rng.random() * len(world.offices))]
    who = one(world, Role.HANDLER, lead, rng)
    own = {"text": _WORDS, "data": {"proposed_lead": proposed}, "internal": True}
    tell(life, "hand_back", at, who, Part.HANDLER, life.status, life.status, department=lead, **own)
    _ask(life, Request.Kind.HAND_BACK, at, who, proposed_lead_id=proposed)
    life.running[ClockKind.HAND_BACK] = (at, usual_due(ClockKind.HAND_BACK, at, world))


def _ask_extension(life, at, world, rng):
    extension = deadlines.DEFAULT_POLICY.extensions.get(life.columns["level"])
    if extension is None or life.columns["level"] == Level.L:
        return
    until = world.workdays.close_after(max(at, life.columns["resolve_by"]), extension.days)
    data = {"approver": str(extension.approver), "until": until.isoformat()}
    _by_its_handler(life, "ask_extension", at, text=_WORDS, data=data)
    more = {"until": until, "words": _WORDS, "approver": str(extension.approver)}
    _ask(life, Request.Kind.EXTENSION, at, life.columns["handler_id"], **more)
    life.running[ClockKind.EXTENSION] = (at, usual_due(ClockKind.EXTENSION, at, world))


def _ask_termination(life, at, world, rng):
    _by_its_handler(life, "ask_termination", at, text=_WORDS, data={"ground": "litigation"})
    _ask(life, Request.Kind.TERMINATION, at, life.columns["handler_id"], ground="litigation")
    life.running[ClockKind.TERMINATION] = (at, usual_due(ClockKind.TERMINATION, at, world))


def _ask_support(life, at, world, rng):
    office = world.offices[int(rng.random() * len(world.offices))]
    columns = life.columns
    if office in (columns["lead_id"], columns["complained_of_id"]):
        return
    columns["supporting"] = sorted({*columns["supporting"], office})
    due = world.workdays.close_after(at, 3)
    _by_its_handler(life, "ask_support", at, text=_WORDS, data={"department": office})
    order = {"round": columns["round"], "department_id": office, "request": _WORDS, "due_at": due}
    life.beside.append((SupportOrder, order | {"asked_by_id": columns["handler_id"], "asked_at": at}))
    life.running[ClockKind.SUPPORT] = (at, due)
    life.subjects[ClockKind.SUPPORT] = office


def _supervise(life, at, world, rng):
    supervisors = [
        who for (role, _office), people in world.people.posts.items() if role == Role.SUPERVISOR for who in people
    ]
    who, due, lead = rng.choice(supervisors), world.workdays.close_after(world.now, 2), life.columns["lead_id"]
    own = {"text": _WORDS, "data": {"department": lead, "answer_by": due.isoformat()}, "internal": True}
    tell(life, "supervise", at, who, Part.SUPERVISOR, life.status, life.status, **own)
    order = {"department_id": lead, "order": _WORDS, "issued_by_id": who, "issued_at": at, "answer_by": due}
    life.beside.append((SupervisionOrder, order))
    life.columns["open_orders"] = 1
    life.running[ClockKind.ORDER] = (at, due)


def _pause(life, at, world, rng):
    if life.columns["level"] == Level.L:
        return
    who = life.columns["handler_id"]
    _by_its_handler(life, "pause", at, text=_WORDS, data={"reason": "enterprise"})
    paused = {"round": life.columns["round"], "reason": "enterprise", "note": _WORDS}
    life.beside.append((Pause, paused | {"started_by_id": who, "started_at": at}))
    _stand_still(life, at)


def _park(life, at, world, rng):
    if life.columns["level"] == Level.L:
        return
    director = rng.choice(
        [who for (role, _o), people in world.people.posts.items() if role == Role.DIRECTOR for who in people]
    )
    tell(life, "park", at, director, Part.DIRECTOR, life.status, Status.PARKED, text=_WORDS)
    life.status = life.columns["status"] = Status.PARKED
    _stand_still(life, at)
    life.running[ClockKind.PROGRESS] = (at, world.workdays.close_after(world.now, 1 + int(rng.random() * 20)))


def _stand_still(life, at):
    life.stopped_at = life.columns["paused_at"] = at
    life.columns["resolve_by"] = None
    if ClockKind.CONTACT in life.running:
        life.columns["contact_by"] = None
    life.still = frozenset(STOPPED) & life.running.keys()


def _lift(life, at, world, rng):
    life.columns["escalated_at"] = at
    if rng.random() < 0.3:
        life.columns["owner_id"] = _any(world, Role.LEADER, rng)
    own = {"data": {"lead": life.columns["lead_id"]}, "internal": True}
    tell(life, "escalate", at, None, Part.AUTOMATIC, life.status, life.status, **own)


def _ask_person(life, at, world, rng):
    if life.columns["decided_by"] == "auto":
        life.columns["person_asked_at"] = at
        tell(life, "ask_person", at, life.firm.member, Part.MEMBER, life.status, life.status)


def _object(life, at, world, rng):
    tell(life, "object", at, life.firm.member, Part.MEMBER, life.status, life.status, text=_WORDS)
    _ask(life, Request.Kind.OBJECTION, at, life.firm.member, asked_as=Part.MEMBER)


def _ask_exclusion(life, at, world, rng):
    _by_its_handler(life, "ask_exclusion", at, text=_WORDS)
    _ask(life, Request.Kind.EXCLUSION, at, life.columns["handler_id"])


_Write = Callable[[Life, datetime, World, Random], None]
_BESIDE: dict[Status, tuple[tuple[float, _Write], ...]] = {
    Status.DISPATCHED: ((0.04, _hand_back), (0.02, _ask_person), (0.01, _supervise)),
    Status.SIGNED: (
        (0.03, _ask_extension),
        (0.005, _ask_termination),
        (0.03, _ask_support),
        (0.02, _supervise),
        (0.04, _pause),
        (0.02, _park),
        (0.02, _lift),
        (0.01, _ask_person),
    ),
    Status.DECLINED: ((0.005, _object),),
    Status.CLOSED: ((0.0001, _ask_exclusion),),
}
