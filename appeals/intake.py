"""Accepting what an enterprise files (受理): checked, classified, numbered and, where sure, dispatched at once."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from stdnum.iso7064 import mod_11_10

from appeals import attachments, clocks, facts, notices, sealing, searching
from appeals.models import Appeal, Enterprise, Event, FilingKey
from appeals.similarity import alike
from appeals.states import Actor, Part, Refused, Status, Why
from chains import locks
from chains.handbook import handbook
from chains.models import Department, District, Industry
from chains.taxonomy import Role
from routing.plan import Plan, make_plan

_KEYS_KEPT = timedelta(days=7)
_COMPARED = 40  # open appeals of an enterprise that a new one is held against


@dataclass(frozen=True)
class Filing:
    """What was filed, already checked: texts cleaned, names looked up."""

    title: str
    description: str
    enterprise: Enterprise
    district: District | None = None
    industry: Industry | None = None
    nature: str | None = None
    urgent: bool = False
    anonymous: bool = False
    complained_of: Department | None = None
    contact_name: str = ""
    contact_phone: str = ""
    external_number: str | None = None
    source: str = Appeal.Source.WEB
    wants_person: bool = False
    follows: Appeal | None = None  # an older appeal about the same, closed for good
    split_from: Appeal | None = None
    filed_by: int | None = None  # where not by whoever enters it
    attachments: tuple[int, ...] = ()  # files that the sender holds ready


@transaction.atomic
def accept(filing: Filing, *, by: Actor, at: datetime | None = None) -> Appeal:
    """One appeal and its first event, in one transaction; dispatched at once where the plan is sure.

    Raises Refused: FORBIDDEN for an enterprise that is not one's own, LIMITED above FILINGS_PER_HOUR.
    """
    return accept_here(filing, by=by, at=at)


def accept_here(filing: Filing, *, by: Actor, at: datetime | None = None) -> Appeal:
    """`accept` in the transaction of the caller, which has to end with whatever this raises."""
    at = at or timezone.now()
    part = _filing_part(filing, by)
    _check_rate(filing.enterprise, at)
    return _planned(filing, by=by, part=part, at=at)


def split_off(case: Appeal, title: str, description: str, *, by: Actor, at: datetime) -> Appeal:
    """A new appeal for one matter of `case`, filed by the same person with the same contact; in the caller's step."""
    filing = Filing(
        title=title,
        description=description,
        enterprise=case.enterprise,
        district=case.district,
        industry=case.industry,
        anonymous=case.anonymous,
        complained_of=case.complained_of,
        contact_name=case.contact_name,
        contact_phone=case.contact_phone,
        source=case.source,
        split_from=case,
        filed_by=case.filed_by_id,
    )
    return _planned(filing, by=by, part=case.acting_as, at=at)


def _planned(filing, *, by, part, at) -> Appeal:
    district = filing.district or filing.enterprise.district
    industry = filing.industry or filing.enterprise.industry
    plan = make_plan(
        filing.title,
        filing.description,
        at=at,
        district=district.pk,
        industry=industry and industry.pk,
        nature=filing.nature,
        urgent=filing.urgent,
        complained_of=filing.complained_of and filing.complained_of.pk,
    )
    return _write(filing, plan, district, industry, by=by, part=part, at=at)


def _write(filing, plan: Plan, district, industry, *, by, part, at) -> Appeal:
    is_sure = plan.is_sure and not filing.wants_person
    case = _drafted(filing, plan, district, industry, by=by, at=at)
    if is_sure:
        case.status = Status.DISPATCHED
        case.decided_by = Appeal.DecidedBy.AUTO
        case.dispatched_at = at
        case.lead = handbook(timezone.localdate(at)).offices[plan.responsible.lead]
        case.supporting = list(plan.responsible.supporting)
    case.clean_fields(exclude=_NOT_TYPED)
    columns = clocks.filed(case, at, dispatched_at_once=is_sure)
    for name, value in columns.items():
        setattr(case, name, value)
    files = attachments.file_with(case, filing.attachments, by=by, part=part) if filing.attachments else []
    event = _first_event(case, plan, files, by=by, part=part, at=at)
    sealing.seal(case, event)
    _save(case)
    searching.index(case, filing.enterprise)
    event.save(force_insert=True)
    facts.fold(case)
    notices.announce(case, event)
    return case


def _drafted(filing, plan, district, industry, *, by, at) -> Appeal:
    """What was filed and what the machine makes of it, as a row not yet written."""
    pk, number = _next_identity(at)
    return Appeal(
        pk=pk,
        number=number,
        external_number=filing.external_number or None,
        title=filing.title,
        description=filing.description,
        enterprise=filing.enterprise,
        filed_by_id=filing.filed_by or by.user_id,
        follows=filing.follows,
        split_from=filing.split_from,
        source=filing.source,
        district=district,
        park=filing.enterprise.park,
        industry=industry,
        nature=plan.nature,
        urgent=plan.urgent,
        anonymous=filing.anonymous,
        complained_of=filing.complained_of,
        contact_name=filing.contact_name,
        contact_phone=filing.contact_phone,
        topic=plan.topic,
        level=plan.level,
        confidence=round(plan.classification.confidence, 4),
        candidates=plan.candidates,
        model_version=plan.model_version,
        filed_at=at,
        last_seq=1,
    )


# What was looked up or computed a moment ago needs no second look.
_NOT_TYPED = {column.name for column in Appeal._meta.fields} - {"title", "description", "source", "nature"}


