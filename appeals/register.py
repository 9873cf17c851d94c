"""The register of enterprises (企业名录), from a table: codes checked, names looked up, all of it or nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from appeals import searching
from appeals.models import Appeal, Enterprise
from appeals.models.enterprise import checked_credit_code
from chains.models import Department, District, Industry
from chains.tables import Report, Row, raise_faults, read_rows
from chains.taxonomy import Tier

COLUMNS = ("credit_code", "name", "district", "park", "industry", "size")
_SIZES = {"大型": "large", "中型": "medium", "小型": "small", "微型": "micro"} | {
    code: code for code in Enterprise.Size.values
}
_BATCH = 1000


@dataclass(frozen=True)
class EnterpriseRow:
    credit_code: str
    name: str
    district_id: str
    park_id: str | None = None
    industry_id: str | None = None
    size: str = ""


def read(text: str) -> list[EnterpriseRow]:
    """The rows of a CSV table with COLUMNS. Raises BadTable with every fault and its line; a code comes once."""
    rows = read_rows(text, COLUMNS)
    districts, parks, industries = _words(District.objects.all()), _parks(), _words(Industry.objects.all())
    found = [
        EnterpriseRow(
            credit_code=row.checked("credit_code", checked_credit_code),
            name=row.text("name", 100),
            district_id=row.one_of("district", districts) or "",
            park_id=row.one_of("park", parks, required=False),
            industry_id=row.one_of("industry", industries, required=False),
            size=row.one_of("size", _SIZES, required=False) or "",
        )
        for row in rows
    ]
    _mark_repeated(rows, [row.credit_code for row in found])
    raise_faults(rows)
    return found


@transaction.atomic
def load(rows: Sequence[EnterpriseRow]) -> Report:
    """Add and change enterprises until the register says what `rows` say; others stay. Re-runnable."""
    present = Enterprise.objects.in_bulk([row.credit_code for row in rows], field_name="credit_code")
    former = {code: enterprise.name for code, enterprise in present.items()}
    new, differing = [], []
    for row in rows:
        values, known = asdict(row), present.get(row.credit_code)
        if known is None:
            new.append(Enterprise(**values))
        elif any(getattr(known, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(known, name, value)
            differing.append(known)
    renamed = [row for row in differing if row.name != former[row.credit_code]]
    Enterprise.objects.bulk_create(new, batch_size=_BATCH)
    Enterprise.objects.bulk_update(differing, ["name", "district", "park", "industry", "size"], batch_size=_BATCH)
    searching.index_anew(Appeal.objects.of_enterprises(renamed))
    return Report(len(new), len(differing), len(rows) - len(new) - len(differing))


def _words(rows) -> dict[str, str]:
    """Codes by themselves and by name."""
    return {word: row.pk for row in rows for word in (row.pk, row.name)}


def _parks() -> dict[str, str]:
    rows = Department.objects.filter(tier=Tier.PARK)
    return _words(rows) | {row.short_name: row.pk for row in rows}


def _mark_repeated(rows: Iterable[Row], codes: Iterable[str]) -> None:
    first: dict[str, int] = {}
    for row, code in zip(rows, codes, strict=True):
        if code and first.setdefault(code, row.line) != row.line:
            values = {"code": code, "line": first[code]}
            row.wrong(_("credit_code %(code)s stands in line %(line)d already.") % values)
