"""What a watchman of the machine reads (Prometheus): how fast pages are, what waits and is late; nothing of a case."""

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import sync_only_middleware
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from appeals.models import Appeal, Timer
from chains.origin import address_of
from config import health
from routing.models import Notice

# The processes of a web server write side by side; whoever is asked adds up what all of them wrote.
FOLDER = settings.METRICS_DIR
REQUESTS = Histogram(
    "qiying_request_seconds",
    "Requests and how long they took, by view",
    ["view", "method", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


@sync_only_middleware
def timed(get_response):
    """Measures every request under the name of its view: never an address, which may name a case."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for other in FOLDER.parent.iterdir():
        if not Path("/proc", other.name).exists():  # a server that has ended
            shutil.rmtree(other, ignore_errors=True)

    def middleware(request):
        began = time.perf_counter()
        answer = get_response(request)
        found = request.resolver_match
        view = found.view_name if found else "none"
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(view, method, answer.status_code).observe(time.perf_counter() - began)
        return answer

    return middleware


@login_not_required
@require_safe
def metrics(request):
    if not _may_read(request):
        return HttpResponse("Not from here.\n", status=403, content_type="text/plain")
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(FOLDER))
    registry.register(House())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read(request) -> bool:
    """With METRICS_TOKEN whoever brings it, from anywhere; without one the machines of the own network."""
    if settings.METRICS_TOKEN:
        return constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}")
    # Behind a proxy that PROXIES does not count, every sender would look like a machine of ours.
    if request.META.get("HTTP_X_FORWARDED_FOR") and not settings.PROXIES:
        return False
    address = address_of(request)
    return bool(address) and ip_address(address).is_private


class House:
    """What waits and what is late, read when somebody asks. A part that does not answer is said to be down."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = timezone.now()
        up = GaugeMetricFamily("qiying_part_up", "Whether a part of the house answers", labels=["part"])
        for part, read in _PARTS.items():
            try:
                yield from list(read(now))
                up.add_metric([part], 1)
            except health.NOT_UP:
                up.add_metric([part], 0)
        yield up


def _timers(now: datetime):
    yield _gauge("qiying_due_timers", "Timers that are due", Timer.objects.due(now).count())
    yield _gauge("qiying_timers_set_aside", "Timers that failed", Timer.objects.set_aside().count())
    oldest = health.oldest_due_timer(now)
    yield _gauge("qiying_oldest_due_timer_seconds", "How long the oldest due timer has waited", _age(oldest, now))


def _notices(now: datetime):
    found = GaugeMetricFamily("qiying_notices", "Notices that have not been sent", labels=["state"])
    for state in (Notice.State.WAITING, Notice.State.DEAD):
        found.add_metric([state], Notice.objects.in_state(state).count())
    yield found
    oldest = health.oldest_unsent_notice(now)
    yield _gauge("qiying_oldest_unsent_notice_seconds", "How long the oldest due notice has waited", _age(oldest, now))


def _beat(now: datetime):
    last = health.last_beat()
    seconds = (now - last).total_seconds() if last else float("inf")
    yield _gauge("qiying_beat_silence_seconds", "How long beat, broker or worker have been silent", seconds)


def _appeals(now: datetime):
    rows = Appeal.objects.open().order_by().values_list("status")
    by_status = GaugeMetricFamily("qiying_open_appeals", "Open appeals", labels=["status"])
    late = GaugeMetricFamily("qiying_overdue_appeals", "Open appeals past a limit", labels=["status"])
    for status, count, overdue in rows.annotate(count=Count("pk"), overdue=Count("pk", filter=Q(due_by__lt=now))):
        by_status.add_metric([status], count)
        late.add_metric([status], overdue)
    yield from (by_status, late)


def _gauge(name, words, value):
    return GaugeMetricFamily(name, words, value=value)


def _age(since: datetime | None, now: datetime) -> float:
    """0 where nothing waits."""
    return (now - since).total_seconds() if since else 0


_PARTS: dict[str, Callable] = {"timers": _timers, "notices": _notices, "beat": _beat, "appeals": _appeals}
