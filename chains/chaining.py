"""A hash chain (哈希链): each line is sealed together with the seal of the line before it.

Whoever changes, drops or swaps a line after it was sealed would have to seal every later line anew.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

FIRST = ""  # the seal before the first line
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def seal(previous: str, line: Sequence[Any]) -> str:
    """The seal (sha256, 64 hex digits) of `line` after `previous`: words, whole numbers, None, `settled` data."""
    return hashlib.sha256(f"{previous}{_ENCODER.encode(line)}".encode()).hexdigest()


class Fault(TextChoices):
    """What is wrong with a chain at the place where it does not hold."""

    CHANGED = "changed", _("it is not as it was written")
    MISSING = "missing", _("it is missing")
    BEYOND = "beyond", _("it is not the last line that its appeal names")
    ORPHAN = "orphan", _("its appeal is missing")
    ANCHORED = "anchored", _("the events up to there are not those that were anchored")
    UNKNOWN = "unknown", _("it is not the line that was noted elsewhere")


class Broken(Exception):
    """A chain does not hold at the line `seq`."""

    def __init__(self, seq: int, fault: Fault):
        super().__init__(seq, fault)
        self.seq, self.fault = seq, fault


def walk(rows: Iterable[tuple[int, Sequence[Any], str]]) -> tuple[int, str]:
    """The number and the seal of the last of `rows` (number, line, seal), a chain from its first. Raises Broken."""
    seq, last = 0, FIRST
    for number, line, sealed in rows:
        seq += 1
        if number != seq:
            raise Broken(seq, Fault.MISSING)
        last = seal(last, line)
        if last != sealed:
            raise Broken(seq, Fault.CHANGED)
    return seq, last


def digest(seals: Iterable[str]) -> tuple[int, str]:
    """How many `seals` there are, and one digest over them in their order."""
    count, over = 0, hashlib.sha256()
    for one in seals:
        count += 1
        over.update(one.encode())
    return count, over.hexdigest()


def settled(data: Any) -> Any:
    """JSON `data` as the database will give it back: names are words, and whole numbers have no point."""
    return _DECODER.decode(json.dumps(data, ensure_ascii=False))


def moment(at: datetime) -> int:
    """Microseconds since 1970 in UTC: what the database keeps of an aware `at`, in one form."""
    return (at - _EPOCH) // _MICROSECOND


def address(text: str | None) -> str | None:
    """An IP address as the database will give it back; None for what is none, such as a socket's."""
    try:
        found = ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def _number(text: str) -> int | float:
    # A jsonb column writes 1e+16 out in full: a whole number has to be the same one way and the other.
    value = float(text)
    return int(Decimal(text)) if value.is_integer() else value


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_float=_number)
