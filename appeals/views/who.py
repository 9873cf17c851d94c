"""Who asks, and from where: what a page or an endpoint knows of a request's sender."""

from dataclasses import replace

from appeals.people import actor_of
from appeals.states import Actor
from chains.origin import address_of


def actor_in(request) -> Actor:
    """The sender of `request` with the posts of today, read once a request, and with the address it came from."""
    return replace(actor_of(request.user), origin=address_of(request))
