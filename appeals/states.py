"""The life of an appeal (product.md §3) as one table: verb, from, to, who, fields, guard. Values in, verdict out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from chains.taxonomy import Level, Role, Solved


class Status(TextChoices):
    TRIAGE = "triage", _("Awaiting triage")  # 待研判
    DISPATCHED = "dispatched", _("Dispatched")  # 已交办
    SIGNED = "signed", _("In progress")  # 办理中
    PARKED = "parked", _("Parked")  # 挂账
    REPLIED = "replied", _("Replied")  # 已反馈
    VISITING = "visiting", _("Awaiting rating")  # 待评价
    CLOSED = "closed", _("Closed")  # 办结
    DECLINED = "declined", _("Declined")  # 不予受理
    WITHDRAWN = "withdrawn", _("Withdrawn")  # 撤回
    MERGED = "merged", _("Merged")  # 并案


OPEN = (
    Status.TRIAGE,
    Status.DISPATCHED,
    Status.SIGNED,
    Status.PARKED,
    Status.REPLIED,
    Status.VISITING,
)
WITH_LEAD = (
    Status.DISPATCHED,
    Status.SIGNED,
    Status.PARKED,
    Status.REPLIED,
    Status.VISITING,
    Status.CLOSED,
)


class Part(TextChoices):
    """What a person is to one case."""

    MEMBER = "member", _("Enterprise")
    STATION = "station", _("Station officer")
    TRIAGE = "triage", _("Triage officer")
    REVIEWER = "reviewer", _("Reviewer")
    DIRECTOR = "director", _("Centre director")
    HANDLER = "handler", _("Handler")
    HEAD = "head", _("Department head")
    SUPPORTER = "supporter", _("Supporting office")
    SUPERVISOR = "supervisor", _("Supervisor")
    LEADER = "leader", _("Leader")
    CHANNEL = "channel", _("Channel account")
    AUTOMATIC = "automatic", _("Automatic")


class Ground(TextChoices):
    """Why an appeal may be declined: 北京市接诉即办工作条例 §11."""

    LITIGATION = "litigation", _("It is before a court")
    ARBITRATION = "arbitration", _("It is before an arbitration body")
    PETITION = "petition", _("It is being handled as a petition")
    RECONSIDERATION = "reconsideration", _("It is under administrative reconsideration")
    DISCIPLINE = "discipline", _("It belongs to discipline inspection")
    REPEATED = "repeated", _("It was answered before and brings no new facts")
    BEYOND_DUTY = "beyond_duty", _("It lies beyond any department's duty")
    UNLAWFUL = "unlawful", _("What it asks for is against the law")


class Outcome(TextChoices):
    """What a reply says was achieved."""

    SOLVED = "solved", _("Solved")
    PARTLY = "partly", _("Partly solved")
    EXPLAINED = "explained", _("Explained")


class Secret(TextChoices):
    """What is encrypted at rest and shown only on purpose."""

    CONTACT_PHONE = "contact_phone", _("Phone")
    CONTACT_NAME = "contact_name", _("Contact person")


class Why(StrEnum):
    """Why a step is refused; show turns it into 403, 409, 409, 400, 429."""

    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    STALE = "stale"
    INVALID = "invalid"
    LIMITED = "limited"


class Refused(Exception):
    """A step that may not be taken; `reason` is written for the person who tried it."""

    def __init__(self, reason, *, why: Why = Why.CONFLICT, errors: dict | None = None, retry_after: int = 0):
        super().__init__(reason)
        self.reason, self.why, self.errors, self.retry_after = reason, why, errors or {}, retry_after


@dataclass(frozen=True)
class Actor:
    """A person with the posts and memberships of today. `user_id` None is the clock work."""

    user_id: int | None
    name: str = ""
    roles: frozenset[str] = frozenset()
    handles: frozenset[str] = frozenset()  # offices with a handler's post
    heads: frozenset[str] = frozenset()  # offices with a head's post, and the offices below them
    seats: frozenset[str] = frozenset()  # offices of any post of one's own
    stations: frozenset[str] = frozenset()  # parks
    enterprises: frozenset[int] = frozenset()
    owned: frozenset[int] = frozenset()

    @property
    def is_staff(self) -> bool:
        return bool(self.roles)


CLOCKWORK = Actor(user_id=None)

_BY_ROLE = {
    Role.TRIAGE: Part.TRIAGE,
    Role.REVIEWER: Part.REVIEWER,
    Role.DIRECTOR: Part.DIRECTOR,
    Role.SUPERVISOR: Part.SUPERVISOR,
    Role.LEADER: Part.LEADER,
}


def parts_of(actor: Actor, case) -> list[Part]:
    """Every part `actor` has in `case`, own enterprise first; empty for a stranger."""
    if actor.user_id is None:
        return [Part.AUTOMATIC]
    found = [
        (Part.MEMBER, case.enterprise_id in actor.enterprises),
        (Part.HANDLER, case.lead_id in actor.handles),
        (Part.HEAD, case.lead_id in actor.heads),
        *((part, role in actor.roles) for role, part in _BY_ROLE.items()),
        (Part.STATION, case.park_id in actor.stations),
        (Part.CHANNEL, Role.CHANNEL in actor.roles and case.filed_by_id == actor.user_id),
    ]
    parts = [part for part, holds in found if holds]
    if (actor.handles | actor.heads) & set(case.supporting):
        parts.append(Part.SUPPORTER)
    return parts


def reads_as_staff(actor: Actor, case) -> bool:
    """Whether `actor` reads the names and the internal lines of `case`: the enterprise and other systems do not."""
    return not {Part.MEMBER, Part.CHANNEL}.issuperset(parts_of(actor, case))


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
    guard: Callable[[Any, Actor, datetime], Any] = field(default=lambda case, actor, at: None)
    counts: bool = True


def _reason(label=None, name="reason"):
    return Field(name, Kind.TEXT, label or _("Reason"))


def _text(label, name="text"):
    return Field(name, Kind.TEXT, label)


def _hand_back_is_open(case, actor, at):
    if case.round > 1:
        return _("A case that was redone cannot be handed back.")
    if case.hand_backs_lost:
        # Weifang 12345 rules §22: once refused, the office keeps the case.
        return _("The hand-back was refused before; a second one is not possible.")
    if case.contacted_at:
        return _("The enterprise has been contacted; the case can no longer be handed back.")
    if case.open_hand_back:
        return _("A hand-back is already waiting for its decision.")
    if case.hand_back_by and at > case.hand_back_by:
        return _("The time for handing back ended at the close of the second working day after dispatch.")
    return None


def _hand_back_can_be_decided(case, actor, at):
    asked = case.open_hand_back
    if not asked:
        return _("No hand-back is waiting for a decision.")
    if asked.asked_by_id == actor.user_id:
        return _("Whoever asks for a hand-back cannot decide it.")
    if case.dispatched_by_id == actor.user_id and Role.DIRECTOR not in actor.roles:
        return _("Whoever dispatched the case cannot decide its hand-back; the director does.")
    return None


def _no_hand_back_waits(case, actor, at):
    return _("A hand-back is waiting for its decision.") if case.open_hand_back else None


def _did_not_work_on_it(case, actor, at):
    if actor.user_id in case.worker_ids:
        return _("Whoever worked on the case cannot review it or visit.")
    return None


def _was_visited(case, actor, at):
    if not case.was_visited:
        return _("A redo needs a return visit in this round first.")
    return _did_not_work_on_it(case, actor, at)


def _contact_is_not_hidden(case, actor, at):
    if case.anonymous and not actor.roles & {Role.TRIAGE, Role.DIRECTOR, Role.REVIEWER}:
        return _("The enterprise asked to stay anonymous to the department; write a message instead.")
    return None


LATE_RATING = timedelta(days=30)


def _can_still_be_rated(case, actor, at):
    if case.status != Status.CLOSED:
        return None
    if not case.closed_unrated:
        return _("The case has been rated.")
    if at - case.closed_at > LATE_RATING:
        return _("Thirty days after the closing it can no longer be rated.")
    return None


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
    Move(
        "sign",
        _("Sign"),
        (Status.DISPATCHED,),
        (Status.SIGNED,),
        _OFFICE,
        guard=_no_hand_back_waits,
    ),
    Move(
        "hand_back",
        _("Hand back"),
        (Status.DISPATCHED, Status.SIGNED),
        (),
        _OFFICE,
        (_reason(), Field("proposed_lead", Kind.DEPARTMENT, _("Who should lead instead"))),
        guard=_hand_back_is_open,
    ),
    Move(
        "decide_hand_back",
        _("Decide the hand-back"),
        (Status.DISPATCHED, Status.SIGNED),
        (Status.TRIAGE,),
        _CENTRE,
        (Field("granted", Kind.BOOL, _("Granted")), _reason()),
        guard=_hand_back_can_be_decided,
    ),
    Move(
        "assign",
        _("Assign"),
        (Status.DISPATCHED, Status.SIGNED),
        (),
        (Part.HEAD,),
        (Field("handler", Kind.HANDLER, _("Handler")),),
    ),
    Move(
        "contact",
        _("Contact"),
        (Status.SIGNED, Status.PARKED),
        (),
        _OFFICE,
        (_text(_("What was said"), "note"),),
    ),
    Move(
        "note",
        _("Note"),
        tuple(Status),
        (),
        _STAFF,
        (
            _text(_("Text")),
            Field("internal", Kind.BOOL, _("Hidden from the enterprise"), required=False),
        ),
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
        guard=_contact_is_not_hidden,
        counts=False,
    ),
    Move(
        "reply",
        _("Reply"),
        (Status.SIGNED,),
        (Status.REPLIED,),
        _OFFICE,
        (
            Field("outcome", Kind.CHOICE, _("Outcome"), choices=Outcome),
            _text(_("Reply to the enterprise")),
        ),
        guard=_no_hand_back_waits,
    ),
    Move(
        "review",
        _("Review"),
        (Status.REPLIED,),
        (Status.VISITING, Status.SIGNED, Status.TRIAGE),
        (Part.REVIEWER, Part.DIRECTOR),
        (
            Field("passed", Kind.BOOL, _("Passed")),
            Field("note", Kind.TEXT, _("Note"), required=False),
        ),
        guard=_did_not_work_on_it,
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
        guard=_did_not_work_on_it,
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
        guard=_can_still_be_rated,
    ),
    Move(
        "redo",
        _("Redo"),
        (Status.VISITING,),
        (Status.SIGNED, Status.TRIAGE),
        (Part.REVIEWER,),
        (_reason(),),
        guard=_was_visited,
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

    Raises Refused: who (FORBIDDEN), when and guard (CONFLICT), which version (STALE), in this order.
    """
    move = MOVES[verb]
    part = _entitled(move, case, actor)
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


MOST_REDOS = 3


def wants_redo(solved: str, stars: int, *, redo: bool | None, redo_count: int) -> bool:
    """Whether a rating starts a redo (重办): not solved or two stars and fewer, unless declined or done three times."""
    unhappy = solved == Solved.NO or stars <= 2
    return unhappy and redo is not False and redo_count < MOST_REDOS
