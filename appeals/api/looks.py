"""Reads what the API shows of an appeal beyond its own row, each in one query, and only what the reader may know."""

from datetime import datetime

from django.utils import timezone

from appeals import attachments, intake, privacy
from appeals.lights import light_of
from appeals.models import Appeal
from appeals.states import Actor, reads_as_staff
from appeals.steps import STEPS
from appeals.table import possible_moves
from appeals.wording import masked
from chains.handbook import handbook
from chains.models import Department
from routing.deadlines import Light


def at_filed(case: Appeal, by: Actor, now: datetime) -> Appeal:
    """What the answer to a filing tells besides the row: the light, the likeliest topics, similar open appeals."""
    case.light = light_of(case, now)
    case.alternatives = _alternatives(case, now)
    case.similar = _similar(case, by, now)
    return case


def at(case: Appeal, by: Actor, now: datetime) -> Appeal:
    """Everything of `shapes.State`."""
    is_staff = reads_as_staff(by, case)
    at_filed(case, by, now)
    case.support = _in_order(Department, case.supporting)
    case.masked_phone = masked(case.contact_phone) if privacy.may_know_enterprise(case, by) else ""
    case.complaint = case.complained_of if privacy.may_know_complained_of(case, by) else None
    case.revealed = privacy.revealed(case, list(case.events.of_verb("reveal").by(by.user_id)), to=by, at=now)
    case.files = attachments.of_case(case, to=by)
    case.shown_pauses = list(case.pauses.all())
    case.paused = light_of(case, now) == Light.PAUSED
    case.excluded = case.excluded_at is not None
    case.links = links(case, by, now)
    _beside(case, is_staff)
    case.reply = case if case.reply_text and privacy.may_read_reply(case, by) else None
    case.rating = case if case.rated_at else None
    case.moves = moves(case, by, now)
    return case


def _beside(case, is_staff):
    """Requests and orders, for the staff only."""
    case.asked = list(case.requests.select_related("asked_by", "decided_by", "proposed_lead")) if is_staff else []
    case.shown_supports = list(case.supports.select_related("department")) if is_staff else []
    case.shown_orders = list(case.orders.select_related("department")) if is_staff else []
    case.shown_conferences = list(case.conferences.all()) if is_staff else []
    case.shown_owner = case.owner if is_staff else None
    called = {code for meeting in case.shown_conferences for code in meeting.departments}
    offices = Department.objects.in_bulk(called) if called else {}
    for meeting in case.shown_conferences:
        meeting.offices = [offices[code] for code in meeting.departments if code in offices]


def links(case: Appeal, by: Actor, now: datetime) -> dict[str, str | None]:
    """The numbers of the appeals that `case` is linked to, of those that `by` may open."""
    kinds = {kind: getattr(case, f"{kind}_id") for kind in ("merged_into", "parent", "split_from", "follows")}
    wanted = {pk for pk in kinds.values() if pk}
    seen = Appeal.objects.visible_to(by, now).numbers_of(wanted) if wanted else {}
    return {kind: seen.get(pk) for kind, pk in kinds.items()}


def moves(case: Appeal, by: Actor, now: datetime):
    """The steps that `by` may take now."""
    return [move for move in possible_moves(case, by, at=now) if move.verb in STEPS]


def reader(case: Appeal, by: Actor) -> dict:
    """How `by` reads the record: whether people are named."""
    return {"is_staff": reads_as_staff(by, case), "knows_enterprise": privacy.may_know_enterprise(case, by)}


def events(case: Appeal, by: Actor, now: datetime):
    """The lines of the record that `by` reads."""
    rows = privacy.without_strangers(case.events.select_related("actor", "department"), by, now)
    if reads_as_staff(by, case):
        return privacy.as_office_reads(rows, case, by)
    return privacy.as_enterprise_reads(rows)


def _alternatives(case, now):
    topics = handbook(timezone.localdate(now)).topics
    return [found | {"topic": topics[found["topic"]]} for found in case.candidates if found["topic"] in topics]


def _similar(case, by, now):
    if not privacy.may_know_enterprise(case, by):
        return []
    others = Appeal.objects.visible_to(by, now).besides(case)
    return intake.similar_of(case.enterprise, case.title, case.description, among=others)


def _in_order(model, codes):
    rows = model.objects.in_bulk(codes) if codes else {}
    return [rows[code] for code in codes if code in rows]
