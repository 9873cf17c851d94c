"""What an office or enterprise asks for and another person decides (申请与审批): whoever asks never approves."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import clocks
from appeals.models import Appeal, Event, Request
from appeals.moves import claim, move, record
from appeals.states import NOBODYS, Actor, Part, Refused, Status, refused_at
from chains.models import Department
from routing.calendar import policy, workdays
from routing.deadlines import ClockKind, extension_asked_by, extension_until

TWO_HAND_BACKS = 2


@transaction.atomic
def ask_person(appeal: Appeal, *, by: Actor, reason: str = "", version=None, at: datetime | None = None) -> Event:
    """The enterprise wants a person to look at what was dispatched automatically (个人信息保护法 §24); work goes on."""
    at = at or timezone.now()
    case = claim(appeal, "ask_person", by=by, at=at, version=version)
    return record(case, "ask_person", by=by, at=at, text=reason, person_asked_at=at)


def looked_at(case: Appeal) -> dict:
    """The columns of a case that the centre has now looked at, where a person was asked for; else none.

    From then on it counts as decided by a person: that it stays as it is was a decision, too.
    """
    by_centre = case.acting_as in (Part.TRIAGE, Part.DIRECTOR)
    return {"decided_by": Appeal.DecidedBy.PERSON} if by_centre and case.awaits_a_person else {}


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
        raise refused_at("proposed_lead", _("Propose an office other than the present lead."))
    _ask(case, Request.Kind.HAND_BACK, by, at, reason=reason, proposed_lead=proposed_lead)
    columns = clocks.change(case, at, begin=clocks.usual(case, at, ClockKind.HAND_BACK))
    data = {"proposed_lead": proposed_lead.pk}
    return record(case, "hand_back", by=by, at=at, text=reason, data=data, internal=True, **columns)


@transaction.atomic
def decide_hand_back(
    appeal: Appeal, *, by: Actor, granted: bool, reason: str, version=None, at: datetime | None = None
) -> Event:
    """Granted: back to triage, the clocks end without a verdict. Refused: the office keeps it for good.

    The second one that is granted lifts the case: from then on a city office leads (product.md §3).
    """
    at = at or timezone.now()
    case = claim(appeal, "decide_hand_back", by=by, at=at, version=version)
    asked = case.waiting["hand_back"]
    _decide(asked, by, at, granted, reason)
    ended = clocks.change(case, at, end=[ClockKind.HAND_BACK])
    data = {"granted": granted, "lead": case.lead_id, "proposed_lead": asked.proposed_lead_id}
    decision = {"by": by, "at": at, "text": reason}
    if granted:
        count = case.hand_backs_granted + 1
        lifted = {"escalated_at": at} if count >= TWO_HAND_BACKS else {}
        return move(
            case,
            "decide_hand_back",
            Status.TRIAGE,
            **decision,
            data=data | ({"escalated": True} if lifted else {}),
            hand_backs_granted=count,
            **lifted,
            **leaving(case, at),
            **(ended | clocks.triage(case, at)),
        )
    return record(
        case,
        "decide_hand_back",
        **decision,
        data=data,
        internal=True,
        hand_backs_lost=case.hand_backs_lost + 1,
        failed_leads=[*case.failed_leads, case.lead_id],
        **ended,
    )


def leaving(case: Appeal, at: datetime) -> dict:
    """The columns of a case that its lead loses: nobody's yet; what was asked lapses, the former lead keeps a stub."""
    case.requests.lapse(at)
    case.pauses.end(at)
    return NOBODYS | {"former_leads": list(dict.fromkeys([*case.former_leads, case.lead_id]))}


@transaction.atomic
def ask_extension(
    appeal: Appeal,
    *,
    by: Actor,
    until: date,
    reason: str,
    words_to_enterprise: str,
    version=None,
    at: datetime | None = None,
) -> Event:
    """More time (延期) until close of business of `until`; who grants it stands with the level (product.md §5).

    Raises Refused: CONFLICT where it is asked too late, INVALID for a day that is none or too far.
    """
    at = at or timezone.now()
    case = claim(appeal, "ask_extension", by=by, at=at, version=version)
    table, rules = workdays(case.lead_id), policy(case.dispatched_at)
    if at > extension_asked_by(case.level, case.resolve_by, table):
        raise Refused(_("An extension is asked for before the last working day; at level A four working hours before."))
    moment = close_of(until, "until", after=case.resolve_by, office=case.lead_id)
    latest = extension_until(case.level, case.resolve_by, case.dispatched_at, table, rules)
    if moment > latest:
        day = timezone.localtime(latest).date().isoformat()
        raise refused_at("until", _("At this level the limit can move to %(day)s at most.") % {"day": day})
    approver = rules.extensions[case.level].approver
    asked = {"until": moment, "words": words_to_enterprise, "approver": approver}
    _ask(case, Request.Kind.EXTENSION, by, at, reason=reason, **asked)
    columns = clocks.change(case, at, begin=clocks.usual(case, at, ClockKind.EXTENSION))
    data = {"until": moment.isoformat(), "approver": approver}
    return record(case, "ask_extension", by=by, at=at, text=reason, data=data, internal=True, **columns)


def close_of(day: date, field: str, *, after: datetime, office: str | None = None) -> datetime:
    """Close of business of `day` at `office`, a working day there later than `after`. Raises Refused(INVALID)."""
    table = workdays(office)
    if not table.first <= day <= table.last or not table.is_workday(day):
        raise refused_at(field, _("Choose a working day."))
    moment = table.close_of(day)
    if moment <= after:
        raise refused_at(field, _("Choose a later day."))
    return moment


