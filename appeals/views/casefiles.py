from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appeals import attachments
from appeals.models import Appeal, Attachment
from appeals.states import Actor, Part
from appeals.views.receiving import limits


@dataclass(frozen=True)
class Shown:
    """A file as the case page lists it. `who` says part and office, and for staff the name."""

    one: Attachment
    who: str
    why_not: str
    is_mine: bool


def part(case: Appeal, actor: Actor, now: datetime, *, is_staff: bool) -> dict[str, Any]:
    """The files of the case, and whether `actor` may add some."""
    return {
        "files": [
            Shown(
                one=one,
                who=_who(one, is_staff),
                why_not=one.get_reason_display(),
                is_mine=attachments.may_remove(one, by=actor, at=now),
            )
            for one in attachments.of_case(case, to=actor)
        ],
        "may_upload": attachments.may_upload(case, by=actor, at=now),
        **limits(),
    }


def _who(one: Attachment, with_names: bool) -> str:
    words = [one.get_part_display()]
    if one.department:
        words = [one.department.short_name, *words]
    # The people of an enterprise are not named: it may be anonymous to the reader.
    if with_names and one.part != Part.MEMBER:
        words.append(str(one.uploaded_by))
    return " · ".join(words)
