"""The tables of the matrix in the words of the office, for a director to read: tests/matrix/MATRIX.md."""

from pathlib import Path

from appeals.states import Part, Status
from appeals.table import MOVES
from tests.appeals.test_states import RULES
from tests.matrix import cases, people
from tests.matrix.places import API, GROUPS, PAGES, THINGS
from tests.matrix.sight import BY_NUMBER, KNOWS_THE_ANONYMOUS, LISTED, RECORDS, STUBS

FILE = Path(__file__).parent / "MATRIX.md"
_HEAD = """# 谁看得到什么，谁做得了什么

本表由 `python -m tests.matrix` 从测试所用的规则生成；`tests/matrix/` 的测试对页面和接口逐格核对，表与实际不符即不通过。
This table is printed from the rules that the tests in `tests/matrix/` hold pages and API to.
"""


def text() -> str:
    parts = (
        _HEAD,
        _sight(),
        _steps(),
        _places("三、页面：谁能进入", PAGES),
        _places("四、接口：谁能调用", API),
        _things(),
    )
    return "\n".join(parts)


def _row(*cells) -> str:
    return f"| {' | '.join(cells)} |\n"


def _table(head, rows) -> str:
    return _row(*head) + _row(*["---"] * len(head)) + "".join(_row(*row) for row in rows)


def _sight() -> str:
    legend = "".join(f"{place}. {kind.says}\n" for place, kind in enumerate(cases.CASES, start=1))
    rows = [[person.says, *(_cell(person.key, key) for key in cases.KEYS)] for person in people.PEOPLE]
    head = ["身份", *(str(place) for place in range(1, len(cases.CASES) + 1))]
    known = "、".join(people.SAYS[key] for key in people.KEYS if key in KNOWS_THE_ANONYMOUS)
    return f"""## 一、谁看得到哪一件

● 列表、搜索、件数、导出里有，凭编号可打开；
○ 不在列表里，凭编号可打开；
◇ 只看得到编号和本单位经办的步骤；
▢ 只看得到办理留痕（无内容）；
空白：看不到；任何页面和接口都答“没有这一件”（404），未登录者先请登录。

{legend}
{_table(head, rows)}
第 5 件对部门匿名：除本企业外只有{known}看得到是哪家企业、电话是多少。

第 11 件投诉市科技局：市科技局的人在任何地方都看不到它，
主办单位也看不到投诉的是谁。
"""


def _cell(person, key) -> str:
    if key in LISTED[person]:
        return "●"
    if key in BY_NUMBER[person]:
        return "○"
    if key in STUBS.get(person, ()):
        return "◇"
    return "▢" if key in RECORDS[person] else " "


def _steps() -> str:
    """Who may take which step while the case is what; it is refused to others (403) and at other times (409)."""
    rows = []
    for verb, (sources, to, who) in RULES.items():
        parts = [part for part in who.split() if part != Part.AUTOMATIC]
        if not parts:
            continue
        rows.append(
            [_VERBS.get(verb, str(MOVES[verb].label)), verb, _who(parts), _statuses(sources), _statuses(to) or "不变"]
        )
    head = ["步骤", "接口动词", "谁（看得到这一件的前提下）", "何时", "之后"]
    return f"""## 二、谁做得了哪一步

看得到而不是这些人：答“无权”（403）并说明由谁办；是这些人而时候不对：答“现在不行”（409）并给出最新状态。页面按钮与接口同此一表。

{_table(head, rows)}"""


# Not from the catalogue: the file changes with the rules only.
_VERBS = {
    "dispatch": "交办",
    "answer": "直接答复",
    "decline": "不予受理",
    "reclassify": "更正主题、等级",
    "reroute": "收回重派",
    "merge": "并案",
    "unmerge": "撤销并案",
    "attach": "归入群体事件",
    "split": "拆分",
    "sign": "签收",
    "hand_back": "申请退回",
    "decide_hand_back": "审定退回",
    "assign": "指派经办",
    "contact": "联系企业",
    "progress": "报告进展",
    "ask_support": "请求协办",
    "support": "答复协办",
    "ask_extension": "申请延期",
    "decide_extension": "审批延期",
    "ask_termination": "申请终止",
    "decide_termination": "审定终止",
    "promise": "承诺期限",
    "pause": "挂起",
    "resume": "恢复办理",
    "park": "挂账",
    "unpark": "销账续办",
    "escalate": "提级",
    "confer": "召集会商",
    "conclude": "会商结论",
    "supervise": "督办单",
    "answer_supervision": "答复督办单",
    "comment": "领导批示",
    "note": "备注",
    "message": "留言",
    "upload": "上传附件",
    "remove_attachment": "删除附件",
    "reveal": "查看联系方式",
    "reply": "反馈",
    "review": "审核",
    "visit": "回访",
    "rate": "评价",
    "redo": "重办",
    "reopen": "回头看",
    "urge": "催办",
    "withdraw": "撤回",
    "object": "提出异议",
    "decide_objection": "审定异议",
    "ask_exclusion": "申请考核剔除",
    "decide_exclusion": "审定考核剔除",
    "find_false_closure": "认定虚假办结",
    "ask_person": "要求人工研判",
    "answer_person": "答复人工研判的要求",
}
_PARTS = {
    "member": "企业",
    "station": "专员",
    "triage": "研判员",
    "reviewer": "回访员",
    "director": "主任",
    "handler": "主办单位经办",
    "head": "主办单位分管领导",
    "supporter": "协办单位",
    "supervisor": "督办员",
    "leader": "领导",
    "channel": "代报系统",
}
_STATUSES = {
    "triage": "待研判",
    "dispatched": "已交办",
    "signed": "办理中",
    "parked": "挂账",
    "replied": "已反馈",
    "visiting": "待评价",
    "closed": "办结",
    "declined": "不予受理",
    "withdrawn": "撤回",
    "merged": "并案",
}


def _who(parts) -> str:
    return "、".join(_PARTS[part] for part in parts)


def _statuses(words) -> str:
    found = words.split()
    return "任何状态" if len(found) == len(Status) else "、".join(_STATUSES[word] for word in found)


def _places(title, places) -> str:
    rows = [[place.says, f"`/{place.route}`", _let_in(place.get), _let_in(place.post)] for place in places]
    return f"## {title}\n\n{_table(['内容', '地址', '查看（GET）', '提交（POST）'], rows)}"


def _let_in(who) -> str:
    return "–" if who is None else next(words for group, words in GROUPS if group == who)


def _things() -> str:
    rows = [
        [thing.says, f"`/{thing.route}`", _people(thing.own), _people(thing.seen), "其他人：没有（404）"]
        for thing in THINGS
    ]
    return f"## 五、属于某人的单件东西\n\n{_table(['事项', '地址', '谁可以', '看得到但不可以（403）', ''], rows)}"


def _people(keys) -> str:
    if len(keys) == len(people.KEYS):
        return "任何人"
    return "、".join(people.SAYS[key] for key in people.KEYS if key in keys) or "–"
