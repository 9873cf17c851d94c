"""Which extensions somebody decides (延期审批): by level and role, and by whose case it is (product.md §5)."""

from django.db.models import Q

from appeals.models import Request
from appeals.states import Actor
from chains.taxonomy import Role

_CENTRE = frozenset({Role.TRIAGE, Role.DIRECTOR})


def extensions_of(by: Actor) -> Q:
    """The appeals with an extension that `by` may decide: `appeals.guards.approves_the_extension` for a list."""
    # Lists of ids: the database reads the few waiting requests once, no row asks for its own.
    waiting = Request.objects.waiting(Request.Kind.EXTENSION).besides(by.user_id).order_by()
    of_level = waiting.to_be_approved_by(sorted(by.roles - {Role.HEAD}))
    found = Q(pk__in=of_level.values("appeal"), owner=None)
    if by.heads:
        of_heads = waiting.to_be_approved_by([Role.HEAD])
        found |= Q(pk__in=of_heads.values("appeal"), owner=None, lead__in=sorted(by.heads))
    if by.roles & _CENTRE:
        found |= Q(pk__in=waiting.asked_by_heads().values("appeal"), owner=None)
    if Role.LEADER in by.roles:
        found |= Q(pk__in=waiting.values("appeal"), owner__isnull=False)
    return found
