from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from chains import audit, staffing
from chains.models import Audit
from chains.tables import BadTable, text_of


class Command(BaseCommand):
    help = (
        "Import accounts with their posts from a CSV file (UTF-8, with or without BOM) with the columns "
        "username,name,email,office,role,from,to. Office by code, name or short name (empty for posts of the whole "
        "city); role one of station, triage, reviewer, director, handler, head, supervisor, leader, auditor, "
        "sysadmin, channel; from and to as 2026-01-31, to may be empty. One line a post; a person may hold several. "
        "Re-runnable: a post is known by person, office, role and its first day; to end one, give its last day. "
        "People and posts not in the file stay as they are. New accounts have no password until one is set. If any "
        "row is wrong, every fault is reported with its line number, nothing is written, and the command ends with 1."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *args, file, **options):
        try:
            rows = staffing.read(text_of(file))
        except OSError as missing:
            raise CommandError(str(missing)) from missing
        except BadTable as wrong:
            raise CommandError(f"Nothing was changed.\n{wrong}") from wrong
        with transaction.atomic():
            report = staffing.load(rows)
            audit.note(Audit.Kind.IMPORT, by=None, subject=file.name, data={"rows": len(rows)}, at=timezone.now())
        self.stdout.write(f"posts: {report}")