@transaction.atomic
def decide_extension(
    appeal: Appeal, *, by: Actor, granted: bool, reason: str, version=None, at: datetime | None = None
) -> Event:
    """Granted: the limit moves, backwards too where it passed meanwhile, and the enterprise reads why."""
    at = at or timezone.now()
    case = claim(appeal, "decide_extension", by=by, at=at, version=version)
    asked = case.waiting["extension"]
    _decide(asked, by, at, granted, reason)
    until = clocks.extended_until(case, asked) if granted else asked.until
    data = {"granted": granted, "until": until.isoformat()}
    if granted:
        columns = clocks.extended(case, at, asked)
        data["words"] = asked.words
    else:
        columns = clocks.change(case, at, end=[ClockKind.EXTENSION])
    return record(case, "decide_extension", by=by, at=at, text=reason, data=data, internal=not granted, **columns)


@transaction.atomic
def ask_termination(
    appeal: Appeal, *, by: Actor, ground: str, explanation: str, version=None, at: datetime | None = None
) -> Event:
    """The office finds a listed ground (北京市接诉即办工作条例 §11) not to go on; the centre decides."""
    at = at or timezone.now()
    case = claim(appeal, "ask_termination", by=by, at=at, version=version)
    _ask(case, Request.Kind.TERMINATION, by, at, reason=explanation, ground=ground)
    columns = clocks.change(case, at, begin=clocks.usual(case, at, ClockKind.TERMINATION))
    data = {"ground": ground}
    return record(case, "ask_termination", by=by, at=at, text=explanation, data=data, internal=True, **columns)


@transaction.atomic
def decide_termination(
    appeal: Appeal, *, by: Actor, granted: bool, reason: str, version=None, at: datetime | None = None
) -> Event:
    """Granted: declined on the ground that was named, and the enterprise may object. Refused: work goes on."""
    at = at or timezone.now()
    case = claim(appeal, "decide_termination", by=by, at=at, version=version)
    asked = case.waiting["termination"]
    _decide(asked, by, at, granted, reason)
    data = {"granted": granted, "ground": asked.ground}
    if not granted:
        ended = clocks.change(case, at, end=[ClockKind.TERMINATION])
        return record(case, "decide_termination", by=by, at=at, text=reason, data=data, internal=True, **ended)
    case.requests.lapse(at)
    case.pauses.end(at)
    columns = clocks.change(case, at, end=[ClockKind.TERMINATION]) | clocks.end_all(case, at)
    data["explanation"] = asked.reason
    return move(
        case,
        "decide_termination",
        Status.DECLINED,
        by=by,
        at=at,
        text=reason,
        data=data,
        ended_at=at,
        paused_at=None,
        **columns,
    )


@transaction.atomic
def object_to(appeal: Appeal, *, by: Actor, reason: str, version=None, at: datetime | None = None) -> Event:
    """The enterprise does not accept that its appeal was declined (异议); the director decides."""
    at = at or timezone.now()
    case = claim(appeal, "object", by=by, at=at, version=version)
    _ask(case, Request.Kind.OBJECTION, by, at, reason=reason)
    return record(case, "object", by=by, at=at, text=reason)


@transaction.atomic
def decide_objection(
    appeal: Appeal, *, by: Actor, granted: bool, reason: str, version=None, at: datetime | None = None
) -> Event:
    """Upheld: back to triage. Rejected: it stays declined for good."""
    at = at or timezone.now()
    case = claim(appeal, "decide_objection", by=by, at=at, version=version)
    _decide(case.waiting["objection"], by, at, granted, reason)
    line = {"by": by, "at": at, "text": reason, "data": {"granted": granted}}
    if not granted:
        return record(case, "decide_objection", **line)
    changes = (leaving(case, at) if case.lead_id else NOBODYS) | clocks.triage(case, at)
    return move(case, "decide_objection", Status.TRIAGE, **line, ended_at=None, **changes)


@transaction.atomic
def ask_exclusion(appeal: Appeal, *, by: Actor, ground: str, version=None, at: datetime | None = None) -> Event:
    """The office asks that the case be left out of its score (考核剔除); the director decides."""
    at = at or timezone.now()
    case = claim(appeal, "ask_exclusion", by=by, at=at, version=version)
    _ask(case, Request.Kind.EXCLUSION, by, at, reason=ground)
    return record(case, "ask_exclusion", by=by, at=at, text=ground, internal=True)


@transaction.atomic
def decide_exclusion(
    appeal: Appeal, *, by: Actor, granted: bool, reason: str, version=None, at: datetime | None = None
) -> Event:
    """Granted: no score counts the case; how many are left out always stands beside the score."""
    at = at or timezone.now()
    case = claim(appeal, "decide_exclusion", by=by, at=at, version=version)
    _decide(case.waiting["exclusion"], by, at, granted, reason)
    left_out = {"excluded_at": at} if granted else {}
    data = {"granted": granted}
    return record(case, "decide_exclusion", by=by, at=at, text=reason, data=data, internal=True, **left_out)


def _ask(case, kind, by, at, **what):
    Request.objects.create(
        appeal=case, kind=kind, round=case.round, asked_by_id=by.user_id, asked_as=case.acting_as, asked_at=at, **what
    )


def _decide(asked, by, at, granted, reason):
    asked.decided_by_id, asked.decided_at, asked.granted, asked.decision = by.user_id, at, granted, reason
    asked.save(update_fields=["decided_by", "decided_at", "granted", "decision"])
