"""A line of a table from another system read as a finished appeal (历史诉求), with every fault and its column."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from django.utils.translation import gettext as _
from stdnum.iso7064 import mod_11_10

from appeals import columns
from appeals.mapping import Translation
from appeals.models import Appeal
from appeals.models.enterprise import checked_credit_code
from appeals.states import OPEN, Outcome, Status
from appeals.texts import cleaned
from chains.spreadsheets import FORMULA
from chains.tables import Fault
from chains.taxonomy import Level, Nature, Solved
from routing.workdays import Workdays

FINISHED = (Status.CLOSED, Status.DECLINED, Status.WITHDRAWN, Status.MERGED)
ORDINARY = Level.B  # where neither the table nor the topic says how hard it was
_HERE = timezone(timedelta(hours=8))
_YEARS = range(2000, 2101)
_MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T\s]*(\d{1,2})[:：时点](\d{1,2})(?:[:：分](\d{1,2})(?:\.(\d{1,6}))?秒?)?分?)?\s*(Z|[+-]\d\d:?\d\d)?"
)
_COUNTS = ("redo_count", "reopen_count", "hand_backs_lost")
_MINUTES = ("used_minutes", "total_minutes")
_MOMENTS = ("dispatched_at", "signed_at", "contacted_at", "replied_at", "closed_at", "rated_at")
_LIMITS = ("sign_by", "contact_by", "resolve_by")
_MOST = 2_000_000_000


@dataclass(frozen=True)
class Known:
    """The words of the house: code, name or what officers say → its code; topics with their level. `now`: of today."""

    topics: Mapping[str, Any]
    offices: Mapping[str, str]
    parks: Mapping[str, str]
    districts: Mapping[str, str]
    industries: Mapping[str, str]
    workdays: Workdays
    now: datetime


@dataclass
class PastAppeal:
    """What a line says, each value under its column of the appeal; what is looked up in the database stands apart."""

    line: int
    external_number: str
    number: str
    credit_code: str
    enterprise_name: str
    merged_into: str
    places: Mapping[str, str]  # district, park, industry: only those that the line names or empties
    values: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.external_number or self.number


@dataclass
class _Cells:
    line: int
    found: Mapping[str, Any]  # our column → the cell
    called: Mapping[str, str]  # our column → theirs
    translation: Translation
    faults: list[Fault] = field(default_factory=list)

    def __contains__(self, column):
        return column in self.found

    def wrong(self, column: str, text: str) -> None:
        self.faults.append(Fault(self.line, f"{self.called.get(column, column)}: {text}"))

    def text(self, column: str, most: int = 200, *, one_line: bool = True) -> str:
        raw = self.found.get(column, "")
        if raw is FORMULA:
            self.wrong(column, _("A formula without a value; paste it as a value."))
            return ""
        found = cleaned(columns.as_it_was(str(raw).strip(" ")), one_line=one_line)
        if len(found) > most:
            values = {"limit": most, "count": len(found)}
            self.wrong(column, _("At most %(limit)d characters; this has %(count)d.") % values)
        return found[:most]

    def word(self, column: str) -> str:
        return self.translation.word(column, self.text(column))

    def choice(self, column: str, choices, *, default: str = "") -> str:
        found = self.word(column)
        if not found or found in choices.values:
            return found or default
        values = {"value": found, "choices": ", ".join(choices.values)}
        self.wrong(column, _("“%(value)s” is none of %(choices)s.") % values)
        return default

    def code(self, column: str, codes: Mapping[str, Any]) -> Any:
        found = self.word(column)
        if found and found not in codes:
            values = {"value": found, "column": column}
            self.wrong(column, _("“%(value)s” is unknown here; say in the mapping what it is (%(column)s).") % values)
        return codes.get(found) if found else None

    def truth(self, column: str) -> bool:
        found = self.word(column).lower()
        if found not in ("", "true", "false"):
            self.wrong(column, _("“%(value)s” is neither true nor false.") % {"value": found})
        return found == "true"

    def whole(self, column: str, low: int = 0, high: int = _MOST) -> int | None:
        found = self.word(column)
        if not found:
            return None
        if not (found.isascii() and found.isdecimal()) or not low <= int(found[:12]) <= high:
            values = {"value": found, "low": low, "high": high}
            self.wrong(column, _("“%(value)s” is no whole number from %(low)d to %(high)d.") % values)
            return None
        return int(found)

    def share(self, column: str) -> float | None:
        found = self.text(column)
        try:
            value = float(found) if found else None
        except ValueError:
            value = -1.0
        if value is not None and not 0 <= value <= 1:
            self.wrong(column, _("“%(value)s” is no number from 0 to 1.") % {"value": found})
            return None
        return value

    def moment(self, column: str, *, at_end: bool = True) -> datetime | None:
        """A day without an hour counts to its end, or from its beginning."""
        raw = self.found.get(column, "")
        try:
            if isinstance(raw, date):
                found = _of_sheet(raw, at_end)
            else:
                text = self.text(column)
                found = moment_of(text, at_end=at_end) if text else None
        except ValueError:
            shown = {"value": str(raw)[:40]}
            self.wrong(column, _("“%(value)s” is no date such as 2026-01-31 or 2026-01-31 09:30.") % shown)
            return None
        return found


def moment_of(text: str, *, at_end: bool = False) -> datetime:
    """2024-01-31, 2024/1/31 9:30, 2024年1月31日 9时30分, ISO 8601; ValueError for anything else."""
    match = _MOMENT.fullmatch(text.strip())
    if not match:
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    found = date(int(year), int(month), int(day))
    if hour is None:
        return _of_sheet(found, at_end)
    micro = int((fraction or "0").ljust(6, "0"))
    clock = time(int(hour), int(minute), int(second or 0), micro, tzinfo=_zone(zone) if zone else _HERE)
    return _dated(datetime.combine(found, clock))


def _zone(text):
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-away if text[0] == "-" else away)


def _of_sheet(value: date, at_end: bool) -> datetime:
    """A date of a workbook, which knows no zone; at midnight sharp it is a day."""
    if isinstance(value, datetime) and value.time() != time():
        return _dated(value if value.tzinfo else value.replace(tzinfo=_HERE))
    return _dated(datetime.combine(value, time(23, 59, 59) if at_end else time(), tzinfo=_HERE))


def _dated(found):
    if found.year not in _YEARS:
        raise ValueError(found)
    return found


def read(
    line: int, cells: Sequence[Any], header: Sequence[str], places: Mapping[str, int], translation: Translation, known
) -> PastAppeal:
    """One line; what is wrong with it stands in its `faults`, and then the rest of it is not to be believed."""
    found = {column: cells[place] if place < len(cells) else "" for column, place in places.items()}
    row = _Cells(line, found, {column: str(header[place]) for column, place in places.items()}, translation)
    if len(cells) > len(header):
        values = {"found": len(cells), "wanted": len(header)}
        row.faults.append(Fault(line, _("%(found)d cells instead of %(wanted)d.") % values))
    past = PastAppeal(
        line=line,
        external_number=row.text("external_number", 60),
        number=_number(row),
        **_enterprise(row),
        merged_into=row.text("merged_into", 60),
        places=_places(row, known),
        values=_values(row, known),
        faults=row.faults,
    )
    if not past.key:
        row.wrong("external_number", _("A number is needed, to know the appeal by at the next run."))
    return past


def _number(row) -> str:
    """One of ours: QY, 14 digits and the check digit."""
    found = row.text("number")
    if found and not (re.fullmatch(r"QY\d{15}", found) and mod_11_10.is_valid(found[2:])):
        row.wrong("number", _("“%(value)s” is no number of this system.") % {"value": found})
    return found


def _enterprise(row) -> dict[str, str]:
    code, name = row.text("enterprise", 100), row.text("enterprise_name", 100)
    if code and not re.fullmatch(r"[0-9A-Za-z]{18}", code):
        code, name = "", name or code  # a column of names
    if code:
        try:
            code = checked_credit_code(code)
        except ValueError as wrong:
            row.wrong("enterprise", _("“%(value)s” is no credit code: %(wrong)s") % {"value": code, "wrong": wrong})
    if not code and not name:
        row.wrong("enterprise" if "enterprise" in row else "enterprise_name", _("Whose appeal is it?"))
    return {"credit_code": code, "enterprise_name": name}


def _places(row, known) -> dict[str, Any]:
    codes = {"district": known.districts, "park": known.parks, "industry": known.industries}
    return {name: row.code(name, words) for name, words in codes.items() if name in row}


def _values(row, known) -> dict[str, Any]:
    status, filed_at = _status(row), row.moment("filed_at", at_end=False)
    moments = {name: row.moment(name) for name in (*_MOMENTS, *_LIMITS)}
    _check_order(row, filed_at, moments, known.now)
    topic = row.code("topic", known.topics)
    values = _texts(row) | moments | _answer(row, moments)
    values |= {
        "status": status,
        "filed_at": filed_at,
        "nature": row.choice("nature", Nature, default=Nature.HELP.value),
        "urgent": row.truth("urgent"),
        "topic": topic,
        "level": row.choice("level", Level) or (topic.level if topic else ""),
        "lead_id": row.code("lead", known.offices),
        "source": row.choice("source", Appeal.Source, default=Appeal.Source.API.value),
        "decided_by": row.choice("decided_by", Appeal.DecidedBy),
        "confidence": row.share("confidence"),
        "round": row.whole("round", 1, 99) or 1,
        "paused_minutes": row.whole("paused_minutes") or 0,
        **{name: row.whole(name, 0, 99) or 0 for name in _COUNTS},
        **{name: row.whole(name) for name in _MINUTES if name in row},
        **_findings(row, moments),
    }
    values["merged_from"] = _merged_from(row, status)
    return values | (_of_closed if status == Status.CLOSED else _of_ended)(row, values, known)


def _merged_from(row, status) -> str:
    into = row.text("merged_into", 60)
    if bool(into) != (status == Status.MERGED):
        row.wrong(
            "merged_into" if "merged_into" in row else "status", _("A merged appeal, and no other, says into which.")
        )
    return Status.TRIAGE.value if into else ""


def _status(row) -> str:
    found = row.word("status") or Status.CLOSED.value
    if found in [str(status) for status in OPEN] or found not in Status.values:
        values = {"value": found, "choices": ", ".join(FINISHED)}
        row.wrong("status", _("“%(value)s” is none of the ends of an appeal: %(choices)s.") % values)
    return found


def _texts(row) -> dict[str, str]:
    title, description = row.text("title", 80), row.text("description", 5000, one_line=False)
    if not title and not description:
        row.wrong("title", _("Enter text."))
    return {
        "title": title or " ".join(description.split())[:80],
        "description": description or title,
        "reply_text": row.text("reply_text", 5000, one_line=False),
    }


def _check_order(row, filed_at, moments, now) -> None:
    if filed_at is None and not str(row.found.get("filed_at", "")).strip():
        row.wrong("filed_at", _("When was it filed?"))
    for name in _MOMENTS:
        if filed_at and moments[name] and moments[name] < filed_at:
            row.wrong(name, _("This lies before the filing."))
    if moments["replied_at"] and moments["closed_at"] and moments["replied_at"] > moments["closed_at"]:
        row.wrong("closed_at", _("This lies before the reply."))
    for name, moment in {"filed_at": filed_at, "closed_at": moments["closed_at"]}.items():
        if moment and moment > now + timedelta(days=1):
            row.wrong(name, _("This lies in the future."))


def _answer(row, moments) -> dict[str, Any]:
    solved, stars = row.choice("solved", Solved), row.whole("stars", 1, 5)
    rated_at = moments["rated_at"] or (moments["closed_at"] if "rated_at" not in row and (solved or stars) else None)
    return {
        "solved": solved,
        "stars": stars,
        "rated_at": rated_at,
        "first_solved": row.choice("first_solved", Solved) if "first_solved" in row else solved,
        "first_stars": row.whole("first_stars", 1, 5) if "first_stars" in row else stars,
        "visited_by_phone": row.truth("visited_by_phone"),
    }


def _findings(row, moments) -> dict[str, Any]:
    """A finding without its moment was made at the closing."""
    return {
        name: row.moment(name) or (moments["closed_at"] if row.truth(claim) else None)
        for claim, name in (("excluded", "excluded_at"), ("false_closure", "false_closure_at"))
    }


_ACHIEVED = {Solved.YES: Outcome.SOLVED, Solved.PARTLY: Outcome.PARTLY}


def _of_closed(row, values, known) -> dict[str, Any]:
    """What a closed appeal has, worked out where the table does not say."""
    closed_at, filed_at = values["closed_at"], values["filed_at"]
    if closed_at is None:
        row.wrong("closed_at", _("When was it closed?"))
    if values["lead_id"] is None and not row.text("lead"):
        row.wrong("lead", _("Who was responsible?"))
    unrated = row.truth("closed_unrated") if "closed_unrated" in row else not values["solved"] and not values["stars"]
    outcome = row.choice("reply_outcome", Outcome) or _ACHIEVED.get(values["solved"], Outcome.EXPLAINED).value
    found = {"closed_unrated": unrated, "reply_outcome": outcome, "level": values["level"] or ORDINARY.value}
    found["replied_at"] = values["replied_at"] or closed_at
    if "total_minutes" not in row and closed_at and filed_at:
        found["total_minutes"] = int((closed_at - filed_at).total_seconds() // 60)
    if "used_minutes" not in row and values["dispatched_at"] and found["replied_at"]:
        used = known.workdays.elapsed(values["dispatched_at"], found["replied_at"]) - values["paused_minutes"]
        found["used_minutes"] = max(0, used)
    return found


def _of_ended(row, values, known) -> dict[str, Any]:
    """Declined, withdrawn, merged: it ended at what the table calls its closing, else at its last moment."""
    passed = [values[name] for name in ("filed_at", *_MOMENTS) if values[name]]
    ended_at = values["closed_at"] or max(passed, default=None)
    outcome = row.choice("reply_outcome", Outcome)
    return {"closed_at": None, "ended_at": ended_at, "closed_unrated": False, "reply_outcome": outcome}
