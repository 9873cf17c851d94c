"""What the classifier says of a text, on a small world of four matters."""

import subprocess
import sys
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routing.classification import FORM, OUT_OF_SCOPE, SHOWN, Model, answer, predict, predict_many
from routing.features import LONGEST, grams, joined, places, tidy
from routing.learning import learn
from tests.routing.lessons import HINTS, small_world

WORLD = small_world()
MODEL = WORLD.model
ANY_TEXT = st.text(st.sampled_from("停电贷款招工我家窗口，。 \n\tABc0９ａ😀İ\x00的了"), max_size=60)


@pytest.mark.parametrize(
    ("title", "description", "topic"),
    [
        ("又停电了", "昨晚变压器跳闸，供电所没人来", "I08"),
        ("缺人", "生产线招不到操作工，夜班没人做", "H01"),
        ("续贷", "银行说授信额度没有了，贷款下月到期", "C01"),
        ("态度差", "窗口工作人员踢皮球", "V04"),
        ("ＶＯＬＴ 停电", "全角字也认得：变压器", "I08"),
    ],
)
def test_a_text_goes_to_the_topic_whose_words_it_uses(title, description, topic):
    found = predict(MODEL, title, description)
    assert (found.topic, found.out_of_scope) == (topic, False)
    assert found.alternatives[0].topic == topic
    assert found.confidence == found.alternatives[0].confidence


def test_a_private_matter_is_out_of_scope_and_has_no_topic():
    found = predict(MODEL, "邻居", "我家楼上半夜吵，邻居家的狗也吵")
    assert (found.topic, found.out_of_scope, found.auto) == (None, True, False)
    assert len(found.alternatives) == 4, "the candidates are shown all the same"


@pytest.mark.parametrize("text", ["", "😀", "，。！", "qqq"])
def test_a_text_that_says_nothing_has_no_topic(text):
    found = predict(MODEL, text, "")
    assert (found.topic, found.auto, found.second) == (None, False, None)


def test_reasons_are_the_words_that_spoke_for_the_topic():
    found = predict(MODEL, "变压器", "车间里变压器容量不够，请扩容")
    assert any("变压器" in reason for reason in found.alternatives[0].reasons)


def test_a_reason_that_is_part_of_a_known_word_is_shown_as_the_word():
    model = learn([], [("过桥贷款", "C01"), ("招工难", "H01")]).model
    found = predict(model, "过桥贷款", "")
    assert found.alternatives[0].reasons == ("过桥贷款",)


def test_reasons_are_written_as_in_the_text():
    model = learn([], [("vc投资", "C03"), ("招工", "H01")]).model
    assert predict(model, "找VC投资", "").alternatives[0].reasons == ("VC投资",)


@given(title=ANY_TEXT, description=ANY_TEXT)
@example(title="İİ停电", description="停电")
def test_every_answer_is_well_formed(title, description):
    found = predict(MODEL, title, description)
    probable = [candidate.confidence for candidate in found.alternatives]
    assert len(probable) == min(SHOWN, 4)
    assert probable == sorted(probable, reverse=True)
    assert all(0 <= one <= 1 for one in probable)
    assert sum(probable) <= 1 + 1e-5
    assert found.topic in {None, found.alternatives[0].topic}
    for candidate in found.alternatives:
        assert candidate.topic != OUT_OF_SCOPE
        for reason in candidate.reasons:
            assert len(reason) >= 2
            assert reason in f"{title}\n{description}"
        assert not [one for one in candidate.reasons for other in candidate.reasons if one != other and one in other]


@given(texts=st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=4))
def test_in_bulk_the_answers_are_the_same(texts):
    for found, text in zip(predict_many(MODEL, texts), texts, strict=True):
        alone = predict(MODEL, *text)
        assert (found.topic, found.auto, found.out_of_scope, found.second) == (
            alone.topic,
            alone.auto,
            alone.out_of_scope,
            alone.second,
        )
        assert found.confidence == pytest.approx(alone.confidence, abs=1e-4)


def probabilities(**named) -> np.ndarray:
    rest = (1 - sum(named.values())) / (len(MODEL.classes) - len(named))
    return np.array([named.get(one or "none", rest) for one in MODEL.classes])


@pytest.mark.parametrize(
    ("shares", "second"),
    [
        ({"I08": 0.5, "C01": 0.4}, "C01"),  # two matters, both told plainly
        ({"I08": 0.9, "C01": 0.05}, None),  # a word in passing
        ({"none": 0.55, "I08": 0.35}, None),  # not an appeal at all
    ],
)
def test_a_second_topic_counts_only_where_the_text_speaks_strongly_for_it(shares, second):
    assert answer(MODEL, probabilities(**shares)).second == second


def test_it_is_sure_from_its_threshold_on():
    model = replace(MODEL, sure_from=0.9)
    assert answer(model, probabilities(I08=0.91)).auto
    assert not answer(model, probabilities(I08=0.89)).auto


def test_words_alone_never_decide():
    found = predict(learn([], HINTS).model, "过桥贷款", "没有过桥贷款就完了")
    assert (found.topic, found.auto) == ("C01", False)


def test_a_model_survives_its_row():
    copy = Model.from_bytes(MODEL.to_bytes())
    assert copy.classes == MODEL.classes
    assert copy.vocabulary == MODEL.vocabulary
    text = "停电", "变压器坏了，银行又不续贷"
    before, after = predict(MODEL, *text), predict(copy, *text)
    assert [one.topic for one in after.alternatives] == [one.topic for one in before.alternatives]
    assert after.confidence == pytest.approx(before.confidence, abs=1e-2)  # the weights are kept in half precision
    assert (copy.sure_from, copy.strange_from) == pytest.approx((MODEL.sure_from, MODEL.strange_from))


def test_a_row_holds_arrays_and_no_code():
    with np.load(BytesIO(MODEL.to_bytes()), allow_pickle=False) as parts:
        assert {part: parts[part].dtype.kind for part in parts if parts[part].dtype.kind not in "fu"} == {}
    assert FORM >= 1


def test_predicting_loads_no_learning_library(tmp_path):
    blob = tmp_path / "model.npz"
    blob.write_bytes(MODEL.to_bytes())
    program = (
        "import sys, pathlib\n"
        "from routing.classification import Model, predict\n"
        f"found = predict(Model.from_bytes(pathlib.Path({str(blob)!r}).read_bytes()), '停电', '变压器')\n"
        "assert found.topic == 'I08', found\n"
        "print([name for name in ('sklearn', 'scipy', 'pandas', 'django') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "is_tidy"),
    [
        ("欠款３６０万", "欠款0万"),  # amounts say nothing about the matter
        ("VOCs", "vocs"),
        ("①号", "0号"),
    ],
)
def test_texts_are_tidied(text, is_tidy):
    assert tidy(text) == is_tidy


def test_no_gram_crosses_a_punctuation_mark():
    assert grams("停电，急") == ["停", "电", "停电", "急"]


@given(text=ANY_TEXT)
def test_every_gram_stands_where_it_is_said_to_stand(text):
    starts, lengths = places(text)
    assert [text[start : start + length] for start, length in zip(starts, lengths, strict=True)] == grams(text)
    assert max(lengths, default=1) <= LONGEST


def test_a_long_text_costs_no_more_than_two_thousand_characters():
    assert len(joined("题", "长" * 5000)) < 2100
