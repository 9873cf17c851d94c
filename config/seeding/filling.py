"""Lives written in bulk: rows of a piece of the history, gathered and copied table by table (COPY)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from types import SimpleNamespace

from django.db import connection

from appeals import sealing
from appeals.facts import COPIED
from appeals.intake import number_of
from appeals.models import Appeal, Clock, Event, Findable, Pause, Request, SupervisionOrder, SupportOrder, Timer
from appeals.pairs import pairs_of
from appeals.ticking import ROUND
from chains import chaining
from chains.models import CaseFact
from config.seeding.beside import put_beside
from config.seeding.copying import Lines
from config.seeding.lives import Life, World, live, settle
from config.seeding.texts import Phrases, compose
from routing import deadlines
from routing.terms import Bound, Terms

_BESIDE = (Request, SupportOrder, SupervisionOrder, Pause)
TABLES = (Appeal, Event, CaseFact, Findable, Clock, Timer, *_BESIDE)
_CLOCKS_EACH = 4  # run at once, at most


@dataclass(frozen=True)
class Ids:
    """Of an appeal, the first of its clocks, and a supervision order on it."""

    appeal: int
    first_clock: int
    order: int

    def after(self, count: int) -> "Ids":
        """Those of the appeal that comes `count` later."""
        return Ids(self.appeal + count, self.first_clock + count * _CLOCKS_EACH, self.order + count)


@dataclass(frozen=True)
class Piece:
    """A stretch of the history: when each was filed, whether it is open still, and the first ids and serial."""

    seed: str
    moments: Sequence[datetime]
    are_open: Sequence[bool]
    first: Ids
    first_serial: int

    def ids(self, place: int) -> Ids:
        return self.first.after(place)


class Sheets:
    """One Lines for each table."""

    def __init__(self, world: World, secrets: Sequence[bytes]):
        self.world, self.secrets = world, secrets
        self.appeals, self.clocks, self.findables = Lines(Appeal), Lines(Clock), Lines(Findable)
        self.events, self.timers, self.facts = (
            Lines(Event, without=("id",)),
            Lines(Timer, without=("id",)),
            Lines(CaseFact),
        )
        self.beside = {model: Lines(model, without=() if model is SupervisionOrder else ("id",)) for model in _BESIDE}

    @property
    def all(self) -> tuple[Lines, ...]:
        beside = self.beside.values()
        return self.appeals, self.events, self.facts, self.findables, self.clocks, self.timers, *beside

    def add(self, life: Life, ids: Ids, number: str, texts: tuple[str, str]) -> None:
        pk, (title, description) = ids.appeal, texts
        secret = self.secrets[pk % len(self.secrets)]
        columns = life.columns | {"last_hash": self._add_events(life, pk, number)}
        self.appeals.add(id=pk, number=number, title=title, description=description, contact_phone=secret, **columns)
        self.findables.add(appeal_id=pk, pairs=pairs_of(title, description, life.firm.name))
        self._add_facts(number, columns)
        self._add_clocks(life, ids)
        for model, row in life.beside:
            own = {"id": ids.order} if model is SupervisionOrder else {}
            self.beside[model].add(appeal_id=pk, **own, **row)

    def _add_events(self, life, pk, number) -> str:
        """Returns the head of their chain."""
        case = SimpleNamespace(number=number, last_hash=chaining.FIRST)
        for seq, columns in enumerate(life.events, start=1):
            event = SimpleNamespace(seq=seq, late_by=None, origin=None, **columns)
            sealing.seal(case, event)
            self.events.add(appeal_id=pk, **vars(event))
        return case.last_hash

    def _add_facts(self, number, columns):
        topic = self.world.topics[columns["topic_id"]]
        self.facts.add(
            **{name: columns[name] for name in COPIED if name in columns},
            number=number,
            source=Appeal.Source.WEB,
            chain=topic.chain,
            topic=topic.pk,
            district=columns["district_id"],
            park=columns["park_id"] or "",
            industry=columns["industry_id"] or "",
            lead=columns.get("lead_id") or "",
            withheld=columns["complained_of_id"] is not None,
        )

    def _add_clocks(self, life, ids):
        for place, (kind, (start, due)) in enumerate(life.running.items()):
            clock = ids.first_clock + place
            subject = str(ids.order) if kind == deadlines.ClockKind.ORDER else life.subjects.get(kind, "")
            stopped_at = life.stopped_at if kind in life.still else None
            own = {"kind": kind, "subject": subject, "round": life.columns["round"], "stopped_at": stopped_at}
            own |= {"office": _office_of(kind, life), "terms": _terms(kind, start, due, life.columns, self.world)}
            self.clocks.add(id=clock, appeal_id=ids.appeal, started_at=start, due_at=due, **own)
            self._add_timers(clock, kind, start, due, stopped_at, urgent=life.columns["urgent"])

    def _add_timers(self, clock, kind, start, due, stopped_at, *, urgent):
        until = stopped_at or self.world.now
        for rung in deadlines.rungs(kind, start, due, self.world.workdays, urgent=urgent):
            fired, cancelled = (rung.at, None) if rung.at <= until else (None, stopped_at)
            own = {"clock_id": clock, "rung": rung.name, "generation": 1, "due_at": rung.at}
            self.timers.add(**own, fired_at=fired, cancelled_at=cancelled)


def _office_of(kind, life) -> str:
    return life.columns["lead_id"] if kind in ROUND else life.subjects.get(kind, "")


def _terms(kind, start, due, columns, world) -> dict:
    """What gave the limit: the usual one of the level, else a day that was granted."""
    if kind != deadlines.ClockKind.ORDER:
        found = deadlines.spans(kind, columns["level"], deadlines.DEFAULT_POLICY, urgent=columns["urgent"])
        if deadlines.counted(start, found, world.workdays) == due:
            return Terms(start, spans=found).written
    return Terms(start, bounds=(Bound(due.date(), start),)).written


def fill(piece: Piece, world: World, phrases: Phrases, secrets: Sequence[bytes]) -> dict[str, int]:
    """Write `piece`; returns how many rows each table got. The same piece is the same rows every time."""
    rng, sheets = Random(piece.seed), Sheets(world, secrets)  # noqa: S311 -- the same history every time
    for place, (filed_at, is_open) in enumerate(zip(piece.moments, piece.are_open, strict=True)):
        life = live(filed_at, world, rng, is_open=is_open)
        put_beside(life, world, rng)
        settle(life, world)
        texts = compose(life.columns["topic_id"], life.firm.name, phrases, rng)
        sheets.add(life, piece.ids(place), number_of(filed_at, piece.first_serial + place), texts)
    with connection.cursor() as cursor:
        return {lines.table: lines.copy(cursor) for lines in sheets.all}


def pieces_of(
    moments: Sequence[datetime],
    are_open: Sequence[bool],
    *,
    seed: int,
    size: int,
    first_serial: int,
    first: Ids,
) -> Iterable[Piece]:
    for start in range(0, len(moments), size):
        yield Piece(
            seed=f"{seed}:{start}",
            moments=moments[start : start + size],
            are_open=are_open[start : start + size],
            first=first.after(start),
            first_serial=first_serial + start,
        )
