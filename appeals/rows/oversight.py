"""How a case is watched and lifted (督办, 提级, 挂账, 会商), and what is found afterwards."""

from django.utils.translation import gettext_lazy as _

from appeals import guards
from appeals.row import WITH_AN_OFFICE, Field, Kind, Move, granted, reason, text
from appeals.states import OPEN, WITH_LEAD, Part, Status

ROWS = (
    Move(
        "escalate",
        _("Escalate"),
        WITH_AN_OFFICE,
        (Status.DISPATCHED,),
        (Part.HEAD, Part.DIRECTOR, Part.AUTOMATIC),
        (reason(),),
    ),
    Move(
        "park",
        _("Park the case"),
        (Status.SIGNED,),
        (Status.PARKED,),
        (Part.DIRECTOR,),
        (text(_("Why not yet, and what happens meanwhile"), "plan"),),
        guard=guards.may_stand_still,
    ),
    Move("unpark", _("Take up again"), (Status.PARKED,), (Status.SIGNED,), (Part.DIRECTOR,)),
    Move(
        "confer",
        _("Call a conference"),
        (Status.TRIAGE, *WITH_AN_OFFICE, Status.PARKED),
        (),
        (Part.DIRECTOR,),
        (
            Field("departments", Kind.DEPARTMENTS, _("Who takes part")),
            Field("on", Kind.DATE, _("On")),
            text(_("Agenda"), "agenda"),
        ),
        guard=guards.no_conference_waits,
    ),
    Move(
        "conclude",
        _("Conclude the conference"),
        (Status.TRIAGE, *WITH_AN_OFFICE, Status.PARKED),
        (),
        (Part.DIRECTOR,),
        (
            text(_("What was agreed")),
            Field("owner", Kind.LEADER, _("Leader who takes the case over"), required=False),
        ),
        guard=guards.a_conference_waits,
    ),
    Move(
        "supervise",
        _("Supervision order"),
        (Status.TRIAGE, *WITH_AN_OFFICE, Status.PARKED, Status.REPLIED),
        (),
        (Part.SUPERVISOR, Part.LEADER),
        (text(_("Order"), "order"), Field("answer_by", Kind.DATE, _("To be answered by"))),
    ),
    Move(
        "comment",
        _("Leader's comment"),
        tuple(dict.fromkeys((*OPEN, Status.CLOSED))),
        (),
        (Part.LEADER,),
        (text(_("Text")),),
    ),
    Move(
        "decide_exclusion",
        _("Decide the exclusion"),
        WITH_LEAD,
        (),
        (Part.DIRECTOR,),
        (granted(), reason()),
        bar=guards.did_not_ask_for("exclusion"),
        guard=guards.waits("exclusion"),
    ),
    Move(
        "find_false_closure",
        _("Find a false closure"),
        (Status.CLOSED,),
        (Status.SIGNED, Status.TRIAGE),
        (Part.DIRECTOR,),
        (reason(),),
        bar=guards.did_not_work_on_it,
    ),
)
