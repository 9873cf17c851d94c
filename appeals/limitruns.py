"""A changed limit is for new clocks; on request it is applied to those that run (新时限套用), after a preview."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from celery import current_app
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

from appeals import ticking
from appeals.following import follow, in_batches
from appeals.models import Clock, LimitRun
from appeals.states import Refused
from chains import audit
from routing import deadlines, terms
from routing.calendar import policy
from routing.deadlines import ClockKind, Policy, Span, Unit
from routing.models import LimitPolicy

VERB = "limit"


@dataclass(frozen=True)
class Preview:
    """How many appeals a limit would move, and how many of them would then be over it."""

    appeals: int
    overdue: int


def preview(row: LimitPolicy, now: datetime) -> Preview:
    """What applying `row` would do at `now`; nothing is written."""
    found: set[int] = set()
    overdue: set[int] = set()
    for clock, was in _concerned(row, now):
        found.add(clock.appeal_id)
        if clock.stopped_at is None and clock.due_at < now <= was:
            overdue.add(clock.appeal_id)
    return Preview(len(found), len(overdue))


def _concerned(row, now) -> Iterator[tuple[Clock, datetime]]:
    """The running clocks that `row` would move, each as it would be and with the limit it has."""
    rules = policy(now)
    for clock in Clock.objects.running().of_kinds(_kinds(row)).with_case().iterator(chunk_size=5_000):
        was = clock.due_at
        if _apply(clock, row, rules):
            yield clock, was


def _kinds(row) -> list[str]:
    """At level A the contact counts from the limit of signing."""
    return [row.clock, ClockKind.CONTACT] if row.clock == ClockKind.SIGN else [row.clock]


def _apply(clock: Clock, row: LimitPolicy, rules: Policy) -> bool:
    """State `clock` by `row`, from its own start; whether its limit moved. A day promised or granted stays."""
    stated, case = terms.read(clock.terms) if clock.terms else None, clock.appeal
    if stated is None or not stated.spans or not _is_governed(clock, row, rules):
        return False
    spans = deadlines.spans(clock.kind, case.level, rules, urgent=case.urgent, is_signed=bool(case.signed_at))
    if spans == stated.spans:
        return False
    before = clock.due_at
    ticking.restate(clock, ticking.Anew(spans=spans, since=stated.since))
    return clock.due_at != before


def _is_governed(clock, row, rules) -> bool:
    case = clock.appeal
    if row.level not in ("", case.level) or (clock.kind == ClockKind.PROGRESS and case.owner_id):
        return False
    urgent = case.urgent and row.clock != ClockKind.RESOLVE
    if row.urgent != (urgent and row.clock in rules.urgent):
        return False
    return rules.span(row.clock, case.level, urgent=urgent) == Span(row.amount, Unit(row.unit))


@transaction.atomic
def ask(row: LimitPolicy, *, by: int, origin: str, at: datetime) -> LimitRun:
    """Let `row` be applied in the background. Raises Refused where it is not in force, or is being applied already."""
    if not LimitPolicy.objects.in_force(timezone.localdate(at)).contains(row):
        raise Refused(_("Only a limit that is in force can be applied to running clocks."))
    run, is_new = LimitRun.objects.get_or_create(
        policy=row, finished_at=None, defaults={"asked_by_id": by, "asked_at": at}
    )
    if not is_new:
        raise Refused(_("This limit is being applied already."))
    transaction.on_commit(_wake)
    audit.note("configuration", by=by, subject=str(row), data={"action": "applied", "pk": row.pk}, origin=origin, at=at)
    return run


def _wake():
    """With the broker down, the beat after its return does it."""
    try:
        current_app.send_task("appeals.tasks.apply_limits", retry=False)
    except (RedisError, BrokerError):
        return


def work(now: datetime) -> None:
    """Apply whatever was asked for; what a crash interrupted goes on where it stood."""
    for run in LimitRun.objects.unfinished().select_related("policy"):
        for ids in in_batches({clock.appeal_id for clock, _was in _concerned(run.policy, now)}):
            _work_on(run, ids, now)
        LimitRun.objects.filter(pk=run.pk).update(finished_at=now)


@transaction.atomic
def _work_on(run, ids, now):
    row, rules = run.policy, policy(now)
    kinds = _kinds(row)
    moved = follow(ids, VERB, now, recount=lambda clock: clock.kind in kinds and _apply(clock, row, rules))
    LimitRun.objects.filter(pk=run.pk).update(moved=F("moved") + moved)
