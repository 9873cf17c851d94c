"""What is weighed from a text by rules: each line says why it stands where it does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.taxonomy import Level, Nature
from routing.classification import Candidate, Classification
from routing.triage import (
    Triage,
    complains_of_an_office,
    is_urgent,
    level_of,
    may_go_at_once,
    nature_of,
    office_complained_of,
    triage,
)

S, A, B, C, D, L = Level


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


@pytest.mark.parametrize(
    ("text", "nature"),
    [
        ("请问高企认定什么时候申报", Nature.CONSULT),
        ("做食品的小厂，想知道能享受哪些政策", Nature.CONSULT),
        ("厂房租金补贴怎么申请，需要什么材料", Nature.CONSULT),
        ("请问贷款为什么被拒，请协调银行放款", Nature.HELP),  # asks, but wants more than an answer
        ("变压器容量不够，请尽快扩容", Nature.HELP),
        ("奖励公示半年还没到账，怎么查", Nature.HELP),
        ("窗口态度差，我要投诉", Nature.COMPLAIN),
        ("第一次违规当场就改了，罚得太重", Nature.COMPLAIN),
        ("职称公示期间被举报抄袭", Nature.HELP),  # others reported him
        ("实名举报某科长吃拿卡要", Nature.REPORT),
        ("怀疑围标，请核查", Nature.REPORT),
        ("建议给园区配物流班车", Nature.SUGGEST),
        ("项目建议书交上去一个月没消息", Nature.HELP),  # a paper of that name
        ("", Nature.HELP),
    ],
)
def test_the_nature_of_an_appeal(text, nature):
    assert nature_of(text) == nature


def test_a_long_story_that_ends_in_a_question_is_no_mere_inquiry():
    story = "我们在开化做茶叶，前后试了好多种包装和路线，" * 5
    assert nature_of(story + "请问哪里可以买到箱子") == Nature.HELP
    assert nature_of("请问哪里可以买到箱子，" + story) == Nature.CONSULT


@pytest.mark.parametrize(
    ("text", "complains"),
    [
        ("窗口工作人员态度差", True),
        ("三个局互相推，两个月没结果", True),
        ("某镇干部来厂暗示要表示表示", True),
        ("办事员踢皮球", True),
        ("投诉税务所不接电话", True),
        ("必须找他们介绍的公司，局里才给过", True),
        ("问了经信局小姑娘，态度蛮好的", False),  # praise
        ("客户投诉到市场监管局，我们冤枉", False),  # complained of, not complaining
        ("请管委会尽快指定物业", False),
        ("供应商态度差", False),  # no office
    ],
)
def test_whether_an_office_is_complained_of(text, complains):
    assert complains_of_an_office(text) is complains


OFFICES = [("市市场监管局", "SJJ"), ("市场监管局", "SJJ"), ("科技局", "KJJ"), ("市科技局", "KJJ"), ("人社局", "RSJ")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("投诉市市场监管局的窗口。", "SJJ"),  # the longer of two names for it
        ("科技局的人态度差。", "KJJ"),
        ("科技局让我来问。人社局的窗口态度差。", "RSJ"),  # the sentence that complains
        ("科技局和人社局互相推。", None),  # which of them, a person decides
        ("请科技局帮忙。", None),
        ("窗口态度差。", None),
    ],
)
def test_the_office_complained_of_is_the_one_named_in_the_complaint(text, code):
    assert office_complained_of(text, OFFICES) == code


@pytest.mark.parametrize(
    ("level", "nature", "is_shared", "weighed"),
    [
        (B, Nature.HELP, False, B),
        (C, Nature.CONSULT, False, S),  # an inquiry is answered within a day
        (L, Nature.CONSULT, False, S),
        (B, Nature.HELP, True, C),  # a second lead makes it complex
        (S, Nature.HELP, True, C),
        (D, Nature.HELP, True, D),  # but never easier
        (L, Nature.COMPLAIN, True, L),
        (B, Nature.CONSULT, True, S),  # a question about two matters is still a question
    ],
)
def test_the_level_follows_topic_nature_and_second_lead(level, nature, is_shared, weighed):
    assert level_of(level, nature, is_shared=is_shared) == weighed


def test_what_the_enterprise_declares_stands():
    assert triage("请问政策", "", level=B, nature=Nature.HELP, urgent=True) == Triage(B, True, Nature.HELP, False)


def test_without_a_topic_there_is_no_level():
    assert triage("请问", "", level=None).level == ""


def sure(topic="I08", **changes):
    values = {
        "topic": topic,
        "confidence": 0.99,
        "auto": True,
        "out_of_scope": False,
        "alternatives": (Candidate("I08", 0.99, ()),),
    }
    return Classification(**values | changes)


PLAIN = Triage(B, urgent=False, nature=Nature.HELP, complains=False)


@pytest.mark.parametrize(
    ("found", "weighed", "goes"),
    [
        (sure(), PLAIN, True),
        (sure(auto=False), PLAIN, False),
        (sure(topic=None, out_of_scope=True), PLAIN, False),
        (sure(topic="V03"), PLAIN, False),  # sensitive by its matter
        (sure(topic="V04"), PLAIN, False),
        (sure(topic="C07"), PLAIN, False),
        (sure(), Triage(B, urgent=True, nature=Nature.HELP, complains=False), False),
        (sure(), Triage(B, urgent=False, nature=Nature.COMPLAIN, complains=True), False),
    ],
)
def test_only_a_sure_and_harmless_appeal_goes_without_a_person(found, weighed, goes):
    assert may_go_at_once(found, weighed) is goes


@given(text=st.text(st.sampled_from("停产电请问投诉局态度差爆炸漏今天0，。\n "), max_size=400))
def test_any_text_is_weighed(text):
    weighed = triage(text[:80], text, level=B)
    assert weighed.level in {B, S}
    assert weighed.nature in Nature.values
