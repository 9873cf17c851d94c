"""The open appeals of a reorganised office (机构改革) pass to its successor: one event each, the clocks go on."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import facts, notices, sealing
from appeals.following import CALENDAR, follow
from appeals.models import Appeal, Clock, Event, SupervisionOrder, SupportOrder
from appeals.states import Part, Refused, Status
from appeals.ticking import recount
from chains import reorganising
from chains.models import Department, Post
from chains.taxonomy import Role
from routing import calendar

VERB = "move_office"
BATCH = 200
_LISTED = 20
_COLUMNS = ["lead", "supporting", "handler", "version", "last_seq", "last_hash"]


@dataclass
class Moved:
    """What passed on: duties, appeals led and supported. `left`: numbers that stay, because NEW may not have them."""

    duties: int = 0
    led: int = 0
    supported: int = 0
    left: list[str] = field(default_factory=list)
    waits: bool = False  # the day is still to come


@dataclass(frozen=True)
class _Successor:
    """The office that takes over, and who may handle there."""

    office: Department
    people: frozenset[int]
    head: int | None


def move_office(old: Department, new: Department, *, on: date, at: datetime) -> Moved:
    """`new` takes over from `old`: its duties from `on`, its open appeals once that day has come. Re-runnable.

    Raises Refused where `new` cannot take over, or nobody there could handle what is being worked on.
    """
    if reason := reorganising.hindrance(old, new, on=on):
        raise Refused(reason)
    today = timezone.localdate(at)
    successor = _successor(new, today)
    moved = Moved(waits=on > today)
    if not moved.waits:
        _check_handlers(old, successor)
    moved.duties = reorganising.hand_on(old, new, on=on, today=today)
    for batch in _batches(old) if not moved.waits else ():
        _move_batch(batch, old, successor, moved, at)
    return moved


def _successor(new, today) -> _Successor:
    posts = Post.objects.held(today).at(new, Role.HANDLER, Role.HEAD).order_by("pk")
    rows = list(posts.values_list("user_id", "role"))
    heads = [user for user, role in rows if role == Role.HEAD]
    return _Successor(new, frozenset(user for user, _role in rows), next(iter(heads), None))


def _check_handlers(old, successor):
    """Before anything is written: work in progress needs a hand at the new office."""
    if successor.head is not None:
        return
    led = Appeal.objects.open().led_by(old).besides_complaints_of(successor.office).exclude(status=Status.DISPATCHED)
    stuck = list(led.exclude(handler__in=successor.people).order_by("number").values_list("number", flat=True))
    if stuck:
        values = {"office": successor.office.name, "count": len(stuck), "numbers": ", ".join(stuck[:_LISTED])}
        raise Refused(
            _("%(office)s has no head who could take over what is being worked on (%(count)d): %(numbers)s") % values
        )


def _batches(old) -> Iterator[list[int]]:
    """The ids of what `old` leads or supports now; read once, so that what is left is not met again."""
    ids = list(Appeal.objects.open().involving(old).order_by("pk").values_list("pk", flat=True))
    yield from (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


@transaction.atomic
def _move_batch(ids, old, successor, moved, at) -> None:
    # Locked in the order of ids, and only what has not moved meanwhile.
    rows = Appeal.objects.filter(pk__in=ids).open().involving(old).order_by("pk")
    rows = list(rows.select_for_update(of=("self",)).select_related("topic", "lead", "enterprise"))
    owed, pairs = _owed(rows), []
    for case in rows:
        if case.complained_of_id == successor.office.pk or _is_tangled(case, old, successor.office, owed[case.pk]):
            moved.left.append(case.number)
            continue
        moved.led += case.lead_id == old.pk
        moved.supported += old.pk in case.supporting
        pairs.append((case, _pass_on(case, old, successor, at)))
    _write(pairs, old, successor.office, at)
    if calendar.workdays(old.pk) is not calendar.workdays(successor.office.pk):
        follow([case.pk for case, _event in pairs], CALENDAR, at, recount=recount)


def _owed(rows) -> dict[int, set[str]]:
    """The offices that still owe a case their support."""
    owed = defaultdict(set)
    waiting = SupportOrder.objects.waiting().of_cases(rows)
    for case, office in waiting.values_list("appeal_id", "department_id"):
        owed[case].add(office)
    return owed


def _is_tangled(case, old, new, owed: set[str]) -> bool:
    """One office cannot owe its support to itself, nor owe it twice: that has to be answered first."""
    return (new.pk in owed and (case.lead_id == old.pk or old.pk in owed)) or (
        old.pk in owed and case.lead_id == new.pk
    )


def _pass_on(case, old, successor, at) -> Event:
    new = successor.office
    if case.lead_id == old.pk:
        case.lead = new
        if case.handler_id not in successor.people:
            # Whoever signs becomes the handler; what is being worked on has to have one.
            case.handler_id = None if case.status == Status.DISPATCHED else successor.head
    helpers = dict.fromkeys(new.pk if code == old.pk else code for code in case.supporting)
    case.supporting = [code for code in helpers if code != case.lead_id]
    case.version += 1
    case.last_seq += 1
    event = Event(
        appeal=case,
        seq=case.last_seq,
        at=at,
        verb=VERB,
        part=Part.AUTOMATIC,
        from_status=case.status,
        to_status=case.status,
        round=case.round,
        data={"from": old.pk, "to": new.pk},
    )
    sealing.seal(case, event)
    return event


def _write(pairs, old, new, at) -> None:
    cases = [case for case, _event in pairs]
    Event.objects.bulk_create(event for _case, event in pairs)
    Appeal.objects.bulk_update(cases, _COLUMNS)
    SupportOrder.objects.waiting().to([old.pk]).of_cases(cases).update(department=new)
    SupervisionOrder.objects.waiting().to([old.pk]).of_cases(cases).update(department=new)
    Clock.objects.running().of_cases(cases).about(old.pk).update(subject=new.pk)
    Clock.objects.running().of_cases(cases).by_time_of(old.pk).update(office=new.pk)
    facts.fold_all(cases)
    notices.announce_all(pairs, at)
