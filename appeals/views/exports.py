from collections.abc import Iterator

from django.contrib import messages
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import FileResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from appeals import columns, exporting, exportjobs, selections
from appeals.models import ExportJob
from appeals.selections import List
from appeals.views.who import actor_in
from chains import audit
from chains.spreadsheets import csv_of

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def every(request):
    """What the list of all appeals shows under these filters, as CSV."""
    return stream(List.EVERY, request.GET, request)


@require_safe
def office(request):
    """What the queue of an office shows under these filters, as CSV."""
    return stream(List.OFFICE, request.GET, request)


def stream(what: str, params, request) -> StreamingHttpResponse:
    """The rows of a list as a CSV file that begins at once; what leaves is in the audit before it does."""
    actor, now = actor_in(request), timezone.now()
    rows = selections.of(what, params, user=request.user, by=actor, now=now).in_order
    pieces = ()
    if request.method != "HEAD":
        pieces = _pieces(rows, actor)
        exportjobs.log(actor.user_id, params, rows.order_by().count(), at=now, origin=actor.origin, what=what)
    headers = {"Content-Disposition": f'attachment; filename="{_name(now)}.csv"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers)


def _pieces(rows, actor) -> Iterator[bytes]:
    # In a transaction the database hands rows out as it finds them.
    with transaction.atomic():
        yield from csv_of(columns.HEADER, exporting.lines(rows, actor))


def _name(moment) -> str:
    return f"appeals-{timezone.localtime(moment):%Y%m%d-%H%M}"


def _list_again(request, refused):
    """A filter that is none: back to the list, unnarrowed, and why."""
    reasons = [error for errors in refused.errors.values() for error in errors]
    messages.error(request, " ".join([str(refused.reason), *reasons]))
    is_of_office = request.GET.get("what", request.path.split("/")[1]) == List.OFFICE
    return redirect("appeals:office" if is_of_office else "appeals:mine")


every.again = office.again = _list_again


@require_http_methods(["GET", "HEAD", "POST"])
def exports(request):
    """One's exports in the background; a POST asks for another, with the filters of the list in the address."""
    actor, now = actor_in(request), timezone.now()
    if request.method == "POST":
        what = List.OFFICE if request.GET.get("what") == List.OFFICE else List.EVERY
        exportjobs.ask(what, request.GET, user=request.user, by=actor, at=now)
        messages.success(request, _("The file is being made. It stays here for a day."))
        return redirect("appeals:exports")
    jobs = list(ExportJob.objects.of_actor(actor)[:50])
    context = {"jobs": jobs, "is_waiting": any(job.is_unfinished for job in jobs)}
    return render(request, "appeals/_exports.html" if request.htmx else "appeals/exports.html", context)


exports.again = _list_again


@require_safe
def download(request, pk):
    """Whoever asked for it, and nobody else."""
    actor, now = actor_in(request), timezone.now()
    job = get_object_or_404(ExportJob.objects.of_actor(actor).ready(now), pk=pk)
    audit.note("download", by=actor.user_id, subject=job.file, data={"rows": job.done}, origin=actor.origin, at=now)
    file, name = default_storage.open(job.file), f"{_name(job.finished_at)}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=_XLSX)
