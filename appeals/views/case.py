from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from appeals import drafts
from appeals.models import Appeal
from appeals.proposals import Choice
from appeals.states import MOST_PARTS
from appeals.steps import STEPS
from appeals.table import MOVES, Kind
from appeals.views import casepage
from appeals.views.casesteps import Attempt
from appeals.views.who import actor_in


@require_safe
def detail(request, number):
    actor, now = actor_in(request), timezone.now()
    case = case_of(number, actor, now)
    return render(request, "appeals/case.html", casepage.page(case, actor, now, choice=_choice(request)))


@require_POST
def step(request, number, verb):
    actor, now = actor_in(request), timezone.now()
    case = case_of(number, actor, now)
    if verb not in STEPS:
        raise Http404
    drafts.take(case, verb, _values(request, verb), by=actor, version=_version(request), at=now)
    messages.success(request, _("“%(verb)s” is done.") % {"verb": MOVES[verb].label})
    return redirect(back_to(request) or case)


def _step_again(request, refused, number, verb):
    """The case as it now stands, with the refused step and everything typed into it."""
    actor, now = actor_in(request), timezone.now()
    attempt = Attempt(verb, _values(request, verb), refused)
    context = casepage.page(case_of(number, actor, now), actor, now, attempt=attempt)
    answer = render(request, "appeals/case.html", context, status=casepage.STATUS_OF[refused.why])
    if refused.retry_after:
        answer["Retry-After"] = refused.retry_after
    return answer


step.again = _step_again


@require_safe
def suggest(request, number):
    """The fields of the dispatch form for another topic or level."""
    actor, now = actor_in(request), timezone.now()
    context = casepage.page(case_of(number, actor, now), actor, now, choice=_choice(request))
    if not context["first"] or context["first"].verb != "dispatch":
        raise Http404
    return render(request, "appeals/_step_inputs.html", {**context, "step": context["first"]})


def case_of(number, actor, now) -> Appeal:
    # A number is letters and digits; the database takes no address with a NUL in it.
    if not number.isalnum():
        raise Http404
    return get_object_or_404(Appeal.objects.visible_to(actor, now).with_all_rows(), number=number)


def _choice(request):
    return Choice(request.GET.get("topic", "")[:10], request.GET.get("level", "")[:1])


def _values(request, verb):
    """What was typed, by field; the parts of a split as objects."""
    values = dict(request.POST.items())
    for row in MOVES[verb].fields:
        if row.kind == Kind.DEPARTMENTS:
            values[row.name] = request.POST.getlist(row.name)
        elif row.kind == Kind.APPEAL:
            # One that is offered may be chosen, and another one typed beside it: what is typed counts.
            values[row.name] = next((text for text in reversed(request.POST.getlist(row.name)) if text.strip()), "")
        elif row.kind == Kind.PARTS:
            values[row.name] = _parts(request, row.name)
    return values


def _parts(request, name):
    keys = [f"{name}-{place}" for place in range(1, MOST_PARTS + 1)]
    parts = [{word: request.POST.get(f"{key}-{word}", "") for word in ("title", "description")} for key in keys]
    return [part for part in parts if any(text.strip() for text in part.values())]


def _version(request):
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def back_to(request):
    """Back to the list one came from, where it is a page of ours."""
    path = request.POST.get("next", "")
    return path if url_has_allowed_host_and_scheme(path, allowed_hosts=None) else ""
