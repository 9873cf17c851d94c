"""What is weighed from a text by rules: each line says why it stands where it does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.taxonomy import Level, Nature
from routing.classification import Candidate, Classification
from routing.triage import (
    Triage,
    complains_of_an_office,
    level_of,
    may_go_at_once,
    nature_of,
    office_complained_of,
    triage,
)

S, A, B, C, D, L = Level


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
