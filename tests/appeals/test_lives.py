"""Whatever happens to a case, in whatever order: random lives of legal steps, and what always holds of them."""

from datetime import timedelta
from random import Random

import pytest
from django.db import transaction

from appeals import facts, intake, oversight, steps, verification
from appeals.models import Appeal, Clock, Timer
from appeals.states import OPEN, Refused, Status, parts_of
from appeals.table import MOVES, TABLE
from chains.models import CaseFact
from chains.taxonomy import Role
from routing import deadlines
from routing.calendar import workdays
from routing.deadlines import ClockKind
from routing.models import Notice
from tests.factory import CENTRE, LABOUR, SCIENCE, City, actor, at, make_user

pytestmark = pytest.mark.django_db

COUNTY = "330802-KJJ"
WAITS_WHILE = {
    "hand_back": {Status.DISPATCHED, Status.SIGNED, Status.MERGED},
    "termination": {Status.DISPATCHED, Status.SIGNED, Status.MERGED},
    "extension": {Status.DISPATCHED, Status.SIGNED, Status.REPLIED, Status.MERGED},
    "objection": {Status.DECLINED},
    "exclusion": set(Status),
}
RUNS_WHILE = {
    Status.TRIAGE: {ClockKind.TRIAGE},
    Status.DISPATCHED: {ClockKind.SIGN, ClockKind.RESOLVE},
    Status.SIGNED: {ClockKind.RESOLVE},
    Status.PARKED: {ClockKind.RESOLVE, ClockKind.PROGRESS},
    Status.REPLIED: {ClockKind.REVIEW},
    Status.VISITING: {ClockKind.VISIT},
}
OF_THE_ROUND = {ClockKind.SIGN: "sign_by", ClockKind.CONTACT: "contact_by", ClockKind.RESOLVE: "resolve_by"}
UNWATCHED = {ClockKind.VISIT, ClockKind.SUPPORT, ClockKind.EXTENSION, ClockKind.TERMINATION}


FAR = at(12, 31).replace(year=2100)


class People:
    """Two of each part that may not decide about itself."""

    def __init__(self):
        self.city = City()
        offices = [SCIENCE, COUNTY, LABOUR]
        users = [self.city.member, self.city.reviewer, self.city.director, self.city.supervisor, self.city.leader]
        users += [self.city.holder(role, office) for office in offices for role in (Role.HANDLER, Role.HEAD)]
        users += [self.city.triage, make_user(Role.TRIAGE, CENTRE), make_user(Role.DIRECTOR, CENTRE)]
        self.actors = [actor(user) for user in users]
        self.handlers = {office: self.city.holder(Role.HANDLER, office).username for office in offices}


@pytest.fixture
def people():
    return People()


