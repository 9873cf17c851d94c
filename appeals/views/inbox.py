from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from appeals.models import Appeal
from appeals.views import rosterpage
from appeals.views.who import actor_in
from routing import outbox
from routing.models import Notice
from routing.wording import words

PAGE = 50
_PAGE_OF = {"broken": "appeals:audit", "deputy": "appeals:absences"}  # what is about no appeal


@dataclass(frozen=True)
class Line:
    notice: Notice
    subject: str
    number: str


@require_safe
def inbox(request):
    mine = Notice.objects.inbox_of(request.user)
    unread_only = request.GET.get("show") == "unread"
    rows = mine.unread() if unread_only else mine
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit():
        rows = rows.older_than(get_object_or_404(mine, pk=before[:18]))
    found = list(rows[: PAGE + 1])
    actor, now = actor_in(request), timezone.now()
    lines = _lines(found[:PAGE], actor, now)
    older = lines[-1].notice.pk if len(found) > PAGE else None
    context = {"lines": lines, "older": older, "unread_only": unread_only}
    return render(request, "appeals/inbox.html", context | rosterpage.on_watch(actor, now))


def _lines(notices, actor, now) -> list[Line]:
    """What has left one's sight since is no longer told, not even its number."""
    numbers = {notice.number for notice in notices if notice.number}
    seen = {"", *Appeal.objects.visible_to(actor, now).numbered(*numbers).values_list("number", flat=True)}
    gone = _("An appeal that is not yours to see any more")
    return [Line(one, words(one)[0], one.number) if one.number in seen else Line(one, gone, "") for one in notices]


# A safe method all the same: that it was read concerns its reader alone, and a second time changes nothing.
@require_safe
def open_notice(request, pk):
    mine = Notice.objects.inbox_of(request.user)
    notice = get_object_or_404(mine, pk=pk)
    outbox.mark_read(mine.of_cause(notice.cause), at=timezone.now())
    if notice.number:
        return redirect("appeals:detail", notice.number)
    return redirect(_PAGE_OF.get(notice.kind, "appeals:members"))


@require_POST
def mark_all_read(request):
    count = outbox.mark_read(Notice.objects.inbox_of(request.user), at=timezone.now())
    said = ngettext("%(count)d notice marked as read.", "%(count)d notices marked as read.", count)
    messages.success(request, said % {"count": count})
    return redirect("appeals:inbox")
