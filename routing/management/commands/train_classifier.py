from django.core.management.base import BaseCommand
from django.utils import timezone

from routing import training


class Command(BaseCommand):
    help = "Teach the classifier from seed texts and confirmed appeals; promoted only if not worse on held-out texts."

    def handle(self, *args, **options):
        version = training.train(now=timezone.now())
        state = "promoted" if version.is_champion else "kept beside the champion, which is better"
        self.stdout.write(f"Version {version.pk}: {version.metrics} — {state}.")
