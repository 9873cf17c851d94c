"""Whose column is ours (字段映射): how tables of other systems call what an appeal holds, and which words they use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from appeals import columns

# What an import takes besides the columns of an export; the chain and the lead's name follow from others.
COLUMNS = (*(name for name in columns.HEADER if name not in ("chain", "lead_name")), "enterprise_name") + (
    "description",
    "reply_text",
)

# Column → what tables of other systems in China call it.
_CALLED = {
    "external_number": "工单编号 工单号 编号 受理编号 流水号 外部编号 案件编号 业务编号 诉求编号 件号",
    "title": "标题 诉求标题 工单标题 主题 事项名称 问题名称",
    "description": "内容 诉求内容 工单内容 问题描述 描述 诉求描述 具体内容 详情 诉求详情",
    "enterprise": "统一社会信用代码 社会信用代码 信用代码 企业信用代码 统一信用代码",
    "enterprise_name": "企业名称 企业 单位名称 诉求企业 公司名称 反映企业 诉求单位",
    "filed_at": "受理时间 受理日期 提交时间 提交日期 登记时间 诉求时间 来电时间 创建时间 来件时间",
    "dispatched_at": "交办时间 交办日期 派单时间 转办时间 派发时间 分办时间",
    "signed_at": "签收时间 签收日期 接单时间",
    "sign_by": "签收时限 签收期限",
    "contacted_at": "联系时间 联系企业时间 首次联系时间",
    "contact_by": "联系时限 联系期限",
    "replied_at": "反馈时间 答复时间 回复时间 答复日期 反馈日期",
    "resolve_by": "办理时限 办结时限 办理期限 办结期限 截止时间 截止日期 应办结时间 到期时间",
    "closed_at": "办结时间 办结日期 结案时间 完结时间 完成时间 完成日期",
    "status": "状态 办理状态 工单状态 诉求状态",
    "nature": "性质 诉求性质 诉求类型 工单类型",
    "urgent": "紧急 是否紧急 紧急程度",
    "topic": "分类 类别 诉求分类 诉求类别 问题分类 事项分类 归口类别",
    "level": "等级 级别 诉求等级 难易程度",
    "district": "区县 所属区县 县市区 所属区域 行政区划 所在区县 属地",
    "park": "园区 所属园区",
    "industry": "行业 所属行业 产业",
    "lead": "承办单位 主办单位 责任单位 承办部门 办理单位 责任部门 主办部门 办理部门",
    "reply_outcome": "办理结果类型 反馈结果 办结类型",
    "reply_text": "办理结果 答复内容 回复内容 反馈内容 处理结果 办理情况 处理意见",
    "solved": "是否解决 解决情况 问题是否解决",
    "stars": "满意度 满意度评价 满意程度 评价 评价星级 星级 评分",
    "rated_at": "评价时间 回访时间 评价日期",
    "source": "来源 诉求来源 受理渠道 来源渠道 渠道",
    "merged_into": "并入编号 并案编号 合并至",
}
_BY_CALL = {word: column for column, words in _CALLED.items() for word in words.split()}

# Column → their word → ours.
WORDS: Mapping[str, Mapping[str, str]] = {
    "status": {
        **dict.fromkeys("办结 已办结 完成 已完成 结案 已结案 已关闭 已归档".split(), "closed"),
        **dict.fromkeys("不予受理 不受理 已拒绝".split(), "declined"),
        **dict.fromkeys("撤回 已撤回 撤销 已撤销 撤单 已撤单".split(), "withdrawn"),
        **dict.fromkeys("并案 已并案 合并 已合并".split(), "merged"),
    },
    "nature": {"咨询": "consult", "求助": "help", "投诉": "complain", "建议": "suggest", "举报": "report"},
    "urgent": {
        **dict.fromkeys("是 紧急 特急 加急 1".split(), "true"),
        **dict.fromkeys("否 一般 普通 正常 0".split(), "false"),
    },
    "level": {"咨询": "S", "简单": "A", "一般": "B", "复杂": "C", "疑难": "D", "法定": "L"},
    "source": {
        **dict.fromkeys("网站 网页 网络 门户 微信 小程序".split(), "web"),
        **dict.fromkeys("专员 代填 驻点 现场 走访".split(), "station"),
        **dict.fromkeys("电话 热线 12345 来电".split(), "phone"),
        **dict.fromkeys("接口 其他系统 转办 其他".split(), "api"),
    },
    "reply_outcome": {"已解决": "solved", "部分解决": "partly", "已解释": "explained", "解释说明": "explained"},
    "solved": {
        **dict.fromkeys("是 已解决 解决 完全解决".split(), "yes"),
        **dict.fromkeys("部分解决 基本解决".split(), "partly"),
        **dict.fromkeys("否 未解决 没有解决".split(), "no"),
    },
    "stars": {
        "非常满意": "5",
        "很满意": "5",
        "满意": "4",
        "基本满意": "3",
        "一般": "3",
        "不满意": "2",
        "非常不满意": "1",
        **{
            word: str(count)
            for count, words in enumerate(("一星 1星", "二星 2星", "三星 3星", "四星 4星", "五星 5星"), 1)
            for word in words.split()
        },
    },
}


class BadMapping(ValueError):
    """The mapping names what is none of ours, or the table lacks what an appeal needs."""


@dataclass(frozen=True)
class Translation:
    """`columns`: their column → ours, "" for none; `words`: our column → their word → ours."""

    columns: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def word(self, column: str, text: str) -> str:
        """What `text` of their table means in ours; itself where nobody says."""
        own = self.words.get(column, {})
        return own.get(text) or WORDS.get(column, {}).get(text) or text


def translation_of(columns: Mapping[str, str], words: Mapping[str, Mapping[str, str]]) -> Translation:
    """A mapping as an officer wrote it; its words may stand under our column or theirs. Raises BadMapping."""
    named = {_plain(theirs): ours or "" for theirs, ours in columns.items()}
    found = {named.get(_plain(column)) or column: dict(table) for column, table in words.items()}
    unknown = sorted(({*named.values()} - {""} | {*found}) - {*COLUMNS})
    if unknown:
        values = {"columns": ", ".join(unknown), "known": ", ".join(COLUMNS)}
        raise BadMapping(_("The mapping names what is no column of ours: %(columns)s; known: %(known)s.") % values)
    return Translation(named, found)


def places_in(header: Sequence[str], translation: Translation) -> dict[str, int]:
    """Our column → where it stands under `header`; the first wins. Raises BadMapping where one we need is missing."""
    places: dict[str, int] = {}
    for place, theirs in enumerate(map(_plain, header)):
        ours = translation.columns.get(theirs, _BY_CALL.get(theirs, theirs if theirs in COLUMNS else ""))
        if ours:
            places.setdefault(ours, place)
    lacking = [names[0] for names in _NEEDED if not places.keys() & {*names}]
    if lacking:
        values = {"columns": ", ".join(lacking), "header": ", ".join(map(str, header))}
        raise BadMapping(_("The table has no column for %(columns)s; its columns: %(header)s.") % values)
    return places


# One of each.
_NEEDED = (("external_number", "number"), ("title", "description"), ("enterprise", "enterprise_name"), ("filed_at",))


def _plain(name) -> str:
    return "".join(str(name).split()).removeprefix("\ufeff").rstrip("*：:")
