"""Searching (quality.md): python -m tests.bench.search [--appeals 10000 1000000] [--format json]

Two hundred searches of the director's list, half of them words in more than three in a hundred texts: the newest fifty
and the capped count together. The rest are rare words, names of enterprises, numbers, and words no text has.
"""

from collections import Counter
from random import Random

from tests.bench import sizes

MEDIAN_MS, P95_MS = 60, 400
SEARCHES, SAMPLE, OFTEN = 200, 3_000, 0.03


def measure() -> dict:
    common, rare = queries()
    return {
        "common words": figures("director", common),
        "other words": figures("director", rare),
        "all": figures("director", common + rare),
        "all, at an office": figures("handler", common + rare),
        "plans": plans(common[:20] + rare[:20]),
    }


def queries() -> tuple[list[str], list[str]]:
    """Words of the texts themselves, drawn from a sample of them: common ones, and others."""
    from appeals.models import Appeal

    rng = Random(3)
    last = Appeal.objects.order_by("-pk").values_list("pk", flat=True).first()
    pks = [rng.randrange(1, last + 1) for _ in range(SAMPLE)]
    cases = list(Appeal.objects.filter(pk__in=pks).select_related("enterprise").order_by("pk"))
    texts = [f"{case.title} {case.description}" for case in cases]
    seen = Counter(word for text in texts for word in pieces(text))
    often = sorted(word for word, count in seen.items() if count > OFTEN * len(texts))
    seldom = sorted(word for word, count in seen.items() if count <= 3)
    half = SEARCHES // 2
    common = [rng.choice(often) for _ in range(half)]
    names = [case.enterprise.name[2:6] for case in rng.sample(cases, half // 5)]
    numbers = [case.number for case in rng.sample(cases, half // 10)]
    nothing = ["龘龘", "齉爨麤", "貔貅饕餮"] * 3
    pairs = [f"{rng.choice(often)} {rng.choice(often)}" for _ in range(half // 10)]
    other = names + numbers + nothing + pairs
    return common, other + [rng.choice(seldom) for _ in range(half - len(other))]


def pieces(text) -> set[str]:
    """Every run of two to six Chinese signs in `text`."""
    found = set()
    for length in range(2, 7):
        for start in range(len(text) - length + 1):
            piece = text[start : start + length]
            if all("一" <= sign <= "鿿" for sign in piece):
                found.add(piece)
    return found


def figures(user, queries) -> dict:
    searching(user, queries[0])
    return {"searches": len(queries), **sizes.spread([1000 * sizes.timed(searching, user, q) for q in queries])}


def searching(user, query):
    from django.utils import timezone

    from appeals.listing import Filters
    from appeals.models import Appeal
    from appeals.paging import count_capped, page_of
    from appeals.people import actor_of
    from tests.bench.queue import person

    actor, now = actor_of(person(user)), timezone.now()
    filters = Filters.parse({"q": query}, by=actor, now=now)
    rows = Appeal.objects.listed_to(actor, now)
    found = page_of(rows.narrowed(filters).with_rows())
    return found.rows, count_capped(rows.counted(filters), filters.most_counted)


def plans(queries) -> dict:
    """How many of the pages scan the whole table: none may."""
    from django.utils import timezone

    from appeals.listing import Filters
    from appeals.models import Appeal
    from appeals.people import actor_of
    from tests.bench.queue import person

    actor, now = actor_of(person("director")), timezone.now()
    rows = Appeal.objects.listed_to(actor, now).order_by("-filed_at", "-pk")
    explained = [rows.narrowed(Filters.parse({"q": q}, by=actor, now=now))[:51].explain() for q in queries]
    return {"looked_at": len(explained), "whole_table": sum("Seq Scan on appeals_appeal" in plan for plan in explained)}


def judge(small, large) -> list[str]:
    found, missed = large["all"], []
    if found["median_ms"] > MEDIAN_MS or found["p95_ms"] > P95_MS:
        missed.append(f"all: median {found['median_ms']} ms, 95 % {found['p95_ms']} ms")
    if large["plans"]["whole_table"]:
        missed.append(f"{large['plans']['whole_table']} pages scan the whole table")
    return missed


if __name__ == "__main__":
    sizes.main("tests.bench.search", __doc__, measure, judge)
