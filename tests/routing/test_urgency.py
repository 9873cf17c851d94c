"""What cannot wait, told from what only sounds so: single sentences, and appeals as companies write them."""

import json
from pathlib import Path

import pytest

from routing.urgency import is_urgent

_SHEET = Path(__file__).with_name("urgency.jsonl")
_ROWS = [json.loads(line) for line in _SHEET.read_text("utf-8").splitlines()]
UNSEEN = _ROWS[::3]  # set aside before the signs were tuned on the others


@pytest.mark.parametrize(
    "text",
    [
        "车间起火了，消防车在路上",
        "氨阀泄漏，已疏散四十人",
        "隔壁厂排的气刺鼻，三个工人头晕送医",
        "基坑边上的地基开裂，旁边是民房",
        "三十多人围堵厂门讨薪",
        "工人在门口拉起横幅要工资",
        "再不来电，釜里的料就要报废，随时会爆",
        "全厂停电四个小时了，还没恢复",
        "昨晚又停电了",
        "整条生产线停了，等着配件",
        "已经停产三天",
        "三天内不放款我们只能停产",
        "原料库存只够两天",
        "明天早上八点截关",
        "情况紧急，请马上派人",
    ],
)
def test_danger_and_standstill_now_are_urgent(text):
    assert is_urgent(text)


@pytest.mark.parametrize(
    "text",
    [
        "安全生产许可证下月到期怎么换",  # the subject of safety, no event
        "粉尘防爆改造的验收",
        "防泄漏托盘的标准",
        "泄漏检测与修复服务去哪里买",
        "申请危险化学品经营许可",
        "消防验收整改完了，请来复查",
        "应急预案备案、演练怎么报",
        "供电公司的停电通知能不能早点发",
        "万一停电，备用电源怎么接",  # feared only
        "担心以后停产",
        "去年仓库起火，保险还没赔",  # long past
        "受火灾影响申请缓缴社保",
        "员工上班晕倒，申请工伤认定",  # an injury to be recognised, not a rescue
        "商业秘密泄露，被老员工带走",  # not that kind of leak
        "电脑中毒，U盘打不开",
        "处罚决定要求停产整改",
        "股价爆炸性增长的产品想推广",
        "",
    ],
)
def test_the_subject_alone_or_what_is_feared_or_past_is_not_urgent(text):
    assert not is_urgent(text)


def test_of_unseen_appeals_most_urgent_ones_are_found_and_few_others():
    truth = [row["urgent"] for row in UNSEEN]
    said = [is_urgent(f"{row['title']}。{row['description']}") for row in UNSEEN]
    right = sum(one and other for one, other in zip(said, truth, strict=True))
    assert right / sum(truth) >= 0.85, "recall"
    assert right / sum(said) >= 0.85, "precision"
