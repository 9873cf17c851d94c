"""How an appeal is weighed (研判·分级): nature, urgency, whether it complains of an office, level. Decides only."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from chains.taxonomy import SENSITIVE_TOPICS, Level, Nature
from routing.classification import Classification

# Production stands still or people are in danger now (停产 / 安全). Each pattern names the event, not the subject:
# a permit for dangerous goods, a drill or a pressure test is nothing urgent.
_DANGER = re.compile(
    r"(?<!防)爆炸(?!物|性|品|危险|风险)|着火了?|起火|火灾(?!报警|自动|隐患|保险|风险|危险)|(?<!防)泄[漏露](?!检测|修复|商业|技术|个人|信息|客户)"
    r"|中毒|坍塌|塌方|触电|有人受伤|砸伤|烧伤|炸伤|死了人|出人命|随时会(塌|倒|掉|炸|着)|跳楼|轻生|自杀|持刀"
)
_CROWD = re.compile(
    r"堵(住|了|着|在)?(我们|公司|厂|工厂|园区|企业)?(的)?(大?门|厂门)|围堵|堵门|拉横幅|集体(讨薪|上访|罢工|停工)|群体性|聚众|闹事"
)
_STANDSTILL = re.compile(
    r"(已经?|全[厂线部]|被迫|只[能好]|马上(就)?要?|即将|眼看|面临|就要|快要?|导致|造成|再不.{0,12})(全[线面部])?(停产|停工|停线|停炉|停摆)(?!整[改顿])"
    r"|(停产|停工|停线)(了|至今|待料|[一二两三四五六七八九十0-9]+[天日周])|产线(全)?停了|生产线(全)?停了|开不了工"
)
_CUT_OFF = re.compile(
    r"(突然|又|正在|今天|今早|今晚|昨晚|凌晨|刚刚|现在|从昨[天晚]).{0,8}(停电|断电|停水|断水|停气|断气|停汽|断网)"
    r"|(停电|断电|停水|断水|停气|断气|停汽)(了)?.{0,16}(还没|没恢复|没来|至今|抢修|报废|凝固|急|天了|小时了)"
)
_URGENT = (_DANGER, _CROWD, _STANDSTILL, _CUT_OFF)
# What is only feared, rehearsed, asked about or long past is no emergency.
_SUPPOSED = re.compile(r"如果|万一|假如|会不会|是否会|担心|防止|预防|避免|演练|应急预案|去年|前年|上个?月|保险")

_REPORT = re.compile(r"举报|检举|索贿|行贿|受贿|吃拿卡要|好处费|回扣|偷排|串标|围标|假冒|造假|虚假材料|内定")
_COMPLAIN = re.compile(
    r"投诉|态度(很|太|极|非常)?(差|恶劣|不好|生硬|蛮横)|踢皮球|推诿|互相推|推来推去|不作为|乱作为|刁难|故意卡|卡着不|乱收费|乱罚"
    r"|罚(得)?(太|过)?重|多头检查|重复检查|天天(来)?(检)?查|执法不公|不公平|不合理收费|霸王|拖着不办|没人管|没人理|敷衍|被骗"
)
_SUGGEST = re.compile(
    r"建议(?!书|稿|函)|提(个|点|一个)?(意见|想法)|希望(政府|市里|区里|县里|园区|能)?.{0,6}(出台|增设|优化|统一|推广|建立)"
)
_CONSULT = re.compile(
    r"请问|咨询|想问|问一?下|想了解|想知道|了解一?下|怎么(办理|申请|申报|算|报|办|弄|走|缴|填)|如何(办理|申请|申报|计算|认定|操作|缴纳)"
    r"|(需要|要)(准备)?(什么|哪些)(材料|条件|手续|资料)|是否(需要|可以|属于|符合)|能不能(报|享受|申请|算)|有没有(政策|补贴|什么)|[吗么呢][?？]?$"
)
_WANTS = re.compile(
    r"(请|希望|恳请|恳求|盼|望|求|麻烦).{0,12}(协调|解决|帮忙|帮助|帮我|处理|督促|尽快|支持|安排|派人|催|介入|出面|给予|组织|对接|恢复|核查|查处)"
    r"|急|求助|救|怎么办啊|没人管|至今|一直没|迟迟|还没(到|办|批|下|拿|发)|被退|退回|投诉|拖了|损失"
)

_OFFICE = (
    r"(局|委|办|所|窗口|中心|管委会|街道|乡镇|镇政府|部门|大队|支队|执法"
    r"|干部|领导|工作人员|科长|科员|公务员|审批员|政府)"
)
_MISDEED = (
    r"(态度|踢皮球|推诿|推来推去|互相推|不作为|乱作为|刁难|卡着|故意卡|吃拿卡要|索要|索贿|红包|好处|乱收费|乱罚|罚款|处罚|执法不公"
    r"|不接电话|拖着不办|敷衍|指定|天天来?查|重复检查|多头检查|说话不算|不兑现承诺|偏袒|欺负|训斥|骂)"
)
_OF_AN_OFFICE = re.compile(
    f"{_OFFICE}[^。！？\n]{{0,25}}{_MISDEED}|{_MISDEED}[^。！？\n]{{0,15}}{_OFFICE}|(投诉|举报)[^。！？\n]{{0,12}}{_OFFICE}"
)
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


def is_urgent(text: str) -> bool:
    """Whether a sentence says that work stands still or somebody is in danger, now."""
    sentences = _SENTENCE.findall(text)
    return any(
        pattern.search(sentence) and not _SUPPOSED.search(sentence) for sentence in sentences for pattern in _URGENT
    )


def nature_of(text: str) -> Nature:
    if _REPORT.search(text):
        return Nature.REPORT
    if _COMPLAIN.search(text):
        return Nature.COMPLAIN
    if _SUGGEST.search(text):
        return Nature.SUGGEST
    if _CONSULT.search(text) and not _WANTS.search(text):
        return Nature.CONSULT
    return Nature.HELP


def complains_of_an_office(text: str) -> bool:
    return bool(_OF_AN_OFFICE.search(text))


def office_complained_of(text: str, offices: Iterable[tuple[str, str]]) -> str | None:
    """The code of the office (name, code) that stands in a complaining sentence; the longest name, None for several."""
    accused = [sentence for sentence in _SENTENCE.findall(text) if _OF_AN_OFFICE.search(sentence)]
    named = {name: code for name, code in offices if any(name in sentence for sentence in accused)}
    longest = [name for name in named if not any(name != other and name in other for other in named)]
    codes = {named[name] for name in longest}
    return codes.pop() if len(codes) == 1 else None


def may_go_at_once(found: Classification, weighed: Triage) -> bool:
    """Whether a machine may dispatch it: sure, and neither sensitive, urgent nor out of scope (product.md §4)."""
    is_sensitive = found.topic in SENSITIVE_TOPICS or weighed.complains
    return bool(found.topic and found.auto) and not (is_sensitive or weighed.urgent)
