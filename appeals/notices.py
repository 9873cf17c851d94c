"""Which step tells whom: a rule for each verb of the table and each rung of a clock."""

from datetime import datetime

from appeals.models import Appeal, Event
from appeals.people import Audience, To
from appeals.states import Part, Status
from routing import outbox

BY_VERB = {
    "dispatch": {To.OFFICE, To.ENTERPRISE},
    "decline": {To.ENTERPRISE},
    "sign": {To.ENTERPRISE},
    "hand_back": {To.CENTRE},
    "decide_hand_back": {To.OFFICE},
    "assign": {To.OFFICE},
    "reply": {To.REVIEWERS},
    "rate": {To.OFFICE},
    "redo": {To.OFFICE, To.HEAD},
    "withdraw": {To.OFFICE},
    "close_unrated": {To.ENTERPRISE},
    "invite": {To.ENTERPRISE},
}
BY_RUNG = {
    "yellow": {To.OFFICE},
    "due": {To.OFFICE, To.HEAD},
    "plus1": {To.HEAD, To.SUPERVISORS},
    "plus3": {To.DIRECTOR},
    "plus5": {To.LEADERS},
}
BY_RUNG_OF_THE_CENTRE = {
    "due": {To.DIRECTOR},
    "plus1": {To.DIRECTOR, To.SUPERVISORS},
    "plus3": {To.DIRECTOR},
    "plus5": {To.LEADERS},
}
_CENTRES_CLOCKS = {"triage": To.CENTRE, "hand_back": To.CENTRE, "review": To.REVIEWERS}


def announce(case: Appeal, event: Event) -> None:
    """Write the notices that `event` causes, in its transaction."""
    announce_all([(case, event)], event.at)


def announce_all(pairs: list[tuple[Appeal, Event]], at: datetime) -> None:
    """The same for many events in few statements."""
    wanted = [(case, event, told) for case, event in pairs if (told := told_of(case, event) | _watch(case, event))]
    if not wanted:
        return
    words = set().union(*(told for _case, _event, told in wanted))
    enterprises, offices = {case.enterprise_id for case, *_ in wanted}, {_office(*pair) for *pair, _told in wanted}
    audience = Audience.of(enterprises, offices, words, at)
    messages = [_message(case, event, audience.ids(case, _office(case, event), told)) for case, event, told in wanted]
    outbox.write([message for message in messages if message.recipients], at=at)


def _office(case, event):
    """The office that `event` is about: the lead, or the one that has just handed the case back."""
    return case.lead_id or event.data.get("lead")


def _watch(case, event) -> set[To]:
    """An urgent case that comes to a desk reaches somebody day and night."""
    comes = event.from_status != event.to_status or event.verb == "escalate"
    return {To.WATCH} if case.urgent and comes and event.to_status in (Status.TRIAGE, Status.DISPATCHED) else set()


def told_of(case: Appeal, event: Event) -> set[To]:
    """Whom `event` concerns."""
    if "clock" in event.data:
        return _of_rung(event.verb, event.data["clock"])
    if event.verb == "file":
        return _of_filing(case)
    if event.verb in ("message", "upload") and not event.internal:
        return {To.ENTERPRISE} if event.part != Part.MEMBER else _keepers(case)
    if event.verb == "review":
        return {To.ENTERPRISE} if case.status == Status.VISITING else {To.OFFICE}
    if event.verb == "rate" and case.status != Status.CLOSED:
        return {To.OFFICE, To.HEAD}
    return BY_VERB.get(event.verb, set())


def _of_filing(case):
    if case.status == Status.DISPATCHED:
        return {To.OFFICE}
    return {To.CENTRE} if case.urgent else set()


def _of_rung(rung, clock):
    # In triage, review and the decision on a hand-back no office is late: the centre is.
    if desk := _CENTRES_CLOCKS.get(clock):
        return BY_RUNG_OF_THE_CENTRE.get(rung, set()) | ({desk} if rung in ("yellow", "due") else set())
    return BY_RUNG.get(rung, BY_VERB.get(rung, set()))


def _keepers(case):
    """Who holds the case now: the centre until it is dispatched, then the office."""
    return {To.CENTRE} if case.status in (Status.TRIAGE, Status.DECLINED) else {To.OFFICE}


def _message(case, event, recipients):
    return outbox.Message(
        cause=f"{case.number}:{event.seq}",
        kind="rung" if event.verb in BY_RUNG else event.verb,
        recipients=frozenset(recipients - {event.actor_id}),
        number=case.number,
        params={
            "title": case.title,
            "status": case.status,
            "rung": event.verb if event.verb in BY_RUNG else "",
            "lead": case.lead.short_name if case.lead else "",
        },
        urgent=case.urgent or event.verb == "plus5",
    )
