"""How the classifier is taught, compared, promoted and measured, against the database."""

import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from chains.models import Topic
from chains.taxonomy import Role
from routing import corpus, labels, training
from routing.classification import NEVER, OUT_OF_SCOPE, predict
from routing.evaluation import Example, evaluate
from routing.features import Text
from routing.learning import cross_validate, folds_of, groups, learn, strange_from, sure_from
from routing.models import Label, ModelVersion
from routing.versions import champion
from tests.factory import at, make_user
from tests.routing.lessons import HINTS, small_world, texts

LATER = at(9, 1)
COLUMNS = "title,description,topic\n"


@pytest.fixture
def few():
    """Texts of our own topics, few enough to learn from quickly."""
    return [Text(text.title, text.description, text.topic) for text in texts()]


def promoted() -> ModelVersion:
    return ModelVersion.objects.get(is_champion=True)


@pytest.mark.django_db
def test_the_seed_teaches_more_than_seven_answers_of_ten():
    assert promoted().metrics["held_out_accuracy"] > 0.7, "on texts that the model had not seen"


def test_the_seed_covers_every_topic_and_what_is_none():
    taught = corpus.seed_texts()
    by_topic = {topic: sum(text.topic == topic for text in taught) for topic in {text.topic for text in taught}}
    assert len(by_topic) == 45
    assert min(by_topic.values()) >= 30
    assert {topic for _word, topic in corpus.seed_words()} == set(by_topic)
    assert len(taught) == len(set(taught)), "no text stands twice"


@pytest.mark.django_db
def test_a_model_as_good_as_the_champion_is_promoted(few):
    ModelVersion.objects.all().delete()
    first = training.train(now=LATER, texts=few)
    second = training.train(now=LATER + timedelta(days=1), texts=few)
    assert promoted() == second != first
    assert champion()[0] == second.pk


@pytest.mark.django_db
def test_a_worse_model_is_kept_and_not_promoted(few):
    ModelVersion.objects.all().delete()
    good = training.train(now=LATER, texts=few)
    topics = [text.topic for text in few]
    contradicted = [replace(text, topic=topic) for text, topic in zip(few, topics[7:] + topics[:7], strict=True)]
    worse = training.train(now=LATER, texts=[*few, *contradicted])
    assert not worse.is_champion
    assert promoted() == good
    assert champion()[0] == good.pk


@pytest.mark.django_db
def test_the_first_model_is_promoted_whatever_it_is(few):
    ModelVersion.objects.all().delete()
    assert training.train(now=LATER, texts=few).promoted_at == LATER


@pytest.mark.django_db
def test_before_any_training_the_aliases_speak_and_nothing_is_automatic():
    ModelVersion.objects.all().delete()
    version, model = champion()
    found = predict(model, "银行抽贷", "过桥贷款还不上，又要续贷")
    assert (version, found.topic, found.auto) == (None, "C01", False)


@pytest.mark.django_db
def test_without_topics_an_appeal_can_still_be_filed():
    ModelVersion.objects.all().delete()
    Topic.objects.update(valid_to="2025-01-01")
    version, model = champion()
    found = predict(model, "停电", "变压器坏了")
    assert (version, found.topic, found.auto, found.alternatives) == (None, None, False, ())


@pytest.mark.django_db
def test_a_model_in_the_form_of_another_release_is_left_alone():
    ModelVersion.objects.update(form=0)
    assert champion()[0] is None


@pytest.mark.django_db
def test_what_persons_decide_is_learned():
    officer = make_user(Role.TRIAGE)
    said = [f"我们要做格陵兰认证，第{number}次问了" for number in "一二三四五六"]
    for number, text in enumerate(said):
        labels.note(
            f"QY2026090100000{number}",
            "格陵兰认证",
            text,
            Topic.objects.get(pk="N06"),
            source="dispatch",
            author=officer.pk,
            at=LATER,
        )
    labels.note("QY20260901000009", "格陵兰旅游", "想去玩", None, source="decline", author=officer.pk, at=LATER)
    assert Text("格陵兰旅游", "想去玩", OUT_OF_SCOPE) in corpus.confirmed_texts()
    version = training.train(now=LATER)
    training.promote(version, now=LATER)
    assert version.metrics["texts"] == len(corpus.seed_texts()) + 7
    assert predict(champion()[1], "格陵兰认证", "格陵兰认证怎么弄").topic == "N06"


