"""A case in plain words, in the language of the reader: time left, the status sentence, masked numbers."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from appeals.lights import Countdown
from appeals.states import Ground, Status
from routing.deadlines import Light


def worktime(minutes: int, workday: int) -> str:
    """`minutes` of working time, `workday` of them a day: "1 d 3 h", "2 h 5 min", "12 min"."""
    return _length(minutes, workday)


def clocktime(minutes: int) -> str:
    """`minutes` by the clock on the wall."""
    return _length(minutes, 24 * 60)


def _length(minutes: int, day: int) -> str:
    days, rest = divmod(abs(minutes), day)
    hours, minutes = divmod(rest, 60)
    words = {"days": days, "hours": hours, "minutes": minutes}
    if days:
        return _("%(days)d d %(hours)d h") % words if hours else ngettext("%(days)d day", "%(days)d days", days) % words
    if hours:
        return _("%(hours)d h %(minutes)d min") % words if minutes else _("%(hours)d h") % words
    return _("%(minutes)d min") % words


def day(moment: str | date | datetime) -> str:
    """The day of `moment` (a date, or as the record keeps it) in the reader's way of writing dates."""
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    if isinstance(found, datetime):
        found = timezone.localtime(found).date() if timezone.is_aware(found) else found.date()
    return date_format(found, "DATE_FORMAT")


def moment(text: str) -> str:
    """Day and minute of `text`, a moment as the record keeps it."""
    found = timezone.localtime(datetime.fromisoformat(text))
    return f"{date_format(found, 'DATE_FORMAT')} {found:%H:%M}"


def time_left(countdown: Countdown) -> str:
    """What is left of a limit, or how far it is over, and of what kind of time."""
    length = {"time": _length(countdown.minutes, countdown.day)}
    if countdown.by_clock:
        return (_("%(time)s left") if countdown.minutes >= 0 else _("%(time)s over")) % length
    words = _("%(time)s of working time left") if countdown.minutes >= 0 else _("%(time)s of working time over")
    return words % length


def verdict(light: Light) -> str:
    """What the light of a case says where no limit runs any more."""
    return str(_VERDICTS.get(light, light.label))


_VERDICTS = {Light.MET: gettext_lazy("Answered in time"), Light.RED: gettext_lazy("Answered late")}


def sentence(case) -> str:
    """What the enterprise reads of the status (product.md §3)."""
    return _SENTENCES[Status(case.status)](case)


def _lead(case) -> str:
    return case.lead.name if case.lead else ""


_SENTENCES = {
    Status.TRIAGE: lambda case: _("Accepted; we are working out who is responsible"),
    Status.DISPATCHED: lambda case: _("Given to %(lead)s") % {"lead": _lead(case)},
    Status.SIGNED: lambda case: _("%(lead)s is working on it") % {"lead": _lead(case)},
    Status.PARKED: lambda case: _("Not possible yet; kept on the list, with news every month"),
    Status.REPLIED: lambda case: _("There is a result; it is being reviewed"),
    Status.VISITING: lambda case: _("Please rate the result"),
    Status.CLOSED: lambda case: pgettext("sentence", "Closed"),
    Status.DECLINED: lambda case: _("Not accepted"),
    Status.WITHDRAWN: lambda case: pgettext("sentence", "Withdrawn"),
    Status.MERGED: lambda case: _("Merged into another appeal"),
}


def sureness(confidence: float) -> str:
    """The classifier's confidence in a word."""
    return next(str(words) for least, words in _SURENESS if confidence >= least)


_SURENESS = (
    (0.85, gettext_lazy("almost certain")),
    (0.6, gettext_lazy("likely")),
    (0.35, gettext_lazy("possible")),
    (0.0, gettext_lazy("unsure")),
)


def ground(code: str) -> str:
    return str(Ground(code).label) if code in Ground.values else ""


def masked(text: str) -> str:
    """A phone number as 138****1234; a short one shows its last two digits only."""
    if not text:
        return ""
    return f"{text[:3]}****{text[-4:]}" if len(text) >= 8 else f"****{text[-2:]}"
