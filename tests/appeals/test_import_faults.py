import pytest

from appeals.models import Appeal
from tests.appeals.historytable import CODE, HEADER, ROW, changed, table

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"工单编号": ""}, "工单编号: A number is needed"),
        ({"工单编号": "HZ-0"}, "HZ-0 stands in line 2 already."),
        ({"标题": "长" * 81}, "标题: At most 80 characters; this has 81."),
        ({"标题": "", "诉求内容": ""}, "标题: Enter text."),
        ({"诉求内容": "长" * 5001}, "诉求内容: At most 5000 characters; this has 5001."),
        ({"统一社会信用代码": CODE[:-1] + "!"}, "does not know the enterprise"),
        ({"统一社会信用代码": "9" * 18}, "统一社会信用代码: “999999999999999999” is no credit code"),
        ({"受理时间": ""}, "受理时间: When was it filed?"),
        ({"受理时间": "2025-02-30"}, "受理时间: “2025-02-30” is no date"),
        ({"受理时间": "3月3日"}, "受理时间: “3月3日” is no date"),
        ({"受理时间": "0025-03-03"}, "受理时间: “0025-03-03” is no date"),
        ({"受理时间": "2099-03-03"}, "受理时间: This lies in the future."),
        ({"办结时间": ""}, "办结时间: When was it closed?"),
        ({"办结时间": "2025-03-01"}, "办结时间: This lies before the filing."),
        ({"办结时间": "2025-03-04 25:00"}, "办结时间: “2025-03-04 25:00” is no date"),
        ({"承办单位": "市外星局"}, "承办单位: “市外星局” is unknown here; say in the mapping what it is (lead)."),
        ({"承办单位": ""}, "承办单位: Who was responsible?"),
        ({"分类": "外星"}, "分类: “外星” is unknown here"),
        ({"满意度": "6"}, "满意度: “6” is no whole number from 1 to 5."),
        ({"是否解决": "maybe"}, "是否解决: “maybe” is none of yes, partly, no."),
    ],
)
def test_a_broken_row_is_named_with_line_and_column_and_the_others_are_imported(imported, in_english, cells, words):
    out, wrong = imported(table(changed(工单编号="HZ-0"), changed(**cells), changed(工单编号="HZ-9")))
    assert out == "appeals: 2 added, 0 changed, 0 unchanged"
    assert wrong.startswith("1 rows are broken")
    assert "line 3: " in wrong
    assert words in wrong
    assert sorted(Appeal.objects.values_list("external_number", flat=True)) == ["HZ-0", "HZ-9"]


def test_every_fault_of_a_row_is_listed(imported, in_english):
    _out, wrong = imported(table(changed(承办单位="市外星局", 满意度="6", 受理时间="")))
    assert wrong.startswith("1 rows are broken and were left out, 3 faults:")


@pytest.mark.parametrize("status", ["办理中", "signed", "triage", "待研判"])
def test_an_appeal_that_is_not_finished_is_no_history(imported, in_english, status):
    _out, wrong = imported(table(ROW + "," + status, header=HEADER + ",状态"))
    assert f"状态: “{status}” is none of the ends of an appeal: closed, declined, withdrawn, merged." in wrong


def test_only_a_merged_appeal_says_into_which_and_that_one_is_there(imported, in_english):
    header = HEADER + ",状态,并案编号"
    rows = [ROW + ",办结,HZ-9", changed(工单编号="HZ-2") + ",并案,", changed(工单编号="HZ-3") + ",并案,HZ-404"]
    out, wrong = imported(table(*rows, header=header))
    assert out == "appeals: 0 added, 0 changed, 0 unchanged"
    assert wrong.count("A merged appeal, and no other") == 2
    assert "line 4: There is no appeal HZ-404 to be merged into." in wrong


def test_a_table_without_what_is_needed_is_refused_whole(imported, in_english):
    assert "no column for external_number, title, enterprise, filed_at" in imported("甲,乙\n1,2\n")[1]
    assert "no column for" in imported("")[1]
    assert imported(table()) == ("appeals: 0 added, 0 changed, 0 unchanged", "")


def test_a_file_that_is_no_table_is_refused(imported, tmp_path, in_english):
    assert "line 3: This is not CSV" in imported(table(ROW, 'HZ-2,"offen'))[1]
    assert Appeal.objects.count() == 1  # what stood before it
    file = tmp_path / "x.xlsx"
    file.write_bytes(b"no zip")
    assert "This is no XLSX file." in imported(file)[1]
    file = tmp_path / "x.csv"
    file.write_bytes(b"\xff\xfe\x00\x01")
    assert "neither UTF-8 nor GB 18030" in imported(file)[1]
    assert "No such file" in imported(tmp_path / "missing.csv")[1]


def test_more_cells_than_columns_are_a_fault_and_fewer_are_empty(imported, in_english):
    _out, wrong = imported(table(ROW + ",more", changed(工单编号="HZ-2").rsplit(",", 2)[0]))
    assert "line 2: 12 cells instead of 11." in wrong
    case = Appeal.objects.get()
    assert (case.external_number, case.stars, case.closed_unrated) == ("HZ-2", None, True)
