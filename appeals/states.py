"""What an appeal can be, and who somebody is to it (product.md §3): statuses, parts, refusals."""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from chains.taxonomy import Role, Solved


class Status(TextChoices):
    TRIAGE = "triage", _("Awaiting triage")  # 待研判
    DISPATCHED = "dispatched", _("Dispatched")  # 已交办
    SIGNED = "signed", _("In progress")  # 办理中
    PARKED = "parked", _("Parked")  # 挂账
    REPLIED = "replied", _("Replied")  # 已反馈
    VISITING = "visiting", _("Awaiting rating")  # 待评价
    CLOSED = "closed", _("Closed")  # 办结
    DECLINED = "declined", _("Declined")  # 不予受理
    WITHDRAWN = "withdrawn", _("Withdrawn")  # 撤回
    MERGED = "merged", _("Merged")  # 并案


OPEN = (
    Status.TRIAGE,
    Status.DISPATCHED,
    Status.SIGNED,
    Status.PARKED,
    Status.REPLIED,
    Status.VISITING,
)
WITH_LEAD = (
    Status.DISPATCHED,
    Status.SIGNED,
    Status.PARKED,
    Status.REPLIED,
    Status.VISITING,
    Status.CLOSED,
)


class Part(TextChoices):
    """What a person is to one case."""

    MEMBER = "member", _("Enterprise")
    STATION = "station", _("Station officer")
    TRIAGE = "triage", _("Triage officer")
    REVIEWER = "reviewer", _("Reviewer")
    DIRECTOR = "director", _("Centre director")
    HANDLER = "handler", _("Handler")
    HEAD = "head", _("Department head")
    SUPPORTER = "supporter", _("Supporting office")
    SUPERVISOR = "supervisor", _("Supervisor")
    LEADER = "leader", _("Leader")
    CHANNEL = "channel", _("Channel account")
    AUTOMATIC = "automatic", _("Automatic")


class Ground(TextChoices):
    """Why an appeal may be declined: 北京市接诉即办工作条例 §11."""

    LITIGATION = "litigation", _("It is before a court")
    ARBITRATION = "arbitration", _("It is before an arbitration body")
    PETITION = "petition", _("It is being handled as a petition")
    RECONSIDERATION = "reconsideration", _("It is under administrative reconsideration")
    DISCIPLINE = "discipline", _("It belongs to discipline inspection")
    REPEATED = "repeated", _("It was answered before and brings no new facts")
    BEYOND_DUTY = "beyond_duty", _("It lies beyond any department's duty")
    UNLAWFUL = "unlawful", _("What it asks for is against the law")


class PauseReason(TextChoices):
    """What a case waits for while its limits stand still (挂起)."""

    ENTERPRISE = "enterprise", _("Waiting for word or papers of the enterprise")
    AUTHORITY = "authority", _("Waiting for a higher authority")
    FORCE_MAJEURE = "force_majeure", _("Force majeure")


class Outcome(TextChoices):
    """What a reply says was achieved."""

    SOLVED = "solved", _("Solved")
    PARTLY = "partly", _("Partly solved")
    EXPLAINED = "explained", _("Explained")


class Secret(TextChoices):
    """What is encrypted at rest and shown only on purpose."""

    CONTACT_PHONE = "contact_phone", _("Phone")
    CONTACT_NAME = "contact_name", _("Contact person")


class Why(StrEnum):
    """Why a step is refused; show turns it into 403, 409, 409, 400, 429."""

    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    STALE = "stale"
    INVALID = "invalid"
    LIMITED = "limited"


class Refused(Exception):
    """A step that may not be taken; `reason` is written for the person who tried it."""

    def __init__(self, reason, *, why: Why = Why.CONFLICT, errors: dict | None = None, retry_after: int = 0):
        super().__init__(reason)
        self.reason, self.why, self.errors, self.retry_after = reason, why, errors or {}, retry_after


def refused_at(field: str, reason) -> Refused:
    """The refusal of one value, with the reason at its `field`."""
    return Refused(reason, why=Why.INVALID, errors={field: [reason]})


@dataclass(frozen=True)
class Actor:
    """A person with the posts and memberships of today. `user_id` None is the clock work."""

    user_id: int | None
    name: str = ""
    roles: frozenset[str] = frozenset()
    handles: frozenset[str] = frozenset()  # offices with a handler's post
    heads: frozenset[str] = frozenset()  # offices with a head's post, and the offices below them
    seats: frozenset[str] = frozenset()  # offices of any post of one's own
    stations: frozenset[str] = frozenset()  # parks
    enterprises: frozenset[int] = frozenset()
    owned: frozenset[int] = frozenset()
    origin: str = ""  # the address that the request came from
    stands_for: frozenset[int] = frozenset()  # people absent today whose deputy this is

    @property
    def acts_as(self) -> frozenset[int]:
        """Whose cases are one's own today: one's own, and those of the people one stands in for."""
        return self.stands_for | {self.user_id}

    @property
    def is_staff(self) -> bool:
        return bool(self.roles)


CLOCKWORK = Actor(user_id=None)

_BY_ROLE = {
    Role.TRIAGE: Part.TRIAGE,
    Role.REVIEWER: Part.REVIEWER,
    Role.DIRECTOR: Part.DIRECTOR,
    Role.SUPERVISOR: Part.SUPERVISOR,
    Role.LEADER: Part.LEADER,
}


def parts_of(actor: Actor, case) -> list[Part]:
    """Every part `actor` has in `case`, own enterprise first; empty for a stranger."""
    if actor.user_id is None:
        return [Part.AUTOMATIC]
    found = [
        (Part.MEMBER, case.enterprise_id in actor.enterprises),
        (Part.HANDLER, case.lead_id in actor.handles),
        (Part.HEAD, case.lead_id in actor.heads),
        *((part, role in actor.roles) for role, part in _BY_ROLE.items()),
        (Part.STATION, case.park_id in actor.stations),
        (Part.CHANNEL, Role.CHANNEL in actor.roles and case.filed_by_id == actor.user_id),
    ]
    parts = [part for part, holds in found if holds]
    if (actor.handles | actor.heads) & set(case.supporting):
        parts.append(Part.SUPPORTER)
    return parts


def reads_as_staff(actor: Actor, case) -> bool:
    """Whether `actor` reads the names and the internal lines of `case`: the enterprise and other systems do not."""
    return not {Part.MEMBER, Part.CHANNEL}.issuperset(parts_of(actor, case))


# A case in triage is nobody's yet; topic, level and candidates stay as proposals.
NOBODYS = {
    "lead": None,
    "handler": None,
    "supporting": [],
    "dispatched_by": None,
    "decided_by": "",
    "dispatched_at": None,
    "signed_at": None,
    "contacted_at": None,
    "paused_at": None,
    "promised_at": None,
    "direct": False,
    "used_minutes": None,
    "paused_minutes": 0,
}

MOST_REDOS = 3
MOST_REOPENINGS = 2
MOST_PARTS = 4


def wants_redo(solved: str, stars: int, *, redo: bool | None, redo_count: int) -> bool:
    """Whether a rating starts a redo (重办): not solved or two stars and fewer, unless declined or done three times."""
    unhappy = solved == Solved.NO or stars <= 2
    return unhappy and redo is not False and redo_count < MOST_REDOS
