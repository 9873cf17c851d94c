"""How an appeal is weighed (研判·分级): nature, urgency, whether it complains of an office, level. Decides only."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from chains.taxonomy import SENSITIVE_TOPICS, Level, Nature
from routing.classification import Classification
from routing.urgency import is_urgent


def _any(*patterns: str) -> re.Pattern:
    return re.compile("|".join(patterns))


_REPORT = _any(
    "(?<!被)(?<!匿名)(?<!天天)举报(?!我|他们|不|掉|了我|抄袭|电话|信)|检举|索贿|行贿|受贿|吃拿卡要|好处费|收回扣",
    "(?<!不是)(?<!没有)偷排|怀疑[^，。]{0,4}(围标|串标)|串通投标|内定",
)
_COMPLAIN = _any(
    "(?<!被)(?<!者)(?<!长)(?<!工)投诉(?!我|到|给|平台|电话|渠道)",
    "态度(很|太|极|非常|十分)?(差|恶劣|不好|生硬|蛮横|冷漠)|踢皮球|推诿|互相推|推来推去|不作为|乱作为|刁难|故意卡|卡着不",
    "(?<!不)乱收费|乱罚|罚(得)?(太|过)?重|多头检查|重复检查|天天(来|都)?(检)?查|执法不公|不公平|霸王|拖着不办|敷衍|搪塞",
)
_SUGGEST = re.compile(
    "(?<!院)(?<!会)建议(?!书|稿|函|我们|先|价)|提(个|点|一个)?(意见|想法)|希望[^，。]{0,6}(出台|增设|推广|建立)"
)
_CONSULT = _any(
    "请问|咨询|想问|问一?下|想了解|想知道|了解一?下|(哪|什么)(里|时候|条件|材料|手续|流程|政策|标准|部门)",
    "(怎么|如何)(办理|申请|申报|计算|认定|操作|缴纳|算|报|办|走|缴|填)|是否(需要|可以|属于|符合)|算不算|要不要",
    "(需要|要)(准备)?(什么|哪些)|能不能(报|享受|申请|算)|有没有(政策|补贴|什么)|[吗么呢][?？]?$",
)
# Somebody who is stuck, was refused or wants something done has more than a question.
_WANTS = _any(
    "(请|希望|恳请|恳求|盼|望|求|麻烦)[^。]{0,12}(协调|解决|帮|处理|督促|尽快|支持|安排|派|催|介入|出面|给予|组织|对接|恢复|核|查)",
    "急|求助|救|至今|一直没|迟迟|还没|没(到|批|下来|人|给|发|收到|消息|动静|下文)|拖了|损失|失联|起诉|欠|赔",
    "被(退|拒|罚|扣|告|驳|封|骗|查|砍|取消)|退回|驳回|不(让|给|肯|予|认|批|同意|受理|通过)|卡(住|在|了)|能不能(晚|缓|减|免|给|帮|安排|宽)",
    "投诉|举报|说法不一|两头|互相|填错|传错|弄错|盖错|丢了|不(签|来|敢|退)|没通过|中止|仲裁|要告|去告|闹|请(指导|指点|求|把)|求推荐",
)

_OFFICE = (
    "(局|委|办|所|窗口|中心|管委会|街道|乡镇|镇政府|部门|大队|支队|执法"
    "|干部|领导|工作人员|科长|科员|公务员|审批员|经办人员|政府)"
)
_MISDEED = (
    "(态度(很|太|极|非常|十分)?(差|恶劣|不好|生硬|蛮横|冷漠)|踢皮球|推诿|推来推去|互相推|不作为|乱作为|刁难|故意卡|吃拿卡要"
    "|索要|索贿|红包|好处费|乱收费|乱罚|执法不公|不接电话|拖着不办|敷衍|搪塞|天天来?查|重复检查|多头检查"
    "|说话不算|偏袒|训斥|骂人|骂我|打招呼|必须找|只认[^，。]{0,6}中介|指定(的)?(中介|公司|机构|单位)|表示表示|暗示)"
)
_OF_AN_OFFICE = _any(
    f"{_OFFICE}[^。！？\n]{{0,25}}{_MISDEED}",
    f"{_MISDEED}[^。！？\n]{{0,15}}{_OFFICE}",
    f"(?<!被)(投诉|举报)(?!到|给|我)[^。！？\n]{{0,12}}{_OFFICE}",
)
_SHORT, _TITLE = 90, 20  # characters
_SENTENCE = re.compile(r"[^。！？!?\n]+")


@dataclass(frozen=True)
class Triage:
    """`complains`: of an office, so that a person has to see it and the office may not lead (济南12345 §32)."""

    level: str  # empty where there is no topic
    urgent: bool
    nature: str
    complains: bool


def triage(
    title: str,
    description: str,
    *,
    level: str | None,
    nature: str | None = None,
    urgent: bool = False,
    is_shared: bool = False,
) -> Triage:
    """Weigh an appeal whose topic has `level` (None: no topic).

    What the enterprise declares (`nature`, `urgent`) stands. An inquiry is S; a matter that needs a second lead
    (`is_shared`) is C or harder (product.md §4).
    """
    text = f"{title}。{description}"
    weighed_nature = nature or nature_of(text)
    return Triage(
        level=level_of(level, weighed_nature, is_shared=is_shared) if level else "",
        urgent=urgent or is_urgent(text),
        nature=weighed_nature,
        complains=complains_of_an_office(text),
    )


def level_of(level: str, nature: str, *, is_shared: bool = False) -> Level:
    if nature == Nature.CONSULT:
        return Level.S
    if is_shared and level in (Level.S, Level.A, Level.B):
        return Level.C
    return Level(level)


def nature_of(text: str) -> Nature:
    """Report, complaint, suggestion, inquiry, in this order; whoever asks for more than an answer wants help."""
    if _REPORT.search(text):
        return Nature.REPORT
    if _COMPLAIN.search(text):
        return Nature.COMPLAIN
    if _SUGGEST.search(text):
        return Nature.SUGGEST
    if _asks_only(text):
        return Nature.CONSULT
    return Nature.HELP


def _asks_only(text: str) -> bool:
    """A short text, or one that begins by asking; a long story that ends in a question is a request for help."""
    asks = _CONSULT.search(text if len(text) <= _SHORT else text[:_TITLE])
    return bool(asks) and not _WANTS.search(text)


def complains_of_an_office(text: str) -> bool:
    return bool(_OF_AN_OFFICE.search(text))


def office_complained_of(text: str, offices: Iterable[tuple[str, str]]) -> str | None:
    """The code of the one office (name, code) that a complaining sentence names; None for none or several."""
    accused = [sentence for sentence in _SENTENCE.findall(text) if _OF_AN_OFFICE.search(sentence)]
    named = {name: code for name, code in offices if any(name in sentence for sentence in accused)}
    # 市市场监管局 contains 市场监管局: of names within each other the longest is meant.
    longest = [name for name in named if not any(name != other and name in other for other in named)]
    codes = {named[name] for name in longest}
    return codes.pop() if len(codes) == 1 else None


def may_go_at_once(found: Classification, weighed: Triage) -> bool:
    """Whether a machine may dispatch it: sure, and neither sensitive, urgent nor out of scope (product.md §4)."""
    is_sensitive = found.topic in SENSITIVE_TOPICS or weighed.complains
    return bool(found.topic and found.auto) and not (is_sensitive or weighed.urgent)
