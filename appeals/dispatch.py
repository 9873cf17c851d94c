"""Triage and dispatch (研判, 交办): to an office, answered directly, or declined; corrected or taken back later."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import clocks
from appeals.asking import TWO_HAND_BACKS, leaving, looked_at
from appeals.models import Appeal, Event
from appeals.moves import claim, move, record
from appeals.pausing import heard_from
from appeals.relevelling import relevelled
from appeals.states import Actor, Outcome, Status, refused_at
from chains.models import Department, Topic
from chains.taxonomy import CENTRE_OFFICE, Level, Tier
from routing import labels
from routing.deadlines import ClockKind

THIRD_REROUTE = 3


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

    Raises Refused(INVALID) where the lead is the complained-of department, or none of the city's for a case that was
    lifted because assignments failed.
    """
    at = at or timezone.now()
    case = claim(appeal, "dispatch", by=by, at=at, version=version)
    complained_of = complained_of or case.complained_of
    _check_lead(case, lead, complained_of)
    helpers = [office.pk for office in support if office not in (lead, complained_of)]
    _learn(case, topic, "dispatch", by, at)
    return move(
        case,
        "dispatch",
        Status.DISPATCHED,
        by=by,
        at=at,
        data={"topic": topic.pk, "level": level, "lead": lead.pk, "support": helpers, "suggested": _suggested(case)},
        topic=topic,
        level=level,
        lead=lead,
        supporting=helpers,
        complained_of=complained_of,
        dispatched_by_id=by.user_id,
        decided_by=Appeal.DecidedBy.PERSON,
        dispatched_at=at,
        **clocks.dispatched(case, level, at, lead=lead.pk),
    )


def _suggested(case) -> str | None:
    return case.candidates[0]["topic"] if case.candidates else None


def _learn(case, topic, verb, by, at):
    """What a person decided teaches the classifier."""
    labels.note(case.number, case.title, case.description, topic, source=verb, author=by.user_id, at=at)


def _check_lead(case, lead, complained_of):
    # 济南市12345 §32: whoever is complained of does not handle the complaint.
    if lead == complained_of:
        raise refused_at("lead", _("The complained-of department cannot lead the case."))
    failed = case.hand_backs_granted >= TWO_HAND_BACKS or case.reroutes >= THIRD_REROUTE
    if failed and lead.tier != Tier.CITY:
        raise refused_at(
            "lead", _("Assignments of this case failed before: from now on an office of the city leads it.")
        )


@transaction.atomic
def answer(appeal: Appeal, *, by: Actor, text: str, version=None, at: datetime | None = None) -> Event:
    """The centre answers itself (直接答复): it leads at level S, its clocks count from filing, a reviewer reads it."""
    at = at or timezone.now()
    case = claim(appeal, "answer", by=by, at=at, version=version)
    return move(
        case,
        "answer",
        Status.REPLIED,
        by=by,
        at=at,
        text=text,
        data={"outcome": Outcome.EXPLAINED},
        direct=True,
        level=Level.S,
        lead=Department.objects.get(pk=CENTRE_OFFICE),
        handler_id=by.user_id,
        decided_by=Appeal.DecidedBy.PERSON,
        dispatched_at=at,
        signed_at=at,
        contacted_at=at,
        replied_at=at,
        reply_outcome=Outcome.EXPLAINED,
        reply_text=text,
        **clocks.answered(case, at),
    )


@transaction.atomic
def decline(
    appeal: Appeal, *, by: Actor, ground: str, explanation: str, version=None, at: datetime | None = None
) -> Event:
    """Refuse the appeal on a listed `ground` (北京市接诉即办工作条例 §11) and say where to go."""
    at = at or timezone.now()
    case = claim(appeal, "decline", by=by, at=at, version=version)
    if ground in labels.OUT_OF_SCOPE:
        _learn(case, None, "decline", by, at)
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
def reclassify(
    appeal: Appeal,
    *,
    by: Actor,
    reason: str,
    topic: Topic | None = None,
    level: str = "",
    urgent: bool | None = None,
    complained_of: Department | None = None,
    version=None,
    at: datetime | None = None,
) -> Event:
    """Correct what was made of the appeal; clocks that run are recomputed from their own start, never into the past.

    Raises Refused(INVALID) where nothing is given, or the lead itself is complained of: then it has to be re-routed.
    """
    at = at or timezone.now()
    case = claim(appeal, "reclassify", by=by, at=at, version=version)
    new = {"topic": topic, "level": level, "urgent": urgent, "complained_of": complained_of}
    new = {name: value for name, value in new.items() if value not in (None, "")}
    if not new:
        raise refused_at("topic", _("Say what is to be changed."))
    if complained_of and complained_of.pk == case.lead_id:
        raise refused_at(
            "complained_of", _("This department leads the case: re-route it, then it goes to another one.")
        )
    if topic:
        _learn(case, topic, "reclassify", by, at)
    data = {name: getattr(value, "pk", value) for name, value in new.items()} | {"was": _was(case, new)}
    looked = looked_at(case)
    data |= {"looked_at": True} if looked else {}
    changes = _going_on(case, at, level) | _changed(case, at, new) | looked
    return record(case, "reclassify", by=by, at=at, text=reason, data=data, internal=True, **changes)


def _was(case, new) -> dict:
    return {name: getattr(case, f"{name}_id" if name in ("topic", "complained_of") else name) for name in new}


def _going_on(case, at, level) -> dict:
    """A limit that has become statutory does not stand still (保障中小企业款项支付条例 2025 §25)."""
    if level == Level.L and case.status == Status.PARKED:
        raise refused_at("level", _("A statutory limit cannot be stopped: take the case up again first."))
    return heard_from(case, at) if level == Level.L else {}


def _changed(case, at, new) -> dict:
    columns = dict(new)
    if {"level", "urgent"} & new.keys():
        level, urgent = new.get("level", case.level), new.get("urgent", case.urgent)
        columns |= relevelled(case, at, level=level, urgent=urgent)
    if "complained_of" in new and new["complained_of"].pk in case.supporting:
        columns["supporting"] = [code for code in case.supporting if code != new["complained_of"].pk]
        # It is told nothing more of the case: not even that its answer is due.
        columns |= clocks.change(case, at, void=[(ClockKind.SUPPORT, new["complained_of"].pk)])
    return columns


@transaction.atomic
def reroute(appeal: Appeal, *, by: Actor, reason: str, version=None, at: datetime | None = None) -> Event:
    """Take the case back to triage (改派); the third time it is lifted: from then on a city office leads."""
    at = at or timezone.now()
    case = claim(appeal, "reroute", by=by, at=at, version=version)
    count = case.reroutes + 1
    lifted = {"escalated_at": at} if count >= THIRD_REROUTE else {}
    return move(
        case,
        "reroute",
        Status.TRIAGE,
        by=by,
        at=at,
        text=reason,
        data={"lead": case.lead_id} | ({"escalated": True} if lifted else {}),
        reroutes=count,
        **lifted,
        **leaving(case, at),
        **clocks.triage(case, at),
    )
