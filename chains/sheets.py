"""The taxonomy as officers keep it, in four CSV sheets: read, and checked as a whole before anything is believed.

`|` separates several values in a cell. A duty names a city office by its short name, or one of ROLE_DUTIES.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from chains.taxonomy import CENTRE_OFFICE, FALLBACK_OFFICE, Chain, Level, Tier

# Duties of whoever is in that place: the park committee of the district, the task force of the industry.
ROLE_DUTIES = frozenset({"管委会", "产业链专班"})
CHAIN_NAMES = {
    "产业链": Chain.INDUSTRY,
    "创新链": Chain.INNOVATION,
    "人才链": Chain.TALENT,
    "资本链": Chain.CAPITAL,
    "资金链": Chain.CAPITAL,
    "服务链": Chain.SERVICE,
}
DISTRICT_KINDS = ("city", "district", "county_level_city", "county", "functional_block")
COLUMNS = {
    "districts.csv": ("code", "name", "kind", "valid_from"),
    "industries.csv": ("code", "name", "aliases", "valid_from"),
    "departments.csv": (
        "code",
        "name",
        "short_name",
        "tier",
        "district",
        "parent",
        "industry",
        "valid_from",
    ),
    "topics.csv": ("code", "chain", "name", "lead", "support", "level", "aliases", "valid_from"),
}


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where an officer finds it; line 1 holds the column names, 0 means the whole sheet."""

    sheet: str
    line: int
    text: str

    def __str__(self):
        where = _("%(sheet)s line %(line)d") % {"sheet": self.sheet, "line": self.line}
        return f"{where if self.line else self.sheet}: {self.text}"


class BadSheets(ValueError):
    def __init__(self, problems: Iterable[Problem]):
        self.problems = sorted(problems, key=lambda p: (list(COLUMNS).index(p.sheet), p.line))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class DistrictRow:
    line: int
    code: str
    name: str
    kind: str
    valid_from: date


@dataclass(frozen=True)
class IndustryRow:
    line: int
    code: str
    name: str
    aliases: tuple[str, ...]
    valid_from: date


@dataclass(frozen=True)
class DepartmentRow:
    line: int
    code: str
    name: str
    short_name: str
    tier: str
    district: str  # code
    parent: str | None
    industry: str | None  # of a task force
    valid_from: date


@dataclass(frozen=True)
class TopicRow:
    line: int
    code: str
    chain: str
    name: str
    level: str
    lead: tuple[str, ...]
    support: tuple[str, ...]
    aliases: tuple[str, ...]
    valid_from: date


@dataclass(frozen=True)
class Sheets:
    districts: tuple[DistrictRow, ...]
    industries: tuple[IndustryRow, ...]
    departments: tuple[DepartmentRow, ...]
    topics: tuple[TopicRow, ...]


def read_sheets(texts: Mapping[str, str]) -> Sheets:
    """The four sheets from their texts by file name; raises BadSheets with every problem found."""
    problems: list[Problem] = []
    lines = {sheet: _lines(sheet, texts.get(sheet), problems) for sheet in COLUMNS}
    if problems:
        raise BadSheets(problems)
    names = {line["name"]: line["code"] for line in lines["districts.csv"]}
    sheets = Sheets(
        districts=tuple(map(_district, lines["districts.csv"])),
        industries=tuple(map(_industry, lines["industries.csv"])),
        departments=tuple(_department(line, names) for line in lines["departments.csv"]),
        topics=tuple(map(_topic, lines["topics.csv"])),
    )
    for check in _districts, _industries, _departments, _tree, _task_forces, _topics, _duties:
        problems += check(sheets)
    if problems:
        raise BadSheets(problems)
    return sheets


@dataclass(frozen=True)
class _Line:
    sheet: str
    number: int
    cells: dict[str, str]
    problems: list[Problem]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def wrong(self, text: str) -> None:
        self.problems.append(Problem(self.sheet, self.number, text))

    def code(self, pattern: str) -> str:
        if not re.fullmatch(pattern, self["code"]):
            self.wrong(_("“%(value)s” is not a valid code.") % {"value": self["code"]})
        return self["code"]

    def text(self, column: str, longest: int) -> str:
        if not 0 < len(self[column]) <= longest:
            self.wrong(_("%(column)s must have 1 to %(longest)d characters.") % {"column": column, "longest": longest})
        return self[column]

    def one_of(self, column: str, choices: Iterable[str]) -> str:
        if self[column] not in choices:
            values = {"column": column, "value": self[column], "choices": ", ".join(choices)}
            self.wrong(_("%(column)s “%(value)s” is none of %(choices)s.") % values)
        return self[column]

    def items(self, column: str, longest: int = 50) -> tuple[str, ...]:
        found = tuple(item.strip() for item in self[column].split("|")) if self[column] else ()
        for item in found:
            if not 0 < len(item) <= longest:
                self.wrong(_("%(column)s has an empty or overlong entry.") % {"column": column})
        for item in sorted({item for item in found if found.count(item) > 1}):
            self.wrong(_("%(column)s names “%(value)s” twice.") % {"column": column, "value": item})
        return found

    def day(self, column: str) -> date:
        try:
            return date.fromisoformat(self[column])
        except ValueError:
            self.wrong(
                _("%(column)s “%(value)s” is not a date such as 2026-01-31.")
                % {"column": column, "value": self[column]}
            )
            return date.min


