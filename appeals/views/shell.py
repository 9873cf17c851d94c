"""What every page's frame shows: who is here, in which parts, and how many notices wait."""

from django.utils.functional import SimpleLazyObject

from appeals.views.who import actor_in
from routing.models import Notice


def shell(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"actor": None}
    return {
        "actor": SimpleLazyObject(lambda: actor_in(request)),
        "unread": SimpleLazyObject(lambda: Notice.objects.inbox_of(user).unread().count()),
    }
