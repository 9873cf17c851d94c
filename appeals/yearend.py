"""The alarm before the last announced year runs out (日历到期提醒): once, to those who load the next one."""

from datetime import datetime

from django.utils import timezone

from chains.models import Post
from chains.taxonomy import Role
from routing import calendar, outbox
from routing.models import Notice

KIND = "year_ends"
_TOLD = frozenset({Role.SYSADMIN, Role.DIRECTOR})


def warn(now: datetime) -> bool:
    """Tell system administrators and directors, from 60 days before on; False where it is early or told."""
    today = timezone.localdate(now)
    left = calendar.runs_out_in(today)
    if left is None or left > calendar.WARNED_AHEAD:
        return False
    year = max(calendar.workdays().announced)
    cause = f"{KIND}:{year}"
    if Notice.objects.of_cause(cause).exists():
        return False
    people = Post.objects.held(today).concerning((), _TOLD).values_list("user_id", flat=True)
    outbox.write([outbox.Message(cause, KIND, frozenset(people), params={"year": year})], at=now)
    return True
