"""How an appeal is weighed (研判·分级): nature, urgency, whether it complains of an office, level. Decides only."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from chains.taxonomy import SENSITIVE_TOPICS, Level, Nature
from routing.classification import Classification


def _any(*patterns: str) -> re.Pattern:
    return re.compile("|".join(patterns))


_NUMBER = "[一二两三四五六七八九十0-9]+"
_SOON = (
    "(今天|今晚|今夜|今早|今晨|明天|明早|明晨|后天|马上|立刻|眼看|即将|就要|快要|随时|最多|只剩|仅剩|还剩|再有"
    f"|{_NUMBER}个?(小时|钟头|天)(内|后|之内|就))"
)
_JUST = "(突然|又|正在|今天|今早|今晨|今晚|昨晚|凌晨|刚刚|从昨|现在|至今)"
_CUT = "(停电|断电|停水|断水|停气|断气|停汽)"
_STOP = "(停产|停线|停炉|停机|停摆|停窑|停工|断料|断供|断粮|断货|断气|断电|断水|停电|停水|停气|停汽)"
# Production stands still or people are in danger, now or within days (停产 / 安全). Each pattern names the event and
# not the subject: a permit for dangerous goods, a drill or a fire years ago is nothing urgent.
_URGENT = _any(
    # danger to people
    "(?<!防)爆炸(?!物|性|品|危险|风险|极限)|着火|起火了|正在烧|烧起来|冒浓?烟|冒火|短路|打火",
    "(?<!防)泄漏(?!检测|修复)|(氨|氯|煤气|有毒|瓦斯|燃气)[^，]{0,6}泄露|漏(电|气|液|酸|氨|氯)(?!检测|保护)",
    "(溢|漏|渗)(出来|到|进)[^，。]{0,6}(车间|仓库|厂区|河|路上)|刺鼻|呛得|呛人|熏得",
    "(人|员工|工人|气体|煤气|食物)[^，]{0,4}中毒|有人(受伤|被困|被埋)|死了人|出人命|跳楼|轻生|自杀|持刀|昏倒|晕倒",
    "(工人|员工|师傅|司机|几个人)[^，。]{0,8}(头晕|恶心|呕吐|发晕|送医|送到医院|送去医院|进了?医院)",
    "坍塌|塌方|垮塌|触电|(桥|路面|路基|屋顶|围墙|挡土墙)[^，。]{0,6}(塌|断了|陷|下沉|要倒|快倒|摇晃)",
    "随时(都)?(可能|会|要)?(会)?(出大?事|塌|垮|倒|爆|炸|掉下|砸|断裂|起火)",
    "(基坑|边坡|挡墙|楼板|墙体|地基)[^。]{0,8}(开裂|裂缝|下沉|滑坡)|(很|非常|太|极其|更)危险[^，]{0,6}(请|马上|赶紧|尽快)",
    "(电线|电缆|高压线|线路|配电箱)[^，。]{0,8}(裸露|露在外|掉下|掉了|垂|耷拉|断了|烧)",
    "(锅炉|储罐|反应釜|压力表|安全阀|行车|吊钩|电梯|管道)[^，。]{0,8}(失灵|异响|裂|超压|超温|鼓包|坠|掉下)",
    "消防(通道|车|栓)[^，。]{0,10}(堵|占|进不来|过不去|没水)",
    # people at the gate
    "堵(住|了|着|在|死)?(了)?(我们|我司|公司|厂|工厂|园区|企业|办公室)?(的|区)?(大?门|厂门)(口)?(?!禁)|围堵",
    "围住[^，]{0,4}(厂|门|车间|办公)|(来|到|在)[^，]{0,8}拉(起|着|了)?(横幅|床单|白布)|聚众|群体性|抬(人|棺|尸)",
    "集体(讨薪|上访|罢工|停工|去上访)|要(去)?(集体)?上访|罢工了",
    # work stands still, or will
    "(已经?|全[厂线部面]|被迫|只[能好]|面临|导致|造成|逼得?|否则|不然)[^，]{0,6}(停产|停线|停炉|停摆|停窑)(?!整[改顿])",
    f"(?<!受)停(产|线|炉)(了|待料|等|{_NUMBER}(多)?(个)?(天|小时|钟头))",
    "(机器|线|炉|窑|釜|泵|纸机|设备|车间|厂|生产)(子|里)?(都|全|全都|已经|已|只好)?停(了|着|下来|摆)(?![^。]{0,6}更新)",
    f"{_SOON}[^。，]{{0,10}}{_STOP}(?!通知|检修|计划)",
    "再(不|这么|这样|拖|等)[^。]{0,14}(停产|停线|停炉|停工|断料|倒闭|关门|发不出工资|垮)",
    "(只|就|最多|还)(够|能)(再)?(撑|用|顶|烧|维持|做|生产|开)[^，。]{0,6}(天|小时|钟头|班)",
    "(库存|原料|(?<!材)料|存货|库里|仓库)[^，。]{0,8}(只|就|仅|最多)(够|剩|有)[^，。]{0,8}(天|小时|吨)",
    # supply cut off
    f"{_JUST}[^。，]{{0,10}}({_CUT}|爆管|全停)|(全厂|整片|整个园区|大面积)(都)?{_CUT}",
    f"{_CUT}(了)?[^。]{{0,16}}(还没(来|恢复|通)|没恢复|没人修|至今|报废|凝固|还在停|抢修)",
    # what spoils or lapses within hours, and what says of itself that it cannot wait
    "(今天|今晚|明天|明早|再不)[^。]{0,12}(变质|腐烂|坏掉|报废|截关|冻结|封门|封厂|拉闸)",
    "十万火急|万分紧急|情况紧急|特急|紧急(?!预案|情况|出口|避险|制动|联系人|疏散|切断|停车)|急急(?!如)|人命关天",
)
# What is feared, rehearsed, insured or long past is no emergency; nor is a computer's illness.
_SUPPOSED = _any(
    "如果|万一|假如|会不会|是否会|担心|防止|预防|避免|以防|演练|预案|不是停|没有停",
    "去年|前年|上个?月|[一二两三四五六七八九十]+月份?|保险|受火灾|因火灾|火灾后|工伤|认定",
    "信息|数据|商业秘密|U盘|电脑|软件|网站|账号",
)

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


def is_urgent(text: str) -> bool:
    """Whether a sentence says that work stands still or somebody is in danger, now or within days."""
    return any(_URGENT.search(said) and not _SUPPOSED.search(said) for said in _SENTENCE.findall(text))


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
