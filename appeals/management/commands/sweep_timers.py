import time
from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone

from appeals import oversight
from appeals.models import Timer

LONGEST = 30  # seconds between two sweeps


class Command(BaseCommand):
    help = "Fire the timers that are due, every 30 seconds and when the next one is due; with --once a single time."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true")

    def handle(self, *args, once, **options):
        while True:
            self.stdout.write(f"{oversight.sweep(timezone.now())} timers fired")
            if once:
                return
            time.sleep(_until_the_next())


def _until_the_next() -> float:
    """Seconds: at least one, so that a case somebody is at work on is not asked for without pause."""
    now = timezone.now()
    due = Timer.objects.next_due() or now + timedelta(seconds=LONGEST)
    return min(LONGEST, max(1, (due - now).total_seconds()))
