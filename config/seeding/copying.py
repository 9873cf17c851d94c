"""Rows as PostgreSQL's COPY reads them: each column at its default unless a row says otherwise."""

import io
import json
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.backends.utils import CursorWrapper
from django.db.models import Field, JSONField, Model

_NULL = "\\N"
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Lines:
    """Rows of one table, gathered as text; `add` takes columns by the names of their fields (`lead_id`, not `lead`)."""

    def __init__(self, model: type[Model], *, without: tuple[str, ...] = ()):
        fields = [field for field in model._meta.concrete_fields if field.attname not in without]
        self.table = model._meta.db_table
        self._columns = ", ".join(f'"{field.column}"' for field in fields)
        self._place = {field.attname: place for place, field in enumerate(fields)}
        self._usual = [_default(field) for field in fields]
        self._lines: list[str] = []

    def __len__(self):
        return len(self._lines)

    def add(self, **values: Any) -> None:
        row = self._usual.copy()
        for name, value in values.items():
            row[self._place[name]] = text_of(value)
        self._lines.append("\t".join(row))

    def copy(self, cursor: CursorWrapper) -> int:
        """Write what was gathered and forget it; returns how many rows it was."""
        count = len(self._lines)
        if count:
            self._lines.append("")
            cursor.copy_expert(f"COPY {self.table} ({self._columns}) FROM STDIN", io.StringIO("\n".join(self._lines)))
            self._lines.clear()
        return count


def _default(field: Field) -> str:
    value = field.get_default()
    if isinstance(field, JSONField):
        return text_of(json.dumps(value))
    if isinstance(field, ArrayField):
        return text_of(value or [])
    return _NULL if value is None or (value == "" and not field.empty_strings_allowed) else text_of(value)


def text_of(value: Any) -> str:
    """`value` in COPY's text format. A dict is JSON, a list an array of words or numbers without quotes."""
    if type(value) is str:
        return value.translate(_ESCAPED)
    if value is None:
        return _NULL
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False).translate(_ESCAPED)
    if isinstance(value, list | tuple):
        return "{" + ",".join(map(str, value)) + "}"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return str(value)