class Life:
    def __init__(self, people: People, seed: int):
        self.people, self.chance, self.now = people, Random(seed), at(9, 7)
        self.others = [self._filed() for _ in range(2)]
        self.case = self._filed(urgent=self.chance.random() < 0.2)
        self.told = []

    def _filed(self, **more):
        filing = intake.Filing(
            title="高企认定材料怎么报",
            description="我们想申报高新技术企业，请问需要哪些材料？",
            enterprise=self.people.city.enterprise,
            district=None,
            wants_person=True,
            **more,
        )
        return intake.accept(filing, by=actor(self.people.city.member), at=self.now)

    def fresh(self) -> Appeal:
        return Appeal.objects.get(pk=self.case.pk)

    def pass_time(self):
        minutes = self.chance.choice([1, 7, 30, 60, 200, 420, 1440, 1440, 3 * 1440, 8 * 1440])
        self.now += timedelta(minutes=self.chance.randint(1, minutes))
        if self.chance.random() < 0.6:
            before = self.fresh()
            oversight.sweep(self.now)
            broken = Timer.objects.exclude(error="").values_list("error", flat=True)
            assert not broken, list(broken)
            self.told.append(f"{self.now:%m-%d %H:%M} sweep")
            self.check(before, None)

    def step(self):
        case = self.fresh()
        rows = [move for move in TABLE if case.status in move.sources and move.verb in steps.STEPS]
        for _ in range(30):
            verb = self.chance.choice(rows).verb
            able = [one for one in self.people.actors if set(MOVES[verb].who) & set(parts_of(one, case))]
            if able and self._take(case, verb, self.chance.choice(able)):
                return

    def _take(self, case, verb, by) -> bool:
        lines = case.events.count()
        try:
            with transaction.atomic():
                event = steps.take(case, verb, self.values(verb, case), by=by, version=case.version, at=self.now)
        except Refused:
            assert case.events.count() == lines, "a refused step writes nothing"
            return False
        self.told.append(f"{self.now:%m-%d %H:%M} {verb} by {by.name}: {event.from_status} → {event.to_status}")
        assert case.events.count() == lines + 1, "one event"
        self.check(case, event)
        return True

    def values(self, verb, case) -> dict:
        pick = self.chance.choice
        day = (self.now + timedelta(days=pick([1, 2, 3, 5, 8, 20, 40]))).date().isoformat()
        office = pick([SCIENCE, COUNTY, LABOUR])
        return {
            "topic": "N01",
            "level": pick("SABBCDDL"),
            "lead": pick([SCIENCE, COUNTY, COUNTY]),
            "support": pick([[], [LABOUR]]),
            "complained_of": pick([None, None, None, None, LABOUR, COUNTY]),
            "urgent": pick([None, None, True, False]),
            "ground": "litigation",
            "handler": self.people.handlers.get(case.lead_id, ""),
            "proposed_lead": LABOUR,
            "department": office,
            "departments": [office],
            "owner": pick(["", self.people.city.leader.username]),
            "until": day,
            "on": day,
            "answer_by": day,
            "granted": pick([True, False]),
            "passed": pick([True, False]),
            "reached": True,
            "solved": pick(["yes", "partly", "no"]),
            "stars": pick([1, 3, 5]),
            "redo": pick([None, True, False]),
            "outcome": "solved",
            "into": pick(self.others).number,
            "to": pick(self.others).number,
            "parts": [{"title": "用工问题", "description": "招不到技工。"}],
            "field": "contact_phone",
            "internal": pick([True, False]),
            "reason": "enterprise" if verb == "pause" else "因为",
            **dict.fromkeys(
                "text note explanation request words_to_enterprise plan agenda order purpose comment".split(), "说明"
            ),
        }

    def check(self, before, event):
        after = self.fresh()
        try:
            self._check(before, after, event)
        except AssertionError as broken:
            raise AssertionError("\n".join([*self.told, f"→ {broken}"])) from broken

    def _check(self, before, after, event):
        check_columns(after)
        check_clocks(after, self.now)
        check_what_waits(after)
        fact = facts.facts_of(after)
        wanted = {column.attname: getattr(fact, column.attname) for column in fact._meta.concrete_fields}
        assert CaseFact.objects.filter(pk=after.number).values().get() == wanted
        if event:
            check_version(before, after, event)
            check_notices(before, after, event, self.people)


def check_version(before, after, event):
    rose = after.version - before.version
    assert rose in (0, 1)
    moved = ("status", "lead_id", "handler_id", "level", "sign_by", "contact_by", "resolve_by", "round")
    if MOVES[event.verb].counts and event.verb not in ("message", "upload"):
        assert rose == 1, event.verb
    elif rose == 0:
        assert [name for name in moved if getattr(before, name) != getattr(after, name)] == [], event.verb


def check_columns(case):
    running = list(case.clocks.running())
    ticking = [clock for clock in running if clock.stopped_at is None]
    watched = [clock for clock in ticking if clock.kind not in UNWATCHED]
    nearest = min(watched, key=lambda clock: clock.due_at, default=None)
    assert case.due_by == (nearest and nearest.due_at), "due_by"
    assert case.due_kind in {str(one.kind) for one in watched if one.due_at == case.due_by} or not case.due_by
    assert bool(case.due_kind) == bool(case.due_by)
    yellow = [
        deadlines.yellow_at(ClockKind(one.kind), one.started_at, one.due_at, workdays(), urgent=case.urgent)
        for one in watched
    ]
    assert case.yellow_at == min(yellow, default=None), "yellow_at"
    assert case.provisional == any(one.provisional for one in ticking), "provisional"
    for kind, column in OF_THE_ROUND.items():
        for clock in running:
            if clock.kind == kind:
                assert getattr(case, column) == (None if clock.stopped_at else clock.due_at), column
        if case.status == Status.TRIAGE:
            assert getattr(case, column) is None, column
    resolves = case.clocks.of_kind(ClockKind.RESOLVE).of_round(case.round)
    # Void with the end of the case: it says how long it stood still until then. Void before: it says nothing.
    resolve = resolves.exclude(verdict="void", ended_at__lt=case.ended_at or FAR).last()
    assert case.paused_minutes == (resolve.paused_minutes if resolve and not case.direct else 0), "paused_minutes"
    if case.status in (Status.TRIAGE, Status.DISPATCHED, Status.SIGNED, Status.PARKED):
        assert (case.used_minutes, case.replied_at, case.reply_text) == (None, None, ""), "nothing is answered"
    assert case.lead_id not in case.supporting
    assert case.complained_of_id is None or case.complained_of_id not in case.supporting


