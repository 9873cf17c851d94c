"""The rows of the matrix: every part of product.md §2, in the words of the office, and how each person comes to be."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from appeals.models import Membership
from chains.models import Absence, User
from chains.taxonomy import Role
from tests.factory import BEGAN, CENTRE, LABOUR, SCIENCE, make_user, post_of

COUNTY, ECONOMY, COMMERCE, SPECIAL, WISDOM = "330802-KJJ", "330800-JXJ", "330800-SWJ", "ZZXC-GWH", "ZHXC-GWH"


@dataclass(frozen=True)
class Person:
    """`post`: role and office. `enterprise`: key, role and state of the membership."""

    key: str
    says: str
    post: tuple[Role, str | None] | None = None
    enterprise: tuple[str, str, str] | None = None


_OWNER, _MEMBER = Membership.Role.OWNER, Membership.Role.MEMBER
_IN, _ASKED, _OUT = Membership.State.CONFIRMED, Membership.State.PENDING, Membership.State.REFUSED

PEOPLE = (
    Person("owner_a", "甲企业法人", enterprise=("a", _OWNER, _IN)),
    Person("member_a", "甲企业经办人", enterprise=("a", _MEMBER, _IN)),
    Person("asked_a", "申请加入甲企业、尚未确认", enterprise=("a", _MEMBER, _ASKED)),
    Person("left_a", "已离开甲企业", enterprise=("a", _MEMBER, _OUT)),
    Person("member_b", "乙企业经办人", enterprise=("b", _MEMBER, _IN)),
    Person("member_c", "丙企业法人", enterprise=("c", _OWNER, _IN)),
    Person("station", "专员（甲企业所在园区）", (Role.STATION, SPECIAL)),
    Person("station_else", "专员（另一园区）", (Role.STATION, WISDOM)),
    Person("triage", "研判员", (Role.TRIAGE, CENTRE)),
    Person("reviewer", "回访员", (Role.REVIEWER, CENTRE)),
    Person("director", "中心主任", (Role.DIRECTOR, CENTRE)),
    Person("handler", "经办（市科技局）", (Role.HANDLER, SCIENCE)),
    Person("head", "分管领导（市科技局）", (Role.HEAD, SCIENCE)),
    Person("deputy", "市科技局经办请假，本人为代理人"),
    Person("gone", "已调离市科技局的经办"),
    Person("handler_county", "经办（柯城区科技局）", (Role.HANDLER, COUNTY)),
    Person("handler_labour", "经办（市人社局）", (Role.HANDLER, LABOUR)),
    Person("head_labour", "分管领导（市人社局）", (Role.HEAD, LABOUR)),
    Person("handler_economy", "经办（市经信局）", (Role.HANDLER, ECONOMY)),
    Person("handler_else", "经办（市商务局，与各件无关）", (Role.HANDLER, COMMERCE)),
    Person("supervisor", "督办员", (Role.SUPERVISOR, CENTRE)),
    Person("leader", "领导（包案人）", (Role.LEADER, None)),
    Person("leader_else", "其他领导", (Role.LEADER, None)),
    Person("auditor", "审计员", (Role.AUDITOR, None)),
    Person("sysadmin", "系统管理员", (Role.SYSADMIN, None)),
    Person("channel", "外部系统（代报了一件）", (Role.CHANNEL, None)),
    Person("channel_else", "另一外部系统", (Role.CHANNEL, None)),
    Person("nobody", "已登录、无任何身份"),
    Person("outsider", "未登录"),
)
KEYS = tuple(person.key for person in PEOPLE)
SAYS = {person.key: person.says for person in PEOPLE}


def settle(enterprises) -> dict[str, User]:
    """An account for each person but whoever is signed out; `enterprises` by key."""
    users = {person.key: _account(person, enterprises) for person in PEOPLE if person.key != "outsider"}
    today = timezone.localdate()
    absent = make_user(Role.HANDLER, SCIENCE)
    Absence.objects.create(user=absent, deputy=users["deputy"], starts_on=today, ends_on=today + timedelta(days=7))
    post_of(users["gone"], Role.HANDLER, SCIENCE, starts_on=BEGAN, ends_on=today - timedelta(days=1))
    User.objects.filter(pk=users["sysadmin"].pk).update(is_staff=True, is_superuser=True)
    return {key: User.objects.get(pk=user.pk) for key, user in users.items()}


def _account(person, enterprises) -> User:
    user = make_user(*(person.post or ()), username=f"m-{person.key}")
    if person.enterprise:
        key, role, state = person.enterprise
        now = timezone.now()
        Membership.objects.create(
            enterprise=enterprises[key], user=user, role=role, state=state, asked_at=now, decided_at=now
        )
    return user
