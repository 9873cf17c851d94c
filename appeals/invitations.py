"""Inviting somebody to speak for an enterprise (邀请成员): a link from the owner, good once and for seven days."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import membership
from appeals.models import Enterprise, Invitation, Membership
from appeals.states import Actor, Refused, Why
from chains.models import User

GOOD_FOR = timedelta(days=7)
_MOST_OPEN = 20  # of an enterprise; a link lost is taken back


def invite(enterprise: Enterprise, *, by: Actor, at: datetime | None = None) -> str:
    """The token of a new invitation: shown once, only its digest is kept.

    Raises Refused: FORBIDDEN for anybody but an owner, CONFLICT where too many are open.
    """
    at = at or timezone.now()
    if enterprise.pk not in by.owned:
        raise Refused(_("Only the owner invites."), why=Why.FORBIDDEN)
    if enterprise.invitations.open(at).count() >= _MOST_OPEN:
        raise Refused(_("Too many invitations are open: take back those that nobody needs."))
    token = secrets.token_urlsafe(32)
    Invitation.objects.create(
        enterprise=enterprise,
        digest=_digest(token),
        invited_by_id=by.user_id,
        created_at=at,
        expires_at=at + GOOD_FOR,
    )
    return token


def open_one(token: str, at: datetime | None = None) -> Invitation | None:
    """The invitation of this token, None where it was used, taken back or is too old."""
    rows = Invitation.objects.open(at or timezone.now()).tokened(_digest(token))
    return rows.select_related("enterprise").first()


@transaction.atomic
def accept(token: str, *, by: User, name: str, at: datetime | None = None) -> Membership:
    """`by`, who is called `name`, speaks for the enterprise from now on: its owner chose whoever holds the link.

    Raises Refused(CONFLICT) where the invitation is no longer good, or `by` a member already.
    """
    at = at or timezone.now()
    # Two with one link: the second waits here, and finds it used.
    found = Invitation.objects.open(at).tokened(_digest(token)).select_for_update(of=("self",)).first()
    if found is None:
        raise Refused(_("This invitation has been used or taken back, or is older than seven days."))
    row, _is_new = Membership.objects.select_for_update().get_or_create(
        enterprise_id=found.enterprise_id, user=by, defaults={"asked_at": at}
    )
    if row.state == Membership.State.CONFIRMED:
        raise Refused(_("You already speak for this enterprise."))
    if not by.name:
        by.name = name
        by.save(update_fields=["name"])
    row.role, row.state = Membership.Role.MEMBER, Membership.State.CONFIRMED
    row.decided_by_id, row.decided_at = found.invited_by_id, at
    row.save()
    found.used_by, found.used_at = by, at
    found.save(update_fields=["used_by", "used_at"])
    membership.note_decision(row, by=found.invited_by_id, at=at)
    return row


@transaction.atomic
def take_back(invitation: Invitation, *, by: Actor, at: datetime | None = None) -> None:
    """The link is good for nothing any more. Raises Refused: FORBIDDEN for strangers, CONFLICT where it was used."""
    at = at or timezone.now()
    row = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if row.enterprise_id not in by.owned:
        raise Refused(_("Only the owner invites."), why=Why.FORBIDDEN)
    if row.used_at:
        raise Refused(_("Somebody has used this invitation already."))
    row.revoked_at = row.revoked_at or at
    row.save(update_fields=["revoked_at"])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
