from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from appeals import bulk, savedviews, selections
from appeals.models import BulkJob
from appeals.selections import List
from appeals.states import Refused, Why
from appeals.views import bulkpage
from appeals.views.deskpage import list_at, reasons_of
from appeals.views.who import actor_in


@require_POST
def prepare(request):
    """From the ticked rows of a list, its page, or all that it holds, to a preview of what would be done."""
    if request.POST.get("verb") == "export":
        return _export(request)
    actor, now = actor_in(request), timezone.now()
    job = bulk.prepare(request.POST.get("verb", ""), _rows(request, actor, now), by=actor, at=now, back=_back(request))
    return redirect("appeals:bulk_job", job.pk)


def _prepare_again(request, refused):
    """Back to the list, and why."""
    messages.error(request, reasons_of(refused))
    return redirect(_back(request))


prepare.again = _prepare_again


def _rows(request, actor, now):
    params = savedviews.params_of(request.POST.get("query", ""))
    if request.POST.get("which") != "all":
        params = {"number": ",".join(_numbers(request)), "view": "all"}
        if not params["number"]:
            raise Refused(_("Choose at least one appeal."), why=Why.INVALID)
    return selections.of(_list(request), params, user=request.user, by=actor, now=now).in_order


def _numbers(request) -> list[str]:
    if request.POST.get("which") == "page":
        return request.POST.get("page_numbers", "").split()
    return request.POST.getlist("number")


def _list(request) -> str:
    return List.OFFICE if request.POST.get("list") == List.OFFICE else List.EVERY


def _back(request) -> str:
    params = savedviews.params_of(request.POST.get("query", "")[:2000])
    return list_at(_list(request), urlencode({name: text for name, text in params.items() if name != "what"}))[:2000]


def _export(request):
    """The same choice as a file: of the list as it is narrowed, or of the ticked rows."""
    name = "appeals:export_office" if _list(request) == List.OFFICE else "appeals:export_every"
    if request.POST.get("which") == "all":
        return redirect(f"{reverse(name)}?{urlencode(savedviews.params_of(request.POST.get('query', '')))}")
    if not (numbers := _numbers(request)):
        raise Refused(_("Choose at least one appeal."), why=Why.INVALID)
    return redirect(f"{reverse(name)}?{urlencode({'view': 'all', 'number': ','.join(numbers)})}")


@require_safe
def count(request):
    """How many a list holds under the filters in the address: the words of the choice “all that match”."""
    what = List.OFFICE if request.GET.get("what") == List.OFFICE else List.EVERY
    rows = selections.of(what, request.GET, user=request.user, by=actor_in(request), now=timezone.now()).rows
    found = rows.order_by()[: bulk.MOST + 1].count()
    return render(request, "appeals/_bulk_all.html", {"count": min(found, bulk.MOST), "is_cut": found > bulk.MOST})


@require_safe
def jobs(request):
    rows = BulkJob.objects.of_actor(actor_in(request))[:50]
    return render(request, "appeals/bulk_jobs.html", {"jobs": bulkpage.named(rows)})


@require_safe
def job(request, pk):
    actor, now, found = actor_in(request), timezone.now(), _own(request, pk)
    if found.state == BulkJob.State.PREVIEWED:
        return render(request, "appeals/bulk_preview.html", bulkpage.preview(found, actor, now))
    context = bulkpage.progress(found, actor, now, after=request.GET.get("after", ""))
    return render(request, "appeals/_bulk.html" if request.htmx else "appeals/bulk.html", context)


@require_POST
def confirm(request, pk):
    if not bulk.confirm(_own(request, pk), request.POST.dict(), by=actor_in(request), at=timezone.now()):
        messages.info(request, _("This had been confirmed already; it is done once."))
    return redirect("appeals:bulk_job", pk)


def _confirm_again(request, refused, pk):
    """The preview as it is now, with what was typed and what is wrong with it."""
    found, actor = _own(request, pk), actor_in(request)
    context = bulkpage.preview(found, actor, timezone.now(), typed=request.POST.dict(), refused=refused)
    return render(request, "appeals/bulk_preview.html", context, status=bulkpage.STATUS_OF[refused.why])


confirm.again = _confirm_again


@require_POST
def cancel(request, pk):
    found = _own(request, pk)
    if found.state != BulkJob.State.PREVIEWED:
        raise Http404
    found.delete()
    return redirect(found.back or "appeals:mine")


def _own(request, pk) -> BulkJob:
    return get_object_or_404(BulkJob.objects.of_actor(actor_in(request)), pk=pk)
