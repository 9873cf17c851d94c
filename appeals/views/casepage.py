from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from appeals import drafts, narrative, privacy
from appeals.forms import HELP, Input, Keeping, inputs_of
from appeals.models import Appeal
from appeals.proposals import Choice, Proposal, proposals
from appeals.scope import RECORD_READERS
from appeals.states import Actor, Part, Refused, Status, Why, parts_of, reads_as_staff
from appeals.steps import STEPS, handlers_of
from appeals.table import Kind, Move, possible_moves
from appeals.views import casefiles
from chains.handbook import handbook
from chains.models import Department
from chains.taxonomy import Chain
from routing.calendar import workdays
from routing.deadlines import ClockKind, light, yellow_at

# What usually comes next stands open beside the text; everything else waits folded.
_NEXT = ("decide_hand_back", "dispatch", "sign", "contact", "reply", "review", "visit", "rate")
NO_CHOICE = Choice()
_TALK = ("message", "note")


@dataclass(frozen=True)
class Attempt:
    """A step that was refused: what was typed is shown again."""

    verb: str
    values: Mapping[str, Any]
    refused: Refused


@dataclass(frozen=True)
class Step:
    move: Move
    inputs: list[Input] = field(default_factory=list)
    error: str = ""
    is_open: bool = False

    @property
    def verb(self):
        return self.move.verb

    @property
    def help(self):
        return HELP.get(self.verb, "")


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
    events = list(case.events.select_related("actor", "department"))
    shown = events if is_staff else privacy.as_enterprise_reads(events)
    names = narrative.names_in(shown, case.supporting)
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
        "decline": next((event for event in reversed(shown) if event.verb == "decline"), None),
        "hand_back": case.open_hand_back if is_staff else None,
        # What can no longer be sent is shown to be copied.
        "lost": attempt if attempt and attempt.verb not in moves else None,
        **casefiles.part(case, actor, now, is_staff=is_staff),
        "milestones": milestones(case),
        "limits": limits(case, now),
        **_actions(case, moves, actor, now, attempt, choice),
    }


def _actions(case, moves, actor, now, attempt, choice) -> dict[str, Any]:
    """The steps that may be taken now: the next one, talk, and the rest."""
    book = handbook(timezone.localdate(now)) if "dispatch" in moves else None
    found = proposals(case, book, choice) if book else []
    options, departments = _options(case, moves, now, book)
    begins = {"dispatch": _dispatch_begins(case, found, choice.topic or case.topic_id)}
    keeping = keepings(case, actor, moves)
    steps = {verb: _step(move, options, begins.get(verb, {}), attempt, keeping[verb]) for verb, move in moves.items()}
    first = next((verb for verb in _NEXT if verb in steps and not (verb == "contact" and case.contacted_at)), None)
    return {
        "first": steps.pop(first, None),
        "talk": [steps.pop(verb) for verb in _TALK if verb in steps],
        "steps": list(steps.values()),
        "proposals": found,
        "departments": departments,
    }


def keepings(case, actor, verbs) -> dict[str, Keeping]:
    """How the texts of each step are kept as drafts, and what `actor` has written of them already."""
    kept, url = drafts.kept(case, by=actor), reverse("appeals:keep_draft", args=[case.number])
    return {verb: Keeping(url, verb, kept.get(verb, {})) for verb in verbs}


def _step(move, options, begins, attempt, keeping) -> Step:
    tried = attempt if attempt and attempt.verb == move.verb else None
    if tried is None:
        inputs = inputs_of(move, values=begins, errors={}, options=options, keeping=keeping)
        return Step(move, inputs, is_open=bool(keeping.drafts))
    refused = tried.refused
    inputs = inputs_of(move, values=tried.values, errors=refused.errors, options=options, keeping=keeping)
    return Step(move, inputs, error=str(refused.reason), is_open=True)


def _dispatch_begins(case, found: list[Proposal], wanted: str | None) -> dict[str, Any]:
    """With the wanted topic and its offices, else with the likeliest."""
    complained_of = case.complained_of.short_name if case.complained_of else ""
    if not found:
        return {"level": case.level, "complained_of": complained_of}
    best = next((one for one in found if one.topic.pk == wanted), found[0])
    return {
        "topic": best.topic.pk,
        "level": best.level,
        "lead": best.lead.short_name if best.lead else "",
        "support": [office.short_name for office in best.support],
        "complained_of": complained_of,
    }


def _options(case, moves, now, book) -> tuple[dict[Kind, Any], list[str]]:
    """What the inputs of `moves` choose from, and the names of every department where one of them needs these."""
    kinds, options, day = {row.kind for move in moves.values() for row in move.fields}, {}, timezone.localdate(now)
    if Kind.HANDLER in kinds:
        options[Kind.HANDLER] = list(handlers_of(case, day).items())
    if book:
        options[Kind.TOPIC] = _by_chain(book.topics.values())
        return options, [office.short_name for office in book.offices.values()]
    return options, department_names(now) if kinds & {Kind.DEPARTMENT, Kind.DEPARTMENTS} else []


def _by_chain(topics) -> list[tuple[str, list[tuple[str, str]]]]:
    groups = {chain: [] for chain in Chain}
    for topic in topics:
        groups[Chain(topic.chain)].append((topic.pk, str(topic)))
    return [(chain.label, rows) for chain, rows in groups.items() if rows]


def department_names(now) -> list[str]:
    return list(Department.objects.valid(timezone.localdate(now)).values_list("short_name", flat=True))


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
        {"label": kind.label, "due": due, "done": done, "light": _light(case, kind, due, done, now)}
        for kind, due, done in rows
        if due and (case.round == 1 or kind in (ClockKind.CONTACT, ClockKind.RESOLVE))
    ]


def _light(case, kind, due, done, now):
    if done is None and case.status in (Status.DECLINED, Status.WITHDRAWN, Status.MERGED):
        return light(None, None, now)
    return light(due, _yellow_at(case, kind, due), now, ended=done)


def _yellow_at(case, kind, due):
    if kind == ClockKind.TRIAGE:
        return case.yellow_at
    began_at = case.dispatched_at if case.round == 1 else case.signed_at
    return yellow_at(kind, began_at, due, workdays(), urgent=case.urgent)


STATUS_OF = {Why.INVALID: 400, Why.CONFLICT: 409, Why.STALE: 409, Why.LIMITED: 429}
