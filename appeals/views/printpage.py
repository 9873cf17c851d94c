from typing import Any

from django.utils.translation import gettext as _

from appeals import narrative, privacy
from appeals.models import Appeal, SupervisionOrder
from appeals.states import Actor, Part, Status, parts_of, reads_as_staff
from appeals.views.casepage import limits
from chains.models import District


def case_file(case: Appeal, actor: Actor, now) -> dict[str, Any]:
    """The case file (办件单) as `actor` may read it: the steps in their order, contacts masked but for one's own."""
    is_staff = reads_as_staff(actor, case)
    events = privacy.without_strangers(case.events.select_related("actor", "department"), actor, now)
    shown = events if is_staff else privacy.as_enterprise_reads(events)
    names = narrative.names_in(shown, case.supporting)
    told = narrative.tell(shown, names, user_id=actor.user_id, with_names=is_staff)
    return _of_both(case, actor, now) | {
        "is_staff": is_staff,
        "is_member": Part.MEMBER in parts_of(actor, case),
        "knows_complained_of": privacy.may_know_complained_of(case, actor),
        "reads_reply": privacy.may_read_reply(case, actor),
        "lines": told[::-1],
        "supporting": [names[code] for code in case.supporting],
        "decline": next((event for event in reversed(shown) if event.verb == "decline"), None),
        "limits": limits(case, now),
        "signers": _signers(is_staff),
    }


def order(case: Appeal, row: SupervisionOrder, actor: Actor, now) -> dict[str, Any]:
    """The supervision order (督办单) `row` about `case`."""
    return _of_both(case, actor, now) | {
        "order": row,
        "to": row.department.name if row.department else _("Enterprise service centre"),
        "is_late": (row.answered_at or now) > row.answer_by,
        "signers": [_("Issued by"), _("Answered by"), _("Department head")],
    }


def _of_both(case, actor, now) -> dict[str, Any]:
    return {
        "case": case,
        "now": now,
        "city": District.objects.city_name(),
        "knows_enterprise": privacy.may_know_enterprise(case, actor),
        "is_ended": case.status in (Status.DECLINED, Status.WITHDRAWN, Status.MERGED),
    }


def _signers(is_staff) -> list[str]:
    if is_staff:
        return [_("Handler"), _("Department head"), _("Review by the centre")]
    return [_("For the enterprise"), _("For the centre")]
