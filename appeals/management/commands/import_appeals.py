import csv
import io
import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from appeals import history
from appeals.mapping import BadMapping, Translation, translation_of
from chains import audit
from chains.spreadsheets import lines_of
from chains.tables import BadTable, text_of

_MOST_SHOWN = 1000


class Command(BaseCommand):
    help = (
        "Import finished appeals of another system from a CSV file (UTF-8 or GB 18030) or the first sheet of an XLSX "
        "file. Common Chinese names of columns are understood (工单编号 标题 内容 统一社会信用代码 企业名称 受理时间 "
        "办结时间 承办单位 分类 满意度 …), and so are the columns of export_appeals. --map FILE says what others mean: "
        'JSON {"columns": {"theirs": "ours"}, "words": {"lead": {"theirs": "our code or name"}}}, or CSV with the '
        "columns what,theirs,ours where what is “column” or one of our columns. An appeal is known again by its "
        "external number (or, of an export, by its own): a second run changes nothing, a changed row changes its "
        "appeal. Sound rows are imported, broken ones listed with line and column, and then the command ends with 1; "
        "--dry-run only lists. A day without an hour counts to its end, of the filing from its beginning. Nothing is "
        "sent and no clock runs; the appeals count in statistics with --count only."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")
        parser.add_argument("--map", type=Path, dest="mapping", help="what their columns and words mean (JSON or CSV)")
        parser.add_argument("--count", action="store_true", help="count these appeals in statistics and scores")

    def handle(self, *args, file, dry_run, mapping, count, **options):
        now, import_ = timezone.now(), history.survey if dry_run else history.load
        try:
            translation = _read_mapping(mapping) if mapping else Translation()
            found = import_(lines_of(file), translation, counted=count, at=now)
        except (OSError, BadTable, BadMapping) as wrong:
            raise CommandError(str(wrong)) from wrong
        self.stdout.write(f"appeals: {found}{' (dry run: nothing was written)' if dry_run else ''}")
        if found.left:
            self.stdout.write(f"{found.left} were filed here or have gone on here, and stay as they are.")
        if not dry_run:
            audit.note("import", by=None, subject=file.name, data=_noted(found, count), at=now)
        if found.faults:
            raise CommandError(_list(found.faults))


def _noted(found, count) -> dict:
    names = ("added", "changed", "unchanged", "left")
    return {name: getattr(found, name) for name in names} | {"faults": len(found.faults), "counted": count}


def _list(faults) -> str:
    lines = [str(fault) for fault in sorted(faults, key=lambda fault: fault.line)]
    rows = len({fault.line for fault in faults})
    more = [f"… and {len(lines) - _MOST_SHOWN} more."] if len(lines) > _MOST_SHOWN else []
    return "\n".join([f"{rows} rows are broken and were left out, {len(lines)} faults:", *lines[:_MOST_SHOWN], *more])


def _read_mapping(file: Path) -> Translation:
    text = text_of(file)
    if file.suffix.lower() == ".csv":
        return _of_csv(text)
    try:
        said = json.loads(text)
    except ValueError as wrong:
        raise BadMapping(f"{file.name}: {wrong}") from wrong
    columns, words = (said.get("columns", {}), said.get("words", {})) if isinstance(said, dict) else (None, None)
    if isinstance(said, dict) and not {"columns", "words"} & said.keys():
        columns = said  # nothing but columns
    if not isinstance(columns, dict) or not isinstance(words, dict) or not _are_words([columns, *words.values()]):
        raise BadMapping(f'{file.name}: write {{"columns": {{…}}, "words": {{"lead": {{…}}}}}}.')
    return translation_of(columns, words)


def _are_words(tables) -> bool:
    return all(isinstance(table, dict) and all(isinstance(v, str | None) for v in table.values()) for table in tables)


def _of_csv(text: str) -> Translation:
    columns, words = {}, {}
    for row in csv.DictReader(io.StringIO(text, newline="")):
        what, theirs, ours = ((row.get(name) or "").strip() for name in ("what", "theirs", "ours"))
        if what in ("", "column"):
            columns[theirs] = ours
        else:
            words.setdefault(what, {})[theirs] = ours
    return translation_of(columns, words)
