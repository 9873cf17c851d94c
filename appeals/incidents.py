"""A mass incident (群体事件): what the lead does to the leading appeal is written to every one attached to it."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.db import transaction
from django.utils import timezone

from appeals.models import Appeal, Event
from appeals.states import Actor, Refused


def shared(step: Callable[..., Event]) -> Callable[..., Event]:
    """A step that reaches the attached appeals too, each with its own event, clocks and version: one transaction.

    One that stands elsewhere (another office, another status) is left as it is: children keep their status.
    """

    @wraps(step)
    def for_all(appeal: Appeal, *, by: Actor, version=None, at: datetime | None = None, **values) -> Event:
        at = at or timezone.now()
        with transaction.atomic():
            children = Appeal.objects.attached_to(appeal)
            # In the order in which a reorganisation locks them too: the leading one is seldom the first.
            if any(child.pk < appeal.pk for child in children):
                Appeal.objects.lock([appeal.pk, *(child.pk for child in children)])
            event = step(appeal, by=by, version=version, at=at, **values)
            for child in children:
                child.because_of = event.appeal.number
                _try(step, child, by=by, at=at, **values)
        return event

    return for_all


def _try(step, child, **values):
    try:
        with transaction.atomic():
            step(child, **values)
    except Refused:
        return
