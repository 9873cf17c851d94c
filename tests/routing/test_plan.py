"""From a text to a plan (研判): topic, level, office, and whether a person has to look."""

import pytest

from chains.freshness import forget
from chains.models import Department, Duty, Topic
from routing.models import ModelVersion
from routing.plan import make_plan
from tests.factory import CITY, KECHENG, at

pytestmark = pytest.mark.django_db

NOW = at(9, 7)
SCIENCE_TEXT = (
    "从杭州搬到衢江，原来的高新资格还认不认",
    "我们公司整体搬迁到衢江区，杭州那边的高企证书还有两年有效期。"
    "跨市迁移后资格是否继续有效、需要向哪个处室备案、要交哪些材料，请答复。",
)
ARREARS = ("县城投公司拖欠材料款", "县城投公司拖欠我公司货款和工程款两年，发票早就开了，催了不付，请协调清欠。")


def plan(text=SCIENCE_TEXT, district=KECHENG, **more):
    return make_plan(*text, at=NOW, district=district, **more)


def test_a_clear_matter_has_topic_level_and_office():
    found = plan()
    assert (found.topic.pk, found.level, found.urgent) == ("N01", "A", False)
    assert found.responsible.lead == "330802-KJJ"
    assert found.is_sure
    assert found.model_version == ModelVersion.objects.champion_pk()


@pytest.mark.parametrize(
    ("level_of_topic", "district", "lead", "support"),
    [
        ("A", KECHENG, "330802-KJJ", ("330802-TAX",)),  # the county's own
        ("A", CITY, "330800-KJJ", ("330800-TAX",)),
        ("A", "ZZXC", "330800-KJJ", ("330800-TAX",)),  # a block without bureaus of its own
        ("C", KECHENG, "330800-KJJ", ("330802-KJJ", "330800-TAX")),  # hard: the city, with the county beside it
    ],
)
def test_tier_and_district_decide_which_office(level_of_topic, district, lead, support):
    Topic.objects.filter(pk="N01").update(level=level_of_topic)
    forget()
    found = plan(district=district).responsible
    assert (found.lead, found.supporting) == (lead, support)


def test_what_the_enterprise_declares_stands():
    assert plan(nature="consult").level == "S", "an inquiry is S"
    assert plan(nature="suggest").nature == "suggest"
    assert plan(urgent=True).urgent


@pytest.mark.parametrize(
    "doubt",
    [{"urgent": True}, {"complained_of": "330800-RSJ"}, {"text": ARREARS}, {"text": ("你好", "今天天气怎么样")}],
)
def test_a_person_has_to_look_at_what_is_urgent_sensitive_or_strange(doubt):
    assert not plan(**doubt).is_sure


def test_the_complained_of_office_is_passed_over():
    assert plan(complained_of="330802-KJJ").responsible.lead == "330802-JXJ", "the topic's next lead"
    Duty.objects.filter(topic="N01", part="lead", position=1).delete()
    forget()
    assert plan(complained_of="330802-KJJ").responsible.lead == "330800-QFZX", "else the centre"


def test_an_office_that_has_ended_leads_nothing_new():
    Department.objects.filter(pk="330802-KJJ").update(valid_to=at(9, 1).date())
    forget()
    assert plan().responsible.lead == "330800-KJJ"


def test_a_topic_that_has_ended_is_not_chosen():
    Topic.objects.filter(pk="N01").update(valid_to=at(9, 1).date())
    forget()
    found = plan()
    assert found.topic is None
    assert not found.is_sure
    assert found.responsible is None


def test_five_candidates_are_kept_with_their_reasons():
    candidates = plan().candidates
    assert len(candidates) == 5
    assert candidates[0]["topic"] == "N01"
    assert candidates[0]["reasons"]
    assert [row["confidence"] for row in candidates] == sorted((row["confidence"] for row in candidates), reverse=True)


def test_before_any_training_the_aliases_alone_propose_and_nothing_is_sure():
    ModelVersion.objects.all().delete()
    found = plan()
    assert found.model_version is None
    assert not found.is_sure


def test_a_plan_takes_few_queries(django_assert_max_num_queries):
    plan()
    with django_assert_max_num_queries(1):
        plan()
