"""A plausible history in bulk for measurements: people, then appeals spread over 36 months ending now (造数)."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from time import perf_counter
from typing import Any

from django.core.management.color import no_style
from django.db import connection, connections
from django.db.models import Max

from appeals.models import Appeal, Clock, Enterprise, Membership, SupervisionOrder
from appeals.models.fields import EncryptedTextField
from chains.handbook import handbook
from chains.models import User
from config.seeding import people
from config.seeding.bulk import put_away
from config.seeding.filling import TABLES, Ids, Piece, fill, pieces_of
from config.seeding.lives import World
from config.seeding.texts import Phrases
from routing import corpus, plan
from routing.calendar import workdays

MONTHS = 36
_PIECE = 10_000
_FIRMS = 65_000  # of a city; each files fifteen times and more before there are more of them
_RECENT = 2.5  # the open ones are among so many times as many of the newest
_NUMBERED = (Appeal, Clock, SupervisionOrder)  # whose ids are given beforehand
Say = Callable[[str, float, int], None]


def is_strange() -> bool:
    """Whether the database holds appeals that this did not make."""
    return Appeal.objects.exclude(filed_by__username__startswith=people.MEMBERS).exists()


def make(count: int, opened: int, seed: int, now: datetime, *, say: Say, workers: int = 1) -> None:
    """`count` appeals, `opened` of them open. `say` hears of each stage: name, seconds, rows."""
    rng = Random(seed)  # noqa: S311 -- the same history every time
    book = handbook(now.date())
    with _stage("people and enterprises", say) as rows:
        known = people.ensure(max(20, min(_FIRMS, count // 15)), book, now, rng)
        rows["enterprises"] = len(known.firms)
    world, phrases = _world(book, known, now), Phrases.of(corpus.seed_texts(), book.topics)
    moments = _moments(count, now, world.workdays, rng)
    pieces = list(pieces_of(moments, _are_open(count, opened, rng), seed=seed, size=_PIECE, **_firsts(count)))
    with _stage("indexes put away", say), connection.cursor() as cursor:
        dropped = put_away(cursor, [model._meta.db_table for model in TABLES])
    try:
        with _stage("rows", say) as rows:
            rows |= _fill_all(pieces, world, phrases, workers)
    finally:
        with _stage("indexes and references", say) as rows, connection.cursor() as cursor:
            rows["indexes"] = dropped.restore(cursor)
    with _stage("statistics", say), connection.cursor() as cursor:
        _settle(cursor)


@contextmanager
def _stage(name: str, say: Say) -> Iterator[Counter]:
    started, rows = perf_counter(), Counter()
    yield rows
    say(name, perf_counter() - started, sum(rows.values()))


def _world(book, known, now) -> World:
    topics = {code: topic for code, topic in book.topics.items() if plan.leads_of(topic)}
    chosen = {
        (topic.pk, district, industry): plan.assign(topic, topic.level, district, industry, book=book)
        for topic in topics.values()
        for district in book.districts
        for industry in [*book.industries, None]
    }
    # Some matters come four times as often as others.
    shares = [code for place, code in enumerate(sorted(topics)) for _ in range(1 + place * 7 % 4)]
    return World(topics, shares, known, list(book.offices), workdays(), chosen, now)


def _moments(count, now, table, rng) -> list[datetime]:
    """When they were filed, in order: within office hours, evenly over the months."""
    start = now - timedelta(days=MONTHS * 365 // 12)
    minutes = table.elapsed(start, now)
    drawn = sorted(rng.random() * minutes for _ in range(count))
    return [min(now, table.add(start, int(minute)) + timedelta(seconds=int(minute % 1 * 60))) for minute in drawn]


def _are_open(count, opened, rng) -> list[bool]:
    """The newer, the likelier; `opened` of them."""
    recent = range(max(0, count - int(opened * _RECENT)), count)
    lots = sorted(recent, key=lambda place: (count - place) * rng.random())
    chosen = set(lots[:opened])
    return [place in chosen for place in range(count)]


def _firsts(count: int) -> dict[str, Any]:
    """Where ids and numbers go on. They are taken at once: a run that was stopped is in nobody's way."""
    lasts = (model.objects.aggregate(last=Max("pk"))["last"] or 0 for model in _NUMBERED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('appeals_number', last_value + %s) - %s FROM appeals_number", [count, count])
        return {"first": Ids(*(last + 1 for last in lasts)), "first_serial": cursor.fetchone()[0] + 1}


def _fill_all(pieces, world, phrases, workers) -> Counter:
    secrets = [EncryptedTextField().get_prep_value(f"138{place:08d}") for place in range(500)]
    found: Counter = Counter()
    if workers == 1 or len(pieces) == 1:
        for piece in pieces:
            found.update(fill(piece, world, phrases, secrets))
        return found
    connections.close_all()  # no connection may be shared by two processes
    forked = multiprocessing.get_context("fork")
    with forked.Pool(workers, _at_work, (world, phrases, secrets)) as pool:
        for rows in pool.imap_unordered(_fill, pieces):
            found.update(rows)
    return found


_SHARED: list = []


def _at_work(*shared) -> None:
    _SHARED[:] = shared


def _fill(piece: Piece) -> dict[str, int]:
    return fill(piece, *_SHARED)


def _settle(cursor) -> None:
    """Sequences go on behind what was written, and the planner knows what there is."""
    for statement in connection.ops.sequence_reset_sql(no_style(), _NUMBERED):
        cursor.execute(statement)
    wording = "VACUUM (ANALYZE)" if connection.get_autocommit() else "ANALYZE"
    for model in (*TABLES, Enterprise, Membership, User):
        cursor.execute(f"{wording} {model._meta.db_table}")
