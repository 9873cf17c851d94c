"""The duty roster (值班表) from a table: who answers for an office, from when to when; all or nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chains.models import Department, Post, Shift, User
from chains.tables import Report, Row, raise_faults, read_rows
from chains.taxonomy import CENTRE_OFFICE, Role

COLUMNS = ("office", "username", "from", "to")
# Who is on duty has to be able to act: sign for an office, dispatch for the centre.
_ACTING = (Role.HANDLER, Role.HEAD)
_ACTING_AT_THE_CENTRE = (Role.TRIAGE, Role.DIRECTOR)


@dataclass(frozen=True)
class ShiftRow:
    office_id: str
    user_id: int
    starts_at: datetime
    ends_at: datetime

    @property
    def key(self) -> tuple:
        return self.office_id, self.user_id, self.starts_at


def read(text: str) -> list[ShiftRow]:
    """The rows of a CSV table with COLUMNS. Raises BadTable with every fault and its line."""
    lines = read_rows(text, COLUMNS)
    offices = {word: row.pk for row in Department.objects.all() for word in (row.pk, row.name, row.short_name)}
    named = {line.cells["username"] for line in lines}
    people = {user.username: user.pk for user in User.objects.in_bulk(named, field_name="username").values()}
    rows = [_shift_row(line, offices, people) for line in lines]
    _check_rows(lines, rows)
    raise_faults(lines)
    return [row for row in rows if row]


def _shift_row(line: Row, offices, people) -> ShiftRow | None:
    office, user = line.one_of("office", offices), line.one_of("username", people)
    starts_at, ends_at = line.checked("from", _moment), line.checked("to", _moment)
    if starts_at and ends_at and ends_at <= starts_at:
        line.wrong(_("The shift ends before it begins."))
    return None if line.faults else ShiftRow(office, user, starts_at, ends_at)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _check_rows(lines: Iterable[Row], rows: Sequence[ShiftRow | None]) -> None:
    """Each shift comes once, and its person works at the office on its first day."""
    first: dict[tuple, int] = {}
    posts = list(Post.objects.of_people({row.user_id for row in rows if row}))
    for line, row in zip(lines, rows, strict=True):
        if row is None:
            continue
        if first.setdefault(row.key, line.line) != line.line:
            line.wrong(_("This shift stands in line %(line)d already.") % {"line": first[row.key]})
        if not may_stand_watch(posts, row.office_id, row.user_id, row.starts_at):
            line.wrong(_("%(username)s holds no post there in which to act.") % line.cells)


def may_stand_watch(posts: Iterable[Post], office: str, user: int, at: datetime) -> bool:
    """Whether one of `posts` lets `user` act for `office` on the day of `at`."""
    roles, day = _ACTING_AT_THE_CENTRE if office == CENTRE_OFFICE else _ACTING, timezone.localdate(at)
    return any(
        post.user_id == user and post.department_id == office and post.role in roles and post.is_held_on(day)
        for post in posts
    )


@transaction.atomic
def load(rows: Sequence[ShiftRow]) -> Report:
    """Add and change shifts until the roster says what `rows` say; others stay. Re-runnable."""
    people = {row.user_id for row in rows}
    present = {(shift.office_id, shift.user_id, shift.starts_at): shift for shift in Shift.objects.of_people(people)}
    report, new = Report(), []
    for row in rows:
        known = present.get(row.key)
        if known is None:
            new.append(Shift(**asdict(row)))
            report.added += 1
        elif known.ends_at != row.ends_at:
            Shift.objects.filter(pk=known.pk).update(ends_at=row.ends_at)
            report.changed += 1
        else:
            report.unchanged += 1
    Shift.objects.bulk_create(new)
    return report
