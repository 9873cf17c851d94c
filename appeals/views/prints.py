from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from appeals.states import reads_as_staff
from appeals.views import printpage
from appeals.views.case import case_of
from appeals.views.who import actor_in
from chains import audit


@require_safe
def case_file(request, number):
    """The case file (办件单) on paper, for whoever sees the case."""
    actor, now = actor_in(request), timezone.now()
    case = case_of(number, actor, now)
    _note(case, actor, now, {"what": "case_file"})
    return render(request, "appeals/print_case.html", printpage.case_file(case, actor, now))


@require_safe
def order(request, number, pk):
    """A supervision order (督办单) on paper; it is a matter of the staff."""
    actor, now = actor_in(request), timezone.now()
    case = case_of(number, actor, now)
    if not reads_as_staff(actor, case):
        raise Http404
    row = get_object_or_404(case.orders.select_related("department", "issued_by", "answered_by"), pk=pk)
    _note(case, actor, now, {"what": "order", "order": row.pk})
    return render(request, "appeals/print_order.html", printpage.order(case, row, actor, now))


def _note(case, actor, now, data):
    audit.note("print", by=actor.user_id, subject=case.number, data=data, origin=actor.origin, at=now)
