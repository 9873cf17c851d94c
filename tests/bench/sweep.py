"""The sweep of the timers (quality.md): python -m tests.bench.sweep [--format json]

Timers a second of one sweeper and of two at once, five pairs; 500 due among 10,000 armed and among 1,000,000. Every
run has a fresh copy of one seeded database beside the given one; the rungs are mixed evenly, with all they do: one in
five may take a case over, one in five writes an order, one in five lifts what a park or county leads.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from time import perf_counter
from urllib.parse import urlsplit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

APPEALS, OPEN = 6_000, 4_000
DUE, FEW = 4_000, 500
SMALL, LARGE = 10_000, 1_000_000
PAIRS = 5
LEAST_A_SECOND, LEAST_GAIN, MOST_GROWTH = 1_000, 1.5, 1.5

_DISARM = "UPDATE appeals_timer SET cancelled_at = now() WHERE fired_at IS NULL AND cancelled_at IS NULL"
# One rung of each clock that runs, due since five minutes; of no generation that a limit that moves may reach.
_ARM_DUE = """
    INSERT INTO appeals_timer (clock_id, rung, generation, due_at, error, attempts)
    SELECT id, (ARRAY['yellow', 'due', 'plus1', 'plus3', 'plus5'])[1 + place %% 5], 0,
           now() - interval '5 minutes', '', 0
    FROM (SELECT k.id, row_number() OVER (ORDER BY k.id) AS place
          FROM appeals_clock k JOIN appeals_appeal a ON a.id = k.appeal_id
          WHERE k.ended_at IS NULL AND k.stopped_at IS NULL AND k.kind <> 'visit' AND a.status <> 'parked') AS running
    LIMIT %s
"""
_ARM_LATER = """
    INSERT INTO appeals_timer (clock_id, rung, generation, due_at, error, attempts)
    SELECT k.id, r.rung, g.generation, now() + (random() * 60 + 1) * interval '1 day', '', 0
    FROM generate_series(1000, 1000 + %s / (SELECT count(*) FROM appeals_clock)::int / 5) AS g (generation),
         appeals_clock k, unnest(ARRAY['yellow', 'due', 'plus1', 'plus3', 'plus5']) AS r (rung)
    LIMIT %s
"""


def measure() -> dict:
    base = Base()
    base.ensure()
    pairs = [(base.run(1, due=DUE), base.run(2, due=DUE)) for _ in range(PAIRS)]
    ones, twos = zip(*pairs, strict=True)
    few = {armed: [base.run(1, due=FEW, armed=armed) for _ in range(3)] for armed in (SMALL, LARGE)}
    return {
        "one_a_second": round(statistics.median(ones)),
        "two_a_second": round(statistics.median(twos)),
        "gain": round(statistics.median(two / one for one, two in pairs), 2),
        **{f"ms_for_{FEW}_among_{armed}": round(FEW / statistics.median(runs) * 1000) for armed, runs in few.items()},
        "growth": round(statistics.median(few[SMALL]) / statistics.median(few[LARGE]), 2),
    }


class Base:
    """The seeded database, and the copies of it that are swept."""

    def __init__(self):
        from django.conf import settings

        self.given = settings.DATABASE_URL
        self.given_name = urlsplit(self.given).path.strip("/")
        self.name = f"{self.given_name}_bench_sweep"

    def url(self, name):
        return self.given.replace(f"/{self.given_name}", f"/{name}", 1)

    def admin(self, sql) -> list:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def ensure(self):
        """Seeded once, brought up to the present code each time."""
        is_new = not self.admin(f"SELECT 1 FROM pg_database WHERE datname = '{self.name}'")
        if is_new:
            self.admin(f'CREATE DATABASE "{self.name}"')
        years = ("load_workdays", "2023", "2024", "2025", "2026")
        seed = ("seed_load", "--appeals", str(APPEALS), "--open", str(OPEN))
        environment = os.environ | {"DATABASE_URL": self.url(self.name)}
        for command in (("migrate",), *((("load_taxonomy",), years, seed) if is_new else ())):
            subprocess.run([sys.executable, "manage.py", *command], env=environment, check=True, stdout=sys.stderr)

    def run(self, sweepers, *, due, armed=0) -> float:
        """Timers a second of so many `sweepers` with `due` timers due and `armed` more for later."""
        copy = f"{self.name}_copy"
        self.admin(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
        self.admin(f'CREATE DATABASE "{copy}" TEMPLATE "{self.name}"')
        try:
            self._arm(copy, due, armed)
            return due / self._sweep(copy, sweepers, due)
        finally:
            self.admin(f'DROP DATABASE "{copy}" WITH (FORCE)')

    def _arm(self, copy, due, armed):
        import psycopg2

        connection = psycopg2.connect(self.url(copy))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(_DISARM)
            cursor.execute(_ARM_DUE, [due])
            if cursor.rowcount != due:
                raise SystemExit(f"only {cursor.rowcount} clocks run")
            if armed:
                cursor.execute(_ARM_LATER, [armed, armed])
            cursor.execute("VACUUM ANALYZE appeals_timer")
            cursor.execute("CHECKPOINT")
        connection.close()

    def _sweep(self, copy, sweepers, due) -> float:
        """Seconds from the word until the last of them has nothing left."""
        environment = os.environ | {"DATABASE_URL": self.url(copy)}
        command = [sys.executable, "-m", "tests.bench.sweep", "--sweeper"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        running = [subprocess.Popen(command, env=environment, **pipes) for _ in range(sweepers)]
        for child in running:
            child.stdout.readline()
        started = perf_counter()
        for child in running:
            child.stdin.write("go\n")
            child.stdin.flush()
        fired = sum(int(child.stdout.readline()) for child in running)
        seconds = perf_counter() - started
        for child in running:
            child.wait()
        if fired != due:
            raise SystemExit(f"{fired} of {due} timers fired")
        return seconds


def sweeper():
    """Ready, and everything read that a sweeper at work has read before; sweeps at a word."""
    import django

    django.setup()
    from datetime import UTC, datetime

    from django.utils import timezone

    from appeals import oversight

    oversight.sweep(datetime(2000, 1, 1, tzinfo=UTC))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(f"{oversight.sweep(timezone.now())}\n")


def judge(found) -> list[str]:
    bars = [
        (found["one_a_second"] >= LEAST_A_SECOND, f"{LEAST_A_SECOND} timers a second"),
        (found["gain"] >= LEAST_GAIN, f"two sweepers {LEAST_GAIN} × one"),
        (found["growth"] <= MOST_GROWTH, f"{FEW} due within {MOST_GROWTH} × among {SMALL:,} and {LARGE:,}"),
    ]
    return [words for is_met, words in bars if not is_met]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=["text", "json"], default="text")
    parser.add_argument("--sweeper", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.sweeper:
        sweeper()
        return
    from tests.bench.classify import with_servers
    from tests.bench.reference import measure as measure_reference

    reference, found = with_servers(measure_reference), with_servers(measure)
    missed = judge(found)
    if asked.format == "json":
        sys.stdout.write(json.dumps({"reference": reference, **found, "missed": missed}) + "\n")
    else:
        lines = [f"{name:26} {value}" for name, value in (reference | found).items()]
        sys.stdout.write("\n".join([*lines, *(f"MISSED {line}" for line in missed)]) + "\n")
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
