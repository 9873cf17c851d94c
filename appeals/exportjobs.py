"""Exports in the background (导出任务): a row says what is wanted, whoever is free makes it, a day later it is gone."""

import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from celery import current_app
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

from appeals import columns, exporting, selections
from appeals.models import ExportJob
from appeals.people import actor_of
from appeals.states import Actor, Refused, Why
from chains import audit
from chains.models import User
from chains.spreadsheets import write_xlsx

KEPT_FOR = timedelta(days=1)
MOST_WAITING = 3  # of one person
MOST_ATTEMPTS = 3
_SILENT_FOR = timedelta(minutes=5)  # whoever worked on it is dead
_ROWS_A_WORD = 500
_TASK = "appeals.tasks.make_exports"


@transaction.atomic
def ask(what: str, params: Mapping, *, user: User, by: Actor, at: datetime) -> ExportJob:
    """Put an export of the list `what`, narrowed by `params`, on the pile. Raises Refused for filters that are none."""
    selections.of(what, params, user=user, by=by, now=at).in_order.exists()
    if ExportJob.objects.of_actor(by).unfinished().count() >= MOST_WAITING:
        reason = _("%(most)d of your exports are waiting already; please fetch those first.") % {"most": MOST_WAITING}
        raise Refused(reason, why=Why.LIMITED, retry_after=60)
    job = ExportJob.objects.create(
        owner=user,
        what=what,
        params=_plain(params),
        origin=by.origin,
        asked_at=at,
        touched_at=at,
        expires_at=at + KEPT_FOR,
    )
    transaction.on_commit(_wake)
    return job


def _plain(params) -> dict[str, str]:
    values = dict(params.lists()) if hasattr(params, "lists") else {name: [value] for name, value in params.items()}
    return {name: ",".join(found) if name != "q" else found[0] for name, found in values.items() if any(found)}


def _wake():
    """Begin now instead of at the next beat; with the broker down, the beat after its return does it."""
    try:
        current_app.send_task(_TASK, retry=False)
    except (RedisError, BrokerError):
        return


def make_all(now: datetime) -> int:
    """Make what waits, one after the other, and throw away what is a day old; returns how many were made."""
    _forget(now)
    made = 0
    while job := _claim(now):
        _make(job)
        made += 1
    return made


@transaction.atomic
def _claim(now) -> ExportJob | None:
    waiting = ExportJob.objects.to_be_made(now - _SILENT_FOR).order_by("asked_at")
    job = waiting.select_for_update(skip_locked=True).first()
    if job is None:
        return None
    job.state = ExportJob.State.RUNNING
    if job.attempts >= MOST_ATTEMPTS:
        return _fail(job, _("It could not be made; please tell whoever runs this service.")) or _claim(now)
    job.attempts, job.touched_at, job.done = job.attempts + 1, timezone.now(), 0
    job.save(update_fields=["state", "attempts", "touched_at", "done"])
    return job


def _make(job: ExportJob) -> None:
    """As the owner may see it at this moment. Whoever dies in it leaves it to the next one."""
    now, user = timezone.now(), job.owner
    by = actor_of(user)
    try:
        rows = selections.of(job.what, job.params, user=user, by=by, now=now).in_order
    except Refused as refused:
        _fail(job, str(refused.reason))
        return
    _go_on(job, total=rows.order_by().count())
    with tempfile.TemporaryFile() as file:
        write_xlsx(file, columns.HEADER, _counted(job, exporting.lines(rows, by)), title=_("Appeals"))
        file.seek(0)
        name = default_storage.save(f"exports/{job.pk}.xlsx", File(file))
    _finish(job, name)


def _counted(job, lines) -> Iterator:
    number = 0
    for number, line in enumerate(lines, start=1):
        yield line
        if number % _ROWS_A_WORD == 0:
            _go_on(job, done=number)
    _go_on(job, done=number)


def _go_on(job, **values):
    ExportJob.objects.numbered(job.pk).update(touched_at=timezone.now(), **values)
    for name, value in values.items():
        setattr(job, name, value)


@transaction.atomic
def _finish(job, name):
    now = timezone.now()
    ExportJob.objects.numbered(job.pk).update(
        state=ExportJob.State.DONE, file=name, finished_at=now, total=F("done"), expires_at=now + KEPT_FOR
    )
    log(job.owner_id, job.params, job.done, origin=job.origin, at=now, what=job.what, form="xlsx")


def _fail(job, reason) -> None:
    job.state, job.reason, job.finished_at = ExportJob.State.FAILED, reason, timezone.now()
    job.save(update_fields=["state", "reason", "finished_at"])


def _forget(now) -> None:
    for job in ExportJob.objects.expired(now):
        if job.file:
            default_storage.delete(job.file)
        job.delete()


def log(by: int | None, params: Mapping, rows: int, *, at: datetime, origin="", what=selections.List.EVERY, form="csv"):
    """The line of the audit that an export leaves: its filters and how many appeals it holds."""
    data = {"list": str(what), "format": form, "filters": selections.noted(params), "rows": rows}
    return audit.note("export", by=by, data=data, origin=origin, at=at)
