import io
import json
import threading
from datetime import datetime

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections
from openpyxl import Workbook

from appeals import followup
from appeals.models import Appeal, Clock, Event, Timer
from appeals.states import Status
from chains.models import Audit, CaseFact, User
from routing.models import Notice
from tests.appeals.historytable import CODE, HEADER, OTHER, ROW, changed, table
from tests.factory import SCIENCE, City, actor, at, make_appeal, make_enterprise, make_member
from tests.pages import see

pytestmark = pytest.mark.django_db


# What becomes of a sound row


def test_a_row_of_another_system_becomes_a_closed_appeal(imported, firm):
    assert imported(table(ROW)) == ("appeals: 1 added, 0 changed, 0 unchanged", "")
    case = Appeal.objects.get()
    assert (case.status, case.imported, case.counted, case.external_number) == ("closed", True, False, "HZ-1")
    assert case.number.startswith("QY20250303")
    assert (case.enterprise, case.lead_id, case.topic_id, case.level) == (firm, SCIENCE, "N01", case.topic.level)
    assert (case.filed_at, case.closed_at, case.replied_at) == (
        at(3, 3, 9, 30, year=2025),
        at(3, 10, 16, year=2025),
        at(3, 10, 16, year=2025),
    )
    assert (case.solved, case.stars, case.first_stars, case.closed_unrated) == ("yes", 4, 4, False)
    assert (case.reply_outcome, case.total_minutes) == ("solved", 7 * 1440 + 390)
    assert (case.district_id, case.source, case.filed_by.username) == (firm.district_id, "api", "import")
    assert not User.objects.get(username="import").is_active


def test_an_import_runs_no_clock_arms_no_timer_and_tells_nobody(imported):
    imported(table(ROW, changed(工单编号="HZ-2")))
    assert not Clock.objects.exists()
    assert not Timer.objects.exists()
    assert not Notice.objects.exists()


def test_an_imported_appeal_has_its_facts_one_sealed_event_and_a_page(imported):
    imported(table(ROW))
    case = Appeal.objects.get()
    fact = CaseFact.objects.get(number=case.number)
    assert (fact.counted, fact.lead, fact.stars) == (False, SCIENCE, 4)
    event = Event.objects.get()
    assert (event.verb, event.seq, event.to_status, event.actor) == ("import", 1, "closed", None)
    assert event.hash == case.last_hash != ""
    call_command("verify_audit", stdout=io.StringIO())
    assert "Taken over from another system" in see(City().director, case.get_absolute_url())
    line = Audit.objects.of_kind("import").get()
    assert (line.subject, line.data["added"], line.data["faults"]) == ("history.csv", 1, 0)


def test_imported_appeals_count_where_one_asks_for_it(imported):
    imported(table(ROW), "--count")
    assert Appeal.objects.get().counted
    assert CaseFact.objects.get().counted


def test_a_dry_run_says_the_same_and_writes_nothing(imported):
    out, wrong = imported(table(ROW, changed(工单编号="HZ-2", 满意度="极好")), "--dry-run")
    assert out == "appeals: 1 added, 0 changed, 0 unchanged (dry run: nothing was written)"
    assert "line 3: 满意度" in wrong
    assert not Appeal.objects.exists()
    assert not Audit.objects.of_kind("import").exists()
    assert not User.objects.filter(username="import").exists()


def test_a_second_run_changes_nothing_and_a_changed_row_its_appeal(imported):
    two = changed(工单编号="HZ-2")
    imported(table(ROW, two))
    assert imported(table(ROW, two))[0] == "appeals: 0 added, 0 changed, 2 unchanged"
    assert Event.objects.count() == 2
    newer = changed(工单编号="HZ-2", 满意度="不满意", 是否解决="未解决")
    assert imported(table(ROW, newer), "--dry-run")[0].startswith("appeals: 0 added, 1 changed, 1 unchanged")
    assert imported(table(ROW, newer))[0] == "appeals: 0 added, 1 changed, 1 unchanged"
    case = Appeal.objects.get(external_number="HZ-2")
    assert (case.solved, case.stars, case.version, case.last_seq) == ("no", 2, 2, 2)
    assert "stars" in case.events.get(seq=2).data["changed"]
    assert CaseFact.objects.get(number=case.number).stars == 2
    assert imported(table(ROW, newer))[0] == "appeals: 0 added, 0 changed, 2 unchanged"
    call_command("verify_audit", stdout=io.StringIO())