def _lines(sheet: str, text: str | None, problems: list[Problem]) -> list[_Line]:
    if text is None:
        problems.append(Problem(sheet, 0, _("The sheet is missing.")))
        return []
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        problems.append(Problem(sheet, reader.line_num, _("This is not CSV: %(error)s") % {"error": error}))
        return []
    missing = [column for column in COLUMNS[sheet] if column not in header]
    if missing:
        text = _("The column names lack: %(columns)s.") % {"columns": ", ".join(missing)}
        problems.append(Problem(sheet, 1, text))
        return []
    return _whole_lines(sheet, header, [row for row in rows if any(row[1])], problems)


def _whole_lines(sheet, header, rows, problems) -> list[_Line]:
    if not rows:
        # An empty sheet would end every row of its kind: surely a mishap of the export.
        problems.append(Problem(sheet, 0, _("The sheet is empty.")))
    for number, row in rows:
        if len(row) != len(header):
            values = {"found": len(row), "wanted": len(header)}
            problems.append(Problem(sheet, number, _("%(found)d cells instead of %(wanted)d.") % values))
    return [_Line(sheet, number, dict(zip(header, row, strict=False)), problems) for number, row in rows]


def _district(line: _Line) -> DistrictRow:
    return DistrictRow(
        line=line.number,
        code=line.code("[0-9A-Z]{2,20}"),
        name=line.text("name", 50),
        kind=line.one_of("kind", DISTRICT_KINDS),
        valid_from=line.day("valid_from"),
    )


def _industry(line: _Line) -> IndustryRow:
    return IndustryRow(
        line=line.number,
        code=line.code("[0-9A-Z]{2,20}"),
        name=line.text("name", 50),
        aliases=line.items("aliases"),
        valid_from=line.day("valid_from"),
    )


def _department(line: _Line, districts: Mapping[str, str]) -> DepartmentRow:
    return DepartmentRow(
        line=line.number,
        code=line.code("(?=.{4,20}$)[0-9A-Z]+(-[0-9A-Z]+)+"),
        name=line.text("name", 100),
        short_name=line.text("short_name", 50),
        tier=line.one_of("tier", Tier.values),
        district=districts.get(line["district"], line["district"]),
        parent=line["parent"] or None,
        industry=line["industry"] or None,
        valid_from=line.day("valid_from"),
    )


def _topic(line: _Line) -> TopicRow:
    chain = CHAIN_NAMES.get(line["chain"])
    return TopicRow(
        line=line.number,
        code=line.code("[A-Z][0-9]{2}"),
        chain=str(chain) if chain else line.one_of("chain", Chain.values),
        name=line.text("name", 100),
        level=line.one_of("level", Level.values),
        lead=line.items("lead"),
        support=line.items("support"),
        aliases=line.items("aliases"),
        valid_from=line.day("valid_from"),
    )


def _districts(sheets: Sheets) -> Iterable[Problem]:
    yield from _repeated("districts.csv", sheets.districts, "code", "name")
    if not any(row.kind == "city" for row in sheets.districts):
        yield Problem("districts.csv", 0, _("No row is the city itself (kind city)."))


def _industries(sheets: Sheets) -> Iterable[Problem]:
    yield from _repeated("industries.csv", sheets.industries, "code", "name")
    yield from _shared_aliases("industries.csv", sheets.industries)


