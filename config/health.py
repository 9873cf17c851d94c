"""Whether this process lives, and whether the whole house is ready for work: for load balancers and watchmen."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import Error, connection
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from appeals.models import Timer
from appeals.tasks import HEARTBEAT
from config.celery import app
from routing.models import Notice

LONGEST_SILENCE = timedelta(minutes=2)  # of beat, which speaks every 30 seconds
LONGEST_WAIT = timedelta(minutes=5)  # of a due timer or notice
NOT_UP = (Error, RedisError, OperationalError, OSError)


@login_not_required
def healthz(request):
    """The process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def readyz(request):
    """200 where everything works, else 503; each part says how it is."""
    now = timezone.now()
    parts = {name: _told(check, now) for name, check in _CHECKS.items()}
    is_ready = all(part["ok"] for part in parts.values())
    return JsonResponse({"ready": is_ready, **parts}, status=200 if is_ready else 503)


def _told(check: Callable[[datetime], dict], now) -> dict:
    try:
        return check(now)
    except NOT_UP as failure:
        return {"ok": False, "error": type(failure).__name__}


def _database(now):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True}


def _broker(now):
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=1)
    return {"ok": True}


def _beat(now):
    last = last_beat()
    return _waited(last, now, LONGEST_SILENCE) if last else {"ok": False, "seconds": None}


def _timers(now):
    return _waited(oldest_due_timer(now), now)


def _notices(now):
    return _waited(oldest_unsent_notice(now), now)


def last_beat() -> datetime | None:
    """When beat, broker and a worker last proved together that they live."""
    last = cache.get(HEARTBEAT)
    return datetime.fromisoformat(last) if last else None


def oldest_due_timer(now: datetime) -> datetime | None:
    return Timer.objects.due(now).order_by("due_at").values_list("due_at", flat=True).first()


def oldest_unsent_notice(now: datetime) -> datetime | None:
    return Notice.objects.due(now).order_by("due_at").values_list("due_at", flat=True).first()


def _waited(since, now, longest=LONGEST_WAIT):
    """`seconds` since the oldest that waits; None: nothing waits."""
    if since is None:
        return {"ok": True, "seconds": None}
    return {"ok": now - since <= longest, "seconds": int((now - since).total_seconds())}


_CHECKS = {
    "database": _database,
    "broker": _broker,
    "beat": _beat,
    "oldest_due_timer": _timers,
    "oldest_unsent_notice": _notices,
}
