"""Which step tells whom: a rule for each verb of the table and each rung of a clock."""

from datetime import datetime

from appeals.models import Appeal, Event
from appeals.people import Audience, To
from appeals.states import Part, Status
from chains.taxonomy import Role
from routing import ladder, outbox
from routing.calendar import policy
from routing.ladder import Told

BY_VERB = {
    "dispatch": {To.OFFICE, To.ENTERPRISE},
    "answer": {To.REVIEWERS},
    "decline": {To.ENTERPRISE},
    "reclassify": {To.OFFICE},
    "reroute": {To.OFFICE, To.ENTERPRISE},
    "merge": {To.OFFICE, To.ENTERPRISE},
    "unmerge": {To.OFFICE, To.ENTERPRISE},
    "split": {To.ENTERPRISE},
    "sign": {To.ENTERPRISE},
    "hand_back": {To.CENTRE},
    "decide_hand_back": {To.OFFICE},
    "ask_termination": {To.CENTRE},
    "ask_person": {To.CENTRE},
    "ask_support": {To.SUPPORT},
    "support": {To.OFFICE},
    "assign": {To.OFFICE},
    "progress": {To.ENTERPRISE},
    "promise": {To.ENTERPRISE},
    "pause": {To.ENTERPRISE},
    "resume": {To.ENTERPRISE},
    "park": {To.OFFICE, To.ENTERPRISE},
    "unpark": {To.OFFICE, To.ENTERPRISE},
    "reply": {To.REVIEWERS},
    "rate": {To.OFFICE},
    "redo": {To.OFFICE, To.HEAD},
    "reopen": {To.OFFICE, To.HEAD},
    "find_false_closure": {To.OFFICE, To.HEAD, To.ENTERPRISE},
    "withdraw": {To.OFFICE},
    "object": {To.DIRECTOR},
    "decide_objection": {To.ENTERPRISE},
    "ask_exclusion": {To.DIRECTOR},
    "decide_exclusion": {To.OFFICE, To.HEAD},
    "escalate": {To.OFFICE, To.HEAD, To.DIRECTOR},
    "confer": {To.OFFICE, To.SUPPORT},
    "conclude": {To.OFFICE, To.HEAD, To.OWNER},
    "comment": {To.OFFICE, To.HEAD, To.DIRECTOR},
    "close_unrated": {To.ENTERPRISE},
    "move_office": {To.OFFICE, To.ENTERPRISE},
    "invite": {To.ENTERPRISE},
}
_CENTRES_CLOCKS = {
    "triage": To.CENTRE,
    "hand_back": To.CENTRE,
    "termination": To.CENTRE,
    "extension": To.CENTRE,
    "review": To.REVIEWERS,
}
_APPROVERS = {
    Role.HEAD: To.HEAD,
    Role.TRIAGE: To.CENTRE,
    Role.DIRECTOR: To.DIRECTOR,
    Role.LEADER: To.LEADERS,
}


def announce(case: Appeal, event: Event) -> None:
    """Write the notices that `event` causes, in its transaction."""
    announce_all([(case, event)], event.at)


def announce_all(pairs: list[tuple[Appeal, Event]], at: datetime) -> None:
    """The same for many events in few statements."""
    wanted = [(case, event, told) for case, event in pairs if (told := told_of(case, event) | _watch(case, event))]
    if not wanted:
        return
    words = set().union(*(told for _case, _event, told in wanted))
    enterprises = {case.enterprise_id for case, *_ in wanted}
    offices = {office for case, event, _told in wanted for office in [_office(case, event), *_helpers(event)]}
    audience = Audience.of(enterprises, offices, words, at)
    messages = [
        _message(case, event, audience.ids(case, _office(case, event), told, _helpers(event)))
        for case, event, told in wanted
    ]
    outbox.write([message for message in messages if message.recipients], at=at)


def _office(case, event):
    """The office that `event` is about: the lead, or the one that has just lost the case."""
    return case.lead_id or event.data.get("lead")


def _watch(case, event) -> set[To]:
    """An urgent case that comes to a desk, or becomes urgent there, reaches somebody day and night."""
    comes = event.from_status != event.to_status or event.verb == "escalate"
    waits = comes and event.to_status in (Status.TRIAGE, Status.DISPATCHED)
    becomes_urgent = event.verb == "reclassify" and event.data.get("urgent") is True
    return {To.WATCH} if case.urgent and (waits or becomes_urgent) else set()


def _helpers(event) -> list[str]:
    """The other offices that `event` calls: a support, those of a conference."""
    if kind := event.data.get("clock") or event.data.get("limit"):
        return [event.data["subject"]] if kind == "support" else []
    return [*event.data.get("departments", ()), *filter(None, [event.data.get("department")])]


