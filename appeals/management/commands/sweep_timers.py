import time

from django.core.management.base import BaseCommand
from django.utils import timezone

from appeals import oversight


class Command(BaseCommand):
    help = "Fire the timers that are due, every 30 seconds; with --once a single time."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true")

    def handle(self, *args, once, **options):
        while True:
            self.stdout.write(f"{oversight.sweep(timezone.now())} timers fired")
            if once:
                return
            time.sleep(30)
