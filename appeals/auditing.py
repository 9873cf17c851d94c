"""Verifying is an act of its own (核验): it leaves a line in the audit, and a break is told to whoever has to act."""

from datetime import datetime

from celery import current_app
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

from appeals.states import Actor, Refused
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


def ask(*, by: Actor) -> None:
    """Have a worker verify now, in the name of `by`. Raises Refused(CONFLICT) where nobody takes it."""
    try:
        current_app.send_task(
            "appeals.tasks.verify_record", kwargs={"by": by.user_id, "origin": by.origin}, retry=False
        )
    except (RedisError, BrokerError) as silent:
        raise Refused(_("The background work does not answer; please try again later.")) from silent


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
