from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import drafts
from appeals.listing import Filters
from appeals.models import Appeal, Draft, Request
from appeals.paging import page_of
from appeals.proposals import Choice, handed_back, proposals
from appeals.queues import Asked, View, chosen, rows_of
from appeals.savedviews import Page
from appeals.states import Ground, Refused
from appeals.table import check_move, possible_moves
from appeals.views import casesteps
from appeals.views.deskpage import address, pager, views_nav
from chains.handbook import Handbook, handbook
from chains.models import Department
from chains.taxonomy import Chain, Level, Solved, Tier

_FILTERS = ("q", "chain", "urgent")


def page(asked: Asked, views: Sequence[View], params: Mapping[str, str]) -> dict[str, Any]:
    """The desk as `params` narrow it: a view's list, and beside it the opened case (else the first of the list)."""
    view, base = chosen(views, params.get("view")), reverse("appeals:centre")
    kept = kept_of(views, params)
    filters = Filters.parse({name: kept[name] for name in _FILTERS}, by=asked.by, now=asked.now)
    picked, fetch = rows_of(view, asked).meeting(view.condition(asked)).narrowed(filters), partial(lines, view)
    found = page_of(picked, ordering="due_by", cursor=params.get("cursor", ""), shown=fetch)
    rows = fetch(picked)
    shown = [*_urgent(view, rows, params), *found.rows]
    shown = list({case.pk: case for case in shown}.values())
    case = _opened(params.get("case"), shown, rows)
    book = handbook(timezone.localdate(asked.now)) if view.key == "triage" else None
    dress([*shown, *filter(None, [case])], book)
    return {
        "view": view,
        "rows": shown,
        "panel": case and panel(view, case, asked, book, params),
        "is_opened": bool(params.get("case")),
        "kept": kept,
        "chains": Chain.choices,
        "back": address(base, kept),
        **views_nav(Page.CENTRE, kept, views, asked.by),
        **pager(base, kept, found),
    }


def kept_of(views: Sequence[View], params: Mapping[str, str]) -> dict[str, str]:
    """What the address of the desk says."""
    return {"view": chosen(views, params.get("view")).key} | {name: params.get(name, "") for name in _FILTERS}


def _urgent(view, rows, params) -> list[Appeal]:
    """Work stands still somewhere: these lead the first page, however late others are."""
    return list(rows.urgent().order_by("due_by")[:20]) if view.key == "triage" and not params.get("cursor") else []


def open_to(asked: Asked):
    return Appeal.objects.listed_to(asked.by, asked.now).open()


def _opened(number, shown, rows) -> Appeal | None:
    if not number:
        return next(iter(shown), None)
    return next((case for case in shown if case.number == number), None) or rows.numbered(number).first()


def lines(view: View, rows):
    """`rows` with what a line of this view of the centre shows."""
    rows = rows.with_rows().select_related("complained_of", "industry", "park")
    if view.key in _DECISIONS:
        waiting = Request.objects.waiting().select_related("asked_by", "proposed_lead")
        rows = rows.prefetch_related(Prefetch("requests", waiting, to_attr="all_requests"))
    return rows


def dress(rows: Sequence[Appeal], book: Handbook | None) -> None:
    """Put beside each row what was read for all of them: the likeliest topic by name."""
    for case in rows:
        if book:
            best = case.candidates[0] if case.candidates else {}
            case.best = best and {**best, "topic": book.topics.get(best["topic"])}


@dataclass(frozen=True)
class Panel:
    """The opened case. `refusal`: why this person may not decide it; empty where nothing stands against it."""

    case: Appeal
    template: str
    refusal: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    drafts: Mapping[str, Mapping[str, Draft]] = field(default_factory=dict)


def panel(view: View, case: Appeal, asked: Asked, book: Handbook | None, params: Mapping[str, str]) -> Panel:
    verb, more = _PANELS[view.key]
    refusal = ""
    try:
        check_move(verb, case, asked.by, at=asked.now)
    except Refused as refused:
        refusal = str(refused.reason)
    kept = drafts.kept(case, by=asked.by)
    context = more(case, book, params) | {
        "verb": verb,
        "has_steps": view.key in _BESIDE,
        "draft": kept.get(verb, {}).get("reason"),
    }
    template = f"appeals/_desk_{_TEMPLATES.get(view.key, view.key)}.html"
    return Panel(case, template, refusal, context, kept)


