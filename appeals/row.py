"""The shape of a row of the table of moves: verb, from, to, who, fields, bar, guard."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from appeals.states import Actor, Part, Status


class Kind(StrEnum):
    """What a field of a step holds; forms and the API make their inputs from it."""

    TEXT = "text"
    BOOL = "bool"
    CHOICE = "choice"
    INTEGER = "integer"
    DATE = "date"
    TOPIC = "topic"
    DEPARTMENT = "department"
    DEPARTMENTS = "departments"
    HANDLER = "handler"
    LEADER = "leader"
    APPEAL = "appeal"
    PARTS = "parts"


@dataclass(frozen=True)
class Field:
    name: str
    kind: Kind
    label: Any
    required: bool = True
    choices: type[TextChoices] | None = None
    low: int | None = None
    high: int | None = None
    max_length: int = 5000


@dataclass(frozen=True)
class Move:
    """One row of the table. No `to`: a record that moves nothing. `counts`: version rises.

    A bar holds for this person in this case (403), a guard for everybody just now (409).
    """

    verb: str
    label: Any
    sources: tuple[Status, ...]
    to: tuple[Status, ...]
    who: tuple[Part, ...]
    fields: tuple[Field, ...] = ()
    bar: Callable[[Any, Actor], Any] = field(default=lambda case, actor: None)
    guard: Callable[[Any, Actor, datetime], Any] = field(default=lambda case, actor, at: None)
    counts: bool = True


OFFICE = (Part.HANDLER, Part.HEAD)
CENTRE = (Part.TRIAGE, Part.DIRECTOR)
STAFF = (*OFFICE, Part.SUPPORTER, *CENTRE, Part.REVIEWER, Part.SUPERVISOR, Part.STATION)
WITH_AN_OFFICE = (Status.DISPATCHED, Status.SIGNED)


def reason(label=None, name="reason") -> Field:
    return Field(name, Kind.TEXT, label or _("Reason"))


def text(label, name="text") -> Field:
    return Field(name, Kind.TEXT, label)


def granted() -> Field:
    return Field("granted", Kind.BOOL, _("Granted"))
