from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appeals import paging, savedviews
from appeals.models import SavedView
from appeals.queues import Asked, View, counts
from appeals.savedviews import Page
from appeals.states import OPEN, Actor, Status
from chains.handbook import handbook


@dataclass(frozen=True)
class Tab:
    view: View
    href: str
    is_current: bool
    count: int | None = None
    urgent: int = 0
    is_saved: bool = False


_PATHS = {
    Page.OFFICE: ("appeals:office", "appeals:office_counts"),
    Page.CENTRE: ("appeals:centre", "appeals:centre_counts"),
    Page.EVERY: ("appeals:mine", "appeals:every_counts"),
}
# What runs and is over, the oldest first; what was answered late is red, too, but no longer runs.
RED_LIST = {
    "status": ",".join(status for status in OPEN if status != Status.VISITING),
    "light": "red",
    "ordering": "due_by",
}
# What the built-in views of the list of everything narrow it to; those of the desks have names of their own.
_NARROWED = {"all": {}, "open": {"status": ",".join(OPEN)}, "overdue": {"overdue": "true"}} | {
    "red": RED_LIST,
    "owned": {"owner": "me"},
    "orders": {"ordered": "true"},
    "to_decide": {"to_decide": "extension"},
}


def views_nav(
    page: Page,
    kept: Mapping[str, str],
    views: Sequence[View],
    by: Actor,
    *,
    rows: Sequence[SavedView] | None = None,
    found: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """The built-in and the saved views of a list as tabs, for _views.html; `found`: their counts, None: they follow."""
    rows = SavedView.objects.on(page).shown_to(by) if rows is None else rows
    (list_name, counts_name), here = _PATHS[page], savedviews.query_of(page, kept)
    base, saved = reverse(list_name), next((row for row in rows if row.query == here), None)
    tabs = [
        *(_built_in(page, view, base, here if saved is None else None, kept, found or {}) for view in views),
        *(_saved(row, row is saved, by, found or {}) for row in rows),
    ]
    return {
        "tabs": tabs,
        "is_counted": found is not None,
        "counts_url": f"{reverse(counts_name)}?{here}",
        "list_page": page,
        "here": here,
        "share_with": names_to_share_with(by),
    }


def _built_in(page, view, base, here, kept, found) -> Tab:
    if page == Page.EVERY:
        query = savedviews.query_of(page, _NARROWED[view.key])
        is_current = here == query
    else:
        query, is_current = f"view={view.key}", here is not None and kept.get("view") == view.key
    urgent = found.get("urgent", 0) if view.key == "triage" else 0
    href = f"{base}?{query}" if query else base
    return Tab(view, href, is_current, found.get(view.key), urgent)


def _saved(row, is_current, by, found) -> Tab:
    key = savedviews.key_of(row)
    view = View(key, row.name, savedviews.whose(row, by), None)
    return Tab(view, list_at(row.page, row.query), is_current, found.get(key), is_saved=True)


def counted_nav(
    page: Page, kept: Mapping[str, str], views: Sequence[View], asked: Asked, among: QuerySet, *beside: View
) -> dict[str, Any]:
    """The same with how many of the open cases `among` each view holds: one query for all of them."""
    rows = list(SavedView.objects.on(page).shown_to(asked.by))
    found = counts(among, [*views, *beside, *(savedviews.as_view(row, asked) for row in rows)], asked)
    return views_nav(page, kept, views, asked.by, rows=rows, found=found)


def address(base: str, kept: Mapping[str, str], **changes: str | None) -> str:
    """The page at `base` narrowed as in `kept`, with `changes`; what is empty is left out."""
    query = query_of(kept, **changes)
    return f"{base}?{query}" if query else base


def query_of(kept: Mapping[str, str], **changes: str | None) -> str:
    return urlencode({name: value for name, value in {**kept, **changes}.items() if value})


def begin_again(request, refused, **kwargs):
    """A filter or a cursor that is none, typed into the address: the same page unnarrowed, and why."""
    messages.error(request, reasons_of(refused))
    return redirect(request.path)


def reasons_of(refused) -> str:
    """Why, and what is wrong with which value, in one line."""
    reasons = [error for errors in refused.errors.values() for error in errors]
    return " ".join([str(refused.reason), *reasons])


def names_to_share_with(by: Actor) -> list[tuple[str, str]]:
    """The offices for which `by` may set up a view: code and name."""
    offices = savedviews.offices_to_share_with(by)
    return list(handbook(timezone.localdate()).short_names(offices).items()) if offices else []


def list_at(page: str, query: str) -> str:
    """The list `page` narrowed as `query` says."""
    base = reverse(_PATHS[page][0])
    return f"{base}?{query}" if query else base


def pager(base: str, kept: Mapping[str, str], page: paging.Page) -> dict[str, str]:
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