def check_clocks(case, now):
    running = list(case.clocks.running())
    kinds = {clock.kind for clock in running}
    if case.status == Status.MERGED:
        assert all(clock.stopped_at for clock in running), "nothing runs on a merged case"
    elif case.status not in OPEN:
        assert not running, f"nothing runs on an ended case: {kinds}"
    else:
        assert kinds >= RUNS_WHILE[case.status], f"{case.status} has {kinds}"
        assert bool(case.paused_at) == any(clock.stopped_at for clock in running), "paused_at"
    if case.status == Status.SIGNED:
        wants_news = bool(case.level == "D" or case.owner_id)
        assert (ClockKind.PROGRESS in kinds) == wants_news, f"progress of {case.level}"
        assert not (case.level == "L" and case.paused_at), "a statutory limit does not stand still"
    for timer in Timer.objects.armed().filter(clock__appeal=case).select_related("clock"):
        clock = timer.clock
        assert clock.ended_at is None, f"{timer.rung} of an ended {clock.kind}"
        if timer.rung != deadlines.ESCALATE:
            assert clock.stopped_at is None, f"{timer.rung} of a stopped {clock.kind}"
            assert clock.generation == timer.generation
    for clock in running:
        if not clock.stopped_at:
            rungs = deadlines.rungs(
                ClockKind(clock.kind), clock.started_at, clock.due_at, workdays(), urgent=case.urgent
            )
            armed = set(Timer.objects.armed().of([clock]).values_list("rung", flat=True))
            assert {rung.name for rung in rungs if rung.at > now} <= armed, f"{clock.kind} is armed"
    assert not Clock.objects.filter(appeal=case, used_minutes__lt=0).exists()


def check_what_waits(case):
    running = {(clock.kind, clock.subject) for clock in case.clocks.running()}
    for kind, asked in case.waiting.items():
        assert case.status in WAITS_WHILE[kind], f"{kind} waits while {case.status}"
        if kind in ("hand_back", "extension", "termination"):
            assert (kind, "") in running, f"the clock of the {kind}"
        assert asked.asked_by_id
    for kind in ("hand_back", "extension", "termination"):
        assert (kind, "") not in running or kind in case.waiting, f"{kind} runs for nothing"
    owed = {("support", order.department_id) for order in case.open_supports}
    assert owed == {key for key in running if key[0] == "support"}, "supports"
    assert {office for _kind, office in owed} <= set(case.supporting), "who owes its support can answer"
    assert case.complained_of_id not in {office for _kind, office in owed}
    assert case.open_orders == len([order for order in case.all_orders if order.answered_at is None]), "open_orders"
    pauses = case.pauses.running().count()
    assert pauses == (1 if case.paused_at and case.status in (Status.SIGNED, Status.MERGED) else 0), "pauses"


def check_notices(before, after, event, people):
    told = set(Notice.objects.of_cause(f"{after.number}:{event.seq}").values_list("recipient", flat=True))
    assert event.actor_id not in told
    for one in people.actors:
        if one.user_id not in told:
            continue
        if one.enterprises:
            assert not event.internal, f"{event.verb} is told to the enterprise"
        elif Role.SUPERVISOR in one.roles and (after.urgent or event.verb == "answer_supervision"):
            pass  # the last rung of the watch at night, and an answer to another one's order
        elif before.lead_id not in one.handles | one.heads:
            assert Appeal.objects.visible_to(one, event.at).filter(pk=after.pk).exists(), f"{event.verb} to {one.name}"
        assert after.complained_of_id is None or after.complained_of_id not in one.seats, f"{event.verb} to {one.name}"


def live(people, seed, length=25):
    with transaction.atomic():
        life = Life(people, seed)
        for _ in range(length):
            life.pass_time()
            try:
                life.step()
            except Refused:
                raise
            except Exception as broken:
                if isinstance(broken, AssertionError) and "→" in str(broken):
                    raise
                raise AssertionError("\n".join([*life.told, f"seed {seed}: {broken!r}"])) from broken
        assert verification.verify().holds
        transaction.set_rollback(True)


@pytest.mark.parametrize("seed", range(8))
def test_what_always_holds_of_a_life(people, seed):
    live(people, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 500))
def test_what_always_holds_of_many_lives(people, seed):
    live(people, seed, length=40)