@pytest.mark.django_db
def test_a_later_decision_on_the_same_appeal_replaces_the_former():
    officer = make_user(Role.TRIAGE)
    for topic in ("N06", "N05"):
        labels.note(
            "QY20260901000001",
            "认证",
            "",
            Topic.objects.get(pk=topic),
            source="dispatch",
            author=officer.pk,
            at=LATER,
        )
    assert Label.objects.get().topic_id == "N05"


@pytest.mark.django_db
def test_an_ended_topic_is_no_longer_taught(few):
    Topic.objects.filter(pk="H01").update(valid_to="2025-01-01")
    version = training.train(now=LATER, texts=few)
    training.promote(version, now=LATER)
    assert "H01" not in champion()[1].classes


# What decides


def test_near_duplicates_are_one_group():
    story = "我厂上月申报的技改补助到现在没有到账，请帮忙催一催财政局"
    found = groups([story, story + "，急", "车间又停电了，供电所没人来", "", ""])
    assert found[0] == found[1] != found[2]


@given(of=st.lists(st.integers(0, 9), min_size=5, max_size=80), count=st.integers(2, 5))
def test_a_group_is_never_split_over_folds(of, count):
    of = np.array(of)
    fold = folds_of(of, count)
    assert all(len(set(fold[of == group])) == 1 for group in of)
    sizes = [int((fold == one).sum()) for one in range(count)]
    assert max(sizes) - min(sizes) <= max(int((of == group).sum()) for group in of)


def test_what_it_has_seen_does_not_count_as_held_out():
    nonsense = [Text("", text, topic) for text, topic in zip("甲乙丙丁戊己庚辛壬癸", ["A", "B"] * 5, strict=True)]
    assert cross_validate(nonsense * 2, 5)["accuracy"] < 0.7, "a text and its copy share a fold"


def test_two_labels_are_told_apart_like_many():
    two = [text for text in texts() if text.topic in ("I08", "C01")]
    taught = learn(two)
    assert taught.model.classes == ("C01", "I08")
    assert predict(taught.model, "变压器停电", "").topic == "I08"
    assert predict(taught.model, "银行续贷", "").topic == "C01"


def test_one_label_teaches_nothing():
    with pytest.raises(ValueError, match="two different"):
        learn([Text("a", "b", "I08")] * 3)


def test_held_out_probabilities_are_probabilities():
    held_out = small_world().held_out
    assert held_out.shape == (len(texts()), 5)
    assert held_out.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize(
    ("right", "threshold"),
    [
        ([True] * 100, 0.01),  # never wrong: every answer
        ([True] * 97 + [False] * 3, 0.01),  # 97 of 100 are enough
        ([True] * 40 + [False] * 60, 0.60),  # 40 of 41; of 42 no longer
        ([False] + [True] * 95 + [False] * 4, 0.04),  # 95 of 97: one wrong though surest, outweighed by the many
        ([True] * 20 + [False] * 80, NEVER),  # too few to rest on
        ([False] * 100, NEVER),
        ([], NEVER),
    ],
)
def test_it_is_sure_where_97_of_100_held_out_answers_were_right(right, threshold):
    confidence = np.arange(100, 100 - len(right), -1) / 100
    assert sure_from(confidence, np.array(right, dtype=bool)) == pytest.approx(threshold)


@pytest.mark.parametrize(
    ("probable", "threshold"),
    [
        (np.arange(101) / 100, 0.98),  # two of a hundred appeals may be taken for strangers
        (np.zeros(50), 0),
        (np.array([]), NEVER),
    ],
)
def test_few_appeals_are_taken_for_strangers(probable, threshold):
    assert strange_from(probable) == pytest.approx(threshold)


