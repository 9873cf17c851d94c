from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from appeals.states import Refused, Why
from appeals.views import rosterpage
from appeals.views.who import actor_in


@require_safe
def roster(request):
    """Who is on duty in the coming two weeks, and when nobody is."""
    now = timezone.now()
    offices = rosterpage.offices_of(actor_in(request), timezone.localdate(now))
    if not offices:
        raise Refused(_("The duty roster is for the people of an office."), why=Why.FORBIDDEN)
    wanted = request.GET.get("office") or offices[0].pk
    office = next((office for office in offices if office.pk == wanted), None)
    if office is None:
        raise Http404
    return render(request, "appeals/roster.html", rosterpage.page(office, offices, now))


@require_safe
def watch(request):
    """What whoever is on duty has to see at once; it asks again by itself."""
    return render(request, "appeals/_watch.html", rosterpage.on_watch(actor_in(request), timezone.now()))
