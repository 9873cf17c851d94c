"""Which extensions somebody decides (延期审批): by level and role, and by whose case it is (product.md §5)."""

from django.db.models import Q

from appeals.few import appeals_of
from appeals.models import Request
from appeals.states import Actor
from chains.taxonomy import Role

_CENTRE = frozenset({Role.TRIAGE, Role.DIRECTOR})


def extensions_of(by: Actor) -> Q:
    """The appeals with an extension that `by` may decide: `appeals.guards.approves_the_extension` for a list."""
    waiting = Request.objects.waiting(Request.Kind.EXTENSION).besides(by.user_id)
    of_level = waiting.to_be_approved_by(sorted(by.roles - {Role.HEAD}))
    found = appeals_of(of_level) & Q(owner=None)
    if by.heads:
        of_heads = waiting.to_be_approved_by([Role.HEAD])
        found |= appeals_of(of_heads) & Q(owner=None, lead__in=sorted(by.heads))
    if by.roles & _CENTRE:
        found |= appeals_of(waiting.asked_by_heads()) & Q(owner=None)
    if Role.LEADER in by.roles:
        found |= appeals_of(waiting) & Q(owner__isnull=False)
    return found
