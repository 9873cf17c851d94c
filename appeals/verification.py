"""Whether nobody has touched the record since it was written (核验): both chains, and the anchors over the events."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef

from appeals import sealing
from appeals.models import Appeal, Event
from chains import audit, chaining
from chains.chaining import Broken, Fault
from chains.models import Audit

_AT_A_TIME = 5_000  # rows held in memory


@dataclass
class Findings:
    """What a verification has walked over, and the first place (`where`, `fault`) that does not hold."""

    lines: int = 0  # of the audit
    appeals: int = 0
    events: int = 0
    anchored: int = 0  # events below the last anchor
    head: str = ""  # the seal of the last line of the audit: worth noting elsewhere
    where: str = ""
    fault: Fault | None = None

    @property
    def holds(self) -> bool:
        return self.fault is None

    def as_data(self) -> dict[str, Any]:
        numbers = {"lines": self.lines, "appeals": self.appeals, "events": self.events, "anchored": self.anchored}
        return {**numbers, "holds": self.holds, "where": self.where, "fault": self.fault}


def verify(*, known: tuple[int, str] | None = None) -> Findings:
    """Walk both chains in little memory; `known`: a line of the audit and its seal, noted elsewhere before."""
    found = Findings()
    for walk in (_audit, _orphans, _events, _anchors):
        try:
            walk(found, known)
        except Broken as broken:
            found.where, found.fault = f"{found.where or 'audit'} {broken.seq}", broken.fault
            break
    return found


def _audit(found, known):
    found.lines, found.head = audit.walk()
    if known:
        audit.check_known(*known)


def _orphans(found, known):
    is_there = Exists(Appeal.objects.filter(pk=OuterRef("appeal_id")))
    if stray := Event.objects.filter(~is_there).order_by("pk").first():
        found.where = f"appeal {stray.appeal_id}"
        raise Broken(stray.seq, Fault.ORPHAN)


_OF_APPEAL = ("pk", "number", "last_seq", "last_hash")
_OF_EVENT = (*(f"events__{name}" for name in sealing.COLUMNS), "events__hash")


def _events(found, known):
    """One statement for all, so that a step taken meanwhile is seen whole or not at all."""
    rows = Appeal.objects.order_by("pk", "events__seq").values_list(*_OF_APPEAL, *_OF_EVENT)
    for (_pk, number, last_seq, last_hash), lines in groupby(rows.iterator(chunk_size=_AT_A_TIME), lambda row: row[:4]):
        found.where = number
        seq, head = chaining.walk(_chain(number, lines))
        if seq < last_seq:
            raise Broken(seq + 1, Fault.MISSING)
        if (seq, head) != (last_seq, last_hash):
            raise Broken(seq, Fault.BEYOND)
        found.appeals += 1
        found.events += seq
    found.where = ""


def _chain(number, rows) -> Iterator[tuple]:
    for row in rows:
        seq, *values, sealed = row[4:]
        if seq is not None:  # an appeal without any
            yield seq, sealing.line(number, [seq, *values]), sealed


def _anchors(found, known):
    after = 0
    for row in Audit.objects.of_kind(Audit.Kind.ANCHOR).order_by("seq"):
        count, digest = seals_between(after, row.data["to"])
        if (after, count, digest) != (row.data["after"], row.data["events"], row.data["digest"]):
            raise Broken(row.seq, Fault.ANCHORED)
        after, found.anchored = row.data["to"], found.anchored + count


def seals_between(after: int, to: int) -> tuple[int, str]:
    """How many events have an id in (`after`, `to`], and the digest over their seals."""
    seals = Event.objects.with_ids(after, to).order_by("pk").values_list("hash", flat=True)
    return chaining.digest(seals.iterator(chunk_size=_AT_A_TIME))
