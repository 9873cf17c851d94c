"""Leave and deputies (请假与代理): whoever is absent names a colleague who holds the posts meanwhile."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals.states import Actor, Refused, Why
from chains.models import Absence, Post, User
from chains.taxonomy import CENTRE_OFFICE, Role
from routing import outbox


@transaction.atomic
def record_absence(
    user: User,
    *,
    by: Actor,
    starts_on: date,
    ends_on: date,
    deputy: User | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> Absence:
    """`user` is away from `starts_on` to `ends_on`, both included; `deputy` is told.

    Raises Refused: FORBIDDEN for anybody but the person and the heads above, INVALID with `errors` by field.
    """
    at = at or timezone.now()
    # One at a time for a person: two absences of the same days would have two deputies.
    user = User.objects.select_for_update().get(pk=user.pk)
    if not may_record(user, by, at):
        raise Refused(_("Absences are recorded by the person or a head above."), why=Why.FORBIDDEN)
    _check_days(user, starts_on, ends_on, timezone.localdate(at))
    if deputy and not colleagues_of(user, starts_on).contains(deputy):
        _wrong("deputy", _("A deputy works in the same office, heads the one above, or holds the same post."))
    absence = Absence.objects.create(user=user, deputy=deputy, starts_on=starts_on, ends_on=ends_on, reason=reason)
    if deputy:
        _tell(absence, at)
    return absence


def _check_days(user, starts_on, ends_on, today):
    if ends_on < starts_on:
        _wrong("ends_on", _("The last day lies before the first."))
    if ends_on < today:
        _wrong("ends_on", _("These days are over."))
    if known := user.absences.touching(starts_on, ends_on).first():
        known_days = {"starts_on": known.starts_on, "ends_on": known.ends_on}
        _wrong("starts_on", _("An absence from %(starts_on)s to %(ends_on)s is recorded already.") % known_days)


def _wrong(field, reason):
    raise Refused(_("Please check what you entered."), why=Why.INVALID, errors={field: [reason]})


def _tell(absence, at):
    params = {
        "person": str(absence.user),
        "starts_on": absence.starts_on.isoformat(),
        "ends_on": absence.ends_on.isoformat(),
    }
    recipients = frozenset({absence.deputy_id})
    outbox.write([outbox.Message(f"absence:{absence.pk}", "deputy", recipients, params=params)], at=at)


@transaction.atomic
def end_early(absence: Absence, *, by: Actor, at: datetime | None = None) -> None:
    """The person is back today: an absence that has not begun is struck out, another ended yesterday.

    Raises Refused: FORBIDDEN for strangers, CONFLICT where it is over.
    """
    at = at or timezone.now()
    today = timezone.localdate(at)
    row = Absence.objects.select_for_update(of=("self",)).select_related("user").get(pk=absence.pk)
    if not may_record(row.user, by, at):
        raise Refused(_("Absences are ended by the person or a head above."), why=Why.FORBIDDEN)
    if row.ends_on < today:
        raise Refused(_("This absence is over."))
    if row.starts_on >= today:
        row.delete()
        return
    row.ends_on = today - timedelta(days=1)
    row.save(update_fields=["ends_on"])


def may_record(user: User, by: Actor, at: datetime) -> bool:
    return people_of(by, timezone.localdate(at)).contains(user)


def people_of(by: Actor, today: date) -> QuerySet[User]:
    """Whose absences `by` records: everybody on the staff their own, a head those of the people below, the director
    those of the centre. What somebody heads as a deputy counts, too."""
    return User.objects.itself(by.user_id if by.is_staff else None) | people_under(by, today)


def people_under(by: Actor, today: date) -> QuerySet[User]:
    """The people of the offices that `by` heads on `today`."""
    offices = by.heads | ({CENTRE_OFFICE} if Role.DIRECTOR in by.roles else set())
    return User.objects.holding(Post.objects.held(today).in_offices(offices))


def colleagues_of(user: User, day: date) -> QuerySet[User]:
    """Who may stand in for `user` on `day`."""
    held = list(Post.objects.of_people([user]).held(day))
    return User.objects.holding(Post.objects.held(day).beside(held)).besides(user)
