"""How many cases each saved view holds (quality.md): python -m tests.bench.counts [--format json]

One query; at 50,000 open appeals (a million held) 60 ms for the centre, 15 ms for an office.
"""

from tests.bench import sizes
from tests.bench.queue import person

BARS = {"director": 60, "triage": 60, "reviewer": 60, "handler": 15, "head": 15}


def measure() -> dict:
    return {user: figures(user) for user in BARS}


def figures(user) -> dict:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from appeals.models import Appeal
    from appeals.people import actor_of
    from appeals.queues import CENTRE, OFFICE, URGENT, Asked, counts, views_of
    from routing.calendar import workdays

    actor = actor_of(person(user))
    asked = Asked.at(actor, timezone.now(), workdays())
    views = OFFICE if user in ("handler", "head") else [*views_of(CENTRE, actor), URGENT]
    rows = Appeal.objects.listed_to(actor, asked.now)
    with CaptureQueriesContext(connection) as queries:
        found = counts(rows, views, asked)
    most = max(found.values())
    return {"ms": sizes.milliseconds(lambda: counts(rows, views, asked), 9), "queries": len(queries), "largest": most}


def judge(small, large) -> list[str]:
    slow = [f"{user}: {large[user]['ms']} ms, bar {bar}" for user, bar in BARS.items() if large[user]["ms"] > bar]
    return slow + [f"{user}: {large[user]['queries']} queries" for user in BARS if large[user]["queries"] > 1]


if __name__ == "__main__":
    sizes.main("tests.bench.counts", __doc__, measure, judge)
