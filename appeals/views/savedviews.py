from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from appeals import savedviews
from appeals.models import SavedView
from appeals.views.deskpage import list_at, names_to_share_with, reasons_of
from appeals.views.who import actor_in


@require_safe
def mine(request):
    actor = actor_in(request)
    rows = list(SavedView.objects.owned_by(actor.user_id))
    for row in rows:
        row.href = list_at(row.page, row.query)
    context = {"rows": rows, "share_with": names_to_share_with(actor), "most": savedviews.MOST}
    return render(request, "appeals/saved_views.html", context)


@require_POST
def save(request):
    page, query = _page(request), request.POST.get("query", "")
    name, office = request.POST.get("name", ""), request.POST.get("office", "")
    params = savedviews.params_of(query)
    row = savedviews.save(page, name, params, by=actor_in(request), now=timezone.now(), office=office)
    messages.success(request, _("“%(name)s” is saved; it stands beside the other views.") % {"name": row.name})
    return redirect(list_at(page, row.query))


def _save_again(request, refused):
    """The list as it was, and why the view was not saved."""
    messages.error(request, reasons_of(refused))
    return redirect(list_at(_page(request), request.POST.get("query", "")[:2000]))


save.again = _save_again


def _page(request):
    page = request.POST.get("page", "")
    if page not in SavedView.Page.values:
        raise Http404
    return page


@require_POST
def change(request, pk):
    actor = actor_in(request)
    row = get_object_or_404(SavedView.objects.owned_by(actor.user_id), pk=pk)
    match request.POST.get("do"):
        case "rename":
            savedviews.change(row, by=actor, name=request.POST.get("name", ""), office=request.POST.get("office", ""))
        case "up":
            savedviews.shift(row, by=actor, places=-1)
        case "down":
            savedviews.shift(row, by=actor, places=1)
        case "remove":
            savedviews.remove(row)
        case _:
            raise Http404
    return redirect("appeals:saved_views")


def _change_again(request, refused, pk):
    messages.error(request, reasons_of(refused))
    return redirect("appeals:saved_views")


change.again = _change_again
