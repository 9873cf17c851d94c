"""A hash chain (哈希链): each line is sealed together with the seal of the line before it.

Whoever changes, drops or swaps a line after it was sealed would have to seal every later line anew.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address
from typing import Any

FIRST = ""  # the seal before the first line
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def seal(previous: str, line: Sequence[Any]) -> str:
    """The seal (sha256, 64 hex digits) of `line` after `previous`: words, whole numbers, None, `settled` data."""
    return hashlib.sha256(f"{previous}{_ENCODER.encode(line)}".encode()).hexdigest()


def settled(data: Any) -> Any:
    """JSON `data` as the database will give it back: names are words, and whole numbers have no point."""
    return reread(json.dumps(data, ensure_ascii=False))


def reread(text: str) -> Any:
    """JSON of the database as `settled` gives it."""
    return _DECODER.decode(text)


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
