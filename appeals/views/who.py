"""Who asks, and from where: what a page or an endpoint knows of a request's sender."""

from dataclasses import replace

from django.conf import settings

from appeals.people import actor_of
from appeals.states import Actor
from chains.chaining import address


def actor_in(request) -> Actor:
    """The sender of `request` with the posts of today, read once a request, and with the address it came from."""
    return replace(actor_of(request.user), origin=address_of(request))


def address_of(request) -> str:
    """Where `request` comes from; behind PROXIES of our own what the first of them saw: the rest may be forged."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    seen = forwarded.split(",") if forwarded else []
    if 0 < settings.PROXIES <= len(seen):
        return address(seen[-settings.PROXIES].strip()) or ""
    return address(request.META.get("REMOTE_ADDR")) or ""
