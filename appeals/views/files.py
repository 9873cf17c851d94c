from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from appeals import attachments, intake
from appeals.states import Refused, Why
from appeals.views import filingpage
from appeals.views.case import case_of
from appeals.views.downloading import as_download
from appeals.views.receiving import sent_files
from appeals.views.who import actor_in


@require_POST
def stage(request):
    """Files as they are chosen in the filing form: the part of the form that lists them, again."""
    actor, now = actor_in(request), timezone.now()
    intake.check_may_file(actor)
    typed, errors = filingpage.with_files(request.POST, sent_files(request), actor, now)
    return render(request, "appeals/_files_input.html", filingpage.files(actor, typed, errors))


@require_POST
def upload(request, number):
    """Each file is a step of its own: one that is not taken keeps the others from nothing."""
    actor, now = actor_in(request), timezone.now()
    case, is_internal = case_of(number, actor, now), request.POST.get("internal") == "true"
    if not request.FILES.getlist("files"):
        raise Refused(_("Choose a file first."), why=Why.INVALID)
    added, errors = attachments.upload_all(case, sent_files(request), by=actor, internal=is_internal, at=now)
    for error in errors:
        messages.error(request, error)
    if n := len(added):
        messages.success(request, ngettext("%(n)d file added.", "%(n)d files added.", n) % {"n": n})
    return redirect(f"{case.get_absolute_url()}#files")


@require_safe
def download(request, number, pk):
    actor, now = actor_in(request), timezone.now()
    return as_download(attachments.opened(_file(number, pk, actor, now), by=actor, at=now))


@require_POST
def remove(request, number, pk):
    actor, now = actor_in(request), timezone.now()
    one = _file(number, pk, actor, now)
    attachments.remove(one, by=actor, at=now)
    messages.success(request, _("The file has been removed."))
    return redirect(f"{one.appeal.get_absolute_url()}#files")


def _file(number, pk, actor, now):
    return get_object_or_404(attachments.of_case(case_of(number, actor, now), to=actor), pk=pk)
