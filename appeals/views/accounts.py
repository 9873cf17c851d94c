from django.contrib import messages
from django.contrib.auth import login as begin_session
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appeals import membership
from appeals.forms import JoinForm
from appeals.models import Membership
from appeals.views.who import actor_in

login = LoginView.as_view(template_name="registration/login.html", redirect_authenticated_user=True)
logout = LogoutView.as_view()


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def join(request):
    form = JoinForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        if not request.user.is_authenticated:
            account = membership.open_account(asked["username"], asked["password"])
            begin_session(request, account, backend="django.contrib.auth.backends.ModelBackend")
        membership.join(asked["enterprise"], by=request.user, name=asked["name"])
        messages.success(request, _("Asked. You can file as soon as you have been confirmed."))
        return redirect("appeals:members")
    return render(request, "accounts/join.html", {"form": form})


@require_safe
def members(request):
    actor = actor_in(request)
    seen = Membership.objects.seen_by(actor).select_related("enterprise", "user")[:200]
    rows = [(row, membership.may_decide(row, actor)) for row in seen]
    return render(request, "accounts/members.html", {"rows": rows})


@require_POST
def confirm(request, pk):
    row = membership.confirm(_membership(request, pk), by=actor_in(request))
    messages.success(request, _("%(person)s may now speak for %(enterprise)s.") % _words(row))
    return redirect("appeals:members")


@require_POST
def refuse(request, pk):
    row = membership.refuse(_membership(request, pk), by=actor_in(request))
    messages.success(request, _("%(person)s does not speak for %(enterprise)s.") % _words(row))
    return redirect("appeals:members")


def _membership(request, pk):
    return get_object_or_404(Membership.objects.seen_by(actor_in(request)), pk=pk)


def _words(row):
    return {"person": row.user, "enterprise": row.enterprise.name}
