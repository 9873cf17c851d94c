"""The columns of an export (导出): an appeal as the cells of one line, by the names and in the order agreed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

# Column → where its value stands, seen from the appeal.
PATHS: Mapping[str, str] = {
    "number": "number",
    "external_number": "external_number",
    "filed_at": "filed_at",
    "status": "status",
    "nature": "nature",
    "urgent": "urgent",
    "title": "title",
    "chain": "topic__chain",
    "topic": "topic_id",
    "level": "level",
    "district": "district_id",
    "industry": "industry_id",
    "enterprise": "enterprise__credit_code",
    "lead": "lead_id",
    "lead_name": "lead__name",
    "round": "round",
    "dispatched_at": "dispatched_at",
    "signed_at": "signed_at",
    "sign_by": "sign_by",
    "contacted_at": "contacted_at",
    "contact_by": "contact_by",
    "replied_at": "replied_at",
    "reply_outcome": "reply_outcome",
    "resolve_by": "resolve_by",
    "closed_at": "closed_at",
    "closed_unrated": "closed_unrated",
    "used_minutes": "used_minutes",
    "paused_minutes": "paused_minutes",
    "total_minutes": "total_minutes",
    "visited_by_phone": "visited_by_phone",
    "solved": "solved",
    "stars": "stars",
    "rated_at": "rated_at",
    "first_solved": "first_solved",
    "first_stars": "first_stars",
    "redo_count": "redo_count",
    "reopen_count": "reopen_count",
    "hand_backs_lost": "hand_backs_lost",
    "excluded": "excluded_at",
    "excluded_at": "excluded_at",
    "false_closure": "false_closure_at",
    "false_closure_at": "false_closure_at",
    "merged_into": "merged_into__number",
    "source": "source",
    "park": "park_id",
    "decided_by": "decided_by",
    "confidence": "confidence",
}
HEADER = tuple(PATHS)
OF_THE_ENTERPRISE = frozenset({"enterprise", "park"})  # who is anonymous to the reader
OF_THE_REPLY = frozenset({"reply_outcome"})  # what waits for its review
OF_THE_STAFF = frozenset({"hand_backs_lost", "excluded", "excluded_at", "false_closure", "false_closure_at"})
_SAID_BY_A_MOMENT = frozenset({"excluded", "false_closure"})

_HERE = timezone(timedelta(hours=8))
# What a table program would take for a formula, also in the full width that some of them read alike.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")

Cell = str | int | float


def cells_of(values: Sequence[Any], hidden: frozenset[str] = frozenset()) -> list[Cell]:
    """One line from the `values` at PATHS, in their order; those of the columns in `hidden` are left empty."""
    return [
        "" if name in hidden else cell_of(value is not None if name in _SAID_BY_A_MOMENT else value)
        for name, value in zip(HEADER, values, strict=True)
    ]


def cell_of(value: Any) -> Cell:
    """Empty for none, true|false, moments in ISO 8601 at +08:00, numbers as they are, texts without formulas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(_HERE).isoformat()
    return value if isinstance(value, int | float) else harmless(value)


def harmless(text: str) -> str:
    """`text`, with an apostrophe before what a table program would run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_it_was(text: str) -> str:
    """What `harmless` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
