"""Verifying is an act of its own (核验): it leaves a line in the audit, and a break is told to whoever has to act."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from appeals.verification import Findings, verify
from chains import audit
from chains.models import Audit, Post
from chains.taxonomy import Role
from routing import outbox

_TOLD = frozenset({Role.AUDITOR, Role.DIRECTOR})


def verify_on_record(
    *, by: int | None, at: datetime, origin: str = "", known: tuple[int, str] | None = None
) -> Findings:
    """`verify`, and its findings as a line of the audit by `by` (None: the clock work)."""
    found = verify(known=known)
    with transaction.atomic():
        if not found.holds:
            _tell(found, at)
        audit.note(Audit.Kind.VERIFICATION, by=by, origin=origin, data=found.as_data(), at=at)
    return found


def _tell(found: Findings, at: datetime) -> None:
    posts = Post.objects.held(timezone.localdate(at)).concerning((), _TOLD)
    message = outbox.Message(
        cause=f"broken:{found.where}:{at:%Y%m%d}",
        kind="broken",
        recipients=frozenset(posts.values_list("user_id", flat=True)),
        params={"where": found.where},
        urgent=True,
    )
    outbox.write([message], at=at)