def test_an_imported_appeal_that_is_reopened_goes_to_the_centre(imported, firm):
    imported(table(changed(受理时间="2026-09-01 09:00", 办结时间="2026-09-10 16:00")))
    case, member = Appeal.objects.get(), make_member(firm)
    followup.reopen(case, by=actor(member), reason="又停电了", at=at(9, 21))
    case.refresh_from_db()
    assert (case.status, case.lead, case.round, case.version) == (Status.TRIAGE, None, 2, 2)
    assert case.triage_by is not None
    assert "1 were filed here or have gone on here" in imported(table(ROW))[0]


def test_a_run_with_count_changes_what_was_imported_without(imported):
    imported(table(ROW))
    assert imported(table(ROW), "--count")[0] == "appeals: 0 added, 1 changed, 0 unchanged"
    assert CaseFact.objects.get().counted


def test_an_enterprise_is_known_by_its_code_else_by_its_exact_name(imported, firm):
    text = table(changed(统一社会信用代码=""), changed(工单编号="HZ-2", 统一社会信用代码="", 企业名称="衢州甲公司"))
    out, wrong = imported(text)
    assert out == "appeals: 1 added, 0 changed, 0 unchanged"
    assert "line 2: 统一社会信用代码: Whose appeal is it?" in wrong
    _out, wrong = imported(table(changed(统一社会信用代码=OTHER, 企业名称="衢州乙公司")))
    assert f"line 2: The register does not know the enterprise “{OTHER} 衢州乙公司”." in wrong
    make_enterprise(name="衢州甲公司")
    _out, wrong = imported(table(changed(工单编号="HZ-3", 统一社会信用代码="", 企业名称="衢州甲公司")))
    assert "衢州甲公司" in wrong  # two bear the name


def test_declined_withdrawn_and_merged_appeals_end_without_closing(imported):
    header = HEADER + ",状态,并案编号"
    rows = [
        changed(工单编号="HZ-3", 办结时间="2025-03-04") + ",已并案,HZ-1",
        ROW + ",已办结,",
        changed(工单编号="HZ-2", 满意度="", 是否解决="", 承办单位="") + ",已撤回,",
    ]
    assert imported(table(*rows, header=header)) == ("appeals: 3 added, 0 changed, 0 unchanged", "")
    one, two, three = Appeal.objects.order_by("external_number")
    assert (two.status, two.closed_at, two.ended_at) == (Status.WITHDRAWN, None, at(3, 10, 16, year=2025))
    assert (three.status, three.merged_into) == (Status.MERGED, one)
    assert imported(table(*rows, header=header))[0] == "appeals: 0 added, 0 changed, 3 unchanged"
    assert imported(table(*rows, header=header), "--dry-run")[0].startswith("appeals: 0 added, 0 changed, 3 unch")


def test_an_appeal_may_be_merged_into_one_that_was_merged_itself(imported):
    header = HEADER + ",状态,并案编号"
    rows = [changed(工单编号="HZ-3") + ",并案,HZ-2", changed(工单编号="HZ-2") + ",并案,HZ-1", ROW + ",办结,"]
    assert imported(table(*rows, header=header), "--dry-run")[1] == ""
    assert imported(table(*rows, header=header)) == ("appeals: 3 added, 0 changed, 0 unchanged", "")
    assert Appeal.objects.get(external_number="HZ-3").merged_into.external_number == "HZ-2"


def test_an_appeal_is_not_merged_into_a_broken_row_nor_in_a_circle(imported):
    header = HEADER + ",状态,并案编号"
    rows = [
        changed(工单编号="HZ-1", 满意度="9") + ",办结,",
        changed(工单编号="HZ-2") + ",并案,HZ-1",
        changed(工单编号="HZ-3") + ",并案,HZ-4",
        changed(工单编号="HZ-4") + ",并案,HZ-3",
        changed(工单编号="HZ-5") + ",并案,HZ-5",
    ]
    for options in (("--dry-run",), ()):
        out, wrong = imported(table(*rows, header=header), *options)
        assert out.startswith("appeals: 0 added")
        assert wrong.startswith("5 rows are broken")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-03-10", at(3, 10, 23, 59, year=2025)),
        ("2025/3/10 16:05", at(3, 10, 16, 5, year=2025)),
        ("2025年3月10日 16时5分", at(3, 10, 16, 5, year=2025)),
        ("2025.3.10", at(3, 10, 23, 59, year=2025)),
        ("2025-03-10T08:05:00Z", at(3, 10, 16, 5, year=2025)),
        ("2025-03-10T16:05:00+08:00", at(3, 10, 16, 5, year=2025)),
    ],
)
def test_a_moment_is_read_in_the_ways_tables_write_it(imported, text, moment):
    imported(table(changed(办结时间=text)))
    assert Appeal.objects.get().closed_at.replace(second=0) == moment


