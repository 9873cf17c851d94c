"""What a notice says, in the language of its reader."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from routing.ladder import DEFAULT_LADDER
from routing.models import Notice

_RUNGS = {
    "yellow": lambda p: _("Soon due: “%(title)s”") % p,
    "due": lambda p: _("Overdue: “%(title)s”") % p,
}
_SUBJECTS = {
    "file": lambda p: _("New appeal: “%(title)s”") % p,
    "dispatch": lambda p: _("“%(title)s” has been dispatched to %(lead)s") % p,
    "decline": lambda p: _("“%(title)s” cannot be accepted; please read why and where to go") % p,
    "sign": lambda p: _("%(lead)s has taken on “%(title)s”") % p,
    "hand_back": lambda p: _("%(lead)s asks to hand back “%(title)s”") % p,
    "decide_hand_back": lambda p: _("The hand-back of “%(title)s” has been decided") % p,
    "assign": lambda p: _("You have been assigned “%(title)s”") % p,
    "reply": lambda p: _("To review: the reply to “%(title)s”") % p,
    "withdraw": lambda p: _("The enterprise has withdrawn “%(title)s”") % p,
    "message": lambda p: _("A message on “%(title)s”") % p,
    "upload": lambda p: _("A file was added to “%(title)s”") % p,
    "redo": lambda p: _("To be redone: “%(title)s”") % p,
    "close_unrated": lambda p: _("“%(title)s” has been closed; you can still rate it for 30 days") % p,
    "invite": lambda p: _("Please rate how “%(title)s” was handled") % p,
    "answer": lambda p: _("To review: the centre's own answer to “%(title)s”") % p,
    "reclassify": lambda p: _("The centre has corrected topic or level of “%(title)s”") % p,
    "reroute": lambda p: _("“%(title)s” goes back to the centre and to another department") % p,
    "merge": lambda p: _("“%(title)s” was filed twice and is merged") % p,
    "unmerge": lambda p: _("The merging of “%(title)s” was undone") % p,
    "split": lambda p: _("“%(title)s” holds several matters; each goes its own way now") % p,
    "ask_termination": lambda p: _("%(lead)s asks to end “%(title)s”") % p,
    "decide_termination": lambda p: _("It has been decided whether “%(title)s” ends") % p,
    "ask_extension": lambda p: _("%(lead)s asks for more time for “%(title)s”") % p,
    "decide_extension": lambda p: _("The extension for “%(title)s” has been decided") % p,
    "ask_support": lambda p: _("%(lead)s asks your office for support: “%(title)s”") % p,
    "support": lambda p: _("A supporting office has answered: “%(title)s”") % p,
    "progress": lambda p: _("News of “%(title)s”") % p,
    "promise": lambda p: _("A date has been promised for “%(title)s”") % p,
    "pause": lambda p: _("“%(title)s” is paused; please read what it waits for") % p,
    "resume": lambda p: _("Work on “%(title)s” goes on") % p,
    "park": lambda p: _("“%(title)s” is not possible yet and is kept on the list") % p,
    "unpark": lambda p: _("“%(title)s” has been taken up again") % p,
    "reopen": lambda p: _("Reopened: “%(title)s”") % p,
    "find_false_closure": lambda p: _("Found not to be solved, and reopened: “%(title)s”") % p,
    "object": lambda p: _("The enterprise objects: “%(title)s” was declined") % p,
    "decide_objection": lambda p: _("Your objection on “%(title)s” has been decided") % p,
    "ask_exclusion": lambda p: _("%(lead)s asks to leave “%(title)s” out of its score") % p,
    "decide_exclusion": lambda p: _("It has been decided whether “%(title)s” counts in the score") % p,
    "urge": lambda p: _("The enterprise presses for an answer: “%(title)s”") % p,
    "escalate": lambda p: _("Escalated: “%(title)s”") % p,
    "confer": lambda p: _("A conference has been called on “%(title)s”") % p,
    "conclude": lambda p: _("The conference on “%(title)s” has been concluded") % p,
    "supervise": lambda p: _("Supervision order on “%(title)s”") % p,
    "answer_supervision": lambda p: _("%(lead)s has answered the supervision order on “%(title)s”") % p,
    "comment": lambda p: _("A leader has commented on “%(title)s”") % p,
    "member": lambda p: _("%(person)s asks to speak for %(enterprise)s") % p,
    "ask_person": lambda p: _("The enterprise asks for a person to look at “%(title)s”") % p,
    "looked_at": lambda p: _("A person at the centre has looked at “%(title)s”; %(lead)s leads it") % p,
    "move_office": lambda p: _("“%(title)s” has passed to %(lead)s: its office was reorganised") % p,
    "calendar": lambda p: _("The calendar has changed, and with it a limit of “%(title)s”") % p,
    "limit": lambda p: _("A limit of “%(title)s” was set anew") % p,
    "year_ends": lambda p: (
        _("The workdays of %(year)s end soon and those after it are not loaded: limits beyond are provisional") % p
    ),
    "owner": lambda p: _("You are now the owner of %(enterprise)s") % p,
    "removed": lambda p: _("You no longer speak for %(enterprise)s") % p,
    "deputy": lambda p: _("You stand in for %(person)s from %(starts_on)s to %(ends_on)s") % p,
    "broken": lambda p: _("The record does not hold at %(where)s: it was changed from outside") % p,
    "joined": lambda p: _("You may now speak for %(enterprise)s") % p,
}


def words(notice: Notice) -> tuple[str, str]:
    """Subject and body of `notice` in the active language."""
    params = notice.params
    return _subject(notice.kind, params), _("Appeal %(number)s.") % {"number": notice.number} if notice.number else ""


def _subject(kind: str, params: dict) -> str:
    if kind == "rung":
        return _of_rung(params)
    if kind == "review":
        if params["status"] == "visiting":
            return _("“%(title)s” has been answered. Please rate the result") % params
        return _("The reply to “%(title)s” was sent back by the reviewer") % params
    if kind == "rate":
        if params["status"] == "closed":
            return _("The enterprise has rated “%(title)s”; the case is closed") % params
        return _("The enterprise is not satisfied: “%(title)s” is to be redone") % params
    return _SUBJECTS[kind](params)


def _of_rung(params) -> str:
    rung = params["rung"]
    if rung in _RUNGS:
        return _RUNGS[rung](params)
    days = params.get("workdays") or DEFAULT_LADDER[rung].workdays
    told = ngettext("%(days)d working day overdue: “%(title)s”", "%(days)d working days overdue: “%(title)s”", days)
    return told % {**params, "days": days}
