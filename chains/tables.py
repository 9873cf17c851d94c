"""A register as one CSV table (名册): read whole, every fault with its line, before any of it is believed."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Fault:
    """What is wrong in which line of the file; line 1 holds the column names."""

    line: int
    text: str

    def __str__(self):
        return _("line %(line)d: %(text)s") % {"line": self.line, "text": self.text}


class BadTable(ValueError):
    def __init__(self, faults: Iterable[Fault]):
        self.faults = sorted(faults, key=lambda fault: fault.line)
        super().__init__("\n".join(map(str, self.faults)))


@dataclass
class Report:
    """How many rows were new, differed, or said what is known already."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __str__(self):
        return f"{self.added} added, {self.changed} changed, {self.unchanged} unchanged"


@dataclass
class Row:
    """One line of the table. What does not hold of it is noted in `faults`, and an empty value returned."""

    line: int
    cells: dict[str, str]
    faults: list[Fault] = field(default_factory=list)

    def wrong(self, text: str) -> None:
        self.faults.append(Fault(self.line, text))

    def text(self, column: str, longest: int, *, required: bool = True) -> str:
        found = self.cells[column]
        if len(found) > longest or (required and not found):
            values = {"column": column, "least": int(required), "longest": longest}
            self.wrong(_("%(column)s must have %(least)d to %(longest)d characters.") % values)
        return found

    def checked(self, column: str, check: Callable[[str], str]) -> str:
        """The cell as `check` returns it; its ValueError becomes the fault."""
        try:
            return check(self.cells[column])
        except ValueError as wrong:
            values = {"column": column, "value": self.cells[column], "wrong": wrong}
            self.wrong(_("%(column)s “%(value)s”: %(wrong)s") % values)
            return ""

    def one_of(self, column: str, codes: dict[str, str], *, required: bool = True) -> str | None:
        """The code that the cell's word stands for in `codes`; None for an empty cell."""
        found = self.cells[column]
        if not found and not required:
            return None
        if found not in codes:
            self.wrong(_("%(column)s “%(value)s” is unknown.") % {"column": column, "value": found})
        return codes.get(found)

    def day(self, column: str, *, required: bool = True) -> date | None:
        found = self.cells[column]
        if not found and not required:
            return None
        try:
            return date.fromisoformat(found)
        except ValueError:
            values = {"column": column, "value": found}
            self.wrong(_("%(column)s “%(value)s” is not a date such as 2026-01-31.") % values)
            return None


def text_of(file: Path) -> str:
    """The file as text, UTF-8 with or without BOM. Raises BadTable where it is another encoding."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise BadTable([Fault(1, _("This is not UTF-8; save the table as “CSV UTF-8”."))]) from wrong


def read_rows(text: str, columns: Sequence[str]) -> list[Row]:
    """The lines under the header, cells trimmed, empty lines left out. Raises BadTable with every malformed line."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        lines = [(reader.line_num, [cell.strip() for cell in line]) for line in reader]
    except csv.Error as error:
        raise BadTable([Fault(reader.line_num, _("This is not CSV: %(error)s") % {"error": error})]) from error
    if missing := [column for column in columns if column not in header]:
        raise BadTable([Fault(1, _("The column names lack: %(columns)s.") % {"columns": ", ".join(missing)})])
    rows = [
        Row(number, dict(zip(header, cells, strict=False)), _uneven(number, cells, header))
        for number, cells in lines
        if any(cells)
    ]
    raise_faults(rows)
    return rows


def _uneven(number, cells, header) -> list[Fault]:
    if len(cells) == len(header):
        return []
    return [Fault(number, _("%(found)d cells instead of %(wanted)d.") % {"found": len(cells), "wanted": len(header)})]


def raise_faults(rows: Iterable[Row]) -> None:
    """BadTable with the faults of all rows, if there is any."""
    if faults := [fault for row in rows for fault in row.faults]:
        raise BadTable(faults)
