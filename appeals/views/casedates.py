from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from appeals.forms import Bounds
from appeals.models import Appeal
from appeals.wording import day
from routing.calendar import policy, workdays
from routing.deadlines import extension_asked_by, extension_until

_USUAL_ORDER = 3  # workdays for the answer to a supervision order
_USUAL_CONFERENCE = 2


def bounds_of(case: Appeal, verb: str, now) -> dict[str, Bounds]:
    """Between which days the date of a step may lie, by its field."""
    found = _BOUNDS.get(verb)
    return found(case, now) if found else {}


def _extension(case, now):
    if not case.resolve_by or not case.dispatched_at:
        return {}
    table = workdays(case.lead_id)
    latest = extension_until(case.level, case.resolve_by, case.dispatched_at, table, policy(case.dispatched_at))
    if latest is None:
        return {}
    last, first = timezone.localdate(latest), table.after(timezone.localdate(case.resolve_by), 1)
    words = {"limit": day(case.resolve_by), "last": day(last)}
    hint = _("The limit is %(limit)s now; at this level it can move to %(last)s at most.") % words
    asked_by = extension_asked_by(case.level, case.resolve_by, table)
    hint += " " + _("To be asked for by %(moment)s.") % {"moment": f"{timezone.localtime(asked_by):%m-%d %H:%M}"}
    return {"until": Bounds(low=first, high=last, value=last, hint=hint)}


def _promise(case, now):
    # No day is proposed: whoever promises one chooses it.
    latest = timezone.localdate(case.resolve_by) if case.resolve_by else None
    hint = _("A working day, %(last)s at the latest.") % {"last": day(latest)} if latest else ""
    return {"until": Bounds(low=_tomorrow(now), high=latest, hint=hint)}


def _order(case, now):
    value = workdays().after(timezone.localdate(now), _USUAL_ORDER)
    hint = _("A working day; the answer is due at its close of business.")
    return {"answer_by": Bounds(low=_tomorrow(now), value=value, hint=hint)}


def _conference(case, now):
    today = timezone.localdate(now)
    return {"on": Bounds(low=today, value=workdays().after(today, _USUAL_CONFERENCE))}


def _tomorrow(now):
    return timezone.localdate(now) + timedelta(days=1)


_BOUNDS = {"ask_extension": _extension, "promise": _promise, "supervise": _order, "confer": _conference}