def _departments(sheets: Sheets) -> Iterable[Problem]:
    yield from _repeated("departments.csv", sheets.departments, "code", "name", "short_name")
    kinds = {row.code: row.kind for row in sheets.districts}
    for row in sheets.departments:
        kind = kinds.get(row.district)
        if kind is None:
            yield _about(row, _("The district “%(value)s” does not exist."), row.district)
        elif (row.tier == Tier.CITY) != (kind == "city"):
            yield _about(row, _("Offices of the city, and only they, are in the district of kind city."))
        if row.short_name in ROLE_DUTIES:
            yield _about(row, _("“%(value)s” is a role and cannot be the name of one office."), row.short_name)
    for code in CENTRE_OFFICE, FALLBACK_OFFICE:
        if not any(row.code == code and row.tier == Tier.CITY for row in sheets.departments):
            text = _("The city office %(code)s is needed: appeals without an office go there.")
            yield Problem("departments.csv", 0, text % {"code": code})


def _tree(sheets: Sheets) -> Iterable[Problem]:
    offices = {row.code: row for row in sheets.departments}
    for row in sheets.departments:
        parent = offices.get(row.parent)
        if row.parent and not parent:
            yield _about(row, _("The parent “%(value)s” does not exist."), row.parent)
        elif parent and not _may_have(row, parent):
            yield _about(row, _("%(value)s cannot be the parent of this office."), row.parent)
        elif row.tier == Tier.COUNTY and not parent:
            # The parent says whose duty the county's office holds there.
            yield _about(row, _("An office of a county needs the city's office of the same duty as parent."))
        if _is_own_ancestor(row, offices):
            yield _about(row, _("The office is its own ancestor."))


def _may_have(row: DepartmentRow, parent: DepartmentRow) -> bool:
    if row.tier == Tier.PARK and parent.tier == Tier.COUNTY:
        return row.district == parent.district
    return parent.tier == Tier.CITY


def _is_own_ancestor(row: DepartmentRow, offices: Mapping[str, DepartmentRow]) -> bool:
    seen: set[str] = set()
    above = row.parent
    while above in offices and above not in seen:
        seen.add(above)
        above = offices[above].parent
    return row.code in seen


def _task_forces(sheets: Sheets) -> Iterable[Problem]:
    industries = {row.code for row in sheets.industries}
    forces = [row for row in sheets.departments if row.industry]
    yield from _repeated("departments.csv", forces, "industry")
    for row in forces:
        if row.industry not in industries:
            yield _about(row, _("The industry “%(value)s” does not exist."), row.industry)
        if row.tier != Tier.CITY:
            yield _about(row, _("A task force of an industry is an office of the city."))


def _topics(sheets: Sheets) -> Iterable[Problem]:
    yield from _repeated("topics.csv", sheets.topics, "code", "name")
    yield from _shared_aliases("topics.csv", sheets.topics)
    for row in sheets.topics:
        for alias in row.aliases:
            if len(alias) == 1:
                yield _about(row, _("The alias “%(value)s” is too short: it would be found everywhere."), alias)


def _duties(sheets: Sheets) -> Iterable[Problem]:
    offices = {row.short_name for row in sheets.departments if row.tier == Tier.CITY}
    for row in sheets.topics:
        for name in (*row.lead, *row.support):
            if name not in offices | ROLE_DUTIES:
                yield _about(row, _("No office of the city has the short name “%(value)s”."), name)
        for name in sorted({*row.lead} & {*row.support}):
            yield _about(row, _("“%(value)s” cannot both lead and support."), name)
        if not offices & {*row.lead}:
            # Some districts have no park committee: there a role alone would be a dead end.
            yield _about(row, _("At least one office of the city must be named to lead."))


def _repeated(sheet: str, rows: Iterable, *columns: str) -> Iterable[Problem]:
    for column in columns:
        yield from _twice(sheet, ((row, getattr(row, column)) for row in rows), lambda value: value)


def _shared_aliases(sheet: str, rows: Iterable) -> Iterable[Problem]:
    # An alias of two topics speaks for neither; upper and lower case are one when texts are searched.
    pairs = ((row, alias) for row in rows for alias in dict.fromkeys(row.aliases))
    yield from _twice(sheet, pairs, str.casefold)


def _twice(sheet: str, pairs: Iterable[tuple], key: Callable[[str], str]) -> Iterable[Problem]:
    first: dict[str, int] = {}
    for row, value in pairs:
        line = first.setdefault(key(value), row.line)
        if line != row.line:
            values = {"value": value, "line": line}
            yield Problem(sheet, row.line, _("“%(value)s” stands already in line %(line)d.") % values)


_SHEET_OF = {
    DistrictRow: "districts.csv",
    IndustryRow: "industries.csv",
    DepartmentRow: "departments.csv",
    TopicRow: "topics.csv",
}


def _about(row, text: str, value: str = "") -> Problem:
    return Problem(_SHEET_OF[type(row)], row.line, text % {"value": value} if value else text)
