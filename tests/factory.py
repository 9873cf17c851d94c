"""People, enterprises and appeals for tests: made through the real steps; name only what matters."""

from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import count

from django.utils import timezone
from stdnum.cn import uscc

from appeals import dispatch, followup, handling, intake, linking, pausing
from appeals.models import Appeal, Enterprise, Membership, Request, SupervisionOrder
from appeals.people import actor_of
from appeals.states import Actor, Status
from chains.models import Department, Post, Topic, User
from chains.taxonomy import Role

SCIENCE = "330800-KJJ"  # 市科技局
LABOUR = "330800-RSJ"  # 市人社局
CENTRE = "330800-QFZX"
PARK = "ZZXC-GWH"
CITY, KECHENG, ZHIZAO = "330800", "330802", "ZZXC"
PASSWORD = "a long enough password"
BEGAN = date(2024, 1, 1)
_serial = count(1)


def at(month, day, hour=9, minute=0, *, year=2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=timezone.get_default_timezone())


def make_user(role: Role | None = None, office: str | None = None, *, username: str | None = None, **changes) -> User:
    """An account; with `role` it holds that post at `office` since 2024."""
    username = username or f"{role or 'person'}{next(_serial)}"
    user = User.objects.create_user(username, password=PASSWORD, **{"name": username, "email": "", **changes})
    if role:
        post_of(user, role, office)
    return user


def post_of(user: User, role: Role, office: str | None = None, *, starts_on=BEGAN, ends_on=None) -> Post:
    return Post.objects.create(user=user, role=role, department_id=office, starts_on=starts_on, ends_on=ends_on)


def credit_code(serial: int) -> str:
    stem = f"91330802{serial:09d}"
    return stem + uscc.calc_check_digit(stem)


def make_enterprise(**changes) -> Enterprise:
    serial = next(_serial)
    usual = {"credit_code": credit_code(serial), "name": f"衢州试验{serial}有限公司", "district_id": CITY}
    return Enterprise.objects.create(**{**usual, **changes})


def make_member(enterprise: Enterprise | None = None, *, role=Membership.Role.OWNER, **changes) -> User:
    """An account that speaks for `enterprise`."""
    user = make_user(**changes)
    moment = at(1, 5)
    Membership.objects.create(
        enterprise=enterprise or make_enterprise(),
        user=user,
        role=role,
        state=Membership.State.CONFIRMED,
        asked_at=moment,
        decided_at=moment,
    )
    return user


def actor(user: User) -> Actor:
    """`user` with the posts of today, read afresh."""
    return actor_of(User.objects.get(pk=user.pk))


class City:
    """One person for each part, made when first asked for."""

    def __init__(self):
        self._people: dict[str, User] = {}

    def _person(self, name, make) -> User:
        if name not in self._people:
            self._people[name] = make()
        return self._people[name]

    def holder(self, role: Role, office: str | None = None) -> User:
        return self._person(f"{role}@{office}", lambda: make_user(role, office))

    @property
    def member(self) -> User:
        return self._person("member", make_member)

    @property
    def enterprise(self) -> Enterprise:
        return self.member.memberships.get().enterprise

    @property
    def triage(self) -> User:
        return self.holder(Role.TRIAGE, CENTRE)

    @property
    def reviewer(self) -> User:
        return self.holder(Role.REVIEWER, CENTRE)

    @property
    def director(self) -> User:
        return self.holder(Role.DIRECTOR, CENTRE)

    @property
    def handler(self) -> User:
        return self.holder(Role.HANDLER, SCIENCE)

    @property
    def head(self) -> User:
        return self.holder(Role.HEAD, SCIENCE)

    @property
    def supervisor(self) -> User:
        return self.holder(Role.SUPERVISOR, CENTRE)

    @property
    def leader(self) -> User:
        return self.holder(Role.LEADER)

    @property
    def supporter(self) -> User:
        return self.holder(Role.HANDLER, LABOUR)

    @cached_property
    def another(self) -> Appeal:
        """A second open appeal of the enterprise, with the same office."""
        return make_appeal(Status.SIGNED, city=self)


FILED = at(9, 7)  # a Monday


def lately() -> datetime:
    """A moment ago, with room for every step on the way to today."""
    return timezone.now() - timedelta(hours=5)


