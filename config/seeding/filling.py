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
from appeals.models import Appeal, Clock, Event, Findable, Timer
from appeals.pairs import pairs_of
from chains import chaining
from chains.models import CaseFact
from config.seeding.copying import Lines
from config.seeding.lives import Life, World, live
from config.seeding.texts import Phrases, compose
from routing import deadlines

TABLES = (Appeal, Event, CaseFact, Findable, Clock, Timer)
_CLOCKS_EACH = 3  # run at once, at most


@dataclass(frozen=True)
class Piece:
    """A stretch of the history: when each was filed, whether it is open still, and the first id and serial."""

    seed: str
    moments: Sequence[datetime]
    are_open: Sequence[bool]
    first_id: int
    first_serial: int
    first_clock: int


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

    @property
    def all(self) -> tuple[Lines, ...]:
        return self.appeals, self.events, self.facts, self.findables, self.clocks, self.timers

    def add(self, life: Life, pk: int, number: str, texts: tuple[str, str], first_clock: int) -> None:
        title, description = texts
        secret = self.secrets[pk % len(self.secrets)]
        columns = life.columns | {"last_hash": self._add_events(life, pk, number)}
        self.appeals.add(id=pk, number=number, title=title, description=description, contact_phone=secret, **columns)
        self.findables.add(appeal_id=pk, pairs=pairs_of(title, description, life.firm.name))
        self._add_facts(number, columns)
        self._add_clocks(life, pk, first_clock)

    def _add_events(self, life, pk, number) -> str:
        """Returns the head of their chain."""
        case = SimpleNamespace(number=number, last_hash=chaining.FIRST)
        for seq, columns in enumerate(life.events, start=1):
            event = SimpleNamespace(seq=seq, internal=False, late_by=None, origin=None, **columns)
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

    def _add_clocks(self, life, pk, first_clock):
        world, urgent = self.world, life.columns["urgent"]
        for place, (kind, (start, due)) in enumerate(life.running.items()):
            clock = first_clock + place
            round = life.columns["round"]
            self.clocks.add(id=clock, appeal_id=pk, kind=kind, round=round, started_at=start, due_at=due)
            for rung in deadlines.rungs(kind, start, due, world.workdays, urgent=urgent):
                fired = None if rung.at > world.now else rung.at
                self.timers.add(clock_id=clock, rung=rung.name, generation=1, due_at=rung.at, fired_at=fired)


def fill(piece: Piece, world: World, phrases: Phrases, secrets: Sequence[bytes]) -> dict[str, int]:
    """Write `piece`; returns how many rows each table got. The same piece is the same rows every time."""
    rng, sheets = Random(piece.seed), Sheets(world, secrets)  # noqa: S311 -- the same history every time
    for place, (filed_at, is_open) in enumerate(zip(piece.moments, piece.are_open, strict=True)):
        life = live(filed_at, world, rng, is_open=is_open)
        texts = compose(life.columns["topic_id"], life.firm.name, phrases, rng)
        number = number_of(filed_at, piece.first_serial + place)
        sheets.add(life, piece.first_id + place, number, texts, piece.first_clock + place * _CLOCKS_EACH)
    with connection.cursor() as cursor:
        return {lines.table: lines.copy(cursor) for lines in sheets.all}


def pieces_of(
    moments: Sequence[datetime],
    are_open: Sequence[bool],
    *,
    seed: int,
    size: int,
    first_id: int,
    first_serial: int,
    first_clock: int,
) -> Iterable[Piece]:
    for start in range(0, len(moments), size):
        yield Piece(
            seed=f"{seed}:{start}",
            moments=moments[start : start + size],
            are_open=are_open[start : start + size],
            first_id=first_id + start,
            first_serial=first_serial + start,
            first_clock=first_clock + start * _CLOCKS_EACH,
        )
