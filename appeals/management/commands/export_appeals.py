from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from appeals import columns, exporting, exportjobs, listing
from appeals.models import Appeal
from appeals.states import CLOCKWORK, Refused
from chains.spreadsheets import csv_of, write_xlsx


class Command(BaseCommand):
    help = (
        "Export appeals into FILE: CSV in UTF-8 with BOM, or a workbook where its name ends in .xlsx. One row an "
        "appeal, the newest first, with every fact the score is made of. Codes as in the API, moments at +08:00, "
        "true|false, empty for none; what a table program would run as a formula stands behind an apostrophe. "
        "--filter narrows as lists do: status=closed chain=talent,capital filed_from=2026-01-01 q=电价. The audit "
        "gets a line with the filters and the number of rows."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--filter", nargs="+", action="extend", default=[], metavar="KEY=VALUE", dest="filters")

    def handle(self, *args, file, filters, **options):
        now, params = timezone.now(), _params(filters)
        if file.suffix.lower() not in (".csv", ".xlsx"):
            raise CommandError("Name the file .csv or .xlsx.")
        try:
            rows = Appeal.objects.narrowed(listing.Filters.parse(params, by=CLOCKWORK, now=now))
        except Refused as refused:
            wrong = [f"{name}: {error}" for name, errors in refused.errors.items() for error in errors]
            raise CommandError("\n".join(map(str, [refused.reason, *wrong]))) from refused
        try:
            count = _write(file, rows.order_by("-filed_at", "-pk"))
        except OSError as wrong:
            raise CommandError(str(wrong)) from wrong
        form = file.suffix.lower().removeprefix(".")
        exportjobs.log(None, params, count, at=now, form=form)
        self.stdout.write(f"{count} appeals in {file}")


def _params(filters) -> QueryDict:
    params = QueryDict(mutable=True)
    for pair in filters:
        name, found, value = pair.partition("=")
        if not found or name not in listing.READERS:
            raise CommandError(f"“{pair}” is no filter; write KEY=VALUE with one of: {', '.join(listing.READERS)}.")
        params.appendlist(name, value)
    return params


def _write(file, rows) -> int:
    counted = _Counted()
    with file.open("wb") as target, transaction.atomic():
        lines = counted.of(exporting.lines(rows, None))
        if file.suffix.lower() == ".xlsx":
            write_xlsx(target, columns.HEADER, lines, title="appeals")
        else:
            target.writelines(csv_of(columns.HEADER, lines))
    return counted.lines


class _Counted:
    lines = 0

    def of(self, lines):
        for line in lines:
            self.lines += 1
            yield line
