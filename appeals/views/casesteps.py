from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appeals import candidates, drafts, followup
from appeals.forms import HELP, Input, Keeping, inputs_of
from appeals.models import Appeal
from appeals.people import leaders
from appeals.proposals import Choice, Proposal, proposals
from appeals.states import Actor, Refused
from appeals.steps import handlers_of
from appeals.table import Kind, Move
from appeals.views.casedates import bounds_of
from chains.handbook import handbook
from chains.taxonomy import Chain

NO_CHOICE = Choice()


@dataclass(frozen=True)
class Attempt:
    """A step that was refused: what was typed is shown again."""

    verb: str
    values: Mapping[str, Any]
    refused: Refused

    @property
    def texts(self) -> list[str]:
        """What was typed, to be copied where the step can no longer be sent."""
        typed = (value for name, value in self.values.items() if name not in ("csrfmiddlewaretoken", "version", "next"))
        return [value for value in typed if isinstance(value, str) and value]


@dataclass(frozen=True)
class Step:
    move: Move
    label: Any
    inputs: list[Input] = field(default_factory=list)
    error: str = ""
    is_open: bool = False
    not_before: Any = None  # the moment from which it may be taken again

    @property
    def verb(self):
        return self.move.verb

    @property
    def help(self):
        return HELP.get(self.verb, "")


@dataclass(frozen=True)
class Group:
    """Steps that serve one wish."""

    label: Any
    steps: list[Step]


# What usually comes next stands open beside the text: the first of these that waits for this person.
_NEXT = (
    "answer_supervision decide_extension decide_hand_back decide_termination decide_objection decide_exclusion "
    "dispatch sign support contact resume reply review visit rate conclude object"
).split()
_TALK = ("message", "note")
_GROUPS = (
    (gettext_lazy("The work"), "dispatch answer sign assign contact progress reply review visit redo reclassify"),
    (gettext_lazy("More time"), "ask_extension decide_extension promise pause resume park unpark"),
    (gettext_lazy("Other offices"), "ask_support support confer conclude"),
    (
        gettext_lazy("Not ours, not possible"),
        "hand_back decide_hand_back reroute decline ask_termination decide_termination decide_objection",
    ),
    (gettext_lazy("Oversight"), "answer_supervision supervise comment escalate reopen find_false_closure"),
    (gettext_lazy("Together or apart"), "merge unmerge attach split"),
    (gettext_lazy("Score"), "ask_exclusion decide_exclusion"),
)
_ELSE = gettext_lazy("More")
_FOR_THE_ENTERPRISE = gettext_lazy("What you can do")

# What the enterprise reads on the buttons.
_PLAINLY = {
    "message": gettext_lazy("Write to the office"),
    "urge": gettext_lazy("Ask to hurry"),
    "rate": gettext_lazy("Rate the result"),
    "reopen": gettext_lazy("The problem is back: open it again"),
    "object": gettext_lazy("Object to this decision"),
    "ask_person": gettext_lazy("Have a person look at where it went"),
    "withdraw": gettext_lazy("Take the appeal back"),
}
_TO_STAFF = {"message": gettext_lazy("Write to the enterprise")}


def actions(
    case: Appeal,
    moves: Mapping[str, Move],
    actor: Actor,
    now,
    *,
    is_staff: bool,
    attempt: Attempt | None = None,
    choice: Choice = NO_CHOICE,
) -> dict[str, Any]:
    """The steps that may be taken now: the next one, talk, looking at the contact, and the rest in groups."""
    steps, found, departments = steps_of(case, moves, actor, now, is_staff=is_staff, attempt=attempt, choice=choice)
    first = next((verb for verb in _NEXT if verb in steps and _waits(verb, case, actor)), None)
    return {
        "first": steps.pop(first, None),
        "talk": [steps.pop(verb) for verb in _TALK if verb in steps],
        "reveal": steps.pop("reveal", None),
        "groups": _grouped(steps) if is_staff else _plainly_grouped(steps),
        "proposals": found,
        "departments": departments,
    }


def _waits(verb, case, actor) -> bool:
    """Whether a step that is possible is also the one to take now."""
    if verb == "contact":
        return not case.contacted_at
    if verb == "support":
        offices = actor.handles | actor.heads
        return any(order.department_id in offices for order in case.open_supports)
    return True


