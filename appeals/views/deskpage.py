from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from appeals.paging import Page
from appeals.queues import View


@dataclass(frozen=True)
class Tab:
    view: View
    href: str
    is_current: bool
    count: int | None = None  # None: it comes later
    urgent: int = 0


def tabs(views: Sequence[View], current: View, base: str, found: Mapping[str, int] | None = None) -> list[Tab]:
    """The saved views as tabs, with the counts in `found`."""
    found = found or {}
    return [
        Tab(
            view,
            href=f"{base}?view={view.key}",
            is_current=view == current,
            count=found.get(view.key),
            urgent=found.get("urgent", 0) if view.key == "triage" else 0,
        )
        for view in views
    ]


def address(base: str, kept: Mapping[str, str], **changes: str | None) -> str:
    """The page at `base` narrowed as in `kept`, with `changes`; what is empty is left out."""
    query = query_of(kept, **changes)
    return f"{base}?{query}" if query else base


def query_of(kept: Mapping[str, str], **changes: str | None) -> str:
    return urlencode({name: value for name, value in {**kept, **changes}.items() if value})


def begin_again(request, refused, **kwargs):
    """A filter or a cursor that is none, typed into the address: the same page unnarrowed, and why."""
    reasons = [error for errors in refused.errors.values() for error in errors]
    messages.error(request, " ".join([str(refused.reason), *reasons]))
    return redirect(request.path)


def pager(base: str, kept: Mapping[str, str], page: Page) -> dict[str, str]:
    """The pages beside `page`, for the pager."""
    return {
        name: address(base, kept, cursor=cursor) if cursor else ""
        for name, cursor in (("next", page.next), ("previous", page.previous))
    }


_ORDERINGS = (
    ("due_by", _("Nearest limit first")),
    ("resolve_by", _("Reply due first")),
    ("-filed_at", _("Newest first")),
    ("filed_at", _("Oldest first")),
)


def orderings(current: str) -> list[tuple[str, Any, bool]]:
    """The orders a list offers: name, words, whether it is the present one."""
    return [(name, words, name == current) for name, words in _ORDERINGS]
