from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from appeals import drafts, presence
from appeals.forms import label_of
from appeals.models import Appeal, Draft
from appeals.states import reads_as_staff
from appeals.table import MOVES
from appeals.views.case import back_to, case_of
from appeals.views.who import actor_in


@require_safe
def looking(request, number):
    """Asked every few seconds while the case is open: who else of the staff has it open."""
    actor, now = actor_in(request), timezone.now()
    case = case_of(number, actor, now)
    if not reads_as_staff(actor, case):
        raise Http404
    others = presence.look(case, by=actor, now=now)
    context = {"others": others, "writing": presence.writing(case, besides=actor, now=now)}
    return render(request, "appeals/_presence.html", context)


@require_POST
def keep(request, number):
    actor, now = actor_in(request), timezone.now()
    verb = request.POST.get("verb", "")
    case = case_of(number, actor, now)
    if verb == drafts.FILING or not drafts.texts_of(verb):
        raise Http404
    drafts.keep(case, verb, request.POST, by=actor, at=now)
    return render(request, "appeals/_draft_saved.html", {"at": now})


@require_POST
def keep_filing(request):
    now = timezone.now()
    drafts.keep(None, drafts.FILING, request.POST, by=actor_in(request), at=now)
    return render(request, "appeals/_draft_saved.html", {"at": now})


@require_safe
def mine(request):
    """Every draft of one's own: also of cases that are no longer one's to see, so that no words are lost."""
    actor, now = actor_in(request), timezone.now()
    rows = list(Draft.objects.by(actor.user_id).select_related("appeal"))
    of_cases = {draft.appeal_id for draft in rows}
    seen = set(Appeal.objects.visible_to(actor, now).among(of_cases).values_list("pk", flat=True))
    lines = [(draft, _words(draft), draft.appeal_id is None or draft.appeal_id in seen) for draft in rows]
    return render(request, "appeals/drafts.html", {"lines": lines})


def _words(draft):
    if draft.verb == drafts.FILING:
        return f"{_('File an appeal')} · {label_of(draft.field)}"
    move = MOVES.get(draft.verb)
    return move.label if move else draft.verb


@require_POST
def discard(request, pk):
    actor = actor_in(request)
    draft = get_object_or_404(Draft.objects.by(actor.user_id), pk=pk)
    draft.delete()
    seen = draft.appeal_id and Appeal.objects.visible_to(actor, timezone.now()).among([draft.appeal_id]).first()
    home = "appeals:file" if draft.appeal_id is None else seen or "appeals:drafts"
    return redirect(back_to(request) or home)
