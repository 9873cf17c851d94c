from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appeals import submission
from appeals.listing import Filters
from appeals.models import Appeal
from appeals.paging import page_of
from appeals.states import Refused, Why
from appeals.views import filingpage, office
from appeals.views.casepage import STATUS_OF
from appeals.views.deskpage import RED_LIST, begin_again
from appeals.views.receiving import sent_files
from appeals.views.who import actor_in
from chains.models import Department
from chains.taxonomy import CENTRE_OFFICE, Chain, Role

# Where each role begins its day; the first that somebody holds counts.
_HOMES = (
    ({Role.TRIAGE, Role.DIRECTOR, Role.REVIEWER}, "/centre/"),
    ({Role.HANDLER, Role.HEAD}, "/office/"),
    ({Role.SUPERVISOR}, f"/appeals/?{urlencode(RED_LIST, safe=',')}"),
    ({Role.LEADER}, "/appeals/?owner=me"),
    ({Role.SYSADMIN}, "/admin/"),
    ({Role.AUDITOR}, "/audit/"),
    ({Role.CHANNEL}, "/inbox/"),
)


@login_not_required
@require_safe
def portal(request):
    return render(request, "appeals/portal.html", {"chains": Chain.choices})


@login_not_required
@require_safe
def privacy(request):
    """How personal information is handled, in the words of 个人信息保护法 §17, before anybody signs in."""
    centre = Department.objects.coded([CENTRE_OFFICE]).first()
    return render(request, "appeals/privacy.html", {"centre": centre})


@require_safe
def home(request):
    actor = actor_in(request)
    for roles, path in _HOMES:
        if roles & actor.roles:
            return redirect(path)
    return redirect("appeals:mine" if actor.enterprises or actor.is_staff else "appeals:members")


@require_safe
def mine(request):
    actor, now = actor_in(request), timezone.now()
    if actor.roles - {Role.STATION}:
        return office.every(request)
    view, q = request.GET.get("view", "open"), request.GET.get("q", "")
    asked = {"status": filingpage.statuses_of(view), "q": q}
    rows = Appeal.objects.listed_to(actor, now).narrowed(Filters.parse(asked, by=actor, now=now))
    page = page_of(rows, cursor=request.GET.get("cursor", ""), size=20)
    context = {
        "page": page,
        "view": view,
        "views": filingpage.views_of(actor),
        "parks": filingpage.parks_of(actor),
        "q": q,
        "next": filingpage.link(request.GET, page.next),
        "previous": filingpage.link(request.GET, page.previous),
    }
    return render(request, "appeals/mine.html", context)


mine.again = begin_again


@require_http_methods(["GET", "HEAD", "POST"])
def file(request):
    actor, now = actor_in(request), timezone.now()
    if request.method != "POST":
        return render(request, "appeals/file.html", filingpage.page(actor, now, request.GET))
    request.POST, errors = filingpage.with_files(request.POST, sent_files(request), actor, now)
    if errors:
        raise Refused(_("Please check what you entered."), why=Why.INVALID, errors={"files": errors})
    if "remove" in request.POST:
        return render(request, "appeals/file.html", filingpage.page(actor, now, request.POST))
    values = filingpage.values_of(request.POST, actor)
    sent = submission.submit(values, by=actor, source=filingpage.source_of(actor), at=now)
    if not sent.is_new:
        messages.info(request, _("This had been filed already; nothing was filed twice."))
    return redirect(f"{reverse('appeals:detail', args=[sent.number])}?filed=1")


def _file_again(request, refused):
    actor, now = actor_in(request), timezone.now()
    context = filingpage.page(actor, now, request.POST, refused=refused)
    answer = render(request, "appeals/file.html", context, status=STATUS_OF[refused.why])
    if refused.retry_after:
        answer["Retry-After"] = refused.retry_after
    return answer


file.again = _file_again


@require_POST
def preview(request):
    """What the classifier thinks of the text as it is being typed, and what is open already."""
    actor, now = actor_in(request), timezone.now()
    return render(request, "appeals/_preview.html", filingpage.preview(request.POST, actor, now))