def _grouped(steps: dict[str, Step]) -> list[Group]:
    groups = [Group(label, [steps.pop(verb) for verb in verbs.split() if verb in steps]) for label, verbs in _GROUPS]
    groups.append(Group(_ELSE, list(steps.values())))
    return [group for group in groups if group.steps]


def _plainly_grouped(steps) -> list[Group]:
    return [Group(_FOR_THE_ENTERPRISE, list(steps.values()))] if steps else []


def steps_of(
    case: Appeal,
    moves: Mapping[str, Move],
    actor: Actor,
    now,
    *,
    is_staff: bool,
    attempt: Attempt | None = None,
    choice: Choice = NO_CHOICE,
) -> tuple[dict[str, Step], list[Proposal], list[str]]:
    """The forms of `moves` by verb, the topics proposed, and the names of the departments to choose from."""
    kinds = {row.kind for move in moves.values() for row in move.fields}
    book = handbook(timezone.localdate(now)) if Kind.TOPIC in kinds else None
    found = proposals(case, book, choice) if "dispatch" in moves else []
    options, departments = _options(case, moves, kinds, actor, now, book)
    begins = _begins(case, moves, found, choice)
    keeping, dates = keepings(case, actor, moves), {verb: bounds_of(case, verb, now) for verb in moves}
    steps = {
        verb: _step(move, options, begins.get(verb, {}), dates[verb], attempt, keeping[verb], is_staff)
        for verb, move in moves.items()
    }
    if "urge" in steps:
        steps["urge"] = replace(steps["urge"], not_before=followup.urged_until(case, now))
    return steps, found, departments


def keepings(case, actor, verbs: Collection[str]) -> dict[str, Keeping]:
    """How the texts of each step are kept as drafts, and what `actor` has written of them already."""
    kept, url = drafts.kept(case, by=actor), reverse("appeals:keep_draft", args=[case.number])
    return {verb: Keeping(url, verb, kept.get(verb, {})) for verb in verbs}


def _step(move, options, begins, dates, attempt, keeping, is_staff) -> Step:
    label = (_TO_STAFF if is_staff else _PLAINLY).get(move.verb, move.label)
    tried = attempt if attempt and attempt.verb == move.verb else None
    values, errors = (tried.values, tried.refused.errors) if tried else (begins, {})
    inputs = inputs_of(move, values=values, errors=errors, options=options, bounds=dates, keeping=keeping)
    error = str(tried.refused.reason) if tried else ""
    return Step(move, label, inputs, error, is_open=bool(tried or keeping.drafts))


def _begins(case, moves, found, choice) -> dict[str, dict[str, Any]]:
    """What the inputs of some steps begin with."""
    begins = {"dispatch": _dispatch_begins(case, found, choice.topic or case.topic_id)}
    if "confer" in moves:
        begins["confer"] = {"departments": [case.lead.short_name] if case.lead else []}
    return begins


def _dispatch_begins(case, found: Sequence[Proposal], wanted: str | None) -> dict[str, Any]:
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


def _options(case, moves, kinds, actor, now, book) -> tuple[dict[str, Any], list[str]]:
    """What the inputs of `moves` choose from, and the names of every department where one of them needs these."""
    options, day = {}, timezone.localdate(now)
    if Kind.HANDLER in kinds:
        options[Kind.HANDLER] = _people(handlers_of(case, day))
    if Kind.LEADER in kinds:
        nobody = _("Whoever owns the fewest cases") if case.escalated_at and not case.owner_id else _("Nobody yet")
        options[Kind.LEADER] = [("", nobody), *_people(leaders(day))]
    if moves.keys() & {"merge", "attach"}:
        near = candidates.of(case, by=actor, at=now)
        options |= {"merge.into": near.to_merge_into, "attach.to": near.to_attach_to}
    if book:
        options[Kind.TOPIC] = _by_chain(book.topics.values())
        return options, [office.short_name for office in book.offices.values()]
    return options, department_names(now) if kinds & {Kind.DEPARTMENT, Kind.DEPARTMENTS} else []


def _people(found) -> list[tuple[str, Any]]:
    return list(found.items())


def _by_chain(topics) -> list[tuple[str, list[tuple[str, str]]]]:
    groups = {chain: [] for chain in Chain}
    for topic in topics:
        groups[Chain(topic.chain)].append((topic.pk, str(topic)))
    return [(chain.label, rows) for chain, rows in groups.items() if rows]


def department_names(now) -> list[str]:
    return [office.short_name for office in handbook(timezone.localdate(now)).offices.values()]