def make_appeal(
    status: Status = Status.TRIAGE,
    *,
    city: City | None = None,
    filed_at: datetime = FILED,
    topic: str = "N01",
    level: str = "B",
    lead: str = SCIENCE,
    support: tuple[str, ...] = (),
    outcome: str = "solved",
    solved: str = "yes",
    stars: int = 5,
    **filing,
) -> Appeal:
    """An appeal walked to `status` by the real steps, half an hour of each; nobody is late."""
    city = city or City()
    usual = {"title": "高企认定材料怎么报", "description": "我们想申报高新技术企业，请问需要哪些材料？"}
    filing = intake.Filing(**{**usual, "enterprise": city.enterprise, "wants_person": True, **filing})
    case = intake.accept(filing, by=actor(city.member), at=filed_at)
    moments = (filed_at + timedelta(minutes=30 * step) for step in count(1))
    wanted = {"topic": topic, "level": level, "lead": lead, "support": support}
    wanted |= {"outcome": outcome, "solved": solved, "stars": stars}
    for step in _WAY[status]:
        step(case, city, next(moments), wanted)
    return Appeal.objects.get(pk=case.pk)


def _dispatch(case, city, moment, wanted):
    dispatch.dispatch(
        case,
        by=actor(city.triage),
        topic=Topic.objects.get(pk=wanted["topic"]),
        level=wanted["level"],
        lead=Department.objects.get(pk=wanted["lead"]),
        support=list(Department.objects.filter(pk__in=wanted["support"])),
        at=moment,
    )


def _handler(city, wanted):
    return actor(city.holder(Role.HANDLER, wanted["lead"]))


def _sign(case, city, moment, wanted):
    handling.sign(case, by=_handler(city, wanted), at=moment)


def _contact(case, city, moment, wanted):
    handling.contact(case, by=_handler(city, wanted), note="已与企业电话联系", at=moment)


def _reply(case, city, moment, wanted):
    handling.reply(case, by=_handler(city, wanted), outcome=wanted["outcome"], text="材料清单已发送。", at=moment)


def _review(case, city, moment, wanted):
    followup.review(case, by=actor(city.reviewer), passed=True, at=moment)


def _rate(case, city, moment, wanted):
    followup.rate(case, by=actor(city.member), solved=wanted["solved"], stars=wanted["stars"], redo=False, at=moment)


def _decline(case, city, moment, wanted):
    dispatch.decline(case, by=actor(city.triage), ground="litigation", explanation="请向法院提出。", at=moment)


def _withdraw(case, city, moment, wanted):
    followup.withdraw(case, by=actor(city.member), reason="问题已自行解决", at=moment)


def _park(case, city, moment, wanted):
    pausing.park(case, by=actor(city.director), plan="待规划调整后办理", at=moment)


def _merge(case, city, moment, wanted):
    linking.merge(case, by=actor(city.triage), into=city.another, at=moment)


def make_request(case, kind, by: User, *, asked_at=None, **more) -> Request:
    """A request that waits, without the step that asks for it."""
    return Request.objects.create(
        appeal=case, kind=kind, round=case.round, asked_by=by, asked_at=asked_at or FILED, reason="…", **more
    )


def order_to(case, by: User) -> None:
    """A supervision order that waits, whatever the case's status allows."""
    SupervisionOrder.objects.create(
        appeal=case, order="请说明情况", issued_by=by, issued_at=FILED, answer_by=at(9, 30, 17, 30)
    )
    Appeal.objects.filter(pk=case.pk).update(open_orders=1)


_WAY = {
    Status.TRIAGE: (),
    Status.DISPATCHED: (_dispatch,),
    Status.SIGNED: (_dispatch, _sign, _contact),
    Status.REPLIED: (_dispatch, _sign, _contact, _reply),
    Status.VISITING: (_dispatch, _sign, _contact, _reply, _review),
    Status.CLOSED: (_dispatch, _sign, _contact, _reply, _review, _rate),
    Status.DECLINED: (_decline,),
    Status.PARKED: (_dispatch, _sign, _contact, _park),
    Status.WITHDRAWN: (_withdraw,),
    Status.MERGED: (_merge,),
}
