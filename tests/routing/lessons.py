"""A small world to learn from: four matters and what is none, told in texts of a line."""

from routing.features import Text
from routing.learning import Taught, learn

_MATTERS = {
    "I08": "车间停电三次|变压器容量不够要扩容|电费单算错了|供电所说线路老化|机器跳闸电压不稳|想拉一条专线用电",
    "H01": "招不到普工|春节后工人没回来|生产线缺三十个操作工|想开一场招聘会|夜班没人做|旺季临时工难找",
    "C01": "银行不肯续贷|贷款到期还不上|利率太高|被抽贷两千万|流动资金周转不开|授信额度降了一半",
    "V04": "窗口态度差|部门踢皮球跑了五趟|电话没人接|办事拖着不办|工作人员推诿|要我们找指定中介",
    "": "邻居家的狗咬人|楼上半夜吵|想给孩子换班主任|广场舞太响|感谢信一封|测试请忽略",
}
HINTS = [("用电报装", "I08"), ("招工", "H01"), ("过桥贷款", "C01"), ("不作为", "V04"), ("我家", "")]


def texts() -> list[Text]:
    """Each line as a title, and again as a description in other company."""
    lines = [(topic, line) for topic, matter in _MATTERS.items() for line in matter.split("|")]
    return [Text(line, "", topic) for topic, line in lines] + [
        Text("反映一件事", f"{line}。", topic) for topic, line in lines
    ]


def small_world() -> Taught:
    return learn(texts(), HINTS)
