from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from chains import roster
from chains.tables import BadTable, text_of


class Command(BaseCommand):
    help = (
        "Import the duty roster from a CSV file (UTF-8, with or without BOM) with the columns office,username,from,to. "
        "Office by code, name or short name; username of somebody with a post there: handler or head, at the centre "
        "triage or director; from and to as “2026-10-01 17:30”, local time unless an offset is given. One line a "
        "shift. Re-runnable: a shift is known by office, person and beginning; its end may change. Shifts not in the "
        "file stay as they are. If any row is wrong, every fault is reported with its line number, nothing is "
        "written, and the command ends with 1."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *args, file, **options):
        try:
            rows = roster.read(text_of(file))
        except OSError as missing:
            raise CommandError(str(missing)) from missing
        except BadTable as wrong:
            raise CommandError(f"Nothing was changed.\n{wrong}") from wrong
        self.stdout.write(f"shifts: {roster.load(rows)}")
