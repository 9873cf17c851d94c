"""What happened to an appeal that nobody filed: its way through the statuses, drawn by chance. Decides only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from django.db.models import Model

from appeals.states import Part, Status
from appeals.ticking import UNWATCHED
from chains.models import Topic
from chains.taxonomy import CENTRE_OFFICE, Level, Role
from config.seeding.people import Firm, People
from routing import deadlines
from routing.responsibility import Responsible
from routing.workdays import Workdays

_OPEN = (
    (Status.TRIAGE, 0.08, 150),
    (Status.DISPATCHED, 0.15, 260),
    (Status.SIGNED, 0.52, 3800),
    (Status.REPLIED, 0.08, 260),
    (Status.VISITING, 0.17, 2600),
)  # the share of each, and for how many working minutes an appeal has been in it
_ANSWERS = (("yes", 5), ("yes", 5), ("yes", 5), ("yes", 4), ("yes", 4), ("partly", 4), ("partly", 3), ("no", 3))
_OUTCOMES = ("solved", "solved", "solved", "partly", "explained")
_REPLIES = (
    "已与贵公司联系并到现场了解情况，所提问题已协调解决，如有变化请随时与我们联系。",
    "经核实，相关材料已补齐并受理，预计五个工作日内办结，结果会及时告知贵公司。",
    "依据现行政策，该事项暂不具备条件，已将办理途径和联系人发送至贵公司。",
    "已召集有关部门会商，明确了解决办法和时间表，由我局负责跟踪到位。",
)
_LEVEL = "level"
# As the classifier's proposals are kept, written out: five of them, the first with its reasons.
_GUESSED = (
    '[{"topic": "%s", "reasons": ["企业", "申请", "补贴", "办理"], "confidence": 0.7312},'
    ' {"topic": "%s", "reasons": [], "confidence": 0.0914}, {"topic": "%s", "reasons": [], "confidence": 0.0407},'
    ' {"topic": "%s", "reasons": [], "confidence": 0.0198}, {"topic": "%s", "reasons": [], "confidence": 0.0102}]'
)


@dataclass(frozen=True)
class World:
    """What lives are drawn from."""

    topics: Mapping[str, Topic]
    shares: Sequence[str]  # topics, as often as they come
    people: People
    offices: Sequence[str]
    workdays: Workdays
    responsible: Mapping[tuple, Responsible]
    now: datetime


@dataclass
class Life:
    """An appeal as it stands: columns of its row, events, clocks that run (kind → (start, limit)), rows beside it."""

    firm: Firm
    status: Status
    columns: dict = field(default_factory=dict)
    events: list[dict] = field(default_factory=list)
    running: dict[deadlines.ClockKind, tuple[datetime, datetime]] = field(default_factory=dict)
    subjects: dict[deadlines.ClockKind, str] = field(default_factory=dict)  # of a clock of which several may run
    still: frozenset[deadlines.ClockKind] = frozenset()  # those of the clocks that stand still, since:
    stopped_at: datetime | None = None
    beside: list[tuple[type[Model], dict]] = field(default_factory=list)  # rows that refer to it


def live(filed_at: datetime, world: World, rng: Random, *, is_open: bool) -> Life:
    """One life begun at `filed_at` and as it stands at `world.now`."""
    firms = world.people.firms
    life = Life(firms[int(rng.random() ** 1.6 * len(firms))], _status(rng, is_open=is_open))
    _file(life, filed_at, world, rng)
    path = _path(life, rng)
    moments = _moments(filed_at, path, life.status, world, rng)
    for (step, _minutes), at in zip(path, moments, strict=True):
        _STEPS[step](life, at, world, rng)
    if is_open:
        _put_off(life, world, rng)
    return life


def settle(life: Life, world: World) -> None:
    """The columns that follow from the rest: how many events there were, and which limit is the nearest."""
    life.columns |= {"last_seq": len(life.events), "version": len(life.events)}
    if life.running:
        _show_limits(life, world)


def _status(rng, *, is_open) -> Status:
    drawn = rng.random()
    if not is_open:
        return Status.DECLINED if drawn < 0.03 else Status.WITHDRAWN if drawn < 0.07 else Status.CLOSED
    for status, share, _minutes in _OPEN:
        if drawn < share:
            return status
        drawn -= share
    return Status.SIGNED


_TO = {
    Status.TRIAGE: (),
    Status.DECLINED: ("decline",),
    Status.WITHDRAWN: ("withdraw",),
    Status.DISPATCHED: ("dispatch",),
    Status.SIGNED: ("dispatch", "sign", "contact"),
    Status.REPLIED: ("dispatch", "sign", "contact", "reply"),
    Status.VISITING: ("dispatch", "sign", "contact", "reply", "review"),
    Status.CLOSED: ("dispatch", "sign", "contact", "reply", "review", "close"),
}
_LASTS = {"decline": 200, "withdraw": 600, "dispatch": 90, "sign": 130, "contact": 120, "review": 190, "close": 900}
_REPLY_TAKES = {Level.S: 300, Level.A: 800, Level.B: 1500, Level.C: 4200, Level.D: 15000, Level.L: 7000}


def _path(life, rng) -> list[tuple[str, float]]:
    """The steps to its status, each with the working minutes it took."""
    steps = _TO[life.status]
    if life.status == Status.CLOSED and rng.random() < 0.06:
        steps = (*steps[:-1], "redo", "contact", "reply", "review", "close")
    if life.status == Status.WITHDRAWN and rng.random() < 0.5:
        steps = ("dispatch", "sign", *steps)
    is_auto = rng.random() < 0.65
    return [(step, _minutes(step, life.columns[_LEVEL], rng, is_auto=is_auto)) for step in steps]


def _minutes(step, level, rng, *, is_auto) -> float:
    if step == "dispatch" and is_auto:
        return 0
    return max(1.0, _LASTS.get(step, _REPLY_TAKES[level]) * rng.lognormvariate(-0.3, 0.7))


def _moments(filed_at, path, status, world, rng) -> list[datetime]:
    """When each step was taken; none lies after now, and an open appeal has not been where it is for ever."""
    table, left = world.workdays, world.workdays.elapsed(filed_at, world.now)
    rest = next((minutes for open_status, _share, minutes in _OPEN if open_status == status), None)
    used = sum(minutes for _step, minutes in path)
    room = left if rest is None else max(0, left - rng.expovariate(1 / rest))
    scale = min(1.0, room / used) if rest is None and used else room / used if used else 1.0
    moments, spent = [], 0.0
    for _step, minutes in path:
        spent += minutes * scale
        moments.append(filed_at if spent < 1 else min(world.now, table.add(filed_at, int(spent))))
    return moments


def _file(life, at, world, rng) -> None:
    firm, topic = life.firm, world.topics[world.shares[int(rng.random() * len(world.shares))]]
    place = firm.district
    chosen = world.responsible[topic.pk, place, firm.industry]
    complained_of = None
    if rng.random() < 0.008:
        complained_of = world.offices[int(rng.random() * len(world.offices))]
    if complained_of in (chosen.lead, *chosen.supporting):
        complained_of = None
    urgent = rng.random() < 0.01
    life.columns |= {
        "filed_at": at,
        "enterprise_id": firm.pk,
        "filed_by_id": firm.member,
        "district_id": place,
        "park_id": firm.park,
        "industry_id": firm.industry,
        "topic_id": topic.pk,
        _LEVEL: topic.level,
        "nature": "consult" if topic.level == Level.S else "help",
        "urgent": urgent,
        "anonymous": rng.random() < 0.04,
        "complained_of_id": complained_of,
        "confidence": round(0.3 + 0.7 * rng.random(), 3),
        "status": life.status,
        "round": 1,
    }
    life.running = {deadlines.ClockKind.TRIAGE: (at, usual_due(deadlines.ClockKind.TRIAGE, at, world, urgent=urgent))}
    life.columns["triage_by"] = life.running[deadlines.ClockKind.TRIAGE][1]
    guesses = [topic.pk, *(world.shares[int(rng.random() * len(world.shares))] for _ in range(4))]
    life.columns["candidates"] = _GUESSED % tuple(guesses)
    tell(life, "file", at, firm.member, Part.MEMBER, "", Status.TRIAGE, data={"topic": topic.pk})


def tell(life: Life, verb, at, actor, part, old, new, *, department=None, text="", data=None, internal=False) -> None:
    """Add an event."""
    life.events.append(
        {
            "at": at,
            "verb": verb,
            "actor_id": actor,
            "part": part,
            "department_id": department,
            "from_status": old,
            "to_status": new,
            "round": life.columns["round"],
            "text": text,
            "data": data or {},
            "internal": internal,
        }
    )


def one(world: World, role: str, office: str | None, rng: Random) -> int:
    """Somebody who holds the post `role` in `office`."""
    accounts = world.people.at(role, office)
    return accounts[int(rng.random() * len(accounts))]


def _dispatch(life, at, world, rng) -> None:
    columns, kinds = life.columns, deadlines.ClockKind
    chosen = world.responsible[columns["topic_id"], columns["district_id"], columns["industry_id"]]
    limits = deadlines.limits(columns[_LEVEL], at, world.workdays, urgent=columns["urgent"])
    columns |= {
        "dispatched_at": at,
        "lead_id": chosen.lead,
        "supporting": list(chosen.supporting),
        "sign_by": limits.sign_by,
        "contact_by": limits.contact_by,
        "resolve_by": limits.resolve_by,
        "hand_back_by": deadlines.hand_back_by(at, world.workdays),
    }
    data = {"lead": chosen.lead, "topic": columns["topic_id"], _LEVEL: columns[_LEVEL]}
    if at == columns["filed_at"]:
        columns["decided_by"] = "auto"
        life.events[0] |= {"to_status": Status.DISPATCHED, "data": data | {"automatic": True}}
    else:
        officer = one(world, Role.TRIAGE, CENTRE_OFFICE, rng)
        columns |= {"decided_by": "person", "dispatched_by_id": officer}
        old, new = Status.TRIAGE, Status.DISPATCHED
        tell(life, "dispatch", at, officer, Part.TRIAGE, old, new, department=CENTRE_OFFICE, data=data)
    life.running = {
        kinds.SIGN: (at, limits.sign_by),
        kinds.CONTACT: (at, limits.contact_by),
        kinds.RESOLVE: (at, limits.resolve_by),
    }


def _sign(life, at, world, rng) -> None:
    lead = life.columns["lead_id"]
    handler = one(world, Role.HANDLER, lead, rng)
    life.columns |= {"signed_at": at, "handler_id": handler}
    life.running.pop(deadlines.ClockKind.SIGN)
    tell(life, "sign", at, handler, Part.HANDLER, Status.DISPATCHED, Status.SIGNED, department=lead)


def _contact(life, at, world, rng) -> None:
    columns, was = life.columns, Status.SIGNED
    columns["contacted_at"] = at
    life.running.pop(deadlines.ClockKind.CONTACT, None)
    text = "已电话联系企业，了解情况。"
    tell(life, "contact", at, columns["handler_id"], Part.HANDLER, was, was, department=columns["lead_id"], text=text)


def _reply(life, at, world, rng) -> None:
    columns = life.columns
    outcome, text = rng.choice(_OUTCOMES), rng.choice(_REPLIES)
    columns |= {
        "replied_at": at,
        "reply_outcome": outcome,
        "reply_text": text,
        "used_minutes": world.workdays.elapsed(
            columns["signed_at" if columns.get("redo_count") else "dispatched_at"], at
        ),
    }
    life.running = {deadlines.ClockKind.REVIEW: (at, usual_due(deadlines.ClockKind.REVIEW, at, world))}
    who, lead, data = columns["handler_id"], columns["lead_id"], {"outcome": outcome}
    old, new = Status.SIGNED, Status.REPLIED
    tell(life, "reply", at, who, Part.HANDLER, old, new, department=lead, text=text, data=data)


def _review(life, at, world, rng) -> None:
    life.columns["visiting_at"] = at
    life.running = {deadlines.ClockKind.VISIT: (at, usual_due(deadlines.ClockKind.VISIT, at, world))}
    who, old, new = one(world, Role.REVIEWER, CENTRE_OFFICE, rng), Status.REPLIED, Status.VISITING
    tell(life, "review", at, who, Part.REVIEWER, old, new, department=CENTRE_OFFICE, data={"passed": True})


def _redo(life, at, world, rng) -> None:
    columns, data = life.columns, {"solved": "no", "stars": 1}
    old, new = Status.VISITING, Status.SIGNED
    tell(life, "rate", at, life.firm.member, Part.MEMBER, old, new, text="问题没有解决。", data=data)
    columns |= {"first_solved": "no", "first_stars": 1, "redo_count": 1, "round": 2, "signed_at": at, "sign_by": at}
    columns |= {"failed_leads": [columns["lead_id"]]}
    limits = deadlines.limits(columns[_LEVEL], at, world.workdays, urgent=columns["urgent"])
    columns |= {"contact_by": limits.contact_by, "resolve_by": limits.resolve_by}


def _close(life, at, world, rng) -> None:
    columns = life.columns
    columns |= {"closed_at": at, "total_minutes": int((at - columns["filed_at"]).total_seconds() // 60)}
    life.running = {}
    if rng.random() < 0.15:
        columns["closed_unrated"] = True
        return tell(life, "close_unrated", at, None, Part.AUTOMATIC, Status.VISITING, Status.CLOSED)
    solved, stars = rng.choice(_ANSWERS)
    columns |= {"solved": solved, "stars": stars, "rated_at": at}
    columns.setdefault("first_solved", solved)
    columns.setdefault("first_stars", stars)
    data = {"solved": solved, "stars": stars}
    return tell(life, "rate", at, life.firm.member, Part.MEMBER, Status.VISITING, Status.CLOSED, data=data)


def _decline(life, at, world, rng) -> None:
    life.columns["ended_at"], life.running = at, {}
    who, data = one(world, Role.TRIAGE, CENTRE_OFFICE, rng), {"ground": "beyond_duty"}
    text, old, new = "该事项不属于政府部门职责范围，可向人民法院提起诉讼。", Status.TRIAGE, Status.DECLINED
    tell(life, "decline", at, who, Part.TRIAGE, old, new, department=CENTRE_OFFICE, text=text, data=data)


def _withdraw(life, at, world, rng) -> None:
    life.columns["ended_at"], life.running = at, {}
    old, new = Status(life.events[-1]["to_status"]), Status.WITHDRAWN
    tell(life, "withdraw", at, life.firm.member, Part.MEMBER, old, new, text="问题已自行解决。")


_STEPS = {
    "dispatch": _dispatch,
    "sign": _sign,
    "contact": _contact,
    "reply": _reply,
    "review": _review,
    "redo": _redo,
    "close": _close,
    "decline": _decline,
    "withdraw": _withdraw,
}


_LIMITS = {"triage": "triage_by", "sign": "sign_by", "contact": "contact_by", "resolve": "resolve_by"}


def _put_off(life, world, rng) -> None:
    """Most limits that have passed were extended, or begun anew; otherwise nearly every open appeal were late."""
    for kind, (start, due) in life.running.items():
        if due < world.now and rng.random() < 0.75:
            later = world.workdays.close_after(world.now, 1 + int(rng.random() * 15))
            life.running[kind] = (start, later)
            if kind in _LIMITS:
                life.columns[_LIMITS[kind]] = later


def usual_due(kind: str, at: datetime, world: World, *, urgent: bool = False) -> datetime:
    """The limit of a clock that no level touches."""
    spans = deadlines.spans(kind, "", deadlines.DEFAULT_POLICY, urgent=urgent)
    return deadlines.counted(at, spans, world.workdays)


def _show_limits(life, world) -> None:
    """The columns that lists sort and colour by, as appeals.clocks writes them."""
    watched = {kind: span for kind, span in life.running.items() if kind not in UNWATCHED | life.still}
    if not watched:
        return
    urgent, table = life.columns["urgent"], world.workdays
    yellow = [deadlines.yellow_at(kind, start, due, table, urgent=urgent) for kind, (start, due) in watched.items()]
    nearest = min(watched, key=lambda kind: watched[kind][1])
    life.columns |= {"due_by": watched[nearest][1], "due_kind": nearest, "yellow_at": min(yellow)}
