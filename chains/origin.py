"""Where a request comes from: what the audit and the throttle of wrong passwords know of its sender."""

from django.conf import settings
from django.utils import timezone

from chains import audit
from chains.chaining import address
from chains.models import Audit, User


def address_of(request) -> str:
    """The sender's address; behind PROXIES of our own what the first of them saw: the rest may be forged."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    seen = forwarded.split(",") if forwarded else []
    if 0 < settings.PROXIES <= len(seen):
        return address(seen[-settings.PROXIES].strip()) or ""
    return address(request.META.get("REMOTE_ADDR")) or ""


def note(request, kind: str, *, by: int | None, **line) -> Audit:
    """`audit.note` of what `request` does now, with the address it came from."""
    return audit.note(kind, by=by, at=timezone.now(), origin=address_of(request), **line)


def note_wrong_password(request, typed: str) -> Audit:
    """Only the name of an account that exists is kept: what was typed may be a password in the wrong field."""
    name = User.objects.filter(username=typed).values_list("username", flat=True).first() or ""
    data = {"locked": True} if getattr(request, "axes_locked_out", False) else {}
    return note(request, Audit.Kind.LOGIN_FAILED, by=None, subject=name, data=data)
