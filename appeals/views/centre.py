from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from appeals.models import Appeal
from appeals.queues import CENTRE, URGENT, Asked, views_of
from appeals.savedviews import Page
from appeals.states import Refused, Why
from appeals.views import centrepage
from appeals.views.case import case_of
from appeals.views.deskpage import begin_again, counted_nav
from appeals.views.who import actor_in
from chains.handbook import handbook
from routing.calendar import workdays


@require_safe
def desk(request):
    asked, views = _at_the_desk(request)
    context = centrepage.page(asked, views, request.GET)
    return render(request, "appeals/_desk.html" if request.htmx else "appeals/centre.html", context)


desk.again = begin_again


@require_safe
def desk_counts(request):
    """The tabs of the desk with how many cases each holds: loaded apart, so that no list waits for them."""
    asked, views = _at_the_desk(request)
    kept, among = centrepage.kept_of(views, request.GET), centrepage.open_to(asked)
    return render(request, "appeals/_views.html", counted_nav(Page.CENTRE, kept, views, asked, among, URGENT))


@require_safe
def proposal(request, number):
    """Level, lead and support for the topic just chosen in the dispatch form."""
    asked, _views = _at_the_desk(request)
    waiting = Appeal.objects.visible_to(asked.by, asked.now).in_triage().with_rows().select_related("complained_of")
    case = get_object_or_404(waiting, number=number)
    context = centrepage.assignment(case, handbook(timezone.localdate(asked.now)), request.GET)
    return render(request, "appeals/_assignment.html", {"case": case, "more": context})


@require_safe
def steps(request, number):
    """What else can be done with the case that is opened at the desk."""
    asked, _views = _at_the_desk(request)
    case = case_of(number, asked.by, asked.now)
    back = request.GET.get("back", "")
    context = centrepage.steps(case, request.GET.get("view", ""), asked)
    return render(request, "appeals/_desk_steps.html", {**context, "back": back})


def _at_the_desk(request):
    """Who looks and when, and the views that are theirs; refused where there are none."""
    actor = actor_in(request)
    views = views_of(CENTRE, actor)
    if not views:
        raise Refused(_("The centre desk is for the staff of the centre."), why=Why.FORBIDDEN)
    return Asked.at(actor, timezone.now(), workdays()), views
