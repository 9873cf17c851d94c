"""Why a step may not be taken, though part and status would allow it; None: nothing stands against it.

A guard holds for everybody just now; a bar (`case, actor`) for this person in this case.
"""

from collections.abc import Callable
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from appeals.states import MOST_REOPENINGS, Status
from chains.taxonomy import Level, Role

_WAITS = {
    "hand_back": _("A hand-back is waiting for its decision."),
    "extension": _("An extension is waiting for its decision."),
    "termination": _("A termination is waiting for its decision."),
    "objection": _("An objection is waiting for its decision."),
    "exclusion": _("An exclusion is waiting for its decision."),
}
_NOTHING_WAITS = {
    "hand_back": _("No hand-back is waiting for a decision."),
    "extension": _("No extension is waiting for a decision."),
    "termination": _("No termination is waiting for a decision."),
    "objection": _("No objection is waiting for a decision."),
    "exclusion": _("No exclusion is waiting for a decision."),
}


def waits(kind: str) -> Callable:
    """A request of `kind` is there to be decided."""
    return lambda case, actor, at: None if kind in case.waiting else _NOTHING_WAITS[kind]


def nothing_waits(kind: str) -> Callable:
    """One request of a kind at a time."""
    return lambda case, actor, at: _WAITS[kind] if kind in case.waiting else None


def did_not_ask_for(kind: str) -> Callable:
    """Whoever asks never approves (product.md §2)."""

    def bar(case, actor):
        asked = case.waiting.get(kind)
        return (
            _("Whoever asks for something cannot decide it.") if asked and asked.asked_by_id == actor.user_id else None
        )

    return bar


def hand_back_is_open(case, actor, at):
    if case.round > 1 and not case.hand_back_by:
        return _("A case that was redone cannot be handed back.")
    if case.hand_backs_lost:
        # Weifang 12345 rules §22: once refused, the office keeps the case.
        return _("The hand-back was refused before; a second one is not possible.")
    if case.contacted_at:
        return _("The enterprise has been contacted; the case can no longer be handed back.")
    if "hand_back" in case.waiting:
        return _("A hand-back is already waiting for its decision.")
    if case.hand_back_by and at > case.hand_back_by:
        return _("The time for handing back ended at the close of the second working day after dispatch.")
    return None


def decides_for_others(case, actor):
    if refusal := did_not_ask_for("hand_back")(case, actor):
        return refusal
    if case.dispatched_by_id == actor.user_id and Role.DIRECTOR not in actor.roles:
        return _("Whoever dispatched the case cannot decide its hand-back; the director does.")
    return None


def nothing_is_owed_before_the_reply(case, actor, at):
    for kind in ("hand_back", "termination"):
        if kind in case.waiting:
            return _WAITS[kind]
    # A support that lets its own limit pass does not keep the enterprise waiting, too.
    if any(order.due_at >= at for order in case.open_supports):
        return _("A supporting office has not answered yet; its answer comes before the reply.")
    return None


def extension_is_open(case, actor, at):
    if "extension" in case.waiting:
        return _WAITS["extension"]
    if case.paused_at:
        return _("While the case is paused it has no limit that could be extended.")
    if case.level == Level.S:
        return _("At this level there is no extension.")
    if case.extensions_granted:
        return _("The limit was extended in this round already; it can be extended once.")
    if case.resolve_by and at > case.resolve_by:
        return _("The limit has passed; an extension has to be asked for before.")
    return None


def approves_the_extension(case, actor):
    """Who decides, by level (product.md §5); of a case that a leader owns (包案), the leader."""
    asked = case.waiting.get("extension")
    if asked is None:
        return None
    if refusal := did_not_ask_for("extension")(case, actor):
        return refusal
    approver = Role.LEADER if case.owner_id else Role(asked.approver)
    if approver != Role.HEAD:
        return None if approver in actor.roles else _APPROVER[approver]
    # Where the head asked himself, the centre decides instead.
    instead = asked.asked_by_head and actor.roles & {Role.TRIAGE, Role.DIRECTOR}
    return None if instead or case.lead_id in actor.heads else _APPROVER[approver]


_APPROVER = {
    Role.HEAD: _("At this level the department head decides on the extension."),
    Role.TRIAGE: _("At this level the triage officer decides on the extension."),
    Role.DIRECTOR: _("At this level the centre director decides on the extension."),
    Role.LEADER: _("Of this case a leader decides on the extension."),
}


