"""The taxonomy as valid on a day, read once for each state of its rows instead of piece by piece."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeVar

from chains.freshness import state_of
from chains.models import Department, District, Duty, Industry, Topic

Row = TypeVar("Row", Topic, Department, District, Industry)


@dataclass(frozen=True)
class Handbook:
    """Rows by code, in their order; topics with their duties. Shared by all who read it: nobody may change a row."""

    topics: Mapping[str, Topic]
    offices: Mapping[str, Department]
    districts: Mapping[str, District]
    industries: Mapping[str, Industry]

    def short_names(self, offices: Collection[str]) -> dict[str, str]:
        """By code, of those of `offices` that there are."""
        return {code: row.short_name for code, row in self.offices.items() if code in offices}


def handbook(today: date) -> Handbook:
    return _read(state_of(Topic, Duty, Department, District, Industry), today)


@lru_cache(maxsize=4)
def _read(state: tuple, today: date) -> Handbook:
    return Handbook(
        topics=_by_code(Topic.objects.valid(today).with_duties(today)),
        offices=_by_code(Department.objects.valid(today)),
        districts=_by_code(District.objects.valid(today)),
        industries=_by_code(Industry.objects.valid(today)),
    )


def _by_code(rows) -> dict:
    return {row.pk: row for row in rows}


def codes_named(model: type[Row], word: str) -> frozenset[str]:
    """The rows, also such as have ended, that `word` calls by their code or a name; empty for none."""
    return _by_name(state_of(model), model).get(word, frozenset())


@lru_cache(maxsize=8)
def _by_name(state: tuple, model: type[Row]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in model.objects.all():
        for name in (row.pk, *_names(row)):
            found[name].add(row.pk)
    return {name: frozenset(codes) for name, codes in found.items()}


def named(rows: Mapping[str, Row], word: str) -> Row | None:
    """The row that `word` calls by its code, its name or, of an office, what officers call it."""
    return rows.get(word) or next((row for row in rows.values() if word in _names(row)), None)


def _names(row) -> tuple[str, ...]:
    return (row.name, row.short_name) if isinstance(row, Department) else (row.name,)
