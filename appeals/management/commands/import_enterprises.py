from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from appeals import register
from chains import audit
from chains.models import Audit
from chains.tables import BadTable, text_of


class Command(BaseCommand):
    help = (
        "Import the register of enterprises from a CSV file (UTF-8, with or without BOM) with the columns "
        "credit_code,name,district,park,industry,size. District, park and industry by name or code; park, industry "
        "and size (large, medium, small, micro; 大型 中型 小型 微型) may be empty. Re-runnable: enterprises are known "
        "by their credit code, those not in the file stay as they are. If any row is wrong, every fault is reported "
        "with its line number, nothing is written, and the command ends with 1."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *args, file, **options):
        try:
            rows = register.read(text_of(file))
        except OSError as missing:
            raise CommandError(str(missing)) from missing
        except BadTable as wrong:
            raise CommandError(f"Nothing was changed.\n{wrong}") from wrong
        with transaction.atomic():
            report = register.load(rows)
            audit.note(Audit.Kind.IMPORT, by=None, subject=file.name, data={"rows": len(rows)}, at=timezone.now())
        self.stdout.write(f"enterprises: {report}")
