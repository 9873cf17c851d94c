"""One measurement at several sizes: each in a database of its own beside the given one, made once by seed_load.

A bench calls `main` with what measures in the present process (name → figures) and what judges the sizes together.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter
from urllib.parse import quote

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

SMALL, LARGE = 10_000, 1_000_000
Measured = dict[str, dict]


def main(module: str, doc: str, measure: Callable[[], Measured], judge: Callable[[Measured, Measured], list[str]]):
    """`measure` → name → figures, among them `ms`; `judge(small, large)` → what missed its bar, in words."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--appeals", type=int, nargs="+", default=[SMALL, LARGE], help="sizes, the smallest first")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    parser.add_argument("--here", action="store_true", help="measure in the given database only, whatever it holds")
    asked = parser.parse_args()
    from tests.bench.classify import with_servers
    from tests.bench.reference import measure as measure_reference

    if asked.here:
        sys.stdout.write(json.dumps(with_servers(measure), ensure_ascii=False) + "\n")
        return
    found = with_servers(lambda: {size: _at(size, module) for size in asked.appeals})
    reference = with_servers(measure_reference)
    small, large = found[min(found)], found[max(found)]
    missed = judge(small, large)
    if asked.format == "json":
        sys.stdout.write(
            json.dumps({"reference": reference, "sizes": found, "missed": missed}, ensure_ascii=False) + "\n"
        )
    else:
        sys.stdout.write(f"reference: {_cell(reference)}\n")
        _print(found, missed)
    raise SystemExit(1 if missed else 0)


def _at(size: int, module: str) -> Measured:
    env = os.environ | {"DATABASE_URL": _ensured(size)}
    command = [sys.executable, "-m", module, "--here"]
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def _ensured(size: int) -> str:
    """The address of the database with `size` appeals, made where it is missing."""
    from django.db import connection

    given = connection.settings_dict
    name = f"{given['NAME']}_bench_{size}"
    account = quote(given["USER"], safe="") + (f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else "")
    host = quote(given["HOST"], safe="") + (f":{given['PORT']}" if given["PORT"] else "")
    url = f"postgresql://{account}@{host}/{name}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        is_new = cursor.fetchone() is None
        if is_new:
            cursor.execute(f'CREATE DATABASE "{name}"')
    years = ("load_workdays", "2023", "2024", "2025", "2026")
    for command in (("migrate",), ("load_taxonomy",), years, ("seed_load", "--appeals", str(size))) if is_new else ():
        subprocess.run(
            [sys.executable, "manage.py", *command],
            env=os.environ | {"DATABASE_URL": url},
            check=True,
            stdout=sys.stderr,
        )
    return url


def milliseconds(work: Callable[[], object], times: int = 5) -> float:
    """The median of some runs after one that warms up."""
    work()
    return round(statistics.median(1000 * timed(work) for _ in range(times)), 2)


def timed(work: Callable, *args) -> float:
    """Seconds."""
    started = perf_counter()
    work(*args)
    return perf_counter() - started


def spread(values: list[float]) -> dict:
    ordered = sorted(values)
    return {
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
        "max_ms": round(ordered[-1], 1),
    }


def _print(found, missed):
    sizes = sorted(found)
    for name in found[sizes[-1]]:
        cells = [f"{size:>9,}: {_cell(found[size].get(name, {}))}" for size in sizes]
        sys.stdout.write(f"{name:58} " + "   ".join(cells) + "\n")
    sys.stdout.write("".join(f"MISSED {line}\n" for line in missed) or "all bars met\n")


def _cell(figures):
    return " ".join(f"{key} {value}" for key, value in figures.items())
