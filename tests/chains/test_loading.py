"""Sheets into dated rows: new ones begin, different ones change, missing ones end; nothing is ever deleted."""

from datetime import date

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from chains.loading import OWN_SHEETS, load, read_folder
from chains.models import Department, District, Duty, Topic
from chains.sheets import COLUMNS, BadSheets
from tests.factory import make_appeal

pytestmark = pytest.mark.django_db

LATER = date(2026, 10, 1)


@pytest.fixture
def folder(tmp_path):
    """A copy of our own sheets to write in."""
    for name in COLUMNS:
        (tmp_path / name).write_text((OWN_SHEETS / name).read_text("utf-8"), "utf-8")
    return tmp_path


def edit(folder, sheet, old, new):
    text = (folder / sheet).read_text("utf-8")
    assert old in text
    (folder / sheet).write_text(text.replace(old, new, 1), "utf-8")


def line_of(sheet, code):
    lines = (OWN_SHEETS / sheet).read_text("utf-8").splitlines(keepends=True)
    return next(line for line in lines if line.startswith(f"{code},"))


def test_loading_again_changes_nothing(folder):
    reports = load(read_folder(folder), today=LATER)
    assert [(report.added, report.changed, report.ended) for report in reports.values()] == [([], [], [])] * 4
    assert (Topic.objects.count(), Department.objects.count(), District.objects.count()) == (44, 135, 9)


def test_a_new_topic_begins_with_its_duties(folder):
    edit(folder, "topics.csv", line_of("topics.csv", "V06"), line_of("topics.csv", "V06") + _V07)
    report = load(read_folder(folder), today=LATER)["topics"]
    assert report.added == ["V07"]
    topic = Topic.objects.with_duties(LATER).get(pk="V07")
    assert (topic.chain, topic.level, topic.valid_from) == ("service", "B", LATER)
    assert [(duty.part, duty.office) for duty in topic.duties.all()] == [
        ("lead", "经信局"),
        ("lead", "商务局"),
        ("support", "税务局"),
    ]
    assert not Topic.objects.valid(date(2026, 9, 30)).filter(pk="V07").exists()


_V07 = "V07,service,低空经济,经信局|商务局,税务局,B,无人机,2026-10-01\n"


def test_a_missing_topic_ends_and_old_cases_still_name_it(folder):
    case = make_appeal("dispatched", topic="V05")
    edit(folder, "topics.csv", line_of("topics.csv", "V05"), "")
    assert load(read_folder(folder), today=LATER)["topics"].ended == ["V05"]
    case.refresh_from_db()
    assert (case.topic.pk, case.topic.valid_to) == ("V05", LATER)
    assert Topic.objects.valid(date(2026, 9, 30)).filter(pk="V05").exists()
    assert not Topic.objects.valid(LATER).filter(pk="V05").exists()
    assert load(read_folder(folder), today=LATER)["topics"].ended == [], "it ends once"


def test_a_changed_duty_is_a_changed_topic(folder):
    edit(folder, "topics.csv", "科技局|经信局,税务局,A", "经信局|科技局,税务局,A")
    assert load(read_folder(folder), today=LATER)["topics"].changed == ["N01"]
    assert list(Duty.objects.filter(topic="N01", part="lead").values_list("office", flat=True)) == ["经信局", "科技局"]


def test_a_renamed_office_keeps_its_code(folder):
    edit(folder, "departments.csv", "衢州市科学技术局,科技局", "衢州市科学技术局（外国专家局）,科技局")
    assert load(read_folder(folder), today=LATER)["departments"].changed == ["330800-KJJ"]
    assert Department.objects.get(pk="330800-KJJ").name.endswith("（外国专家局）")


def test_a_faulty_folder_changes_nothing(folder):
    edit(folder, "topics.csv", "N01,innovation", "N01,invention")
    edit(folder, "departments.csv", "衢州市科学技术局,科技局", "衢州市科学技术局（外国专家局）,科技局")
    with pytest.raises(CommandError, match=r"topics\.csv"):
        call_command("load_taxonomy", folder)
    assert Department.objects.get(pk="330800-KJJ").name == "衢州市科学技术局"


def test_a_sheet_in_another_encoding_says_so(folder):
    (folder / "topics.csv").write_bytes((folder / "topics.csv").read_text("utf-8").encode("gb18030"))
    with pytest.raises(BadSheets, match=r"topics\.csv"):
        read_folder(folder)


def test_the_command_reports_what_it_did(folder, capsys):
    edit(folder, "topics.csv", "科技局|经信局,税务局,A", "科技局|经信局,税务局,B")
    call_command("load_taxonomy", folder)
    told = capsys.readouterr().out
    assert "topics: 0 added, 1 changed, 0 ended" in told
    assert "changed: N01" in told


def test_an_office_is_found_by_code_full_name_or_short_name():
    for word in ("330800-KJJ", "衢州市科学技术局", "科技局"):
        assert Department.objects.named(word).get().pk == "330800-KJJ"
    assert Department.objects.below({"330800-KJJ"}) == Department.objects.below(["330800-KJJ"])
    assert "330802-KJJ" in Department.objects.below({"330800-KJJ"})
