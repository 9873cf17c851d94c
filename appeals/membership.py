"""Who speaks for an enterprise: asked with credit code and name, confirmed by its owner, else by the centre."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals.models import Enterprise, Membership
from appeals.states import Actor, Refused, Why
from chains import audit
from chains.models import Audit, Post, User
from chains.taxonomy import Role
from routing import outbox

_CONFIRMING = frozenset({Role.TRIAGE, Role.DIRECTOR})
State = Membership.State


def open_account(username: str, password: str) -> User:
    """An account that may nothing yet; the values are checked already."""
    return User.objects.create_user(username=username, password=password)


@transaction.atomic
def join(enterprise: Enterprise, *, by: User, name: str, at: datetime | None = None) -> Membership:
    """`by`, who is called `name`, asks to speak for `enterprise`; its owner is told, or the centre where it has none.

    A refused person may ask again. Raises Refused(CONFLICT) if already a member or waiting.
    """
    at = at or timezone.now()
    row, is_new = Membership.objects.select_for_update().get_or_create(
        enterprise=enterprise, user=by, defaults={"asked_at": at}
    )
    if not by.name:
        by.name = name
        by.save(update_fields=["name"])
    if not is_new:
        if row.state != State.REFUSED:
            raise Refused(_ALREADY[row.state]())
        row.state, row.asked_at, row.decided_by, row.decided_at = State.PENDING, at, None, None
        row.save()
    params = {"person": name, "enterprise": enterprise.name}
    _tell(row, "member", _confirmers(enterprise, at) - {by.pk}, params, at)
    return row


_ALREADY = {
    State.CONFIRMED: lambda: _("You already speak for this enterprise."),
    State.PENDING: lambda: _("You have asked already; the answer is still to come."),
}


@transaction.atomic
def confirm(membership: Membership, *, by: Actor, at: datetime | None = None) -> Membership:
    """Let the person speak for the enterprise; the first one confirmed is its owner. Raises Refused."""
    at = at or timezone.now()
    # One at a time for an enterprise: two first confirmations would make two owners.
    enterprise = Enterprise.objects.select_for_update().get(pk=membership.enterprise_id)
    row = _claim(membership, by)
    has_owner = enterprise.memberships.owners().exists()
    row.role = Membership.Role.MEMBER if has_owner else Membership.Role.OWNER
    _decide(row, State.CONFIRMED, by, at)
    _tell(row, "joined", {row.user_id}, {"enterprise": enterprise.name}, at)
    note_decision(row, by=by.user_id, origin=by.origin, at=at)
    return row


@transaction.atomic
def refuse(membership: Membership, *, by: Actor, at: datetime | None = None) -> Membership:
    """Turn the request down, or end a membership; an owner is ended by the centre only. Raises Refused."""
    at = at or timezone.now()
    row = Membership.objects.select_for_update().get(pk=membership.pk)
    _check_may_decide(row, by)
    if _is_owner(row) and not by.roles & _CONFIRMING:
        raise Refused(_("Only the centre can end the owner's membership."), why=Why.FORBIDDEN)
    was_member = row.state == State.CONFIRMED
    _decide(row, State.REFUSED, by, at)
    if was_member:
        _tell(row, "removed", {row.user_id}, {"enterprise": row.enterprise.name}, at)
    note_decision(row, by=by.user_id, origin=by.origin, at=at)
    return row


@transaction.atomic
def leave(membership: Membership, *, by: Actor, at: datetime | None = None) -> Membership:
    """Stop speaking for the enterprise. Raises Refused(CONFLICT) for its only owner, who hands over first."""
    at = at or timezone.now()
    enterprise = Enterprise.objects.select_for_update().get(pk=membership.enterprise_id)
    row = Membership.objects.select_for_update().get(pk=membership.pk)
    if row.user_id != by.user_id:
        raise Refused(_("This is somebody else's membership."), why=Why.FORBIDDEN)
    if row.state == State.REFUSED:
        raise Refused(_("You do not speak for this enterprise."))
    if _is_owner(row) and enterprise.memberships.owners().count() == 1:
        raise Refused(_("You are the only owner: hand the enterprise over to another member first."))
    _decide(row, State.REFUSED, by, at)
    note_decision(row, by=by.user_id, origin=by.origin, at=at)
    return row


@transaction.atomic
def hand_over(membership: Membership, *, by: Actor, at: datetime | None = None) -> Membership:
    """Make the confirmed member the owner in one's own place.

    Raises Refused: FORBIDDEN for anybody but an owner, CONFLICT where the member is none any more.
    """
    at = at or timezone.now()
    enterprise = Enterprise.objects.select_for_update().get(pk=membership.enterprise_id)
    own = enterprise.memberships.owners().filter(user=by.user_id).first()
    if own is None:
        raise Refused(_("Only the owner hands the enterprise over."), why=Why.FORBIDDEN)
    row = Membership.objects.select_for_update().get(pk=membership.pk)
    if row.state != State.CONFIRMED or _is_owner(row):
        raise Refused(_("Hand over to a confirmed member who is not the owner yet."))
    for one, role in ((row, Membership.Role.OWNER), (own, Membership.Role.MEMBER)):
        one.role = role
        one.save(update_fields=["role"])
    _tell(row, "owner", {row.user_id}, {"enterprise": enterprise.name}, at)
    note_decision(row, by=by.user_id, origin=by.origin, at=at)
    return row


def _is_owner(row) -> bool:
    return row.role == Membership.Role.OWNER and row.state == State.CONFIRMED


def _claim(membership, by) -> Membership:
    row = Membership.objects.select_for_update().get(pk=membership.pk)
    _check_may_decide(row, by)
    if row.state != State.PENDING:
        raise Refused(_("This request has been decided already."))
    return row


def may_decide(row: Membership, actor: Actor) -> bool:
    """The owner of the enterprise and the centre, never on themselves."""
    return row.user_id != actor.user_id and bool(row.enterprise_id in actor.owned or actor.roles & _CONFIRMING)


def _check_may_decide(row, by):
    if row.user_id == by.user_id:
        raise Refused(_("Nobody decides on their own request."), why=Why.FORBIDDEN)
    if not may_decide(row, by):
        raise Refused(_("The owner of the enterprise decides, or the centre."), why=Why.FORBIDDEN)


def _decide(row, state, by, at):
    row.state, row.decided_by_id, row.decided_at = state, by.user_id, at
    row.save()


def note_decision(row: Membership, *, by: int, origin: str = "", at: datetime) -> None:
    """A line in the audit: what the account may from now on, and by whose decision. The last of its transaction."""
    decision = {"enterprise": row.enterprise_id, "decision": row.state, "role": row.role}
    audit.note(Audit.Kind.MEMBERSHIP, by=by, subject=str(row.user), data=decision, origin=origin, at=at)


def _confirmers(enterprise, at) -> set[int]:
    owners = set(enterprise.memberships.owners().values_list("user_id", flat=True))
    if owners:
        return owners
    centre = Post.objects.held(timezone.localdate(at)).concerning((), _CONFIRMING)
    return set(centre.values_list("user_id", flat=True))


def _tell(row, kind, recipients, params, at):
    if recipients:
        # Someone refused may ask again: the moment makes it another cause.
        cause = f"member:{row.pk}:{kind}:{at:%Y%m%d%H%M%S}"
        outbox.write([outbox.Message(cause=cause, kind=kind, recipients=frozenset(recipients), params=params)], at=at)
