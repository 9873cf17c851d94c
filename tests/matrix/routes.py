"""Every address of pages and API, read from the URL confs: what the tables do not name is found here."""

from collections.abc import Iterator

from django.urls import get_resolver

_ADMIN = "admin/"  # Django's own: what is registered there, and for whom, test_places asks


def routes(resolver=None, prefix: str = "") -> Iterator[str]:
    """Each route as it is written, such as appeals/<str:number>/."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if route.startswith(_ADMIN):
            continue
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern, route)
        else:
            yield route