def told_of(case: Appeal, event: Event) -> set[To]:
    """Whom `event` concerns."""
    if "clock" in event.data:
        return of_rung(event.verb, event.data["clock"], case, event.at)
    if event.verb == "file":
        return _of_filing(case)
    if event.verb in ("message", "upload") and not event.internal:
        return {To.ENTERPRISE} if event.part != Part.MEMBER else _keepers(case)
    if event.verb == "review":
        return {To.ENTERPRISE} if case.status == Status.VISITING else {To.OFFICE}
    if told := _TOLD.get(event.verb):
        return told(case, event)
    if event.verb == "rate" and case.status != Status.CLOSED:
        return {To.OFFICE, To.HEAD}
    told = BY_VERB.get(event.verb, set())
    return told | {To.ENTERPRISE} if event.data.get("looked_at") else told


def _told_of_decision(case, event):
    """The office learns either way, the enterprise only what becomes of its appeal."""
    return {To.OFFICE, To.ENTERPRISE} if event.data.get("granted") else {To.OFFICE}


def _told_of_request(case, event):
    return {To.LEADERS} if case.owner_id else {_APPROVERS[event.data["approver"]]}


def _told_of_urging(case, event):
    if case.status == Status.REPLIED:
        return {To.REVIEWERS}
    return {To.CENTRE} if case.status == Status.TRIAGE else {To.OFFICE, To.HEAD}


def _told_of_answer(case, event):
    """Whoever ordered; of an order that a clock wrote, the supervisors."""
    return {To.ISSUERS, To.SUPERVISORS} if case.answers_a_clock else {To.ISSUERS}


def _told_of_order(case, event):
    return {To.OFFICE, To.HEAD} if event.data.get("department") else {To.CENTRE}


def _told_of_moving(case, event):
    """Whoever works by the limit that moved; the enterprise of the one by which it has its answer."""
    kind = event.data["limit"]
    if kind == "resolve":
        return {To.OFFICE, To.ENTERPRISE}
    return {_MOVED_FOR.get(kind, _CENTRES_CLOCKS.get(kind, To.OFFICE))}


_MOVED_FOR = {"visit": To.ENTERPRISE, "support": To.SUPPORT}

_TOLD = {
    "calendar": _told_of_moving,
    "limit": _told_of_moving,
    "decide_termination": _told_of_decision,
    "decide_extension": _told_of_decision,
    "ask_extension": _told_of_request,
    "urge": _told_of_urging,
    "supervise": _told_of_order,
    "answer_supervision": _told_of_answer,
}


def _of_filing(case):
    if case.status == Status.DISPATCHED:
        return {To.OFFICE}
    return {To.CENTRE} if case.urgent else set()


def of_rung(rung: str, kind: str, case: Appeal, at: datetime) -> set[To]:
    """Whom `rung` of a clock of this `kind` tells, as the officers have set it for the day of `at`."""
    if rung not in ladder.HEIGHT:
        return BY_VERB.get(rung, set())
    rungs = policy(at).rungs
    tells = (rungs.get((kind, rung)) or rungs["", rung]).tells
    holder, chief = _holder_and_chief(kind, case)
    if holder == To.OFFICE and getattr(case, "just_taken_over", False):
        holder = To.WHOLE_OFFICE  # whoever has let it run out is told as well as the head, who has it now
    return {{Told.HOLDER: holder, Told.CHIEF: chief}.get(word) or _ABOVE[word] for word in tells}


def _holder_and_chief(kind, case) -> tuple[To, To]:
    """Who has to act before the clock runs out, and who stands above: of a helper, the lead that asked."""
    if kind == "support":
        return To.SUPPORT, To.OFFICE
    # In triage, review and the decision on a hand-back no office is late: the centre is.
    if desk := _CENTRES_CLOCKS.get(kind):
        return desk, To.DIRECTOR
    if kind == "order" and case.status in (Status.TRIAGE, Status.REPLIED):
        return To.CENTRE, To.DIRECTOR  # which then holds the case and answers
    return To.OFFICE, To.HEAD


_ABOVE = {Told.SUPERVISORS: To.SUPERVISORS, Told.DIRECTOR: To.DIRECTOR, Told.LEADERS: To.LEADERS}


def _keepers(case):
    """Who holds the case now: the centre until it is dispatched, then the office."""
    return {To.CENTRE} if case.status in (Status.TRIAGE, Status.DECLINED) else {To.OFFICE}


def _kind(event):
    if event.data.get("looked_at"):
        return "looked_at"
    return "rung" if event.verb in ladder.HEIGHT else event.verb


def _message(case, event, recipients):
    return outbox.Message(
        cause=f"{case.number}:{event.seq}",
        kind=_kind(event),
        recipients=frozenset(recipients - {event.actor_id}),
        number=case.number,
        params={
            "title": case.title,
            "status": case.status,
            "rung": event.verb if event.verb in ladder.HEIGHT else "",
            "lead": case.lead.short_name if case.lead else "",
            **({"workdays": event.data["workdays"]} if "workdays" in event.data else {}),
        },
        urgent=case.urgent or event.verb == ladder.TOP,
    )
