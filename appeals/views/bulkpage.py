from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from appeals import bulk
from appeals.forms import inputs_of
from appeals.models import Appeal, BulkJob, BulkRow
from appeals.states import Actor, Refused
from appeals.steps import handlers_of
from appeals.table import MOVES, Kind
from appeals.views.casepage import STATUS_OF

__all__ = ["STATUS_OF", "named", "preview", "progress"]

_SAMPLE = 10
_ROWS = 100
_FEW = 5  # numbers shown of those that cannot


def named(jobs: Iterable[BulkJob]) -> list[tuple[BulkJob, Any]]:
    return [(job, MOVES[job.verb].label) for job in jobs]


def preview(
    job: BulkJob, actor: Actor, now, *, typed: Mapping[str, str] | None = None, refused: Refused | None = None
) -> dict[str, Any]:
    """What `job` would do, to which appeals it cannot and why, and the form that confirms it."""
    found, move = bulk.preview(job, by=actor, at=now), MOVES[job.verb]
    inputs = inputs_of(
        move,
        values=typed or {},
        errors=refused.errors if refused else {},
        options={Kind.HANDLER: _handlers(found.able, now)} if job.verb == "assign" else {},
    )
    return {
        "job": job,
        "move": move,
        "found": found,
        "sample": found.able[:_SAMPLE],
        "reasons": [(reason, len(cases), cases[:_FEW]) for reason, cases in found.unable.items()],
        "inputs": inputs,
        "refused": refused,
    }


def _handlers(able, now) -> list[tuple[str, Any]]:
    """Whoever works in one of the leading offices."""
    day = timezone.localdate(now)
    offices = {case.lead_id: case for case in able}.values()
    return sorted({name: user for case in offices for name, user in handlers_of(case, day).items()}.items())


def progress(job: BulkJob, actor: Actor, now, *, after: str) -> dict[str, Any]:
    """How far `job` is, and what came of its rows beyond the position `after`."""
    after = int(after) if after.isascii() and after.isdecimal() and len(after) < 6 else 0
    states = Counter(job.rows.order_by().values_list("state", flat=True))
    rows = list(job.rows.after(after).select_related("appeal")[: _ROWS + 1])
    shown = {row.appeal_id for row in rows[:_ROWS]}
    # What has left the owner's sight since keeps its number, and no more.
    seen = dict(Appeal.objects.visible_to(actor, now).among(shown).values_list("pk", "title"))
    return {
        "job": job,
        "move": MOVES[job.verb],
        "settled": job.total - states[BulkRow.State.WAITING],
        "tallies": [(state, state.label, states[state]) for state in BulkRow.State if states[state]],
        "reasons": _reasons(job),
        "rows": [(row, seen.get(row.appeal_id)) for row in rows[:_ROWS]],
        "after": after,
        "next_after": rows[_ROWS - 1].position if len(rows) > _ROWS else None,
        "is_running": job.state != BulkJob.State.DONE,
    }


def _reasons(job) -> list[tuple[str, int]]:
    reasons = job.rows.in_state(BulkRow.State.REFUSED).order_by().values_list("reason", flat=True)
    return Counter(reasons).most_common()
