"""What the enterprise says (评价, 催办, 撤回, 异议, 回头看), and how it is asked."""

from django.utils.translation import gettext_lazy as _

from appeals import guards
from appeals.row import Field, Kind, Move, reason, text
from appeals.states import Part, Status
from chains.taxonomy import Solved

_SOLVED = Field("solved", Kind.CHOICE, _("Is it solved?"), choices=Solved)
_STARS = Field("stars", Kind.INTEGER, _("Stars"), low=1, high=5)
_REDONE = (Status.SIGNED, Status.TRIAGE)

ROWS = (
    Move(
        "review",
        _("Review"),
        (Status.REPLIED,),
        (Status.VISITING, *_REDONE),
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
        (Status.CLOSED, *_REDONE),
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
        _REDONE,
        (Part.REVIEWER,),
        (reason(),),
        bar=guards.did_not_work_on_it,
        guard=guards.was_visited,
    ),
    Move("close_unrated", _("Closed without rating"), (Status.VISITING,), (Status.CLOSED,), (Part.AUTOMATIC,)),
    Move(
        "reopen",
        _("Reopen"),
        (Status.CLOSED,),
        _REDONE,
        (Part.MEMBER, Part.REVIEWER),
        (reason(),),
        guard=guards.may_be_reopened,
    ),
    Move(
        "urge",
        _("Urge"),
        (Status.TRIAGE, Status.DISPATCHED, Status.SIGNED, Status.PARKED, Status.REPLIED),
        (),
        (Part.MEMBER,),
        (text(_("Text")),),
        counts=False,
    ),
    Move(
        "ask_person",
        _("Ask for a person"),
        (Status.DISPATCHED, Status.SIGNED),
        (),
        (Part.MEMBER,),
        (Field("reason", Kind.TEXT, _("Reason"), required=False, max_length=2000),),
        guard=guards.was_decided_automatically,
    ),
    Move(
        "withdraw",
        _("Withdraw"),
        (Status.TRIAGE, Status.DISPATCHED, Status.SIGNED, Status.PARKED),
        (Status.WITHDRAWN,),
        (Part.MEMBER,),
        (reason(),),
    ),
    Move(
        "object",
        _("Object"),
        (Status.DECLINED,),
        (),
        (Part.MEMBER,),
        (reason(),),
        guard=guards.objection_is_open,
    ),
)
