"""Rows of facts for boards and API: as plain as the cases of `tests.chains.cases`, but in the database."""

from dataclasses import asdict
from itertools import count

from chains.models import CaseFact
from tests.chains.cases import at, make_fact

_serial = count(1)


def keep(*, withheld=False, **changes):
    """One row of CaseFact; what is not named is the ordinary case of October 2026 that went well."""
    fact = make_fact(**{"number": f"QY20261012{next(_serial):07}", **changes})
    return CaseFact.objects.create(source="web", withheld=withheld, **asdict(fact))


def keep_vector_1(**changes):
    """score.md §3, vector 1: 20 cases of level B."""
    rows = [{"solved": "yes"} for _ in range(12)] + [{"solved": "partly"}] * 2 + [{"solved": "no"}] * 2 + [{}] * 4
    stars = [5] * 6 + [4] * 3 + [3] * 2 + [1] + [None] * 8
    for place, (row, given) in enumerate(zip(rows, stars, strict=True)):
        keep(**{**row, "stars": given, **_fault(place), **changes})


def _fault(place):
    if place == 12:
        return {"contacted_at": at(10, 14)}
    if place in (13, 14):
        return {"replied_at": at(10, 19, 17, 31)}
    if place == 15:
        return {"redo_count": 1, "failed_leads": ("330800-KJJ",)}
    return {"hand_backs_lost": 1, "failed_leads": ("330800-KJJ",)} if place == 16 else {}
