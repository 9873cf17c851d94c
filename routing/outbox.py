"""Notices (消息): written once in the transaction of their cause, delivered until done (product.md §6)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from celery import current_app
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

from chains import inbulk
from routing import channels
from routing.models import Notice, NoticeQuerySet

MOST_ATTEMPTS = 12
_AWAKE, _BEAT = "deliverer-awake", 15  # seconds
_LONGEST_WAIT = timedelta(days=1)


@dataclass(frozen=True)
class Message:
    """One cause and whom it reaches. The words are made when it is shown, from `kind` and `params`."""

    cause: str
    kind: str
    recipients: frozenset[int]
    number: str = ""
    params: dict = field(default_factory=dict)
    urgent: bool = False


def write(messages: Iterable[Message], *, at: datetime) -> None:
    """Put `messages` into the outbox in the caller's transaction; a cause reaches a person once by a channel."""
    reachable = _with_mail({person for message in messages for person in message.recipients})
    inbulk.insert(
        [
            Notice(
                cause=message.cause,
                recipient_id=person,
                channel=channel,
                kind=message.kind,
                number=message.number,
                params=message.params,
                urgent=message.urgent,
                created_at=at,
                due_at=at,
            )
            for message in messages
            for person in sorted(message.recipients)
            for channel in _channels(person, reachable)
        ],
        ignore_conflicts=True,
    )
    transaction.on_commit(_wake_deliverer)


def _wake_deliverer():
    """Deliver now instead of at the next beat; with the broker down, the beat after its return does it.

    One call waiting is enough: it reads the outbox only after it has called itself asleep again.
    """
    try:
        if cache.add(_AWAKE, True, timeout=_BEAT):
            current_app.send_task("routing.tasks.deliver_notices", expires=_BEAT, retry=False)
    except (RedisError, BrokerError):
        return


def fall_asleep() -> None:
    """The deliverer begins to read: what is committed from now on has to wake it again."""
    cache.delete(_AWAKE)


def _channels(person, reachable):
    return (Notice.Channel.INBOX, Notice.Channel.MAIL) if person in reachable else (Notice.Channel.INBOX,)


def _with_mail(people: set[int]) -> set[int]:
    user = Notice._meta.get_field("recipient").related_model
    return set(user.objects.filter(pk__in=people).exclude(email="").values_list("pk", flat=True))


def deliver(now: datetime, *, limit: int = 200) -> int:
    """Send what is due, `limit` rows at most; any number of deliverers may run. Returns how many rows were claimed."""
    with transaction.atomic():
        inbox = _claim(now, Notice.Channel.INBOX, limit)
        Notice.objects.filter(pk__in=[notice.pk for notice in inbox]).update(
            state=Notice.State.SENT, sent_at=now, attempts=F("attempts") + 1
        )
    mails = 0
    while mails < limit and _send_one_mail(now):
        mails += 1
    return len(inbox) + mails


def _claim(now, channel, limit):
    due = Notice.objects.due(now).filter(channel=channel).order_by("due_at")
    return list(due.select_for_update(skip_locked=True, of=("self",))[:limit])


def _send_one_mail(now) -> bool:
    """One mail, one transaction: a crash between sending and the mark repeats it under the same Message-ID."""
    with transaction.atomic():
        claimed = _claim(now, Notice.Channel.MAIL, 1)
        for notice in claimed:
            _mark(notice, channels.send_mail(notice), now)
    return bool(claimed)


def _mark(notice: Notice, error: str, now: datetime) -> None:
    notice.attempts += 1
    notice.error = error
    if not error:
        notice.state, notice.sent_at = Notice.State.SENT, now
    elif notice.attempts >= MOST_ATTEMPTS:
        notice.state = Notice.State.DEAD
    else:
        notice.due_at = now + min(_LONGEST_WAIT, timedelta(seconds=30 * 2**notice.attempts))
    notice.save(update_fields=["attempts", "error", "state", "sent_at", "due_at"])


def mark_read(notices: NoticeQuerySet, *, at: datetime) -> int:
    """Note that these were read, those that were not yet; returns how many."""
    return notices.unread().update(read_at=at)
