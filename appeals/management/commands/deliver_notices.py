import time

from django.core.management.base import BaseCommand
from django.utils import timezone

from routing import outbox


class Command(BaseCommand):
    help = "Send the notices that are due, every 15 seconds; with --once a single time."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true")

    def handle(self, *args, once, **options):
        while True:
            sent = 0
            while claimed := outbox.deliver(timezone.now()):
                sent += claimed
            self.stdout.write(f"{sent} notices sent")
            if once:
                return
            time.sleep(15)
