"""A worker killed with -9 in the middle of a bulk job: another one resumes it, and each case is done once."""

import os
import time

import pytest
from django.utils import timezone

from appeals import bulk
from appeals.models import Appeal, BulkJob, BulkRow, Event
from appeals.states import Status
from appeals.tasks import run_bulk
from tests.factory import City, actor, make_appeal
from tests.faults.test_kill import _kill_in_the_middle, _wait_until, slow

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["slow"]  # a fixture


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_of_a_bulk_job_leaves_the_rest_to_the_next(slow, spawn):
    city = City()
    cases = [make_appeal(Status.DISPATCHED, city=city) for _ in range(5)]
    by = actor(city.handler)
    job = bulk.prepare("sign", Appeal.objects.order_by("pk"), by=by, at=timezone.now())
    queue = f"kill-{os.getpid()}-{time.monotonic_ns()}"
    worker = ("-m", "celery", "-A", "config", "worker", "-c", "1", "-Q", queue, "-n", f"{queue}@%h", "-l", "ERROR")
    assert bulk.confirm(job, {}, by=by, at=timezone.now())
    assert bulk.work(job.pk, rows=2)
    slow("appeals_event", 3)
    run_bulk.apply_async(args=[job.pk], queue=queue)
    _kill_in_the_middle(spawn(*worker))
    slow.off()
    assert BulkRow.objects.waiting().count() == 3
    spawn(*worker)
    run_bulk.apply_async(args=[job.pk], queue=queue)
    _wait_until(lambda: BulkJob.objects.get().state == BulkJob.State.DONE)
    signed = Event.objects.filter(verb="sign").values_list("appeal", flat=True)
    assert sorted(signed) == sorted(case.pk for case in cases)
    assert dict(BulkRow.objects.values_list("appeal", "seq")) == dict(
        Event.objects.filter(verb="sign").values_list("appeal", "seq")
    )