def may_promise(case, actor, at):
    if case.level != Level.D:
        return _("A date is promised for hard cases (level D) only.")
    if case.promised_at:
        return _("A date has been promised already; only an extension moves it.")
    if case.promise_by and at > case.promise_by:
        return _("A date has to be promised within five working days of signing.")
    return None


def may_stand_still(case, actor, at):
    # 保障中小企业款项支付条例 (2025) §25: nobody may stop this limit.
    return _("A statutory limit cannot be stopped.") if case.level == Level.L else None


def runs_and_may_stop(case, actor, at):
    return _("The case is paused already.") if case.paused_at else may_stand_still(case, actor, at)


def is_paused(case, actor, at):
    return None if case.paused_at else _("The case is not paused.")


def did_not_work_on_it(case, actor):
    if actor.user_id in case.worker_ids:
        return _("Whoever worked on the case cannot review it or visit.")
    return None


def was_visited(case, actor, at):
    if not case.was_visited:
        return _("A redo needs a return visit in this round first.")
    return None


def contact_is_not_hidden(case, actor):
    if case.anonymous and not actor.roles & {Role.TRIAGE, Role.DIRECTOR, Role.REVIEWER}:
        return _("The enterprise asked to stay anonymous to the department; write a message instead.")
    return None


LATE_RATING = timedelta(days=30)
REOPENED_WITHIN = timedelta(days=30)
UNMERGED_WITHIN = timedelta(days=7)


def can_still_be_rated(case, actor, at):
    if case.status != Status.CLOSED:
        return None
    if not case.closed_unrated:
        return _("The case has been rated.")
    if at - case.closed_at > LATE_RATING:
        return _("Thirty days after the closing it can no longer be rated.")
    return None


def was_decided_automatically(case, actor, at):
    """个人信息保护法 §24: whoever is concerned by an automatic decision may ask for a person, here once."""
    if case.person_asked_at:
        return _("You have asked for a person already.")
    if case.decided_by != "auto":
        return _("A person has decided where this appeal goes.")
    return None


def may_be_reopened(case, actor, at):
    if case.reopen_count >= MOST_REOPENINGS:
        return _("The case was reopened twice; please file a new appeal, it will be linked to this one.")
    if at - case.closed_at > REOPENED_WITHIN:
        return _("Thirty days after the closing a case stays closed; please file a new appeal, linked to this one.")
    return None


def objection_is_open(case, actor, at):
    if "objection" in case.waiting:
        return _WAITS["objection"]
    if case.objected:
        return _("An objection has been decided already.")
    if case.object_by and at > case.object_by:
        return _("The ten working days for an objection have passed.")
    return None


def did_not_decline(case, actor):
    if actor.user_id == case.declined_by_id:
        return _("Whoever declined the appeal cannot decide on the objection.")
    return did_not_ask_for("objection")(case, actor)


def merged_lately(case, actor, at):
    return _("After seven days a merging stays.") if at - case.ended_at > UNMERGED_WITHIN else None


def leads_no_incident(case, actor, at):
    if case.parent_id:
        return _("The appeal is attached to a mass incident already.")
    return _("Other appeals are attached to this one; it cannot be attached itself.") if case.has_children else None


def is_whole(case, actor, at):
    return _("An appeal is split once.") if case.split_from_id or case.was_split else None


def exclusion_is_open(case, actor, at):
    if case.excluded_at:
        return _("The case is excluded from the score already.")
    return _WAITS["exclusion"] if "exclusion" in case.waiting else None


def no_conference_waits(case, actor, at):
    return _("A conference has been called; conclude it first.") if case.open_conference else None


def a_conference_waits(case, actor, at):
    return None if case.open_conference else _("No conference has been called.")


def an_order_waits(case, actor, at):
    return None if case.open_orders else _("No supervision order is waiting for an answer.")


def is_ordered(case, actor):
    """An order goes to whoever holds the case: the centre in triage and review, else the lead."""
    held_by_centre = case.status in (Status.TRIAGE, Status.REPLIED)
    is_centre = bool(actor.roles & {Role.TRIAGE, Role.DIRECTOR})
    is_lead = case.lead_id in actor.handles | actor.heads
    if is_centre if held_by_centre else is_lead:
        return None
    return _("The order is answered by whoever holds the case.")
