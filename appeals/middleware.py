"""One place that tells a person what was refused; the API has its own (api/problems.py)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import sync_only_middleware

from appeals.states import Refused, Why

_STATUS = {Why.FORBIDDEN: 403, Why.LIMITED: 429}


@sync_only_middleware
def refusals(get_response):
    """A step refused on a page becomes a message on the page it was tried from; what is forbidden becomes a 403."""

    def middleware(request):
        return get_response(request)

    def process_exception(request, exception):
        if not isinstance(exception, Refused):
            return None
        # A view with a form of its own shows it again, so that nothing typed is lost.
        again = getattr(request.resolver_match.func, "again", None)
        if again and exception.why != Why.FORBIDDEN:
            return again(request, exception, **request.resolver_match.kwargs)
        if exception.why in _STATUS:
            page = render(request, "refused.html", {"reason": exception.reason}, status=_STATUS[exception.why])
            if exception.retry_after:
                page["Retry-After"] = exception.retry_after
            return page
        messages.error(request, exception.reason)
        return redirect(_back(request))

    middleware.process_exception = process_exception
    return middleware


def _back(request) -> str:
    # "/appeals/<number>/<verb>/" was posted from the case's own page.
    parts = request.path.strip("/").split("/")
    return f"/{'/'.join(parts[:2])}/" if parts[0] == "appeals" and len(parts) > 2 else "/"


def locked_out(request, original_response=None, credentials=None, *args, **kwargs) -> HttpResponse:
    """Ten wrong passwords within 15 minutes."""
    if request.path.startswith("/api/"):
        return original_response  # it has said so itself, as problem+json
    page = render(request, "locked_out.html", status=429)
    page["Retry-After"] = 900
    return page
