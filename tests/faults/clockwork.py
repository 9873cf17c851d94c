"""kill -9 of sweeper, worker, beat, Redis and PostgreSQL at random moments, while timers are due and mails go out.

python -m tests.faults.clockwork [--rounds 20] [--timers 5000] [--seed 1]: on real processes and servers of its own.
Every rung fires once and in order, every notice reaches its sink once; the table says what was killed when.
"""

import argparse
import os
import random
import sys
import time
from collections import Counter, defaultdict
from datetime import timedelta

from tests.faults import sink
from tests.faults.house import VICTIMS, House

RUNGS_EACH = 20  # of an urgent case that is dispatched: sign, contact, resolve, first measure
_PATIENCE = 600  # seconds until the last notice is out
_HOLD = """
    UPDATE appeals_timer SET due_at = due_at + interval '1000 days' WHERE fired_at IS NULL AND cancelled_at IS NULL
"""
# A sweep takes as long as one of a busy night, so that a kill may meet it in the middle.
_LINGER = """
    CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(random() * 0.008); RETURN NEW; END';
    CREATE TRIGGER linger BEFORE INSERT ON appeals_event FOR EACH ROW EXECUTE FUNCTION linger();
"""
_IS_SWEEPING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
# Due at this very minute, each a blink after the one below it: rungs that fire in time are told each.
_RELEASE = """
    UPDATE appeals_timer t SET due_at = now() - interval '1 second' + place * interval '1 millisecond'
    FROM (SELECT t.id, row_number() OVER (PARTITION BY k.appeal_id ORDER BY t.due_at, t.id) AS place
          FROM appeals_timer t JOIN appeals_clock k ON k.id = t.clock_id
          WHERE k.appeal_id = ANY(%s) AND t.fired_at IS NULL AND t.cancelled_at IS NULL) AS held
    WHERE t.id = held.id
"""


def prepare(count: int) -> list[int]:
    """`count` urgent cases with an office that nobody has signed yet; their timers are held back."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from appeals.models import FollowedCalendar
    from appeals.states import Status
    from chains.taxonomy import Role
    from routing import calendar
    from routing.models import Notice
    from tests import ground
    from tests.factory import CENTRE, City, make_appeal

    call_command("migrate", verbosity=0)
    ground.lay()
    city, filed_at = City(), timezone.now() - timedelta(hours=3)
    for person in (city.handler, city.head, city.supervisor, city.director, city.holder(Role.LEADER, CENTRE)):
        person.email = f"{person.username}@office.example"
        person.save()
    cases = [make_appeal(Status.DISPATCHED, city=city, filed_at=filed_at, urgent=True).pk for _ in range(count)]
    Notice.objects.all().delete()
    # What is held back is not where the calendar puts it: nobody is to put it right.
    FollowedCalendar.objects.create(state=calendar.state(), is_settled=True, at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_HOLD)
        cursor.execute(_LINGER)
    return cases


def fired() -> int:
    from appeals.models import Timer

    return Timer.objects.fired().count()


def is_sweeping() -> bool:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_IS_SWEEPING)
        return cursor.fetchone()[0] > 0


def wait_for_a_sweep(seconds: float = 6):
    """A worker or sweeper that has just come back takes its time."""
    end = time.monotonic() + seconds
    while not is_sweeping() and time.monotonic() < end:
        time.sleep(0.02)


def release(cases):
    from django.db import connection

    from appeals.waking import fall_asleep, wake_sweeper

    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [cases])
    fall_asleep()  # whoever was woken last may have been killed with the word in his hand
    wake_sweeper()


def rounds(house, cases, count, rng):
    """One after the other: a share of the timers falls due, somebody is killed, and comes back after a while."""
    from django.db import connection

    victims = [VICTIMS[place % len(VICTIMS)] for place in range(count)]
    rng.shuffle(victims)
    due = 0
    for place, victim in enumerate(victims):
        due += len(cases[place::count])
        release(cases[place::count])
        wait_for_a_sweep()
        time.sleep(rng.random() * 1.2)
        done, amid = fired(), is_sweeping()
        house.kill(victim)
        down = rng.random() * 1.5
        time.sleep(down)
        connection.close()
        house.bring_back(victim)
        yield place + 1, victim, due * RUNGS_EACH, done, amid, down


def drain(house):
    from django.utils import timezone

    from appeals.models import Timer
    from appeals.waking import wake_sweeper
    from routing.models import Notice

    end = time.monotonic() + _PATIENCE
    while Timer.objects.due(timezone.now()).exists() or Notice.objects.filter(state=Notice.State.WAITING).exists():
        if time.monotonic() > end:
            return
        house.tend()
        wake_sweeper()
        time.sleep(2)


def judge(cases, mails) -> dict[str, object]:
    """What came of it, and under `broken` whatever should not be."""
    from appeals.models import Event, SupervisionOrder, Timer
    from routing.models import Notice

    lines = defaultdict(list)
    for event in Event.objects.order_by("appeal", "seq"):
        if "due_at" in event.data and event.data["clock"] != "triage":
            lines[event.appeal_id].append(event)
    rungs = Counter((pk, e.verb, e.data["clock"]) for pk, events in lines.items() for e in events)
    in_order = [events for events in lines.values() if _moments(events) == sorted(_moments(events))]
    sent = Counter(mail.message_id for mail in mails)
    wanted = Counter(Notice.objects.filter(channel="mail").values_list("recipient__email", flat=True))
    reached = Counter(to for _id, to in {(mail.message_id, mail.to) for mail in mails})
    found = {
        "rungs due": len(cases) * RUNGS_EACH,
        "rungs fired": len(rungs),
        "fired twice": sum(times > 1 for times in rungs.values()),
        "set aside": Timer.objects.exclude(error="").count(),
        "cases in order": len(in_order),
        "supervision orders": SupervisionOrder.objects.count(),
        "notices": Notice.objects.count(),
        "notices not sent": Notice.objects.exclude(state=Notice.State.SENT).count(),
        "mails wanted": sum(wanted.values()),
        "mails at the sink": len(sent),
        "of these repeated under the same Message-ID": sum(times - 1 for times in sent.values()),
    }
    right = (
        found["rungs fired"] == found["rungs due"]
        and found["cases in order"] == found["supervision orders"] == len(cases)
        and found["fired twice"] == found["set aside"] == found["notices not sent"] == 0
        and wanted == reached
        and found["notices"] > 0
    )
    return found | {"verdict": "everything once, in order" if right else "BROKEN"}


def _moments(events) -> list[str]:
    return [event.data["due_at"] for event in events]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--timers", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with sink.listening() as mail:
        house = House(mail.url)
        os.environ.clear()
        os.environ.update(house.environment)
        try:
            return run(house, mail, asked)
        finally:
            house.close()


def run(house, mail, asked) -> int:
    import django
    from django.core.management import call_command

    house.start_servers()
    django.setup()
    cases = prepare(-(-asked.timers // RUNGS_EACH))
    house.tend()
    time.sleep(8)  # until a worker is at work
    say(f"{'round':>5}  {'killed':9} {'due so far':>10} {'fired':>7} {'amid a sweep':>13} {'down for':>9}")
    for number, victim, due, done, amid, down in rounds(house, cases, asked.rounds, random.Random(asked.seed)):
        say(f"{number:5}  {victim:9} {due:10} {done:7} {'yes' if amid else '':>13} {down:7.1f} s")
    drain(house)
    found = judge(cases, mail.mails)
    say("\n".join(f"{name:44} {value}" for name, value in found.items()))
    call_command("verify_audit")
    return 0 if found["verdict"] != "BROKEN" else 1


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
