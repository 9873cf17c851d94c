"""Plain facts to measure: an ordinary case of October 2026 that went well, and what differs from it."""

from datetime import datetime

from chains.metrics import Fact
from chains.periods import SHANGHAI, Period

OCTOBER = Period.parse("2026-10")
LATER = datetime(2026, 12, 1, tzinfo=SHANGHAI)
LEAD = "330800-KJJ"


def at(month, day, hour=9, minute=0, second=0, year=2026):
    return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)


def make_fact(**changes):
    """Filed, signed, contacted and replied in time, closed on 20 October, level B; nobody has rated it."""
    ordinary = {
        "number": "QY202610120000011",
        "filed_at": at(10, 12),
        "status": "closed",
        "chain": "innovation",
        "topic": "N01",
        "level": "B",
        "district": "330802",
        "industry": "NEWMAT",
        "lead": LEAD,
        "dispatched_at": at(10, 12, 10),
        "signed_at": at(10, 12, 11),
        "sign_by": at(10, 13, 17, 30),
        "contacted_at": at(10, 13),
        "contact_by": at(10, 13, 17, 30),
        "replied_at": at(10, 16),
        "resolve_by": at(10, 19, 17, 30),
        "closed_at": at(10, 20),
        "used_minutes": 1200,
    }
    return Fact(**{**ordinary, **changes})


def open_fact(**changes):
    """Signed and contacted, but not replied; the limit is 19 October."""
    return make_fact(**{"status": "signed", "replied_at": None, "closed_at": None, **changes})


LATE_SIGNATURE = {"signed_at": at(10, 14)}
LATE_CONTACT = {"contacted_at": at(10, 14)}
LATE_REPLY = {"replied_at": at(10, 19, 17, 31)}
