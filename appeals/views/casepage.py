from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from appeals import lights, narrative, privacy
from appeals.models import Appeal
from appeals.proposals import Choice
from appeals.scope import RECORD_READERS
from appeals.states import Actor, Part, Status, Why, parts_of, reads_as_staff
from appeals.steps import STEPS
from appeals.table import possible_moves
from appeals.views import casebeside, casefiles, caseladder
from appeals.views.casesteps import NO_CHOICE, Attempt, actions
from chains.handbook import handbook
from routing.calendar import workdays
from routing.deadlines import ClockKind, light


@dataclass(frozen=True)
class Milestone:
    label: str
    at: Any
    state: str  # is-done, is-now or nothing


def page(
    case: Appeal, actor: Actor, now, *, attempt: Attempt | None = None, choice: Choice = NO_CHOICE
) -> dict[str, Any]:
    """Everything the case page shows to `actor` at `now`."""
    is_staff, parts = reads_as_staff(actor, case), parts_of(actor, case)
    events = privacy.without_strangers(case.events.select_related("actor", "department"), actor, now)
    casebeside.spare(case, events)
    casebeside.link_ahead(case, actor, now)
    shown = events if is_staff else privacy.as_enterprise_reads(events)
    more = [*case.supporting, *casebeside.offices_of(case, is_staff=is_staff)]
    names = narrative.names_in(shown, more, known=_names_of_today(now))
    moves = {move.verb: move for move in possible_moves(case, actor, at=now) if move.verb in STEPS}
    return {
        "case": case,
        "is_staff": is_staff,
        "reads_record": bool(actor.roles & RECORD_READERS),
        "is_member": Part.MEMBER in parts,
        "knows_enterprise": privacy.may_know_enterprise(case, actor),
        "knows_complained_of": privacy.may_know_complained_of(case, actor),
        "reads_reply": privacy.may_read_reply(case, actor),
        "secrets": privacy.revealed(case, events, to=actor, at=now),
        "lines": narrative.tell(shown, names, user_id=actor.user_id, with_names=is_staff),
        "supporting": [names[code] for code in case.supporting],
        # What can no longer be sent is shown to be copied.
        "lost": attempt if attempt and attempt.verb not in moves else None,
        **casefiles.part(case, actor, now, is_staff=is_staff),
        "milestones": milestones(case),
        "limits": limits(case, now),
        "ladders": caseladder.ladders(case, names, now, workdays(case.lead_id), is_staff=is_staff),
        "beside": casebeside.beside(case, shown, names, actor, now, moves, is_staff=is_staff),
        **actions(case, moves, actor, now, is_staff=is_staff, attempt=attempt, choice=choice),
    }


def _names_of_today(now) -> dict[str, str]:
    book = handbook(timezone.localdate(now))
    offices = {code: office.short_name for code, office in book.offices.items()}
    return offices | {code: topic.name for code, topic in book.topics.items()}


_ORDER = {
    Status.TRIAGE: 1,
    Status.DISPATCHED: 3,
    Status.SIGNED: 4,
    Status.PARKED: 4,
    Status.REPLIED: 6,
    Status.VISITING: 7,
    Status.CLOSED: 9,
}


def milestones(case: Appeal) -> list[Milestone]:
    """The way of a case in nine stations (受理…办结); of an ended one only the first and the last."""
    if case.status not in _ORDER:
        return [
            Milestone(_("Accept"), case.filed_at, "is-done"),
            Milestone(case.get_status_display(), case.ended_at, "is-done"),
        ]
    stations = (
        (_("Accept"), case.filed_at),
        (_("Triage"), None),
        (_("Dispatch"), case.dispatched_at),
        (_("Sign"), case.signed_at),
        (_("Work"), case.contacted_at),
        (_("Reply"), case.replied_at),
        (_("Review"), case.visiting_at),
        (_("Rate"), case.rated_at),
        (pgettext("step", "Close"), case.closed_at),
    )
    now = _ORDER[Status(case.status)]
    states = ["is-done" if place < now else "is-now" if place == now else "" for place in range(len(stations))]
    return [Milestone(label, at, state) for (label, at), state in zip(stations, states, strict=True)]


def limits(case: Appeal, now) -> list[dict[str, Any]]:
    """The limits of the round, each with when it was kept and its light."""
    rows = (
        (ClockKind.TRIAGE, case.triage_by, case.dispatched_at or case.ended_at),
        (ClockKind.SIGN, case.sign_by, case.signed_at),
        (ClockKind.CONTACT, case.contact_by, case.contacted_at),
        (ClockKind.RESOLVE, case.resolve_by, case.replied_at),
    )
    return [
        {
            "label": kind.label,
            "due": due,
            "done": done,
            "light": _light(case, kind, due, done, now),
            "is_provisional": not done and workdays(case.lead_id).is_provisional(due),
        }
        for kind, due, done in rows
        if due and (case.round == 1 or kind in (ClockKind.CONTACT, ClockKind.RESOLVE))
    ]


def _light(case, kind, due, done, now):
    if done is None and case.status in (Status.DECLINED, Status.WITHDRAWN, Status.MERGED):
        return light(None, None, now)
    return light(due, lights.yellow_of(case, kind, due, workdays(case.lead_id)), now, ended=done)


STATUS_OF = {Why.INVALID: 400, Why.CONFLICT: 409, Why.STALE: 409, Why.LIMITED: 429}
