"""Appeals that belong together (并案, 群体事件, 拆分): duplicates merged, incidents attached, one text split."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import clocks, intake
from appeals.models import Appeal, Event
from appeals.moves import claim, move, record
from appeals.states import MOST_PARTS, OPEN, Actor, Status, refused_at
from chains import locks


@transaction.atomic
def merge(appeal: Appeal, *, by: Actor, into: Appeal, version=None, at: datetime | None = None) -> Event:
    """The enterprise filed the same twice (并案): this one ends in `into`; its clocks stand still, not void.

    Raises Refused(INVALID) where `into` is of another enterprise, itself merged or declined, or this very appeal.
    """
    at = at or timezone.now()
    locks.hold(locks.LINKS)  # of two officers who merge crosswise the second finds the first one's merging
    case = claim(appeal, "merge", by=by, at=at, version=version)
    into.refresh_from_db()
    _check_target(case, into)
    return move(
        case,
        "merge",
        Status.MERGED,
        by=by,
        at=at,
        data={"into": into.number},
        merged_into=into,
        merged_from=case.status,
        ended_at=at,
        **clocks.stop(case, at),
    )


def _check_target(case, into):
    if into.pk == case.pk:
        raise refused_at("into", _("An appeal cannot be merged into itself."))
    if into.enterprise_id != case.enterprise_id:
        raise refused_at("into", _("Only appeals of one enterprise are merged; attach others to a mass incident."))
    if into.status in (Status.MERGED, Status.DECLINED, Status.WITHDRAWN):
        raise refused_at("into", _("That appeal has ended; merge into one that is answered."))
    if case.merged.exists():
        raise refused_at("into", _("Others are merged into this appeal; merge in the other direction."))


@transaction.atomic
def unmerge(appeal: Appeal, *, by: Actor, reason: str, version=None, at: datetime | None = None) -> Event:
    """Within seven days a merging is undone: the former status, its clocks moved by the working time they stood."""
    at = at or timezone.now()
    case = claim(appeal, "unmerge", by=by, at=at, version=version)
    return move(
        case,
        "unmerge",
        Status(case.merged_from),
        by=by,
        at=at,
        text=reason,
        data={"from": case.merged_into.number},
        merged_into=None,
        merged_from="",
        ended_at=None,
        **clocks.go_on(case, at, since=case.ended_at),
    )


@transaction.atomic
def attach(appeal: Appeal, *, by: Actor, to: Appeal, version=None, at: datetime | None = None) -> Event:
    """One of many that suffer the same (群体事件): it keeps status, clocks and score; the answer to `to` is its own."""
    at = at or timezone.now()
    locks.hold(locks.LINKS)
    case = claim(appeal, "attach", by=by, at=at, version=version)
    to.refresh_from_db()
    if to.pk == case.pk or to.parent_id:
        raise refused_at("to", _("Choose the leading appeal of the incident."))
    if to.status not in OPEN:
        raise refused_at("to", _("That appeal is not open any more."))
    return record(case, "attach", by=by, at=at, data={"to": to.number}, internal=True, parent=to)


@dataclass(frozen=True)
class Part:
    """One matter of a text that holds several."""

    title: str
    description: str


@transaction.atomic
def split(appeal: Appeal, *, by: Actor, parts: Sequence[Part], version=None, at: datetime | None = None) -> Event:
    """One text, several matters (拆分): each part becomes an appeal of its own, linked; the first one stays in triage.

    Raises Refused(INVALID) for no part or more than four.
    """
    at = at or timezone.now()
    case = claim(appeal, "split", by=by, at=at, version=version)
    if not 1 <= len(parts) <= MOST_PARTS:
        raise refused_at("parts", _("Split into one to %(most)d parts.") % {"most": MOST_PARTS})
    made = [intake.split_off(case, part.title, part.description, by=by, at=at) for part in parts]
    return record(case, "split", by=by, at=at, data={"parts": [one.number for one in made]})
