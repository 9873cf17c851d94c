"""Who files and who works in bulk: the posts of every office, enterprises, and one member for each of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import connection
from stdnum.cn import uscc

from appeals.models import Enterprise, Membership
from chains.handbook import Handbook
from chains.models import Post, User
from chains.taxonomy import Tier
from config.demo import accounts
from config.seeding.copying import Lines
from config.seeding.texts import invented

MEMBERS = "seed."  # begins the names of their accounts; only what these filed is ours
_STEM = "913308005"
_TRADES = "新材料 机械 纸业 化工 电子 食品 家居 轴承 光电 能源 医药 纺织 建材 物流 农业 环保 半导体 精密制造".split()
_FORMS = "有限公司 有限公司 有限公司 股份有限公司 科技有限公司 实业有限公司".split()


@dataclass(frozen=True, slots=True)
class Firm:
    pk: int
    name: str
    district: str
    park: str | None
    industry: str | None
    member: int  # the account that files for it


@dataclass(frozen=True)
class People:
    firms: Sequence[Firm]
    posts: Mapping[tuple[str, str | None], Sequence[int]]  # (role, office) → accounts

    def at(self, role: str, office: str | None) -> Sequence[int]:
        return self.posts[role, office]


def ensure(count: int, book: Handbook, now: datetime, rng: Random) -> People:
    """Every post, and `count` enterprises with their members; those of a former run are used again."""
    accounts.ensure_staff(with_mail=False)
    posts = defaultdict(list)
    for role, office, user in Post.objects.held(now.date()).order_by("pk").values_list("role", "department", "user"):
        posts[role, office].append(user)
    return People(_ensure_firms(count, book, now, rng), dict(posts))


def _ensure_firms(count, book, now, rng) -> list[Firm]:
    codes = {_code(serial): serial for serial in range(count)}
    present = set(Enterprise.objects.values_list("credit_code", flat=True))
    drawn = [(code, _drawn(serial, book, rng)) for code, serial in codes.items()]
    _write(Enterprise, [{"credit_code": code, **row} for code, row in drawn if code not in present])
    ids = dict(Enterprise.objects.values_list("credit_code", "pk"))
    named = {f"{MEMBERS}{code}": ids[code] for code in codes}
    known = set(User.objects.values_list("username", flat=True))
    joined = now - timedelta(days=1100)
    account = {"password": "!", "date_joined": joined, "name": "", "email": ""}
    _write(User, [{"username": name, **account} for name in named if name not in known])
    users = dict(User.objects.filter(username__startswith=MEMBERS).values_list("username", "pk"))
    spoken_for = set(Membership.objects.values_list("user_id", flat=True))
    confirmed = {"role": "owner", "state": "confirmed", "asked_at": joined, "decided_at": joined}
    _write(
        Membership,
        [
            {"enterprise_id": firm, "user_id": users[name], **confirmed}
            for name, firm in named.items()
            if users[name] not in spoken_for
        ],
    )
    return [
        Firm(ids[code], row["name"], row["district_id"], row["park_id"], row["industry_id"], users[f"{MEMBERS}{code}"])
        for code, row in drawn
    ]


def _code(serial: int) -> str:
    stem = f"{_STEM}{serial:08d}"
    return stem + uscc.calc_check_digit(stem)


def _drawn(serial: int, book: Handbook, rng: Random) -> dict:
    districts = list(book.districts)
    district = districts[min(int(rng.random() ** 1.3 * len(districts)), len(districts) - 1)]
    parks = [
        office.pk for office in book.offices.values() if office.tier == Tier.PARK and office.district_id == district
    ]
    place = rng.choice(["衢州", "浙江", book.districts[district].name[:2]])
    return {
        "name": f"{place}{invented(rng)}{rng.choice(_TRADES)}{rng.choice(_FORMS)}",
        "district_id": district,
        "park_id": parks[0] if parks else None,
        "industry_id": rng.choice([*book.industries, None]),
        "size": rng.choice(Enterprise.Size.values),
    }


def _write(model, rows: list[dict]) -> None:
    lines = Lines(model, without=("id",))
    for row in rows:
        lines.add(**row)
    with connection.cursor() as cursor:
        lines.copy(cursor)
