from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from chains import loading
from chains.sheets import BadSheets


class Command(BaseCommand):
    help = "Load topics, departments, duties, districts and industries from the CSV sheets of a folder; re-runnable."

    def add_arguments(self, parser):
        parser.add_argument("folder", nargs="?", type=Path, default=loading.OWN_SHEETS, metavar="DIR")

    def handle(self, *args, folder, **options):
        try:
            sheets = loading.read_folder(folder)
        except BadSheets as wrong:
            raise CommandError(f"Nothing was changed.\n{wrong}") from wrong
        for kind, report in loading.load(sheets, today=timezone.localdate()).items():
            self.stdout.write(
                f"{kind}: {len(report.added)} added, {len(report.changed)} changed, {len(report.ended)} ended"
            )
            for word in ("changed", "ended"):
                if codes := getattr(report, word):
                    self.stdout.write(f"  {word}: {', '.join(codes)}")
