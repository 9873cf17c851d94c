from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from appeals import formerly
from appeals.models import Appeal
from appeals.queues import EVERY, OFFICE, Asked, views_of
from appeals.savedviews import Page
from appeals.selections import asked_in_office
from appeals.views import officepage
from appeals.views.deskpage import begin_again, counted_nav, pager
from appeals.views.who import actor_in
from routing.calendar import workdays


@require_safe
def queue(request):
    context = officepage.queue(_in_an_office(request), request.GET)
    return render(request, "appeals/_office.html" if request.htmx else "appeals/office.html", context)


queue.again = begin_again


@require_safe
def queue_counts(request):
    """The saved views with how many cases each holds: loaded apart, so that no list waits for them."""
    asked = _in_an_office(request)
    among, kept = Appeal.objects.listed_to(asked.by, asked.now), officepage.queue_kept(request.GET)
    views = views_of(OFFICE, asked.by)
    return render(request, "appeals/_views.html", counted_nav(Page.OFFICE, kept, views, asked, among))


def _in_an_office(request) -> Asked:
    return asked_in_office(actor_in(request), timezone.now())


@require_safe
def every(request):
    """The appeals that somebody on the staff sees, narrowed as one likes: also where the numbers of a board lead."""
    actor, now = actor_in(request), timezone.now()
    if found := officepage.by_number(request.GET.get("q", ""), actor, now):
        return redirect(found)
    context = officepage.every(request.user, actor, now, request.GET)
    return render(request, "appeals/_every.html" if request.htmx else "appeals/every.html", context)


every.again = begin_again


@require_safe
def every_counts(request):
    asked = Asked.at(actor_in(request), timezone.now(), workdays())
    among, kept = Appeal.objects.listed_to(asked.by, asked.now), officepage.every_kept(request.GET)
    views = views_of(EVERY, asked.by)
    return render(request, "appeals/_views.html", counted_nav(Page.EVERY, kept, views, asked, among))


@require_safe
def former(request):
    """Cases that one's office led and handed on: their numbers and its own steps, nothing else."""
    found = formerly.page(_in_an_office(request).by, cursor=request.GET.get("cursor", ""))
    context = {"stubs": found.rows, **pager(reverse("appeals:former"), {}, found)}
    return render(request, "appeals/former.html", context)


former.again = begin_again
