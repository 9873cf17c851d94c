import os

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from chains.models import Topic
from config.seeding import history
from routing.calendar import workdays


class Command(BaseCommand):
    help = (
        "Plausible history in bulk, for measurements: enterprises, posts, appeals over 36 months ending now with "
        "their events, facts, clocks and timers. Indexes are built afterwards and counted apart."
    )

    def add_arguments(self, parser):
        parser.add_argument("--appeals", type=int, required=True)
        parser.add_argument("--open", type=int, dest="opened", help="how many are open (default: 5 in 100)")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another history (default 1)")
        parser.add_argument("--add", action="store_true", help="also beside appeals that this command did not make")
        parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (default: one a core)")

    def handle(self, *args, appeals, opened, seed, add, workers, **others):
        opened = appeals // 20 if opened is None else opened
        if appeals < 1 or not 0 <= opened <= appeals or workers < 1:
            raise CommandError("Give at least one appeal, no more open ones than appeals, and at least one worker.")
        if not Topic.objects.exists() or not workdays().announced:
            raise CommandError("Run load_taxonomy and load_workdays first.")
        if not add and history.is_strange():
            raise CommandError("This database holds appeals that seed_load did not make; with --add it adds to them.")
        # A transaction around it all (a test) is seen by this connection only.
        workers = 1 if connection.in_atomic_block else workers
        history.make(appeals, opened, seed, timezone.localtime(), say=self._say, workers=workers)

    def _say(self, stage, seconds, rows):
        rate = f"{rows / seconds:12,.0f}/s" if rows and seconds else ""
        self.stdout.write(f"{stage:28}{seconds:9.1f} s {rows or '':>12} {rate}".rstrip())