def test_an_evaluation_counts_what_it_says():
    model = learn(texts(), HINTS).model
    examples = [
        Example("停电", "变压器跳闸", "I08", kind="plain", urgent=False),
        Example("缺人", "生产线招不到操作工", "C01", kind="oblique"),  # wrongly labelled: counts as a miss
        Example("邻居", "邻居家的狗咬人", OUT_OF_SCOPE, kind="out"),
        Example("讨薪", "工人堵门，贷款到期还不上，银行不肯续贷", "C01", kind="plain", urgent=True),
    ]
    found = evaluate(model, examples)
    assert (found["texts"], found["accuracy"], found["topic_accuracy"]) == (4, 0.75, 0.6667)
    assert (found["out_of_scope_recall"], found["out_of_scope_false_alarms"]) == (1, 0)
    assert found["by_kind"]["plain"] == {"texts": 2, "accuracy": 1}
    assert found["by_topic"]["C01"] == {"texts": 2, "accuracy": 0.5, "precision": 1, "f1": 0.6667}
    assert (found["urgent_recall"], found["urgent_precision"]) == (1, 1)
    assert found["microseconds_per_text"] > 0


def test_an_evaluation_of_nothing_has_no_shares():
    assert evaluate(small_world().model, [])["accuracy"] is None


# Commands


def run(command, *args) -> str:
    out = StringIO()
    call_command(command, *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def sheet(tmp_path):
    def write(text, name="texts.csv"):
        file = tmp_path / name
        file.write_text(text, "utf-8")
        return file

    return write


@pytest.mark.django_db
def test_foreign_labels_are_measured_and_promote_nothing(sheet):
    lines = [f"{text.title}{text.description},{'电' if text.topic == 'I08' else '别的'}" for text in texts()]
    file = sheet("\ufeff内容,类别\n" + "\n".join(lines))
    before = promoted()
    found = json.loads(
        run("train_classifier", "--from", str(file), "--text", "内容", "--label", "类别", "--folds", "4")
    )
    assert set(found) == {"texts", "labels", "groups", "folds", "accuracy", "macro_f1", "seconds", "peak_memory_mb"}
    assert (found["texts"], found["labels"], found["folds"]) == (len(lines), 2, 4)
    assert found["accuracy"] > 0.7
    assert promoted() == before


@pytest.mark.django_db
def test_a_file_with_our_topics_teaches(sheet):
    ModelVersion.objects.all().delete()
    rows = "".join(f"{text.title},{text.description},{text.topic}\n" for text in texts())
    assert "promoted" in run("train_classifier", "--from", str(sheet(COLUMNS + rows)))
    assert promoted().metrics["texts"] == len(texts())


@pytest.mark.parametrize(
    ("text", "args", "complaint"),
    [
        ("a,b\n1,2\n", [], "lacks: title, description, topic"),
        (COLUMNS + "停电,变压器,XX\n招工,普工,XX\n", ["--folds", "2"], "two different"),
        (COLUMNS + "停电,变压器,XX\n招工,普工,YY\n", ["--folds", "9"], "between 2 and"),
        (COLUMNS + "停电,变压器,XX\n招工,普工,YY\n", ["--folds", "1"], "between 2 and"),
    ],
)
@pytest.mark.django_db
def test_a_file_that_cannot_teach_is_refused_with_the_reason(sheet, text, args, complaint):
    with pytest.raises(CommandError, match=complaint):
        run("train_classifier", "--from", str(sheet(text)), *args)


@pytest.mark.django_db
def test_the_champion_is_measured_on_lines_of_json(sheet):
    lines = [
        {"title": "变压器", "description": "我厂要增容，供电所排到明年", "topic": "I08", "kind": "plain"},
        {"title": "楼上太吵", "description": "我家楼上半夜拖凳子，邻居不讲理", "topic": None},
    ]
    file = sheet("\n".join(map(json.dumps, lines)) + "\n\n", "texts.jsonl")
    found = json.loads(run("evaluate_classifier", str(file), "--format", "json"))
    assert (found["texts"], found["accuracy"], found["version"]) == (2, 1, promoted().pk)
    assert "accuracy" in run("evaluate_classifier", str(file))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "line 1 is not JSON"),
        ("[1]", "line 1 is not a JSON object"),
        ('{"title": "a"}', "line 1 lacks: description, topic"),
        ("", "holds no texts"),
    ],
)
@pytest.mark.django_db
def test_a_file_that_cannot_be_measured_is_refused_with_the_reason(sheet, text, complaint):
    with pytest.raises(CommandError, match=complaint):
        run("evaluate_classifier", str(sheet(text, "texts.jsonl")))
