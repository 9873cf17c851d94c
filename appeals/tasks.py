"""The doors that Celery knocks at; the work is elsewhere. Moments in the database decide, never a broker's delay."""

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone
from kombu.exceptions import OperationalError

from appeals import intake, oversight
from routing import outbox

HEARTBEAT = "beat"


@shared_task
def sweep_timers():
    return oversight.sweep(timezone.now())


@shared_task
def deliver_notices():
    return outbox.deliver(timezone.now())


@shared_task
def heartbeat():
    """Proof for /readyz that beat, broker and a worker are alive."""
    cache.set(HEARTBEAT, timezone.now().isoformat(), timeout=None)


@shared_task
def forget_filing_keys():
    intake.forget_keys(timezone.now())


def wake_deliverer():
    """Deliver now instead of at the next beat; with the broker down the beat will do it."""
    try:
        deliver_notices.apply_async(retry=False)
    except OperationalError:
        return
