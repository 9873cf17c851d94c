from django.contrib import messages
from django.contrib.auth import login as begin_session
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from appeals import invitations, membership
from appeals.forms import InvitationForm, JoinForm
from appeals.models import Enterprise, Invitation, Membership
from appeals.views.who import actor_in
from chains.models import Audit
from chains.origin import note, note_wrong_password


class Login(LoginView):
    template_name = "registration/login.html"
    redirect_authenticated_user = True

    def form_valid(self, form):
        answer = super().form_valid(form)
        note(self.request, Audit.Kind.LOGIN, by=self.request.user.pk)
        return answer

    def form_invalid(self, form):
        note_wrong_password(self.request, form.cleaned_data.get("username", ""))
        return super().form_invalid(form)


class Logout(LogoutView):
    def post(self, request, *args, **kwargs):
        who = request.user.pk
        answer = super().post(request, *args, **kwargs)
        if who:
            note(request, Audit.Kind.LOGOUT, by=who)
        return answer


login, logout = Login.as_view(), Logout.as_view()


@login_not_required
def into_admin(request):
    """The admin sends here whoever may not see it: one door for signing in, and no circle for who has done so."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect(f"{reverse('appeals:login')}?{request.GET.urlencode()}")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def join(request):
    form = JoinForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        membership.join(asked["enterprise"], by=_account(request, asked), name=asked["name"])
        messages.success(request, _("Asked. You can file as soon as you have been confirmed."))
        return redirect("appeals:members")
    return render(request, "accounts/join.html", {"form": form})


@require_safe
def members(request):
    actor, now = actor_in(request), timezone.now()
    seen = Membership.objects.seen_by(actor).select_related("enterprise", "user")[:200]
    context = {
        "rows": [(row, _may(row, actor)) for row in seen],
        "owned": Enterprise.objects.owned_by(actor),
        "invitations": Invitation.objects.of_owner(actor).open(now).select_related("enterprise")[:200],
        # Shown once: only its digest is kept.
        "link": request.session.pop("invitation", ""),
    }
    return render(request, "accounts/members.html", context)


def _may(row, actor) -> set[str]:
    """The buttons of a line; who may press them, `membership` checks."""
    is_member, is_own = row.state == Membership.State.CONFIRMED, row.user_id == actor.user_id
    is_owner = is_member and row.role == Membership.Role.OWNER
    offered = {
        "decide": membership.may_decide(row, actor),
        "leave": is_member and is_own,
        "hand_over": is_member and not is_own and not is_owner and row.enterprise_id in actor.owned,
    }
    return {name for name, holds in offered.items() if holds}


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


@require_POST
def leave(request, pk):
    row = membership.leave(_membership(request, pk), by=actor_in(request))
    messages.success(request, _("You no longer speak for %(enterprise)s.") % _words(row))
    return redirect("appeals:members")


@require_POST
def hand_over(request, pk):
    row = membership.hand_over(_membership(request, pk), by=actor_in(request))
    messages.success(request, _("%(person)s is now the owner of %(enterprise)s.") % _words(row))
    return redirect("appeals:members")


@require_POST
def invite(request):
    actor = actor_in(request)
    code = request.POST.get("enterprise", "")
    enterprise = get_object_or_404(Enterprise.objects.of_actor(actor), credit_code=code[:18])
    token = invitations.invite(enterprise, by=actor)
    request.session["invitation"] = request.build_absolute_uri(reverse("appeals:invitation", args=[token]))
    return redirect("appeals:members")


@require_POST
def take_back(request, pk):
    actor = actor_in(request)
    invitations.take_back(get_object_or_404(Invitation.objects.of_owner(actor), pk=pk), by=actor)
    messages.success(request, _("The link is good for nothing any more."))
    return redirect("appeals:members")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request, token):
    """Where the link leads: whose invitation it is, and who accepts it."""
    found = invitations.open_one(token)
    if found is None:
        return render(request, "accounts/invitation.html", {"found": None}, status=404)
    form = InvitationForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        invitations.accept(token, by=_account(request, form.cleaned_data), name=form.cleaned_data["name"])
        messages.success(request, _("You now speak for %(enterprise)s.") % {"enterprise": found.enterprise.name})
        return redirect("appeals:mine")
    return render(request, "accounts/invitation.html", {"found": found, "form": form})


def _account(request, asked):
    """Whoever is signed in; else the account just asked for, signed in."""
    if not request.user.is_authenticated:
        account = membership.open_account(asked["username"], asked["password"])
        begin_session(request, account, backend="django.contrib.auth.backends.ModelBackend")
        note(request, Audit.Kind.LOGIN, by=account.pk)
    return request.user


def _membership(request, pk):
    return get_object_or_404(Membership.objects.seen_by(actor_in(request)), pk=pk)


def _words(row):
    return {"person": row.user, "enterprise": row.enterprise.name}
