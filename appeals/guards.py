"""Why a step may not be taken, though part and status would allow it; None: nothing stands against it.

A guard holds for everybody just now; a bar (`case, actor`) for this person in this case.
"""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from appeals.states import Status
from chains.taxonomy import Role


def hand_back_is_open(case, actor, at):
    if case.round > 1:
        return _("A case that was redone cannot be handed back.")
    if case.hand_backs_lost:
        # Weifang 12345 rules §22: once refused, the office keeps the case.
        return _("The hand-back was refused before; a second one is not possible.")
    if case.contacted_at:
        return _("The enterprise has been contacted; the case can no longer be handed back.")
    if case.open_hand_back:
        return _("A hand-back is already waiting for its decision.")
    if case.hand_back_by and at > case.hand_back_by:
        return _("The time for handing back ended at the close of the second working day after dispatch.")
    return None


def hand_back_waits(case, actor, at):
    return None if case.open_hand_back else _("No hand-back is waiting for a decision.")


def decides_for_others(case, actor):
    asked = case.open_hand_back
    if asked and asked.asked_by_id == actor.user_id:
        return _("Whoever asks for a hand-back cannot decide it.")
    if case.dispatched_by_id == actor.user_id and Role.DIRECTOR not in actor.roles:
        return _("Whoever dispatched the case cannot decide its hand-back; the director does.")
    return None


def no_hand_back_waits(case, actor, at):
    return _("A hand-back is waiting for its decision.") if case.open_hand_back else None


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


def can_still_be_rated(case, actor, at):
    if case.status != Status.CLOSED:
        return None
    if not case.closed_unrated:
        return _("The case has been rated.")
    if at - case.closed_at > LATE_RATING:
        return _("Thirty days after the closing it can no longer be rated.")
    return None
