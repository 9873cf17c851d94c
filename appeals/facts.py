"""Appeals in the words of chains.metrics: each change writes the appeal's facts as one row (product.md §7)."""

from appeals.models import Appeal
from chains.models import CaseFact

COPIED = (
    "number counted status level source round filed_at dispatched_at signed_at sign_by contacted_at contact_by "
    "replied_at resolve_by closed_at closed_unrated used_minutes paused_minutes total_minutes solved stars rated_at "
    "first_solved first_stars redo_count reopen_count hand_backs_lost failed_leads excluded_at false_closure_at"
).split()
_WRITTEN = [column.name for column in CaseFact._meta.concrete_fields if not column.primary_key]


def facts_of(case: Appeal) -> CaseFact:
    """The facts of `case` as it stands, unsaved."""
    return CaseFact(
        **{name: getattr(case, name) for name in COPIED},
        chain=case.chain or "",
        topic=case.topic_id or "",
        district=case.district_id,
        park=case.park_id or "",
        industry=case.industry_id or "",
        lead=case.lead_id or "",
        excluded=case.excluded_at is not None,
        false_closure=case.false_closure_at is not None,
        withheld=case.complained_of_id is not None,
    )


def fold(case: Appeal) -> None:
    """Write the facts of `case`, in the transaction of the change that made them."""
    fold_all([case])


def fold_all(cases: list[Appeal]) -> None:
    CaseFact.objects.bulk_create(
        [facts_of(case) for case in cases],
        update_conflicts=True,
        unique_fields=["number"],
        update_fields=_WRITTEN,
    )
