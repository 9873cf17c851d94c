"""What the centre decides (研判·交办): where an appeal goes, and what becomes of two that are one."""

from django.utils.translation import gettext_lazy as _

from appeals import guards
from appeals.row import CENTRE, WITH_AN_OFFICE, Field, Kind, Move, granted, reason, text
from appeals.states import OPEN, Ground, Part, Status
from chains.taxonomy import Level

_COMPLAINED_OF = Field("complained_of", Kind.DEPARTMENT, _("Complained-of department"), required=False)

ROWS = (
    Move(
        "dispatch",
        _("Dispatch"),
        (Status.TRIAGE,),
        (Status.DISPATCHED,),
        CENTRE,
        (
            Field("topic", Kind.TOPIC, _("Topic")),
            Field("level", Kind.CHOICE, _("Level"), choices=Level),
            Field("lead", Kind.DEPARTMENT, _("Lead")),
            Field("support", Kind.DEPARTMENTS, _("Support"), required=False),
            _COMPLAINED_OF,
        ),
    ),
    Move("answer", _("Answer directly"), (Status.TRIAGE,), (Status.REPLIED,), CENTRE, (text(_("Answer")),)),
    Move(
        "decline",
        _("Decline"),
        (Status.TRIAGE,),
        (Status.DECLINED,),
        CENTRE,
        (
            Field("ground", Kind.CHOICE, _("Ground"), choices=Ground),
            text(_("Explanation, and where to go"), "explanation"),
        ),
    ),
    Move(
        "reclassify",
        _("Reclassify"),
        (Status.TRIAGE, *WITH_AN_OFFICE, Status.PARKED),
        (),
        CENTRE,
        (
            Field("topic", Kind.TOPIC, _("Topic"), required=False),
            Field("level", Kind.CHOICE, _("Level"), required=False, choices=Level),
            Field("urgent", Kind.BOOL, _("Urgent"), required=False),
            _COMPLAINED_OF,
            reason(),
        ),
    ),
    Move("reroute", _("Re-route"), WITH_AN_OFFICE, (Status.TRIAGE,), CENTRE, (reason(),)),
    Move(
        "decide_hand_back",
        _("Decide the hand-back"),
        WITH_AN_OFFICE,
        (Status.TRIAGE,),
        CENTRE,
        (granted(), reason()),
        bar=guards.decides_for_others,
        guard=guards.waits("hand_back"),
    ),
    Move(
        "decide_termination",
        _("Decide the termination"),
        WITH_AN_OFFICE,
        (Status.DECLINED,),
        CENTRE,
        (granted(), reason()),
        bar=guards.did_not_ask_for("termination"),
        guard=guards.waits("termination"),
    ),
    Move(
        "decide_extension",
        _("Decide the extension"),
        (*WITH_AN_OFFICE, Status.REPLIED),
        (),
        (Part.HEAD, *CENTRE, Part.LEADER),
        (granted(), reason()),
        bar=guards.approves_the_extension,
        guard=guards.waits("extension"),
    ),
    Move(
        "decide_objection",
        _("Decide the objection"),
        (Status.DECLINED,),
        (Status.TRIAGE,),
        (Part.DIRECTOR,),
        (granted(), reason()),
        bar=guards.did_not_decline,
        guard=guards.waits("objection"),
    ),
    Move(
        "merge",
        _("Merge"),
        (Status.TRIAGE, *WITH_AN_OFFICE),
        (Status.MERGED,),
        CENTRE,
        (Field("into", Kind.APPEAL, _("Into which appeal of the same enterprise")),),
    ),
    Move(
        "unmerge",
        _("Undo the merging"),
        (Status.MERGED,),
        (Status.TRIAGE, *WITH_AN_OFFICE),
        CENTRE,
        (reason(),),
        guard=guards.merged_lately,
    ),
    Move(
        "attach",
        _("Attach to a mass incident"),
        OPEN,
        (),
        CENTRE,
        (Field("to", Kind.APPEAL, _("Number of the leading appeal")),),
        guard=guards.leads_no_incident,
    ),
    Move(
        "split",
        _("Split"),
        (Status.TRIAGE,),
        (),
        CENTRE,
        (Field("parts", Kind.PARTS, _("The matters, each a title and a description")),),
        guard=guards.is_whole,
    ),
)
