"""Saved views (我的视图): a narrowed list under a name, one's own or shared with the office by its head."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from appeals.listing import READERS, Filters
from appeals.models import SavedView
from appeals.paging import ORDERINGS
from appeals.queues import CENTRE, EVERY, OFFICE, Asked, View, chosen
from appeals.states import OPEN, Actor, Refused, Why
from appeals.texts import cleaned
from chains.models import User
from chains.taxonomy import Role

MOST = 20
_LONGEST_NAME, _LONGEST_QUERY = 40, 2000
Page = SavedView.Page
# What the address of each page may say, and the views it is built on.
NAMES: Mapping[str, tuple[str, ...]] = {
    Page.OFFICE: ("view", "ordering", "q", "chain", "level"),
    Page.CENTRE: ("view", "q", "chain", "urgent"),
    Page.EVERY: ("ordering", *READERS),
}
BUILT_IN: Mapping[str, Sequence[View]] = {Page.OFFICE: OFFICE, Page.CENTRE: CENTRE, Page.EVERY: EVERY}


def query_of(page: str, params: Mapping[str, str]) -> str:
    """What `params` narrow the list of `page` to, written one way only: two queries are one view if they are equal."""
    said = {name: params.get(name) or "" for name in NAMES[page]}
    if "view" in said:
        said["view"] = chosen(BUILT_IN[page], said["view"]).key
    return urlencode({name: value for name, value in said.items() if value})


def params_of(query: str) -> dict[str, str]:
    return dict(parse_qsl(query))


def as_view(row: SavedView, asked: Asked) -> View:
    """`row` in the form of a built-in view, to be counted with them; without a condition where it can not be."""
    condition = _condition(row, asked)
    return View(key_of(row), row.name, whose(row, asked.by), None if condition is None else lambda asked: condition)


def key_of(row: SavedView) -> str:
    return f"saved_{row.pk}"


def whose(row: SavedView, by: Actor) -> str:
    return _("Your own view") if row.owner_id == by.user_id else _("Shared by the office")


def _condition(row, asked) -> Q | None:
    """None: it holds closed cases too, which are not counted, or narrows to something that is no more."""
    params = params_of(row.query)
    try:
        filters = Filters.parse(_filters(params), by=asked.by, now=asked.now)
    except Refused:
        return None
    if row.page == Page.EVERY:
        return filters.exact if _is_open_only(filters) else None
    return chosen(BUILT_IN[row.page], params.get("view")).condition(asked) & filters.exact


def _filters(params):
    return {name: value for name, value in params.items() if name in READERS}


def _is_open_only(filters) -> bool:
    statuses = filters.chosen.get("status", ())
    return (bool(statuses) and set(statuses) <= set(OPEN)) or filters.chosen.get("overdue") == ["true"]


def offices_to_share_with(actor: Actor) -> list[str]:
    """The offices for which `actor` may set up a view: a head's own, the director's centre."""
    own = actor.seats & actor.heads
    return sorted(own | (actor.seats - actor.handles - actor.heads if Role.DIRECTOR in actor.roles else frozenset()))


@transaction.atomic
def save(page: str, name: str, params: Mapping[str, str], *, by: Actor, now: datetime, office: str = "") -> SavedView:
    """Keep what `params` narrow `page` to as `name`, last in one's row; `office`: shared with it.

    A name one has on this page already is given the new narrowing.
    Raises Refused: INVALID for a filter, name or office that is none, CONFLICT beyond MOST.
    """
    name, query = _checked_name(name), query_of(page, params)
    _check(page, params_of(query), by=by, now=now)
    if len(query) > _LONGEST_QUERY:
        raise _wrong("query", _("This narrowing is too long to be saved."))
    shared_with = _checked_office(office, by)
    mine = _locked(by).on(page)
    row = mine.filter(name=name).first()
    if row is None and len(mine) >= MOST:
        raise Refused(_("You have %(most)d views here; remove one first.") % {"most": MOST})
    if row is None:
        last = max((view.position for view in mine), default=-1)
        row = SavedView(owner_id=by.user_id, page=page, name=name, position=last + 1)
    row.query, row.shared_with_id = query, shared_with
    row.save()
    return row


def _locked(by):
    # Whoever adds a view holds their own account: two windows cannot both add the twentieth.
    User.objects.select_for_update(no_key=True).get(pk=by.user_id)
    return SavedView.objects.owned_by(by.user_id)


def _check(page, params, *, by, now):
    Filters.parse(_filters(params), by=by, now=now)
    if params.get("ordering", "due_by").removeprefix("-") not in ORDERINGS:
        raise _wrong("ordering", _("There is no such order."))


def _checked_name(name):
    name = cleaned(name, one_line=True)
    if not 0 < len(name) <= _LONGEST_NAME:
        raise _wrong("name", _("Give the view a name of at most %(most)d characters.") % {"most": _LONGEST_NAME})
    return name


def _checked_office(office, by):
    if office and office not in offices_to_share_with(by):
        raise _wrong("office", _("Only its head shares a view with an office."))
    return office or None


def _wrong(name, reason):
    return Refused(_("Please check what you entered."), why=Why.INVALID, errors={name: [reason]})


@transaction.atomic
def change(view: SavedView, *, by: Actor, name: str, office: str = "") -> None:
    """Another name, and whom it is shared with. Raises Refused(INVALID)."""
    name, shared_with = _checked_name(name), _checked_office(office, by)
    if _locked(by).on(view.page).filter(name=name).exclude(pk=view.pk).exists():
        raise _wrong("name", _("You have a view of this name already."))
    view.name, view.shared_with_id = name, shared_with
    view.save(update_fields=["name", "shared_with"])


def remove(view: SavedView) -> None:
    view.delete()


@transaction.atomic
def shift(view: SavedView, *, by: Actor, places: int) -> None:
    """Move `view` by `places` among one's own of its page; at an end it stays."""
    row = list(_locked(by).on(view.page).order_by("position", "pk"))
    place = next(index for index, one in enumerate(row) if one.pk == view.pk)
    row.insert(max(0, min(len(row) - 1, place + places)), row.pop(place))
    for position, one in enumerate(row):
        one.position = position
    SavedView.objects.bulk_update(row, ["position"])
