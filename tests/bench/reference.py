"""What this machine can do, to read other figures by: python -m tests.bench.reference --format json

Ten million additions, and a thousand commits of one row each.
"""

import os
from time import perf_counter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def measure() -> dict:
    return {"additions_seconds": round(additions(), 3), "commits_seconds": round(commits(), 3)}


def additions(count: int = 10_000_000) -> float:
    started, total = perf_counter(), 0
    for number in range(count):
        total += number
    return perf_counter() - started


def commits(count: int = 1_000) -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_reference (at timestamptz DEFAULT now())")
        try:
            started = perf_counter()
            for _number in range(count):
                cursor.execute("INSERT INTO bench_reference DEFAULT VALUES")
            return perf_counter() - started
        finally:
            cursor.execute("DROP TABLE bench_reference")


def main():
    import argparse
    import json
    import sys

    from tests.bench.classify import with_servers

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--format", choices=["text", "json"], default="text")
    is_json = parser.parse_args().format == "json"
    found = with_servers(measure)
    lines = [json.dumps(found)] if is_json else [f"{name:24} {value}" for name, value in found.items()]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