def test_a_file_in_gb18030_is_understood(imported):
    assert imported(table(ROW), encoding="gb18030")[0] == "appeals: 1 added, 0 changed, 0 unchanged"
    assert Appeal.objects.get().title == "电价太高"


def test_a_long_text_with_commas_and_line_breaks_is_one_cell(imported):
    text = "第一行,含逗号\n第二行“引号”"
    assert imported(table(changed(诉求内容=text), changed(工单编号="HZ-2", 满意度="?")))[1].count("line 4: 满意度") == 1
    assert Appeal.objects.get().description == text


def test_words_and_columns_of_others_are_mapped(imported, tmp_path):
    header = HEADER.replace("承办单位", "经办局").replace("工单编号", "Ticket").replace("满意度", "分")
    row = changed(承办单位="科技", 满意度="优")
    assert "external_number" in imported(table(row, header=header))[1]
    said = {"columns": {"经办局": "lead", "Ticket": "external_number", "分": "stars"}}
    said["words"] = {"经办局": {"科技": "市科技局"}, "stars": {"优": "5"}}
    mapping = tmp_path / "map.json"
    mapping.write_text(json.dumps(said), "utf-8")
    assert imported(table(row, header=header), "--map", mapping)[0] == "appeals: 1 added, 0 changed, 0 unchanged"
    case = Appeal.objects.get()
    assert (case.lead_id, case.stars) == (SCIENCE, 5)
    mapping = tmp_path / "map.csv"
    said = [
        "column,经办局,lead",
        "column,Ticket,external_number",
        "column,分,stars",
        "lead,科技,市科技局",
        "stars,优,5",
    ]
    mapping.write_text("\n".join(["what,theirs,ours", *said]), "utf-8-sig")
    assert imported(table(row, header=header), "--map", mapping)[0] == "appeals: 0 added, 0 changed, 1 unchanged"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("{", "map.json"),
        ("[]", "write {"),
        ('{"columns": {"经办局": "boss"}}', "no column of ours: boss"),
        ('{"columns": 1}', "write {"),
        ('{"columns": {}, "words": {"lead": {"a": 1}}}', "write {"),
    ],
)
def test_a_mapping_that_is_none_is_refused(imported, tmp_path, in_english, said, words):
    mapping = tmp_path / "map.json"
    mapping.write_text(said, "utf-8")
    assert words in imported(table(ROW), "--map", mapping)[1]
    assert not Appeal.objects.exists()


# Workbooks


