"""Quarantine (隔离): a file is nobody's to read until the scanner has found nothing in it."""

import logging
from datetime import datetime

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from appeals import clamd
from appeals.models import Attachment
from chains import audit
from chains.models import Audit

_log = logging.getLogger(__name__)
_BEAT = 15  # seconds: what is not scanned now is scanned then


def state_on_arrival() -> str:
    """Without a scanner a file may be read at once."""
    return Attachment.State.CHECKING if settings.CLAMD_URL else Attachment.State.CLEAN


def wake() -> None:
    """Scan now instead of at the next beat; with the broker down, the beat after its return does it."""
    if not settings.CLAMD_URL:
        return
    try:
        current_app.send_task("appeals.tasks.scan_attachments", expires=_BEAT, retry=False)
    except (RedisError, BrokerError):
        return


def scan_waiting(at: datetime) -> int:
    """Scan whatever waits; the number of verdicts. Without an answer of the scanner it goes on waiting.

    A file without a verdict keeps none of the others back. Where no scanner is set any more, what waits is let through.
    """
    waiting = list(Attachment.objects.waiting().values_list("pk", flat=True))
    return sum(_scan(pk, at) for pk in waiting)


@transaction.atomic
def _scan(pk: int, at: datetime) -> bool:
    # Two workers at the same file: the second leaves it to the first.
    one = Attachment.objects.select_for_update(skip_locked=True, of=("self",)).waiting().numbered(pk).first()
    if one is None:
        return False
    try:
        found = _found_in(one)
    except OSError as wrong:
        _log.warning("attachment %s stays in quarantine: %s", pk, wrong)
        return False
    if found:
        _refuse(one, found, at)
    else:
        Attachment.objects.numbered(pk).update(state=Attachment.State.CLEAN)
    return True


def _found_in(one: Attachment) -> str:
    if not settings.CLAMD_URL:
        return ""
    with one.file.open() as content:
        return clamd.found_in(content.read(), url=settings.CLAMD_URL)


def _refuse(one: Attachment, found: str, at: datetime) -> None:
    """What is infected is not kept; its sum and what was found in it are."""
    path, storage = one.file.name, one.file.storage
    Attachment.objects.numbered(one.pk).update(
        state=Attachment.State.REFUSED, reason=Attachment.Reason.INFECTED, file=""
    )
    transaction.on_commit(lambda: storage.delete(path))
    told = {"attachment": one.pk, "found": found[:200], "sha256": one.sha256, "uploaded_by": one.uploaded_by_id}
    audit.note(Audit.Kind.INFECTED, by=None, subject=one.appeal.number if one.appeal else "", data=told, at=at)
