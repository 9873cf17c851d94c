"""The moves of an appeal (product.md §3) as one table: verb, from, to, who, fields, guard. Values in, verdict out.

Buttons, the API, its document, the refusals and the tests are made from it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from appeals import guards
from appeals.states import Actor, Ground, Outcome, Part, Refused, Secret, Status, Why, parts_of
from chains.taxonomy import Level, Solved


class Kind(StrEnum):
    """What a field of a step holds; forms and the API make their inputs from it."""

    TEXT = "text"
    BOOL = "bool"
    CHOICE = "choice"
    INTEGER = "integer"
    TOPIC = "topic"
    DEPARTMENT = "department"
    DEPARTMENTS = "departments"
    HANDLER = "handler"


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
    """One row of the table. No `to`: a record that moves nothing. `counts`: version rises."""

    verb: str
    label: Any
    sources: tuple[Status, ...]
    to: tuple[Status, ...]
    who: tuple[Part, ...]
    fields: tuple[Field, ...] = ()
    bar: Callable[[Any, Actor], Any] = field(default=lambda case, actor: None)
    guard: Callable[[Any, Actor, datetime], Any] = field(default=lambda case, actor, at: None)
    counts: bool = True


def _reason(label=None, name="reason"):
    return Field(name, Kind.TEXT, label or _("Reason"))


def _text(label, name="text"):
    return Field(name, Kind.TEXT, label)


_OFFICE = (Part.HANDLER, Part.HEAD)
_CENTRE = (Part.TRIAGE, Part.DIRECTOR)
_STAFF = (*_OFFICE, Part.SUPPORTER, *_CENTRE, Part.REVIEWER, Part.SUPERVISOR, Part.STATION)
_SOLVED = Field("solved", Kind.CHOICE, _("Is it solved?"), choices=Solved)
_STARS = Field("stars", Kind.INTEGER, _("Stars"), low=1, high=5)

TABLE = (
    Move(
        "dispatch",
        _("Dispatch"),
        (Status.TRIAGE,),
        (Status.DISPATCHED,),
        _CENTRE,
        (
            Field("topic", Kind.TOPIC, _("Topic")),
            Field("level", Kind.CHOICE, _("Level"), choices=Level),
            Field("lead", Kind.DEPARTMENT, _("Lead")),
            Field("support", Kind.DEPARTMENTS, _("Support"), required=False),
            Field("complained_of", Kind.DEPARTMENT, _("Complained-of department"), required=False),
        ),
    ),
    Move(
        "decline",
        _("Decline"),
        (Status.TRIAGE,),
        (Status.DECLINED,),
        _CENTRE,
        (
            Field("ground", Kind.CHOICE, _("Ground"), choices=Ground),
            _text(_("Explanation, and where to go"), "explanation"),
        ),
    ),
    Move("sign", _("Sign"), (Status.DISPATCHED,), (Status.SIGNED,), _OFFICE),
    Move(
        "hand_back",
        _("Hand back"),
        (Status.DISPATCHED, Status.SIGNED),
        (),
        _OFFICE,
        (_reason(), Field("proposed_lead", Kind.DEPARTMENT, _("Who should lead instead"))),
        guard=guards.hand_back_is_open,
    ),
    Move(
        "decide_hand_back",
        _("Decide the hand-back"),
        (Status.DISPATCHED, Status.SIGNED),
        (Status.TRIAGE,),
        _CENTRE,
        (Field("granted", Kind.BOOL, _("Granted")), _reason()),
        bar=guards.decides_for_others,
        guard=guards.hand_back_waits,
    ),
    Move(
        "assign",
        _("Assign"),
        (Status.DISPATCHED, Status.SIGNED),
        (),
        (Part.HEAD,),
        (Field("handler", Kind.HANDLER, _("Handler")),),
    ),
    Move("contact", _("Contact"), (Status.SIGNED, Status.PARKED), (), _OFFICE, (_text(_("What was said"), "note"),)),
    Move(
        "note",
        _("Note"),
        tuple(Status),
        (),
        _STAFF,
        (_text(_("Text")), Field("internal", Kind.BOOL, _("Hidden from the enterprise"), required=False)),
        counts=False,
    ),
    Move(
        "message",
        _("Message"),
        tuple(status for status in Status if status != Status.MERGED),
        (),
        (Part.MEMBER, *_STAFF, Part.CHANNEL),
        (_text(_("Text")),),
        counts=False,
    ),
    # They take a file, not fields: appeals.attachments is their door.
    Move(
        "upload",
        _("Add a file"),
        tuple(status for status in Status if status != Status.MERGED),
        (),
        (Part.MEMBER, *_STAFF, Part.CHANNEL),
        counts=False,
    ),
    Move(
        "remove_attachment",
        _("Remove a file"),
        (Status.TRIAGE, Status.DISPATCHED, Status.SIGNED, Status.PARKED),
        (),
        (Part.MEMBER, *_STAFF, Part.CHANNEL),
        counts=False,
    ),
    Move(
        "reveal",
        _("Show the phone number"),
        tuple(Status),
        (),
        (*_OFFICE, *_CENTRE, Part.REVIEWER),
        (
            Field("field", Kind.CHOICE, _("What"), choices=Secret),
            Field("purpose", Kind.TEXT, _("Purpose"), max_length=200),
        ),
        bar=guards.contact_is_not_hidden,
        counts=False,
    ),
    Move(
        "reply",
        _("Reply"),
        (Status.SIGNED,),
        (Status.REPLIED,),
        _OFFICE,
        (Field("outcome", Kind.CHOICE, _("Outcome"), choices=Outcome), _text(_("Reply to the enterprise"))),
        guard=guards.no_hand_back_waits,
    ),
    Move(
        "review",
        _("Review"),
        (Status.REPLIED,),
        (Status.VISITING, Status.SIGNED, Status.TRIAGE),
        (Part.REVIEWER, Part.DIRECTOR),
        (Field("passed", Kind.BOOL, _("Passed")), Field("note", Kind.TEXT, _("Note"), required=False)),
        bar=guards.did_not_work_on_it,
    ),
    Move(
        "visit",
        _("Return visit"),
        (Status.VISITING,),
        (),
        (Part.REVIEWER,),
        (
            Field("reached", Kind.BOOL, _("Reached")),
            Field("note", Kind.TEXT, _("Note")),
            Field("solved", Kind.CHOICE, _("Is it solved?"), required=False, choices=Solved),
            Field("stars", Kind.INTEGER, _("Stars"), required=False, low=1, high=5),
        ),
        bar=guards.did_not_work_on_it,
        counts=False,
    ),
    Move(
        "rate",
        _("Rate"),
        (Status.VISITING, Status.CLOSED),
        (Status.CLOSED, Status.SIGNED, Status.TRIAGE),
        (Part.MEMBER,),
        (
            _SOLVED,
            _STARS,
            Field("speed", Kind.INTEGER, _("Speed"), required=False, low=1, high=5),
            Field("attitude", Kind.INTEGER, _("Attitude"), required=False, low=1, high=5),
            Field("comment", Kind.TEXT, _("Comment"), required=False, max_length=2000),
            Field("redo", Kind.BOOL, _("Have it redone if it is not solved"), required=False),
        ),
        guard=guards.can_still_be_rated,
    ),
    Move(
        "redo",
        _("Redo"),
        (Status.VISITING,),
        (Status.SIGNED, Status.TRIAGE),
        (Part.REVIEWER,),
        (_reason(),),
        bar=guards.did_not_work_on_it,
        guard=guards.was_visited,
    ),
    Move(
        "withdraw",
        _("Withdraw"),
        (Status.TRIAGE, Status.DISPATCHED, Status.SIGNED, Status.PARKED),
        (Status.WITHDRAWN,),
        (Part.MEMBER,),
        (_reason(),),
    ),
    Move("close_unrated", _("Closed without rating"), (Status.VISITING,), (Status.CLOSED,), (Part.AUTOMATIC,)),
)

MOVES = {move.verb: move for move in TABLE}


def check_move(verb: str, case, actor: Actor, *, at: datetime, version: int | None = None) -> Part:
    """The part in which `actor` may take `verb` on `case` at the moment `at`; `version` None is not compared.

    Raises Refused: who (FORBIDDEN), when (CONFLICT), which version (STALE), guard (CONFLICT), in this order.
    """
    move = MOVES[verb]
    part = _entitled(move, case, actor)
    if reason := move.bar(case, actor):
        raise Refused(reason, why=Why.FORBIDDEN)
    if case.status not in move.sources:
        raise Refused(
            _("“%(verb)s” is not possible while the appeal is “%(status)s”.")
            % {"verb": move.label, "status": Status(case.status).label}
        )
    # An older version explains a guard better than the guard itself: somebody was faster.
    if version is not None and version != case.version:
        raise Refused(_("Somebody else has changed this appeal meanwhile; here is the newer state."), why=Why.STALE)
    if reason := move.guard(case, actor, at):
        raise Refused(reason)
    return part


def _entitled(move: Move, case, actor: Actor) -> Part:
    mine = parts_of(actor, case)
    for part in move.who:
        if part in mine:
            return part
    raise Refused(
        _("“%(verb)s” is for: %(who)s.") % {"verb": move.label, "who": "、".join(str(part.label) for part in move.who)},
        why=Why.FORBIDDEN,
    )


def possible_moves(case, actor: Actor, *, at: datetime) -> list[Move]:
    """The rows of the table that `actor` may take on `case` now, in the order of the table."""
    return [move for move in TABLE if move.who != (Part.AUTOMATIC,) and _is_possible(move.verb, case, actor, at)]


def _is_possible(verb, case, actor, at) -> bool:
    try:
        check_move(verb, case, actor, at=at)
    except Refused:
        return False
    return True
