from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from appeals import leave
from appeals.staffforms import AbsenceForm
from appeals.states import Refused, Why
from appeals.views.casepage import STATUS_OF
from appeals.views.who import actor_in
from chains.models import Absence


@require_http_methods(["GET", "HEAD", "POST"])
def absences(request):
    """Leave of one's own and of the people below: the list, and one more."""
    actor, form = _asked(request)
    if not form.is_bound or not form.is_valid():
        return _page(request, actor, form, status=400 if form.is_bound else 200)
    asked = form.cleaned_data
    leave.record_absence(asked.pop("person"), by=actor, **asked)
    messages.success(request, _("The absence is recorded."))
    return redirect("appeals:absences")


def _absences_again(request, refused):
    actor, form = _asked(request)
    form.is_valid()
    for field, reasons in refused.errors.items():
        form.add_error(field, reasons)
    return _page(request, actor, form, status=STATUS_OF[refused.why])


absences.again = _absences_again


def _asked(request):
    actor = actor_in(request)
    if not actor.is_staff:
        raise Refused(_("Absences are for the people of the offices."), why=Why.FORBIDDEN)
    return actor, AbsenceForm(request.POST or None, actor=actor, today=timezone.localdate())


def _page(request, actor, form, *, status):
    today = timezone.localdate()
    own = set(leave.people_of(actor, today).values_list("pk", flat=True))
    rows = _seen(actor, today).with_people()[:200]
    lines = [(row, row.starts_on <= today, row.user_id in own) for row in rows]
    return render(request, "appeals/absences.html", {"form": form, "lines": lines}, status=status)


def _seen(actor, today):
    return Absence.objects.not_over(today).seen_by(actor.user_id, leave.people_under(actor, today))


@require_POST
def end(request, pk):
    actor = actor_in(request)
    row = get_object_or_404(_seen(actor, timezone.localdate()), pk=pk)
    leave.end_early(row, by=actor)
    messages.success(request, _("The absence has ended."))
    return redirect("appeals:absences")