def _save(case):
    if not case.external_number:
        case.save(force_insert=True)
        return
    try:
        with transaction.atomic():
            case.save(force_insert=True)
    except IntegrityError as clash:
        if "external_number" not in str(clash):
            raise
        reason = _("An appeal with this external number has been filed already.")
        raise Refused(reason, errors={"external_number": [reason]}) from clash


def _first_event(case, plan, files, *, by, part, at):
    return Event(
        appeal=case,
        seq=1,
        at=at,
        verb="file",
        actor_id=by.user_id,
        origin=by.origin,
        part=part,
        to_status=case.status,
        round=1,
        data={
            "topic": case.topic_id,
            "level": case.level,
            "lead": case.lead_id,
            "confidence": case.confidence,
            "automatic": case.decided_by == Appeal.DecidedBy.AUTO,
            "out_of_scope": plan.classification.out_of_scope,
            "model": plan.model_version,
            **({"attachments": [attachments.told(one) for one in files]} if files else {}),
        },
    )


_FILES_FOR_ALL = {Role.TRIAGE: Part.TRIAGE, Role.DIRECTOR: Part.DIRECTOR, Role.CHANNEL: Part.CHANNEL}


def may_file(by: Actor) -> bool:
    """Whether `by` may file for any enterprise at all; for which, `accept` checks."""
    return bool(by.enterprises or by.stations or by.roles & _FILES_FOR_ALL.keys())


def check_may_file(by: Actor) -> None:
    """Raises Refused(FORBIDDEN) for whoever may file for no enterprise at all."""
    if not may_file(by):
        raise Refused(_("You may file for your own enterprise only."), why=Why.FORBIDDEN)


def _filing_part(filing: Filing, by: Actor) -> Part:
    """In which part `by` files for the enterprise; strangers may not."""
    if filing.enterprise.pk in by.enterprises:
        return Part.MEMBER
    if filing.enterprise.park_id and filing.enterprise.park_id in by.stations:
        return Part.STATION
    for role, part in _FILES_FOR_ALL.items():
        if role in by.roles:
            return part
    raise Refused(_("You may file for your own enterprise only."), why=Why.FORBIDDEN)


def _check_rate(enterprise: Enterprise, at: datetime) -> None:
    limit = settings.FILINGS_PER_HOUR
    if not limit:
        return
    # One at a time for an enterprise: of two who file at once each would count without the other.
    locks.hold(locks.FILINGS, enterprise.pk)
    hour = timedelta(hours=1)
    filed = list(
        enterprise.appeals.filed_since(at - hour).order_by("filed_at").values_list("filed_at", flat=True)[:limit]
    )
    if len(filed) >= limit:
        wait = int((filed[0] + hour - at).total_seconds()) + 1
        raise Refused(
            _("This enterprise has filed %(limit)d appeals within an hour; please try again later.") % {"limit": limit},
            why=Why.LIMITED,
            retry_after=max(1, wait),
        )


def _next_identity(at: datetime) -> tuple[int, str]:
    """The id and the number of the next appeal, taken together: its clocks are written in the same breath."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')), nextval('appeals_number')", [Appeal._meta.db_table]
        )
        pk, serial = cursor.fetchone()
    return pk, number_of(at, serial)


def number_of(at: datetime, serial: int) -> str:
    """QY + yyyymmdd + six digits of the one sequence + check digit (ISO 7064 MOD 11,10 over the 14 digits)."""
    digits = f"{timezone.localtime(at):%Y%m%d}{serial % 1_000_000:06d}"
    return f"QY{digits}{mod_11_10.calc_check_digit(digits)}"


def similar_of(
    enterprise: Enterprise, title: str, description: str, *, among: QuerySet | None = None, most: int = 3
) -> list[Appeal]:
    """Open appeals of the same enterprise about the same matter, most alike first; `among` those one may see."""
    rows = Appeal.objects.all() if among is None else among
    recent = rows.of_enterprises([enterprise]).open().as_texts().order_by("-filed_at")[:_COMPARED]
    return alike(f"{title} {description}", recent, lambda case: f"{case.title} {case.description}", most=most)


def once(
    by: Actor, key: str, body: bytes, answer: Callable[[], dict], *, at: datetime | None = None
) -> tuple[dict, bool]:
    """`answer()` for a new `key` of this sender, or what was answered before; True where it is new.

    The key is taken first, in the same transaction as the appeal: a second POST waits for the first to commit.
    Raises Refused(CONFLICT) if the key was used for another body within seven days.
    """
    at = at or timezone.now()
    digest = hashlib.sha256(body).hexdigest()
    try:
        return _answered(by, key, digest, answer, at), True
    except IntegrityError:
        before = FilingKey.objects.filter(user_id=by.user_id, key=key).first()
        if before is None:
            raise
    if before.created_at < at - _KEYS_KEPT:
        forget_keys(at)
        return _answered(by, key, digest, answer, at), True
    if before.digest != digest:
        raise Refused(_("This Idempotency-Key was used for another appeal."))
    return before.answer, False


@transaction.atomic
def _answered(by, key, digest, answer, at) -> dict:
    taken = FilingKey.objects.create(user_id=by.user_id, key=key, digest=digest, created_at=at)
    taken.answer = answer()
    taken.save(update_fields=["answer"])
    return taken.answer


def forget_keys(at: datetime) -> None:
    """Keys are kept for seven days."""
    FilingKey.objects.filter(created_at__lt=at - _KEYS_KEPT).delete()
