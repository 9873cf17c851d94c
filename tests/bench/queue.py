"""Lists of every role (quality.md): python -m tests.bench.queue [--appeals 10000 1000000] [--format json]

Every saved view and every list, in every order it offers: queries, time of the first and of the last page. A view
that fills its page at the larger size only is held to its time at the smaller one and what the rows more cost there.
"""

import re
from functools import partial

from tests.bench import sizes

ROW = "one row more"
QUERIES, RATIO, LAST = 12, 1.5, 1.5
NOISE_MS = 2.0  # what two runs of the same page differ by on a busy machine
STAFF = ("triage", "reviewer", "director", "handler", "head", "supervisor", "leader", "station")


def measure() -> dict:
    found = {}
    for name, path in pages():
        found[name] = figures(*path)
    return {ROW: {"ms": of_a_row()}} | found


def of_a_row() -> float:
    """What one row more costs a page, in milliseconds: a full page against a page of one."""
    from appeals.models import Appeal

    client, number = signed_in("director"), Appeal.objects.order_by("-filed_at").values_list("number", flat=True)[0]
    full, single = (
        sizes.milliseconds(partial(client.get, path)) for path in ("/appeals/", f"/appeals/?number={number}")
    )
    return round((full - single) / 49, 2)


def pages():
    from appeals.queues import CENTRE, OFFICE

    orders = [f"{sign}{name}" for name in ("filed_at", "due_by", "resolve_by", "closed_at") for sign in ("", "-")]
    for user in ("handler", "head"):
        for view in OFFICE:
            for order in ("due_by", "resolve_by", "-filed_at", "filed_at"):
                yield f"{user} office {view.key} {order}", (user, f"/office/?view={view.key}&ordering={order}")
    for user in ("triage", "reviewer", "director"):
        for view in CENTRE:
            yield f"{user} centre {view.key}", (user, f"/centre/?view={view.key}")
    for user in (*STAFF, "member"):
        for order in orders:
            yield f"{user} list {order}", (user, "", order)


def figures(user, path, order=None) -> dict:
    account = person(user)
    if order is None:
        return of_page(account, path)
    return of_list(account, order)


def person(name):
    from chains.models import User
    from config.seeding.people import MEMBERS

    if name == "member":
        return User.objects.filter(username__startswith=MEMBERS).order_by("pk").first()
    return User.objects.get(username=name)


def of_page(account, path) -> dict:
    """A page as it is asked for in a browser; one that this person may not open has no figures."""
    client = signed_in(account)
    answer = client.get(path)
    if answer.status_code != 200:
        return {}
    queries = counted(lambda: client.get(path))
    rows = len(set(re.findall(rb"QY\d{15}", answer.content)))
    return {"ms": sizes.milliseconds(lambda: client.get(path), 3), "rows": rows, "queries": queries}


def signed_in(account):
    from django.test import Client

    client = Client()
    client.force_login(person(account) if isinstance(account, str) else account)
    return client


def counted(work) -> int:
    """How many queries `work` asks, also where a request begins by forgetting the queries before it."""
    from django.db import connection

    asked = []

    def note(execute, sql, params, many, context):
        asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        work()
    return len(asked)


def of_list(account, order) -> dict:
    """The rows of a page of the widest list somebody has: read, not rendered."""
    from django.utils import timezone

    from appeals.models import Appeal
    from appeals.paging import count_capped, page_of
    from appeals.people import actor_of

    now, actor = timezone.now(), actor_of(account)
    rows = Appeal.objects.listed_to(actor, now)

    def page(cursor=""):
        return page_of(rows, ordering=order, cursor=cursor)

    queries, size = counted(page), len(page().rows)
    cursor = near_the_end(rows, order)
    return {
        "ms": sizes.milliseconds(page, 3),
        "last_ms": sizes.milliseconds(lambda: page(cursor), 3),
        "rows": size,
        "queries": queries,
        "count_ms": sizes.milliseconds(lambda: count_capped(rows), 3),
    }


def near_the_end(rows, order) -> str:
    """A cursor sixty rows before the end: nobody leafs through twenty thousand pages to measure the last."""
    from dataclasses import replace

    from appeals.paging import _stretches

    found = []
    for stretch in reversed(_stretches(order, None)):
        if len(found) < 60:
            found += replace(stretch, falling=not stretch.falling).read(rows, 60 - len(found))
    return found[-1].written(order) if found else ""


def judge(small, large) -> list[str]:
    missed = []
    for name, figures in large.items():
        if not figures or name == ROW:
            continue
        before = small.get(name) or figures
        if figures["queries"] > QUERIES:
            missed.append(f"{name}: {figures['queries']} queries")
        more = max(0, figures["rows"] - before["rows"]) * small[ROW]["ms"]
        for key, bar in (("ms", before["ms"] + more), ("last_ms", figures["ms"])):
            if figures.get(key, 0) > bar * RATIO + NOISE_MS:
                missed.append(f"{name}: {key} {figures[key]} against {bar:.1f}")
    return missed


if __name__ == "__main__":
    sizes.main("tests.bench.queue", __doc__, measure, judge)