def steps(case: Appeal, key: str, asked: Asked) -> dict[str, Any]:
    """The forms of the other steps that the view `key` offers: loaded apart, so that no list waits for them."""
    wanted = _BESIDE.get(key, ())
    moves = {move.verb: move for move in possible_moves(case, asked.by, at=asked.now) if move.verb in wanted}
    found, _proposals, names = casesteps.steps_of(case, moves, asked.by, asked.now, is_staff=True)
    return {"case": case, "steps": list(found.values()), "departments": names}


def assignment(case: Appeal, book: Handbook, params: Mapping[str, str]) -> dict[str, Any]:
    """What the dispatch form offers, and has chosen by what `params` say: proposals, level, lead and support."""
    topic = params.get("add") or params.get("topic") or ""
    # A level that was shown for another topic says nothing of this one.
    level = params.get("level", "") if params.get("level_of") == topic else ""
    choice = Choice(
        topic=topic,
        level=level if level in Level.values else "",
        complained_of=_code_of(params.get("complained_of"), book),
    )
    offered = proposals(case, book, choice)
    chosen = next((row for row in offered if row.topic.pk == choice.topic), offered[0] if offered else None)
    back = handed_back(case)
    is_first_look = not choice.topic
    return {
        "proposals": offered,
        "chosen": chosen,
        "lead": back.proposed_lead if back and is_first_look else chosen and chosen.lead,
        "handed_back": back,
        "complained_of": book.offices.get(choice.complained_of) or case.complained_of,
        "levels": Level.choices,
        "topics": _topics_by_chain(book),
        "offices": _offices_from(case, book),
    }


def _code_of(word, book):
    return next((code for code, office in book.offices.items() if word in (code, office.short_name)), "")


def _topics_by_chain(book):
    groups = {chain: [] for chain in Chain}
    for topic in book.topics.values():
        groups[Chain(topic.chain)].append(topic)
    return [(chain.label, topics) for chain, topics in groups.items() if topics]


def _offices_from(case, book) -> list[tuple[str, list[Department]]]:
    """Every office, grouped as seen from the appeal: the city's, those of its district, the others."""
    city, near, far = [], [], []
    for office in book.offices.values():
        group = city if office.tier == Tier.CITY else near if office.district_id == case.district_id else far
        group.append(office)
    groups = ((_("City"), city), (case.district.name, near), (_("Other districts"), far))
    return [(label, offices) for label, offices in groups if offices]


def _triage(case, book, params):
    return assignment(case, book, params) | {"grounds": Ground.choices}


def _hand_back(case, book, params):
    return {"asked": case.open_hand_back}


def _person(case, book, params):
    return {"asked": case.events.of_verb("ask_person").last()}


def _review(case, book, params):
    return {}


def _visit(case, book, params):
    visits = case.events.of_round(case.round).of_verb("visit").select_related("actor")
    return {"visits": list(visits), "solved": Solved.choices, "stars": range(1, 6)}


def _decision(kind):
    return lambda case, book, params: {"asked": case.waiting.get(kind)}


def _standing(case, book, params):
    """Why it stands where it stands, and since when."""
    told = case.events.of_verbs("park", "merge", "escalate", "reroute", "decide_hand_back").select_related("actor")
    return {"conference": case.open_conference, "told": told.last(), "into": case.merged_into}


_DECISIONS = {"hand_backs", "extensions", "terminations", "objections", "exclusions"}
_TEMPLATES = dict.fromkeys(_DECISIONS - {"hand_backs"}, "decision") | dict.fromkeys(
    ("escalated", "parked", "merged"), "standing"
)
# What a view offers besides the one step it is for.
_BESIDE = {
    "triage": ("answer", "reclassify", "merge", "attach", "split"),
    "escalated": ("confer", "conclude", "reroute", "progress", "escalate"),
    "parked": ("progress", "unpark"),
    "merged": ("unmerge",),
    "person": ("reclassify",),
}
_PANELS = {
    "extensions": ("decide_extension", _decision("extension")),
    "terminations": ("decide_termination", _decision("termination")),
    "objections": ("decide_objection", _decision("objection")),
    "exclusions": ("decide_exclusion", _decision("exclusion")),
    "escalated": ("confer", _standing),
    "parked": ("unpark", _standing),
    "merged": ("unmerge", _standing),
    "triage": ("dispatch", _triage),
    "hand_backs": ("decide_hand_back", _hand_back),
    "person": ("reroute", _person),
    "reviews": ("review", _review),
    "visits": ("visit", _visit),
}
