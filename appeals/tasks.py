"""The doors that Celery knocks at; the work is elsewhere. Moments in the database decide, never a broker's delay."""

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from appeals import (
    anchoring,
    attachments,
    auditing,
    bulk,
    drafts,
    exportjobs,
    following,
    intake,
    limitruns,
    oversight,
    scanning,
    waking,
    yearend,
)

HEARTBEAT = "beat"


@shared_task
def sweep_timers():
    waking.fall_asleep()
    return oversight.sweep(timezone.now())


@shared_task
def heartbeat():
    """Proof for /readyz that beat, broker and a worker are alive."""
    cache.set(HEARTBEAT, timezone.now().isoformat(), timeout=None)


@shared_task
def follow_calendar():
    following.follow_calendar(timezone.now())


@shared_task
def warn_of_year_end():
    yearend.warn(timezone.now())


@shared_task
def apply_limits():
    limitruns.work(timezone.now())


@shared_task
def scan_attachments():
    return scanning.scan_waiting(timezone.now())


@shared_task
def forget_staged_files():
    return attachments.forget_staged(timezone.now())


@shared_task
def forget_filing_keys():
    intake.forget_keys(timezone.now())


@shared_task
def forget_drafts():
    drafts.forget(timezone.now())


@shared_task
def run_bulk(pk):
    """Some rows at a time, so that a long job keeps no worker from the clock work."""
    if bulk.work(pk):
        bulk.wake(pk)


@shared_task
def sweep_bulk():
    bulk.sweep(timezone.now())


@shared_task
def make_exports():
    return exportjobs.make_all(timezone.now())


@shared_task
def anchor_record():
    anchoring.anchor_once_a_day(timezone.now())


@shared_task
def verify_record(by=None, origin=""):
    auditing.verify_on_record(by=by, origin=origin, at=timezone.now())
