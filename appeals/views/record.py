from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from appeals import auditing
from appeals.models import Appeal
from appeals.states import Refused, Why
from appeals.views import recordpage
from appeals.views.who import actor_in


@require_safe
def record(request, number):
    """Who did what when from where on one appeal: its chain of events, without texts."""
    if not number.isalnum():
        raise Http404
    actor, now = actor_in(request), timezone.now()
    case = get_object_or_404(Appeal.objects.recorded_to(actor, now), number=number)
    return render(request, "appeals/record.html", recordpage.record(case, actor))


@require_safe
def audit(request):
    """The audit newest first, without texts, and how the last verification went."""
    actor = _auditor(request)
    if number := request.GET.get("number", "").strip().upper():
        seen = Appeal.objects.recorded_to(actor, timezone.now()).numbered(number) if number.isalnum() else ()
        if seen:
            return redirect("appeals:record", number)
        messages.warning(request, _("There is no appeal with this number."))
    return render(request, "appeals/audit.html", recordpage.audit(request.GET))


@require_POST
def verify(request):
    actor = _auditor(request)
    auditing.ask(by=actor)
    messages.success(request, _("Verification has begun; its result will stand here as a line of its own."))
    return redirect("appeals:audit")


def _auditor(request):
    actor = actor_in(request)
    if not recordpage.reads_audit(actor):
        raise Refused(_("The audit is for auditors and the director of the centre."), why=Why.FORBIDDEN)
    return actor
