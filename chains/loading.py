"""Taxonomy sheets into dated rows: what is new begins, what differs is changed, what is gone ends (职责清单)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from chains.models import Department, District, Duty, Industry, ScoreRule, Topic
from chains.sheets import COLUMNS, BadSheets, Problem, Sheets, read_sheets

OWN_SHEETS = Path(__file__).parent / "data"


@dataclass
class Report:
    """Codes by what became of their rows, for one kind of row."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


def read_folder(folder: Path) -> Sheets:
    """The four sheets of `folder`. Raises BadSheets with every problem found; a missing file is one of them."""
    return read_sheets({name: _text(folder / name) for name in COLUMNS if (folder / name).is_file()})


def _text(sheet: Path) -> str:
    try:
        return sheet.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        # A table program saves Chinese as GB 18030 unless told otherwise.
        raise BadSheets([Problem(sheet.name, 0, _("The sheet is not UTF-8."))]) from error


@transaction.atomic
def load(sheets: Sheets, *, today: date) -> dict[str, Report]:
    """Make the rows say what `sheets` say from `today` on; re-runnable. Codes are never reused nor deleted."""
    ScoreRule.objects.get_or_create(version=1, defaults={"valid_from": date(2024, 1, 1)})
    reports = {
        "districts": _fit(District, sheets.districts, today, name="name", kind="kind"),
        "industries": _fit(Industry, sheets.industries, today, name="name", aliases="aliases"),
        "departments": _fit(
            Department,
            sorted(sheets.departments, key=lambda row: _depth(row, sheets)),
            today,
            name="name",
            short_name="short_name",
            tier="tier",
            district_id="district",
            parent_id="parent",
            industry_id="industry",
        ),
        "topics": _fit(Topic, sheets.topics, today, chain="chain", name="name", level="level", aliases="aliases"),
    }
    _fit_duties(sheets, reports["topics"], today)
    return reports


def _depth(row, sheets) -> int:
    parents = {office.code: office.parent for office in sheets.departments}
    depth, above = 0, row.parent
    while above:
        depth, above = depth + 1, parents.get(above)
    return depth


def _fit(model, rows: Iterable, today, **columns: str) -> Report:
    present = {row.pk: row for row in model.objects.all()}
    report, wanted = Report(), set()
    places = {row.code: place for place, row in enumerate(sorted(rows, key=lambda row: row.line))}
    for row in rows:
        wanted.add(row.code)
        values = {column: _plain(getattr(row, name)) for column, name in columns.items()}
        values |= {"position": places[row.code], "valid_from": row.valid_from, "valid_to": None}
        found = present.get(row.code)
        if found is None:
            model.objects.create(pk=row.code, **values)
            report.added.append(row.code)
        elif any(getattr(found, column) != value for column, value in values.items()):
            model.objects.filter(pk=row.code).update(**values)
            report.changed.append(row.code)
    gone = [row for code, row in present.items() if code not in wanted and row.valid_to is None]
    for row in gone:
        model.objects.filter(pk=row.pk).update(valid_to=max(today, row.valid_from))
        report.ended.append(row.pk)
    return report


def _plain(value):
    return list(value) if isinstance(value, tuple) else value


def _fit_duties(sheets: Sheets, report: Report, today: date) -> None:
    present: dict[str, set] = {}
    for row in Duty.objects.valid(today):
        present.setdefault(row.topic_id, set()).add((row.part, row.position, row.office))
    handed_on = set(Duty.objects.ended_by(today).values_list("topic_id", flat=True))
    for topic in sheets.topics:
        wanted = {(Duty.Part.LEAD.value, place, office) for place, office in enumerate(topic.lead)}
        wanted |= {(Duty.Part.SUPPORT.value, place, office) for place, office in enumerate(topic.support)}
        if present.get(topic.code, set()) == wanted:
            continue
        Duty.objects.filter(topic=topic.code).ending_after(today).delete()
        # What ended is history; beside it the new rows begin today, else they hold since always.
        begins = today if topic.code in handed_on else None
        Duty.objects.bulk_create(
            Duty(topic_id=topic.code, part=part, position=place, office=office, valid_from=begins)
            for part, place, office in sorted(wanted)
        )
        if topic.code not in report.added + report.changed:
            report.changed.append(topic.code)
