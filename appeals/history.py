"""History from another system (历史数据导入): finished appeals, known again by their number there.

They arm no timers, run no clocks and tell nobody; they count in statistics only where somebody asks for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import facts, past, sealing, searching
from appeals.intake import number_of
from appeals.mapping import Translation, places_in
from appeals.models import Appeal, Enterprise, Event
from appeals.past import Known, PastAppeal
from appeals.states import Part, Status
from chains.models import Department, District, Industry, Topic, User
from chains.tables import BadTable, Fault, Report
from chains.taxonomy import Tier
from routing.calendar import workdays

ACCOUNT = "import"  # in whose name history is filed; nobody signs in with it
VERB = "import"
_BATCH = 500
_ONE_AT_A_TIME = 7_318_003  # any number that no other advisory lock of the house has


@dataclass
class Outcome(Report):
    """`left`: rows about appeals that were filed here or have gone on here; an import does not touch these."""

    left: int = 0
    faults: list[Fault] = field(default_factory=list)

    def add(self, plan: "_Plan") -> None:
        self.added += len(plan.new)
        self.changed += len(plan.differing)
        self.unchanged += plan.unchanged
        self.left += plan.left


@dataclass
class _Plan:
    """What a batch would do: rows to add, appeals to change with the names of their columns, how many stay."""

    new: list[tuple[PastAppeal, Enterprise]] = field(default_factory=list)
    differing: list[tuple[Appeal, list[str]]] = field(default_factory=list)
    unchanged: int = 0
    left: int = 0


def survey(lines: Iterable, translation: Translation, *, counted: bool, at: datetime) -> Outcome:
    """What `load` would do with the table, and every fault in it; nothing is written."""
    run = _Run(counted, at)
    for batch in run.batches(lines, translation):
        plan = run.plan(batch)
        run.promised |= {word for row, _firm in plan.new for word in (row.key, row.number)}
        run.outcome.add(plan)
    return run.outcome


def load(lines: Iterable, translation: Translation, *, counted: bool, at: datetime) -> Outcome:
    """Write what is sound, a batch a transaction, and list what is broken; re-runnable. Raises BadMapping."""
    run = _Run(counted, at)
    for batch in run.batches(lines, translation):
        with transaction.atomic():
            # Whoever imports the same table at the same time finds these rows written.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
            plan = run.plan(batch)
            _add(plan.new, run.columns_of, at)
            _change(plan.differing, at)
        run.outcome.add(plan)
    return run.outcome


class _Run:
    def __init__(self, counted: bool, at: datetime):
        self.counted, self.at, self.outcome = counted, at, Outcome()
        self.seen: dict[str, int] = {}  # key → its line
        self.promised: set[str] = set()  # numbers of appeals that a run would have added by now

    def batches(self, lines: Iterable, translation: Translation) -> Iterator[list[PastAppeal]]:
        """Sound rows; those merged into another come last, when the other is there."""
        known, lines = _known(self.at), iter(lines)
        header, merged = next(lines, (1, []))[1], []
        places = places_in(header, translation)
        rows = (
            past.read(number, cells, header, places, translation, known)
            for number, cells in self._until_broken(lines)
            if any(cell not in ("", None) for cell in cells)
        )
        while batch := list(islice(rows, _BATCH)):
            sound = [row for row in batch if self._is_sound(row)]
            merged += [row for row in sound if row.merged_into]
            yield [row for row in sound if not row.merged_into]
        for layer in _layers(merged):
            yield from (layer[start : start + _BATCH] for start in range(0, len(layer), _BATCH))

    def _until_broken(self, lines):
        try:
            yield from lines
        except BadTable as wrong:
            self.outcome.faults += wrong.faults

    def _is_sound(self, row) -> bool:
        first = self.seen.setdefault(row.key, row.line)
        if row.key and first != row.line:
            row.faults.append(Fault(row.line, _("%(number)s stands in line %(line)d already.") % _names(row, first)))
        self.outcome.faults += row.faults
        return not row.faults

    def plan(self, batch: Sequence[PastAppeal]) -> _Plan:
        plan, present, firms, others = _Plan(), _Present.of(batch), _Firms.of(batch), _others(batch)
        for row in batch:
            firm, other = firms.find(row), others.get(row.merged_into)
            if firm is None or (row.merged_into and other is None and row.merged_into not in self.promised):
                self.outcome.faults.append(_missing(row, firm))
                continue
            case = present.find(row)
            row.values |= {"merged_into_id": other}
            self._sort(plan, row, firm, case, present)
        return plan

    def _sort(self, plan, row, firm, case, present) -> None:
        if case is None:
            plan.new.append((row, firm))
        elif not case.imported or case.pk in present.gone_on:
            plan.left += 1
        elif differing := [name for name, value in self.columns_of(row, firm).items() if getattr(case, name) != value]:
            for name in differing:
                setattr(case, name, self.columns_of(row, firm)[name])
            plan.differing.append((case, differing))
        else:
            plan.unchanged += 1

    def columns_of(self, row: PastAppeal, firm: Enterprise) -> dict[str, Any]:
        """Every column of the appeal that an import writes, but for its numbers."""
        return {
            "enterprise_id": firm.pk,
            "district_id": row.places.get("district") or firm.district_id,
            "park_id": row.places.get("park", firm.park_id),
            "industry_id": row.places.get("industry", firm.industry_id),
            "counted": self.counted,
            **row.values,
        }


def _layers(merged: Sequence[PastAppeal]) -> Iterator[list[PastAppeal]]:
    """Rows merged into others, each layer after the one with these others; a circle all at once, to be refused."""
    while merged:
        waiting = {word for row in merged for word in (row.key, row.number)}
        ready = [row for row in merged if row.merged_into not in waiting] or list(merged)
        yield ready
        written = {row.key for row in ready}
        merged = [row for row in merged if row.key not in written]


def _names(row, line) -> dict[str, Any]:
    return {"number": row.key, "line": line}


def _missing(row, firm) -> Fault:
    if firm is not None:
        return Fault(row.line, _("There is no appeal %(number)s to be merged into.") % {"number": row.merged_into})
    words = " ".join(filter(None, (row.credit_code, row.enterprise_name)))
    return Fault(row.line, _("The register does not know the enterprise “%(name)s”.") % {"name": words})


@dataclass
class _Present:
    """The appeals of a batch that are here already. `gone_on`: ids of those that somebody has worked on since."""

    by_external: dict[str, Appeal]
    by_number: dict[str, Appeal]
    gone_on: set[int]

    @classmethod
    def of(cls, batch) -> "_Present":
        external = {row.external_number for row in batch} - {""}
        rows = list(Appeal.objects.known_as({row.number for row in batch} - {""}, external).select_related("topic"))
        imported = [case.pk for case in rows if case.imported]
        gone_on = set(Event.objects.besides_verb(VERB).of_appeals(imported).values_list("appeal_id", flat=True))
        # An appeal filed here with the number of the other system is the one that is meant.
        by_external = {case.external_number: case for case in sorted(rows, key=lambda case: -case.imported)}
        return cls(by_external, {case.number: case for case in rows}, gone_on)

    def find(self, row: PastAppeal) -> Appeal | None:
        found = self.by_external.get(row.external_number) if row.external_number else None
        return found or self.by_number.get(row.number)


@dataclass
class _Firms:
    by_code: dict[str, Enterprise]
    by_name: dict[str, Enterprise]

    @classmethod
    def of(cls, batch) -> "_Firms":
        codes, names = {row.credit_code for row in batch}, {row.enterprise_name for row in batch} - {""}
        by_code = Enterprise.objects.in_bulk(codes - {""}, field_name="credit_code")
        found: dict[str, list[Enterprise]] = {}
        for firm in Enterprise.objects.called(names) if names else ():
            found.setdefault(firm.name, []).append(firm)
        return cls(by_code, {name: firms[0] for name, firms in found.items() if len(firms) == 1})

    def find(self, row: PastAppeal) -> Enterprise | None:
        return self.by_code.get(row.credit_code) or self.by_name.get(row.enterprise_name)


def _others(batch) -> dict[str, int]:
    """The ids of the appeals that rows of `batch` were merged into, by either number."""
    wanted = {row.merged_into for row in batch} - {""}
    found = Appeal.objects.known_as(wanted, wanted).values_list("pk", "number", "external_number") if wanted else ()
    return {word: pk for pk, *words in found for word in words if word}


def _known(at: datetime) -> Known:
    """Offices and topics that have ended as well: history names them. Where two bear a name, the newer counts."""
    offices = Department.objects.order_by("valid_from")
    topics = Topic.objects.order_by("valid_from")
    return Known(
        topics=dict(
            chain(
                *([(alias, row) for alias in row.aliases] for row in topics),
                *(((row.name, row), (str(row), row), (row.pk, row)) for row in topics),
            )
        ),
        offices=_of_the_city(offices) | _words(offices, "name", "short_name"),
        parks=_words(offices.of_tier(Tier.PARK), "name", "short_name"),
        districts=_words(District.objects.all(), "name"),
        industries=_words(Industry.objects.all(), "name"),
        workdays=workdays(),
        now=at,
    )


def _of_the_city(offices) -> dict[str, str]:
    """市科技局, 衢州市科技局: how tables tell 科技局 of the city from those of the counties."""
    rows = offices.of_tier(Tier.CITY).select_related("district")
    return {f"{before}{row.short_name}": row.pk for row in rows for before in ("市", row.district.name)}


def _words(rows, *names) -> dict[str, str]:
    return {word: row.pk for row in rows for word in (*(getattr(row, name) for name in names), row.pk)}


def _add(rows: Sequence[tuple[PastAppeal, Enterprise]], columns_of, at: datetime) -> None:
    filed_by = _account() if rows else None
    numbers = _numbers([row for row, _firm in rows])
    cases = [
        Appeal(
            number=number,
            external_number=row.external_number or None,
            filed_by=filed_by,
            imported=True,
            **columns_of(row, firm),
        )
        for (row, firm), number in zip(rows, numbers, strict=True)
    ]
    events = [_event(case, at, {"counted": case.counted}) for case in cases]
    _write(Appeal.objects.bulk_create, cases, events)
    searching.index_all((case, firm.name) for case, (_row, firm) in zip(cases, rows, strict=True))


_FOUND_BY = {"title", "description", "enterprise", "enterprise_id"}


def _change(pairs: Sequence[tuple[Appeal, list[str]]], at: datetime) -> None:
    events, names = [], {name for _case, changed in pairs for name in changed}
    for case, changed in pairs:
        case.version += 1
        events.append(_event(case, at, {"changed": sorted(changed)}))

    def save(cases):
        Appeal.objects.bulk_update(cases, sorted({*names, "version", "last_seq", "last_hash"}))

    _write(save, [case for case, _changed in pairs], events)
    retold = [case.pk for case, changed in pairs if not _FOUND_BY.isdisjoint(changed)]
    searching.index_anew(Appeal.objects.among(retold))


def _write(save, cases, events) -> None:
    if cases:
        save(cases)
        Event.objects.bulk_create(events)
        facts.fold_all(cases)


def _event(case: Appeal, at: datetime, data: dict[str, Any]) -> Event:
    case.last_seq += 1
    event = Event(
        appeal=case,
        seq=case.last_seq,
        at=at,
        verb=VERB,
        part=Part.AUTOMATIC,
        to_status=Status(case.status),
        round=case.round,
        data=data,
    )
    sealing.seal(case, event)
    return event


def _account() -> User:
    values = {"name": "历史数据导入", "password": make_password(None), "is_active": False}
    return User.objects.get_or_create(username=ACCOUNT, defaults=values)[0]


def _numbers(rows: Sequence[PastAppeal]) -> list[str]:
    """Theirs where it is one of ours and free, else the next of the sequence at the day of filing."""
    found = {place: row.number for place, row in enumerate(rows) if row.number and _is_past(row)}
    waiting = [place for place in range(len(rows)) if place not in found]
    while waiting:
        drawn = {place: number_of(rows[place].values["filed_at"], serial) for place, serial in _serials(waiting)}
        taken = Appeal.objects.taken_numbers(drawn.values()) | set(found.values())
        found |= {place: number for place, number in drawn.items() if number not in taken}
        waiting = [place for place in waiting if place not in found]
    return [found[place] for place in range(len(rows))]


def _is_past(row) -> bool:
    """The sequence gives numbers of today only: one of an earlier day will not be given again."""
    return row.number[2:10] < f"{timezone.localdate():%Y%m%d}"


def _serials(places) -> Iterator[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('appeals_number') FROM generate_series(1, %s)", [len(places)])
        return zip(places, [serial for (serial,) in cursor.fetchall()], strict=True)
