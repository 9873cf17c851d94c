"""Accounts and posts (人员与岗位) from a table: who sits where, in which role, from when to when; all or nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from chains.models import Department, Post, User
from chains.tables import Report, Row, raise_faults, read_rows
from chains.taxonomy import Role, Tier

COLUMNS = ("username", "name", "email", "office", "role", "from", "to")
_NEEDS_AN_OFFICE = (Role.HANDLER, Role.HEAD, Role.STATION)
_check_username = User._meta.get_field("username").run_validators


@dataclass(frozen=True)
class StaffRow:
    """One post of one person; a person with two posts has two rows."""

    username: str
    name: str
    email: str
    office: str | None
    role: str
    starts_on: date
    ends_on: date | None = None

    @property
    def post(self) -> tuple:
        return self.username, self.office, self.role, self.starts_on


def read(text: str) -> list[StaffRow]:
    """The rows of a CSV table with COLUMNS. Raises BadTable with every fault and its line."""
    lines = read_rows(text, COLUMNS)
    offices = {office.pk: office for office in Department.objects.all()}
    words = {word: office.pk for office in offices.values() for word in (office.pk, office.name, office.short_name)}
    rows = [_staff_row(line, words) for line in lines]
    for line, row in zip(lines, rows, strict=True):
        _check_post(line, row, offices)
    _check_people(lines, rows)
    raise_faults(lines)
    return rows


def _staff_row(line: Row, offices: dict[str, str]) -> StaffRow:
    return StaffRow(
        username=line.checked("username", _username),
        name=line.text("name", 50),
        email=line.checked("email", _email),
        office=line.one_of("office", offices, required=False),
        role=line.one_of("role", {role: role for role in Role.values}) or "",
        starts_on=line.day("from") or date.min,
        ends_on=line.day("to", required=False),
    )


def _username(text: str) -> str:
    return _valid(_check_username, text)


def _email(text: str) -> str:
    return _valid(validate_email, text) if text else ""


def _valid(check, text: str) -> str:
    try:
        check(text)
    except ValidationError as wrong:
        raise ValueError(" ".join(wrong.messages)) from wrong
    return text


def _check_post(line: Row, row: StaffRow, offices: dict[str, Department]) -> None:
    if row.role in _NEEDS_AN_OFFICE and not line.cells["office"]:
        line.wrong(_("The role “%(role)s” needs an office.") % {"role": row.role})
    if row.role == Role.STATION and row.office and offices[row.office].tier != Tier.PARK:
        line.wrong(_("A station officer sits in a park; “%(office)s” is none.") % {"office": line.cells["office"]})
    if row.ends_on and row.ends_on < row.starts_on:
        line.wrong(_("The post ends before it begins."))


def _check_people(lines: Iterable[Row], rows: Iterable[StaffRow]) -> None:
    """A person has one name and one address, and holds a post once."""
    people: dict[str, tuple] = {}
    posts: dict[tuple, int] = {}
    for line, row in zip(lines, rows, strict=True):
        if people.setdefault(row.username, (row.name, row.email)) != (row.name, row.email):
            line.wrong(_("%(username)s has another name or address further up.") % {"username": row.username})
        if posts.setdefault(row.post, line.line) != line.line:
            line.wrong(_("This post stands in line %(line)d already.") % {"line": posts[row.post]})


@transaction.atomic
def load(rows: Sequence[StaffRow]) -> Report:
    """Add and change accounts and posts until they say what `rows` say; others stay. Re-runnable.

    A new account has no usable password: somebody sets one, or the person comes by single sign-on.
    """
    renamed = _fit_accounts(rows)
    people = User.objects.in_bulk({row.username for row in rows}, field_name="username")
    present = {
        (post.user_id, post.department_id, post.role, post.starts_on): post
        for post in Post.objects.filter(user__in=people.values())
    }
    report, new = Report(), []
    for row in rows:
        key = (people[row.username].pk, *row.post[1:])
        known = present.get(key)
        if known is None:
            new.append(Post(**dict(zip(_KEY, key, strict=True)), ends_on=row.ends_on))
            report.added += 1
        elif known.ends_on != row.ends_on:
            Post.objects.filter(pk=known.pk).update(ends_on=row.ends_on)
            report.changed += 1
        elif row.username in renamed:
            report.changed += 1
        else:
            report.unchanged += 1
    Post.objects.bulk_create(new)
    return report


_KEY = ("user_id", "department_id", "role", "starts_on")


def _fit_accounts(rows) -> set[str]:
    """The usernames of known accounts whose name or address was changed; unknown ones are made."""
    wanted = {row.username: row for row in rows}
    present = User.objects.in_bulk(wanted, field_name="username")
    new = [row for username, row in wanted.items() if username not in present]
    differing = [user for user in present.values() if _differs(user, wanted[user.username])]
    for user in differing:
        user.name, user.email = wanted[user.username].name, wanted[user.username].email
    User.objects.bulk_create(
        User(username=row.username, name=row.name, email=row.email, password=make_password(None)) for row in new
    )
    User.objects.bulk_update(differing, ["name", "email"])
    return {user.username for user in differing}


def _differs(user: User, row: StaffRow) -> bool:
    return (user.name, user.email) != (row.name, row.email)
