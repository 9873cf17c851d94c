"""The columns of the matrix: whose case it is and how it stands. Each is walked there by the real steps."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from appeals import asking, dispatch, escalation, handling, linking, pausing
from appeals.models import Appeal, Enterprise
from appeals.states import Status
from chains.models import Department, Topic, User
from routing import outbox
from tests.factory import LABOUR, SCIENCE, City, actor, make_appeal, make_enterprise, make_member
from tests.matrix import people
from tests.matrix.people import COUNTY, ECONOMY, SPECIAL

WORD = "隐衷"  # in every title, so that a search finds whatever it may
PHONE = "138057{:05d}"


@dataclass(frozen=True)
class Kind:
    """`enterprise`: 甲 (in a park), 乙, 丙 or 丁. `days`: how long ago it was filed."""

    key: str
    says: str
    enterprise: str
    status: Status
    lead: str = SCIENCE
    days: float = 0.3
    filing: dict | None = None
    then: Callable | None = None


def _former(case, town):
    """Handed back by 市科技局, granted by the director, dispatched to 市人社局."""
    now, city = timezone.now(), town.city
    offices = Department.objects.in_bulk([LABOUR])
    asking.hand_back(case, by=actor(city.handler), reason="不属本局职责", proposed_lead=offices[LABOUR], at=now)
    asking.decide_hand_back(case, by=actor(city.director), granted=True, reason="同意", at=now)
    topic = Topic.objects.get(pk="N01")
    dispatch.dispatch(case, by=actor(city.triage), topic=topic, level="B", lead=offices[LABOUR], at=now)


def _parked(case, town):
    pausing.park(case, by=actor(town.city.director), plan="待省里指标下达", at=timezone.now())


def _merged(case, town):
    into = Appeal.objects.get(pk=town.cases["parked"].pk)
    linking.merge(case, by=actor(town.city.triage), into=into, at=timezone.now())


def _attached(case, town):
    to = Appeal.objects.get(pk=town.cases["own"].pk)
    linking.attach(case, by=actor(town.city.triage), to=to, at=timezone.now())
    handling.progress(to, by=actor(town.city.handler), text="已现场查看", at=timezone.now())  # written to both


def _escalated(case, town):
    escalation.escalate(case, by=actor(town.city.director), reason="久拖未决", at=timezone.now())


def _owned(case, town):
    _escalated(case, town)
    now, director = timezone.now(), actor(town.city.director)
    offices = [Department.objects.get(pk=LABOUR)]
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    escalation.confer(case, by=director, departments=offices, on=tomorrow, agenda="会商", at=now)
    escalation.conclude(case, by=director, text="由领导包案", owner=town.users["leader"], at=now)


_COMPLAINT, _HELPED, _ANONYMOUS = {"complained_of": SCIENCE}, {"support": (SCIENCE,)}, {"anonymous": True}


CASES = (
    Kind("new", "甲企业 · 待研判", "a", Status.TRIAGE, days=0),
    Kind("own", "甲企业 · 市科技局办理中", "a", Status.SIGNED),
    Kind("closed", "甲企业 · 市科技局主办，1 天前办结", "a", Status.CLOSED, days=1.3),
    Kind("closed_long", "甲企业 · 市科技局主办，91 天前办结", "a", Status.CLOSED, days=91.3),
    Kind("anonymous", "丁企业 · 对部门匿名，市科技局办理中", "d", Status.SIGNED, filing=_ANONYMOUS),
    Kind("parked", "乙企业 · 市科技局主办，挂账", "b", Status.PARKED, then=_parked),
    Kind("merged", "乙企业 · 市科技局主办时并案", "b", Status.MERGED, then=_merged),
    Kind(
        "supported", "乙企业 · 市经信局主办，市科技局协办", "b", Status.SIGNED, ECONOMY, filing={"support": (SCIENCE,)}
    ),
    Kind("county", "乙企业 · 柯城区科技局办理中", "b", Status.SIGNED, COUNTY),
    Kind("former", "乙企业 · 原由市科技局主办，现由市人社局主办", "b", Status.DISPATCHED, then=_former),
    Kind("complaint", "乙企业 · 投诉市科技局，市人社局办理中", "b", Status.SIGNED, LABOUR, filing=_COMPLAINT),
    Kind("other", "乙企业 · 市人社局办理中", "b", Status.SIGNED, LABOUR),
    Kind("replied", "乙企业 · 市人社局主办，已反馈待审核", "b", Status.REPLIED, LABOUR),
    Kind("visiting", "乙企业 · 市人社局主办，待评价", "b", Status.VISITING, LABOUR),
    Kind("late", "乙企业 · 市人社局主办，已超期", "b", Status.SIGNED, LABOUR, days=40),
    Kind("escalated", "乙企业 · 市人社局主办，已提级", "b", Status.SIGNED, LABOUR, then=_escalated),
    Kind("owned", "乙企业 · 市人社局主办，领导包案", "b", Status.SIGNED, LABOUR, then=_owned),
    Kind("declined", "乙企业 · 不予受理", "b", Status.DECLINED),
    Kind("withdrawn", "乙企业 · 已撤回", "b", Status.WITHDRAWN),
    Kind("attached", "丙企业 · 市人社局主办，并入甲企业的群体事件", "c", Status.SIGNED, LABOUR, then=_attached),
    Kind("channelled", "丙企业 · 由外部系统代报，市人社局主办", "c", Status.SIGNED, LABOUR),
)
KEYS = tuple(kind.key for kind in CASES)
SAYS = {kind.key: kind.says for kind in CASES}
_WALKED_TO = {Status.PARKED: Status.SIGNED, Status.MERGED: Status.SIGNED}


class Town:
    """Every person and every case, each case with words of its own that must not be read by strangers."""

    def __init__(self):
        self.enterprises = {key: _enterprise(key) for key in NAMES}
        self.users = people.settle(self.enterprises)
        self.speaker_d = make_member(self.enterprises["d"])
        self.city = City()
        self.cases: dict[str, Appeal] = {}
        for place, kind in enumerate(CASES):
            self.cases[kind.key] = self._walk(kind, place)
        outbox.deliver(timezone.now())  # into the inboxes

    def _walk(self, kind: Kind, place: int) -> Appeal:
        case = self._made(kind, place)
        if kind.then:
            kind.then(case, self)
        if kind.key == "channelled":
            Appeal.objects.filter(pk=case.pk).update(filed_by=self.users["channel"])
        return Appeal.objects.select_related("enterprise").get(pk=case.pk)

    def _made(self, kind, place):
        filing = dict(kind.filing or {})
        if office := filing.get("complained_of"):
            filing["complained_of"] = Department.objects.get(pk=office)
        # Somebody else of the enterprise than the people of the rows, so that no draft or notice is theirs by chance.
        self.city._people["member"] = self.speakers[kind.enterprise]
        return make_appeal(
            _WALKED_TO.get(kind.status, Status.DISPATCHED if kind.key == "former" else kind.status),
            city=self.city,
            filed_at=_began(kind.days),
            lead=kind.lead,
            title=title_of(kind.key),
            description=f"{WORD}详情-{kind.key}，请有关部门帮助解决。",
            enterprise=self.enterprises[kind.enterprise],
            contact_name=f"联系人{place}",
            contact_phone=PHONE.format(place),
            **filing,
        )

    @property
    def speakers(self) -> dict[str, User]:
        return {key: self.users[who] for key, who in _SPEAKERS.items()} | {"d": self.speaker_d}

    def secrets(self, key: str) -> list[str]:
        """What nobody may read of a case that is not theirs."""
        case = self.cases[key]
        return [case.number, case.title, case.description, case.contact_phone]


def title_of(key: str) -> str:
    return f"{WORD}之事〔{key}〕"


_SPEAKERS = {"a": "owner_a", "b": "member_b", "c": "member_c"}
NAMES = {key: f"衢州{WORD}{sign}有限公司" for key, sign in zip("abcd", "甲乙丙丁", strict=True)}


def _enterprise(key) -> Enterprise:
    return make_enterprise(name=NAMES[key], park_id=SPECIAL if key == "a" else None)


def _began(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)
