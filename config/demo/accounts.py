"""The people of the demo: thirteen known by name, and whoever a city needs beside them."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import cycle, islice
from pathlib import Path

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.db.models import Q

from appeals import membership, register
from appeals.models import Enterprise, Membership
from appeals.people import actor_of
from chains import staffing
from chains.models import Department, User
from chains.staffing import StaffRow
from chains.tables import text_of
from chains.taxonomy import CENTRE_OFFICE, Role, Tier

PASSWORD = "qiying-demo"  # noqa: S105 -- the demo's, printed for everybody
BEGAN = date(2024, 1, 1)
_REGISTER = Path(__file__).parent / "enterprises.csv"

# Username, name, role, office. The address is added once the samples are in: nobody gets mail about history.
KNOWN_STAFF = (
    ("station", "方园", Role.STATION, "ZZXC-GWH"),
    ("triage", "严判", Role.TRIAGE, CENTRE_OFFICE),
    ("reviewer", "何访", Role.REVIEWER, CENTRE_OFFICE),
    ("director", "郑主", Role.DIRECTOR, CENTRE_OFFICE),
    ("handler", "柯新", Role.HANDLER, "330800-KJJ"),
    ("head", "柯明", Role.HEAD, "330800-KJJ"),
    ("handler2", "任才", Role.HANDLER, "330800-RSJ"),
    ("supervisor", "杜察", Role.SUPERVISOR, CENTRE_OFFICE),
    ("leader", "凌导", Role.LEADER, None),
    ("auditor", "申计", Role.AUDITOR, None),
    ("sysadmin", "管理员", Role.SYSADMIN, None),
)
# Username, name, the enterprise by its place in the register.
KNOWN_MEMBERS = (("enterprise", "金澜", 0), ("enterprise2", "毛竹青", 31))
_SECOND_CHAIRS = (("triage2", Role.TRIAGE), ("reviewer2", Role.REVIEWER))
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余"
    "杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛"
)
_GIVEN = (
    "建国 丽萍 志强 晓燕 海波 雪芬 文斌 慧敏 国平 红霞 伟民 秀珍 永康 佳怡 俊杰 春兰 "
    "立新 美玲 学军 雅琴 东升 静怡 振华 小芳 明辉 玉梅 家豪 婷婷 正阳 素英 浩然 月华 金泉"
).split()


def ensure_staff(*, with_mail: bool) -> int:
    """Every post of the demo city; returns how many accounts there are. Re-runnable."""
    rows = [_with_mail(row) if with_mail and row.username in _KNOWN else row for row in _staff()]
    staffing.load(rows)
    User.objects.filter(username="sysadmin").update(is_staff=True, is_superuser=True)
    return len({row.username for row in rows})


_KNOWN = {username for username, *_rest in (*KNOWN_STAFF, *KNOWN_MEMBERS)}


def _with_mail(row: StaffRow) -> StaffRow:
    return StaffRow(row.username, row.name, address_of(row.username), row.office, row.role, row.starts_on)


def address_of(username: str) -> str:
    return f"{username}@qiying.example"


def _staff() -> list[StaffRow]:
    names = _names()
    rows = [StaffRow(username, name, "", office, role, BEGAN) for username, name, role, office in KNOWN_STAFF]
    rows += [StaffRow(username, next(names), "", CENTRE_OFFICE, role, BEGAN) for username, role in _SECOND_CHAIRS]
    taken = {(row.office, row.role) for row in rows}
    for office in Department.objects.order_by("code"):
        for word, role in _desks(office):
            if word == "2" or (office.pk, role) not in taken:
                username = f"{office.pk.lower()}.{role}{word}"
                rows.append(StaffRow(username, next(names), "", office.pk, role, BEGAN))
    return rows


def _desks(office: Department) -> list[tuple[str, Role]]:
    desks = [("", Role.HANDLER), ("", Role.HEAD)]
    if office.tier == Tier.CITY:
        desks.append(("2", Role.HANDLER))
    if office.tier == Tier.PARK:
        desks.append(("", Role.STATION))
    return desks


def _names() -> Iterator[str]:
    """Plausible names without end, the same ones every time."""
    return (surname + given for surname, given in zip(cycle(_SURNAMES), cycle(_GIVEN), strict=False))


def ensure_enterprises(at: datetime) -> list[Enterprise]:
    """The register, and for each enterprise a person confirmed at `at` as its owner. Re-runnable."""
    rows = register.read(text_of(_REGISTER))
    register.load(rows)
    known = {place: (username, name) for username, name, place in KNOWN_MEMBERS}
    names = islice(_names(), 500, None)  # others than those of the staff
    centre = actor_of(User.objects.get(username="triage"), at.date())
    by_code = Enterprise.objects.in_bulk([row.credit_code for row in rows], field_name="credit_code")
    enterprises = [by_code[row.credit_code] for row in rows]
    for place, enterprise in enumerate(enterprises):
        username, name = known.get(place, (f"qy{place + 1:02d}", next(names)))
        user, _is_new = User.objects.get_or_create(username=username)
        if not Membership.objects.filter(enterprise=enterprise, user=user).exists():
            membership.confirm(membership.join(enterprise, by=user, name=name, at=at), by=centre, at=at)
    return enterprises


def give_passwords() -> None:
    """One password for everybody who has none, hashed once: hashing it four hundred times would take minutes."""
    has_none = Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    User.objects.filter(has_none).update(password=make_password(PASSWORD))


def give_addresses() -> None:
    """From now on those known by name get mail as well."""
    ensure_staff(with_mail=True)
    for username, _name, _place in KNOWN_MEMBERS:
        User.objects.filter(username=username).update(email=address_of(username))
