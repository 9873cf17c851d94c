"""One step on many appeals at once (批量办理): previewed, confirmed once, done row by row, each in its transaction."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from celery import current_app
from django.db import DatabaseError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

from appeals import steps
from appeals.models import Appeal, BulkJob, BulkRow
from appeals.people import actor_of
from appeals.states import Actor, Refused, Why
from appeals.table import MOVES, Move, check_move
from chains import audit
from chains.models import User

MOST = 2000
VERBS = ("sign", "assign", "note", "supervise")
_SLICE = 25  # rows a task works off before it lets others at the worker
_TASK = "appeals.tasks.run_bulk"
# What a broken row can raise. A lost connection is not the row's fault: it ends the task, and the sweep resumes it.
_BROKEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, DatabaseError)
_log = logging.getLogger(__name__)


def offered(actor: Actor) -> list[Move]:
    """The steps that a post of `actor` may take on many appeals at once."""
    return [MOVES[verb] for verb in VERBS if actor.roles & {part.value for part in MOVES[verb].who}]


@transaction.atomic
def prepare(verb: str, rows: QuerySet, *, by: Actor, at: datetime, back: str = "") -> BulkJob:
    """Put `rows`, in their order and MOST at most, into a job to be looked at before it is confirmed.

    Raises Refused: FORBIDDEN for a verb that is for others, INVALID for no rows at all.
    """
    if verb not in {move.verb for move in offered(by)}:
        raise Refused(_("This cannot be done to many appeals at once by you."), why=Why.FORBIDDEN)
    found = list(rows.values_list("pk", "version")[: MOST + 1])
    if not found:
        raise Refused(_("Choose at least one appeal."), why=Why.INVALID)
    taken = found[:MOST]
    job = BulkJob.objects.create(
        owner_id=by.user_id,
        verb=verb,
        total=len(taken),
        is_cut=len(found) > MOST,
        back=back,
        origin=by.origin,
        language=translation.get_language(),
        asked_at=at,
    )
    BulkRow.objects.bulk_create(
        BulkRow(job=job, appeal_id=pk, position=position, version=version)
        for position, (pk, version) in enumerate(taken, start=1)
    )
    return job


@dataclass
class Preview:
    """What the job would do now: to which appeals, and to which not, by reason."""

    able: list[Appeal] = field(default_factory=list)
    unable: dict[str, list[Appeal]] = field(default_factory=dict)
    unseen: int = 0

    @property
    def unable_count(self) -> int:
        return sum(map(len, self.unable.values())) + self.unseen


def preview(job: BulkJob, *, by: Actor, at: datetime) -> Preview:
    """Which rows of `job` the table of moves would let `by` do at `at`."""
    seen = Appeal.objects.visible_to(by, at).among(job.rows.values("appeal")).with_rows()
    cases, found = {case.pk: case for case in seen}, Preview()
    for pk in job.rows.values_list("appeal", flat=True):
        if pk not in cases:
            found.unseen += 1
        elif reason := _objection(job.verb, cases[pk], by, at):
            found.unable.setdefault(reason, []).append(cases[pk])
        else:
            found.able.append(cases[pk])
    return found


def _objection(verb, case, by, at) -> str:
    try:
        check_move(verb, case, by, at=at)
    except Refused as refused:
        return str(refused.reason)
    return ""


@transaction.atomic
def confirm(job: BulkJob, values: Mapping[str, Any], *, by: Actor, at: datetime) -> bool:
    """Let `job` be done with `values`; False where it was confirmed before: it is done once.

    Raises Refused: CONFLICT where no row can be done, INVALID with `errors` by field.
    """
    job = BulkJob.objects.select_for_update(no_key=True).get(pk=job.pk)
    if job.state != BulkJob.State.PREVIEWED:
        return False
    _check_values(job, values, by, at)
    job.values = {field.name: values[field.name] for field in MOVES[job.verb].fields if field.name in values}
    job.state, job.confirmed_at, job.touched_at = BulkJob.State.WAITING, at, at
    job.origin, job.language = by.origin, translation.get_language()
    job.save(update_fields=["values", "state", "confirmed_at", "touched_at", "origin", "language"])
    transaction.on_commit(lambda: wake(job.pk))
    data = {"verb": job.verb, "appeals": job.total}
    audit.note("bulk", by=by.user_id, subject=str(job.pk), data=data, origin=by.origin, at=at)
    return True


def _check_values(job, values, by, at):
    """Good for at least one of the rows that can be done; who may be a handler differs from office to office."""
    able = preview(job, by=by, at=at).able
    if not able:
        raise Refused(_("None of these appeals allows it now."))
    for case in {case.lead_id: case for case in able}.values():
        try:
            steps.read(job.verb, values, case, by=by, at=at)
        except Refused as refused:
            wrong = refused
        else:
            return
    raise wrong


def wake(pk: int) -> None:
    """Go on now; with the broker down, the sweep after its return does it."""
    try:
        current_app.send_task(_TASK, args=[pk], retry=False)
    except (RedisError, BrokerError):
        return


def sweep(now: datetime) -> None:
    """Wake what stands, and forget what is old."""
    for pk in BulkJob.objects.standing(now).values_list("pk", flat=True):
        wake(pk)
    BulkJob.objects.forgotten_by(now).delete()


def work(pk: int, *, rows: int = _SLICE) -> bool:
    """Do some rows of a confirmed job; any number of workers may share it. True: there is more to do."""
    job = BulkJob.objects.unfinished().numbered(pk).first()
    if job is None:
        return False
    BulkJob.objects.unfinished().numbered(pk).update(state=BulkJob.State.RUNNING, touched_at=timezone.now())
    with translation.override(job.language):
        is_more = all(_do_one(job) for _row in range(rows))
    now = timezone.now()
    BulkJob.objects.unfinished().numbered(pk).worked_off().update(state=BulkJob.State.DONE, finished_at=now)
    return is_more


@transaction.atomic
def _do_one(job) -> bool:
    """The next row and its step in one transaction: whoever dies in it has done neither. False: none is left."""
    row = job.rows.waiting().select_for_update(skip_locked=True, of=("self",)).first()
    if row is None:
        return False
    now = timezone.now()
    row.state, row.reason = _tried(job, row, now)
    row.done_at = now
    row.save(update_fields=["state", "reason", "seq", "has_changed", "done_at"])
    return True


def _tried(job, row, now) -> tuple[str, str]:
    try:
        with transaction.atomic():
            row.seq = _take(job, row, now).seq
    except Refused as refused:
        return BulkRow.State.REFUSED, _words(refused)
    except OperationalError:
        raise
    except _BROKEN:
        _log.exception("row %s of the bulk job %s", row.position, job.pk)
        return BulkRow.State.BROKEN, _("It failed; please tell whoever runs this service.")
    return BulkRow.State.DONE, ""


def _take(job, row, now):
    # Who the owner is at this moment, not at that of the preview: a post may have ended since.
    owner = User.objects.get(pk=job.owner_id)
    by = replace(actor_of(owner, timezone.localdate(now)), origin=job.origin)
    case = Appeal.objects.visible_to(by, now).among([row.appeal_id]).first() if owner.is_active else None
    if case is None:
        raise Refused(_("You can no longer see this appeal."), why=Why.FORBIDDEN)
    row.has_changed = case.version != row.version
    return steps.take(case, job.verb, job.values, by=by, version=case.version, at=now)


def _words(refused) -> str:
    return " ".join([str(refused.reason), *(error for errors in refused.errors.values() for error in errors)])