def workbook(tmp_path, *rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = tmp_path / "history.xlsx"
    book.save(file)
    return file


def test_a_workbook_with_dates_numbers_and_text_is_read(imported, tmp_path):
    filed, closed = datetime(2025, 3, 3, 9, 30), datetime(2025, 3, 10)  # noqa: DTZ001 -- as a workbook has them
    row = [20250001, "电价太高", None, CODE, None, filed, closed, "市科技局", "N01", 4, "是"]
    assert imported(workbook(tmp_path, HEADER.split(","), row)) == ("appeals: 1 added, 0 changed, 0 unchanged", "")
    case = Appeal.objects.get()
    assert (case.external_number, case.description, case.stars) == ("20250001", "电价太高", 4)
    assert case.filed_at == at(3, 3, 9, 30, year=2025)
    assert case.closed_at.replace(second=0) == at(3, 10, 23, 59, year=2025)


def test_a_formula_without_a_value_is_a_fault(imported, tmp_path, in_english):
    row = ROW.replace("{code}", CODE).split(",")
    row[1] = "=CONCAT(A1)"
    _out, wrong = imported(workbook(tmp_path, HEADER.split(","), row))
    assert "line 2: 标题: A formula without a value; paste it as a value." in wrong


def test_empty_lines_of_a_workbook_are_none(imported, tmp_path):
    row = ROW.replace("{code}", CODE).split(",")
    file = workbook(tmp_path, HEADER.split(","), row, [None] * 11, [])
    assert imported(file)[0] == "appeals: 1 added, 0 changed, 0 unchanged"


# What is here already


def exported(tmp_path, name="again.csv"):
    call_command("export_appeals", tmp_path / name, stdout=io.StringIO())
    return (tmp_path / name).read_bytes()


@pytest.mark.parametrize("name", ["again.csv", "again.xlsx"])
def test_an_export_imported_into_an_empty_house_is_exported_the_same(imported, tmp_path, name):
    city = City()
    make_appeal(Status.CLOSED, city=city, title="=1+1", external_number="HZ-7")
    rated = make_appeal(Status.CLOSED, city=city, filed_at=at(9, 8, 9), stars=2, solved="no")
    make_appeal(Status.DECLINED, city=city, filed_at=at(9, 9, 9))
    make_appeal(Status.WITHDRAWN, city=city, filed_at=at(9, 10, 9))
    Appeal.objects.numbered(rated.number).update(excluded_at=at(9, 20), false_closure_at=at(9, 21, 9, 5))
    before, file = exported(tmp_path), tmp_path / name
    exported(tmp_path, name)
    _empty_the_house()
    assert imported(file, "--count") == ("appeals: 4 added, 0 changed, 0 unchanged", "")
    assert exported(tmp_path, "after.csv") == before
    assert imported(file, "--count")[0] == "appeals: 0 added, 0 changed, 4 unchanged"


def _empty_the_house():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model in (*apps.get_app_config("appeals").get_models(), CaseFact):
            if model in (Appeal, Timer, CaseFact) or Appeal in {field.related_model for field in model._meta.fields}:
                cursor.execute(f"DELETE FROM {model._meta.db_table}")
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_appeals_filed_here_are_left_alone(imported, tmp_path):
    case = make_appeal(Status.CLOSED)
    make_appeal(Status.CLOSED, external_number="HZ-1", filed_at=at(9, 8, 9))
    exported(tmp_path)
    out, wrong = imported(tmp_path / "again.csv")
    assert "2 were filed here or have gone on here, and stay as they are." in out
    assert wrong == ""
    assert "1 were filed here" in imported(table(ROW))[0]
    case.refresh_from_db()
    assert not case.imported
    assert Appeal.objects.count() == 2


def test_an_imported_appeal_that_somebody_worked_on_is_left_alone(imported):
    imported(table(ROW))
    case = Appeal.objects.get()
    event = Event(appeal=case, seq=2, at=at(9, 1), verb="note", part="director", round=1, hash="x" * 64)
    event.save(force_insert=True)
    out, wrong = imported(table(changed(满意度="不满意")))
    assert out.startswith("appeals: 0 added, 0 changed, 0 unchanged\n1 were filed here or have gone on")
    assert wrong == ""


def test_a_number_of_ours_with_a_wrong_check_digit_is_a_fault(imported, tmp_path, in_english):
    make_appeal(Status.CLOSED)
    text = exported(tmp_path).decode("utf-8-sig")
    number = Appeal.objects.get().number
    wrong_number = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert f"number: “{wrong_number}” is no number" in imported(text.replace(number, wrong_number))[1]


def test_the_statements_of_an_import_grow_with_its_batches_not_its_rows(imported, django_assert_max_num_queries):
    rows = [changed(工单编号=f"HZ-{n}") for n in range(900)]
    with django_assert_max_num_queries(60):
        assert imported(table(*rows))[0] == "appeals: 900 added, 0 changed, 0 unchanged"
    with django_assert_max_num_queries(40):
        assert imported(table(*rows))[0] == "appeals: 0 added, 0 changed, 900 unchanged"


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_import_each_appeal_once(tmp_path):
    make_enterprise(credit_code=OTHER, name="衢州乙公司")
    file = tmp_path / "history.csv"
    rows = [changed(工单编号=f"HZ-{n}", 统一社会信用代码=OTHER) for n in range(1200)]
    file.write_text(table(*rows), "utf-8")
    outs = [io.StringIO(), io.StringIO()]

    def run(out):
        call_command("import_appeals", file, stdout=out)
        connections.close_all()

    threads = [threading.Thread(target=run, args=[out]) for out in outs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    added = [int(out.getvalue().split()[1]) for out in outs]
    assert sum(added) == Appeal.objects.count() == Event.objects.count() == 1200
