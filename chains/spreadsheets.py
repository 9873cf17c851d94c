"""Tables in and out as people keep them: CSV in UTF-8 or GB 18030, and the first sheet of an XLSX file.

Both are read and written line by line: a table of any length takes the memory of a few of its lines.
"""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import zip_longest
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException

from chains.tables import BadTable, Fault

BOM = "\ufeff"
LINES_A_PIECE = 200
FORMULA = object()  # a cell that holds a formula and no value
_BYTES_A_LOOK = 1 << 20

Line = tuple[int, list[Any]]  # its number in the file, its cells


def lines_of(file: Path) -> Iterator[Line]:
    """The lines of the table in `file`, the header first, cells as text, dates as dates and numbers as numbers.

    Raises BadTable where it cannot be read, OSError where it is not there.
    """
    return _lines_of_xlsx(file) if file.suffix.lower() == ".xlsx" else _lines_of_csv(file)


def _lines_of_csv(file) -> Iterator[Line]:
    with file.open(encoding=encoding_of(file), newline="") as text:
        # A line of the table may be several of the file: what counts is where it begins.
        reader, begins = csv.reader(text, delimiter=_delimiter(text), strict=True), 1
        try:
            for cells in reader:
                yield begins, cells
                begins = reader.line_num + 1
        except csv.Error as error:
            raise BadTable([Fault(begins, _("This is not CSV: %(error)s") % {"error": error})]) from error


def encoding_of(file: Path) -> str:
    """UTF-8 where all of it is, else GB 18030, which table programs write in China. Raises BadTable for neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        if _is_written_in(file, encoding):
            return encoding
    raise BadTable([Fault(1, _("This is neither UTF-8 nor GB 18030; save the table as “CSV UTF-8”."))])


def _is_written_in(file, encoding) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with file.open("rb") as raw:
        try:
            while piece := raw.read(_BYTES_A_LOOK):
                if "\0" in decoder.decode(piece):
                    return False  # no table: a program's own format
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _delimiter(text) -> str:
    """What separates the names of the columns; `text` is at its beginning again afterwards."""
    header = text.readline()
    text.seek(0)
    return max(",\t;", key=header.count)


def _lines_of_xlsx(file) -> Iterator[Line]:
    try:
        values, written = load_workbook(file, read_only=True, data_only=True), load_workbook(file, read_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError) as wrong:
        raise BadTable([Fault(1, _("This is no XLSX file."))]) from wrong
    try:
        pairs = zip_longest(_rows(values), _rows(written), fillvalue=())
        for number, (found, formulas) in enumerate(pairs, start=1):
            yield number, [_cell(value, formula) for value, formula in zip_longest(found, formulas)]
    finally:
        values.close()
        written.close()


def _rows(book):
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # some programs write them wrong
    return sheet.iter_rows(values_only=True)


def _cell(value, formula) -> Any:
    if value is None:
        return "" if formula is None else FORMULA
    if isinstance(value, bool | datetime | date | time):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def csv_of(header: Sequence[str], lines: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A CSV file in UTF-8 with BOM, piece by piece; the first piece is the header and waits for nothing."""
    yield (BOM + _written([header])).encode()
    waiting = []
    for line in lines:
        waiting.append(line)
        if len(waiting) == LINES_A_PIECE:
            yield _written(waiting).encode()
            waiting = []
    if waiting:
        yield _written(waiting).encode()


def _written(lines) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue()


def write_xlsx(file: IO[bytes], header: Sequence[str], lines: Iterable[Sequence[Any]], *, title: str) -> None:
    """One sheet called `title` with a frozen header."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.append(header)
    for line in lines:
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell for cell in line])
    book.save(file)
