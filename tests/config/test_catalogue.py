"""Every text of the house has its Chinese, and the compiled catalogue says what the readable one says."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.utils import translation
from django.utils.translation.template import templatize

from appeals.states import Status
from chains.taxonomy import Chain

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "config/locale/zh_Hans/LC_MESSAGES/django.po"
APPS = ("config", "appeals", "routing", "chains")

GETTEXT = "django.utils.translation"
CONTEXT_FIRST = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
WORDS = {"gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", *CONTEXT_FIRST}
STRING = r"u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
CALL = re.compile(rf"(?<![\w.])(_|n?p?gettext)\(\s*({STRING}(?:\s*,\s*{STRING})*)")
PLACEHOLDER = re.compile(r"%(?:%|\(\w+\)[a-z])")

Key = tuple[str | None, str]  # context and text


def entries() -> list[polib.POEntry]:
    return list(polib.pofile(str(CATALOGUE)))


def key(entry: polib.POEntry) -> Key:
    return entry.msgctxt, entry.msgid


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def asked_by(name: str, texts: list[str]) -> Key:
    return (texts[0], texts[1]) if name in CONTEXT_FIRST else (None, texts[0])


def texts_in_code(path: Path) -> Iterator[Key]:
    tree = ast.parse(path.read_text("utf-8"))
    called = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == GETTEXT
        for alias in node.names
        if alias.name in WORDS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in called:
            name = called[node.func.id]
            needed = node.args[: 2 if name in CONTEXT_FIRST else 1]
            texts = [arg.value for arg in needed if isinstance(arg, ast.Constant)]
            assert len(texts) == len(needed), f"{path}:{node.lineno} looks up what cannot be read off the code"
            yield asked_by(name, texts)


def texts_in_template(path: Path) -> Iterator[Key]:
    for name, strings in CALL.findall(templatize(path.read_text("utf-8"))):
        yield asked_by(name, [ast.literal_eval(string) for string in re.findall(STRING, strings)])


def texts_in_use() -> set[Key]:
    code = (path for app in APPS for path in (ROOT / app).rglob("*.py"))
    found = {text for path in code for text in texts_in_code(path)}
    return found | {text for path in (ROOT / "templates").rglob("*.html") for text in texts_in_template(path)}


def test_the_reader_of_templates_finds_every_kind_of_text(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(
        '{% translate "One" %} {% translate "Two" context "verb" %} {{ _("It\'s three") }} {% x with y=_("Four") %}'
        "{% blocktranslate with n=m %}Five {{ n }}{% endblocktranslate %}"
        '{% blocktranslate count n=m context "c" %}{{ n }} six{% plural %}{{ n }} sixes{% endblocktranslate %}',
        "utf-8",
    )
    assert set(texts_in_template(path)) == {
        (None, "One"),
        ("verb", "Two"),
        (None, "It's three"),
        (None, "Four"),
        (None, "Five %(n)s"),
        ("c", "%(n)s six"),
    }


def test_every_text_in_use_is_in_the_catalogue():
    assert sorted(texts_in_use() - {key(entry) for entry in entries()}, key=str) == []


def test_the_catalogue_holds_no_text_that_nobody_uses():
    assert sorted({key(entry) for entry in entries()} - texts_in_use(), key=str) == []


def test_every_text_has_a_translation_that_a_person_has_settled():
    open_ones = [entry.msgid for entry in entries() if not all(translations(entry)) or entry.fuzzy or entry.obsolete]
    assert open_ones == []


def test_no_text_stands_twice():
    assert [found for found, count in Counter(key(entry) for entry in entries()).items() if count > 1] == []


def test_a_translation_keeps_the_placeholders():
    wrong = {}
    for entry in entries():
        wanted = Counter(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        if any(Counter(PLACEHOLDER.findall(text)) != wanted for text in translations(entry)):
            wrong[entry.msgid] = translations(entry)
    assert wrong == {}


def test_the_compiled_catalogue_says_what_the_readable_one_says():
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    assert {key(entry): translations(entry) for entry in compiled} == {
        key(entry): translations(entry) for entry in entries()
    }


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.TRIAGE, "待研判"),
        (Status.DISPATCHED, "已交办"),
        (Status.SIGNED, "办理中"),
        (Status.PARKED, "挂账"),
        (Status.REPLIED, "已反馈"),
        (Status.VISITING, "待评价"),
        (Status.CLOSED, "办结"),
        (Status.DECLINED, "不予受理"),
        (Status.WITHDRAWN, "撤回"),
        (Status.MERGED, "并案"),
    ],
)
def test_a_status_bears_the_word_of_the_office(status, word):
    with translation.override("zh-hans"):
        assert status.label == word


def test_the_chains_bear_their_names():
    with translation.override("zh-hans"):
        assert [chain.label for chain in Chain] == ["产业链", "创新链", "人才链", "资本链", "服务链"]
