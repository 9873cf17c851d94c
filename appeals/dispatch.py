"""Triage and dispatch (研判, 交办): to an office, or declined; the hand-back and its decision."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import clocks
from appeals.models import Appeal, Event, Request
from appeals.moves import claim, move, record
from appeals.states import Actor, Refused, Status, Why
from chains.models import Department, Topic
from routing import labels
from routing.calendar import workdays
from routing.deadlines import ClockKind, decision_by

# A case in triage is nobody's yet; topic, level and candidates stay as proposals.
_NOBODYS = {
    "lead": None,
    "handler": None,
    "supporting": [],
    "dispatched_by": None,
    "decided_by": "",
    "dispatched_at": None,
    "signed_at": None,
    "contacted_at": None,
}


@transaction.atomic
def dispatch(
    appeal: Appeal,
    *,
    by: Actor,
    topic: Topic,
    level: str,
    lead: Department,
    support: Sequence[Department] = (),
    complained_of: Department | None = None,
    version: int | None = None,
    at: datetime | None = None,
) -> Event:
    """Give the appeal to `lead` by hand; sign, contact and resolve run from `at` by `level` (product.md §5).

    Raises Refused(INVALID) where the lead is the complained-of department.
    """
    at = at or timezone.now()
    case = claim(appeal, "dispatch", by=by, at=at, version=version)
    complained_of = complained_of or case.complained_of
    _check_lead(lead, complained_of)
    helpers = [office.pk for office in support if office not in (lead, complained_of)]
    suggested = case.candidates[0]["topic"] if case.candidates else None
    labels.note(case.number, case.title, case.description, topic, source="dispatch", author=by.user_id, at=at)
    return move(
        case,
        "dispatch",
        Status.DISPATCHED,
        by=by,
        at=at,
        data={"topic": topic.pk, "level": level, "lead": lead.pk, "support": helpers, "suggested": suggested},
        topic=topic,
        level=level,
        lead=lead,
        supporting=helpers,
        complained_of=complained_of,
        dispatched_by_id=by.user_id,
        decided_by=Appeal.DecidedBy.PERSON,
        dispatched_at=at,
        **clocks.dispatched(case, level, at),
    )


def _check_lead(lead, complained_of):
    # 济南市12345 §32: whoever is complained of does not handle the complaint.
    if lead == complained_of:
        reason = _("The complained-of department cannot lead the case.")
        raise Refused(reason, why=Why.INVALID, errors={"lead": [reason]})


@transaction.atomic
def decline(
    appeal: Appeal, *, by: Actor, ground: str, explanation: str, version=None, at: datetime | None = None
) -> Event:
    """Refuse the appeal on a listed `ground` (北京市接诉即办工作条例 §11) and say where to go."""
    at = at or timezone.now()
    case = claim(appeal, "decline", by=by, at=at, version=version)
    return move(
        case,
        "decline",
        Status.DECLINED,
        by=by,
        at=at,
        text=explanation,
        data={"ground": ground},
        ended_at=at,
        **clocks.end_all(case, at),
    )


@transaction.atomic
def hand_back(
    appeal: Appeal,
    *,
    by: Actor,
    reason: str,
    proposed_lead: Department,
    version=None,
    at: datetime | None = None,
) -> Event:
    """The office says it is not responsible (退回) and who is; the clocks run on until that is decided."""
    at = at or timezone.now()
    case = claim(appeal, "hand_back", by=by, at=at, version=version)
    if proposed_lead.pk in (case.lead_id, case.complained_of_id):
        error = _("Propose an office other than the present lead.")
        raise Refused(error, why=Why.INVALID, errors={"proposed_lead": [error]})
    Request.objects.create(
        appeal=case,
        kind=Request.Kind.HAND_BACK,
        round=case.round,
        asked_by_id=by.user_id,
        asked_at=at,
        reason=reason,
        proposed_lead=proposed_lead,
    )
    columns = clocks.change(case, at, begin={ClockKind.HAND_BACK: decision_by(at, workdays())})
    return record(
        case,
        "hand_back",
        by=by,
        at=at,
        text=reason,
        data={"proposed_lead": proposed_lead.pk},
        internal=True,
        **columns,
    )


@transaction.atomic
def decide_hand_back(
    appeal: Appeal, *, by: Actor, granted: bool, reason: str, version=None, at: datetime | None = None
) -> Event:
    """Granted: back to triage, the clocks end without a verdict. Refused: the office keeps it for good."""
    at = at or timezone.now()
    case = claim(appeal, "decide_hand_back", by=by, at=at, version=version)
    asked = case.open_hand_back
    asked.decided_by_id, asked.decided_at, asked.granted, asked.decision = by.user_id, at, granted, reason
    asked.save(update_fields=["decided_by", "decided_at", "granted", "decision"])
    ended = clocks.change(case, at, end=[ClockKind.HAND_BACK])
    decision = {
        "by": by,
        "at": at,
        "text": reason,
        "data": {"granted": granted, "lead": case.lead_id, "proposed_lead": asked.proposed_lead_id},
    }
    if granted:
        return move(
            case,
            "decide_hand_back",
            Status.TRIAGE,
            **decision,
            hand_backs_granted=case.hand_backs_granted + 1,
            **_NOBODYS,
            **(ended | clocks.triage(case, at)),
        )
    return record(
        case,
        "decide_hand_back",
        **decision,
        internal=True,
        hand_backs_lost=case.hand_backs_lost + 1,
        failed_leads=[*case.failed_leads, case.lead_id],
        **ended,
    )
