import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from appeals import columns, exportjobs
from appeals.models import Appeal, Enterprise, ExportJob
from appeals.states import Refused, Status
from chains.models import Audit
from chains.taxonomy import Role
from tests.api import Api, assert_problem
from tests.factory import CENTRE, LABOUR, SCIENCE, City, actor, at, make_appeal, make_member, make_user
from tests.pages import HTMX, see, signed_in, sixty_more

pytestmark = pytest.mark.django_db
HEADER = (
    "number, external_number, filed_at, status, nature, urgent, title, chain, topic, level, district, industry, "
    "enterprise, lead, lead_name, round, dispatched_at, signed_at, sign_by, contacted_at, contact_by, replied_at, "
    "reply_outcome, resolve_by, closed_at, closed_unrated, used_minutes, paused_minutes, total_minutes, "
    "visited_by_phone, solved, stars, rated_at, first_solved, first_stars, redo_count, reopen_count, "
    "hand_backs_lost, excluded, excluded_at, false_closure, false_closure_at, merged_into, source, park, "
    "decided_by, confidence"
).split(", ")


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def lines(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def exported(user, path="/appeals/export/", **params) -> list[dict[str, str]]:
    page = signed_in(user).get(path, params)
    assert page.status_code == 200
    assert page["Content-Type"] == "text/csv; charset=utf-8"
    return lines(page.getvalue())


def by_command(file: Path, *arguments) -> list[dict[str, str]]:
    call_command("export_appeals", file, *arguments, stdout=io.StringIO())
    return lines(file.read_bytes())


# The cells


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        ("", ""),
        (True, "true"),
        (False, "false"),
        (0, 0),
        (0.93, 0.93),
        (at(9, 1, 9, 30), "2026-09-01T09:30:00+08:00"),
        ("电价太高", "电价太高"),
        ("=1+1", "'=1+1"),
        ("+86 138", "'+86 138"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1+1", "'＝1+1"),
        ("'quoted'", "'quoted'"),
        ("a=b", "a=b"),
    ],
)
def test_a_value_is_written_as_agreed_and_no_formula_survives(value, cell):
    assert columns.cell_of(value) == cell
    if isinstance(value, str):
        assert columns.as_it_was(cell) == value


def test_a_moment_of_another_zone_is_written_in_ours():
    from datetime import UTC, datetime

    assert columns.cell_of(datetime(2026, 8, 31, 16, tzinfo=UTC)) == "2026-09-01T00:00:00+08:00"


def test_the_columns_are_those_agreed():
    assert list(columns.HEADER) == HEADER


# The command


def test_a_closed_appeal_is_one_row_with_its_facts(tmp_path):
    case = make_appeal(Status.CLOSED, external_number="=HZ,1")
    (row,) = by_command(tmp_path / "all.csv")
    assert list(row) == HEADER
    assert row["number"] == case.number
    assert row["external_number"] == "'=HZ,1"
    assert (row["status"], row["chain"], row["topic"]) == ("closed", case.topic.chain, case.topic_id)
    assert (row["lead"], row["lead_name"]) == (SCIENCE, case.lead.name)
    assert row["enterprise"] == case.enterprise.credit_code
    assert row["filed_at"] == timezone.localtime(case.filed_at).isoformat()
    assert row["filed_at"].endswith("+08:00")
    assert (row["urgent"], row["closed_unrated"], row["excluded"]) == ("false", "false", "false")
    assert (row["solved"], row["stars"]) == (case.solved, str(case.stars))
    assert row["merged_into"] == row["excluded_at"] == ""
    assert row["total_minutes"] == str(case.total_minutes)


def test_commas_quotes_and_line_breaks_stay_in_their_cell(tmp_path):
    case = make_appeal()
    Appeal.objects.numbered(case.number).update(title='停电,"三天"\n请查')
    (row,) = by_command(tmp_path / "all.csv")
    assert row["title"] == '停电,"三天"\n请查'


def test_filters_narrow_as_lists_do_and_the_newest_comes_first(tmp_path):
    city = City()
    old = make_appeal(Status.CLOSED, city=city)
    new = make_appeal(Status.SIGNED, city=city, filed_at=old.filed_at + timedelta(days=3))
    make_appeal(city=city, filed_at=old.filed_at + timedelta(days=1))
    rows = by_command(tmp_path / "some.csv", "--filter", "status=closed,signed", "nature=help,consult")
    assert [row["number"] for row in rows] == [new.number, old.number]
    rows = by_command(tmp_path / "some.csv", "--filter", "status=closed", "--filter", "status=signed")
    assert len(rows) == 2
    assert by_command(tmp_path / "some.csv", "--filter", "chain=capital") == []
    assert [line.data["rows"] for line in Audit.objects.of_kind("export").order_by("seq")] == [2, 2, 0]
    newest = Audit.objects.of_kind("export").newest()[0]
    assert (newest.actor_id, newest.data["rows"], newest.data["filters"]) == (None, 0, {"chain": "capital"})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["x.csv", "--filter", "chain"], "is no filter"),
        (["x.csv", "--filter", "colour=red"], "is no filter"),
        (["x.csv", "--filter", "chain=gold"], "chain: “gold” is not known here."),
        (["x.txt"], ".csv or .xlsx"),
        (["no/such/folder/x.csv"], "No such file"),
    ],
)
def test_what_cannot_be_exported_is_said(tmp_path, in_english, arguments, words):
    with pytest.raises(CommandError, match=words.replace(".", r"\.")):
        call_command("export_appeals", tmp_path / arguments[0], *arguments[1:])
    assert not Audit.objects.of_kind("export").exists()


def test_a_workbook_holds_the_same_cells_and_no_formula(tmp_path):
    make_appeal(Status.CLOSED, title="=HYPERLINK(1)")
    call_command("export_appeals", tmp_path / "all.xlsx", stdout=io.StringIO())
    sheet = load_workbook(tmp_path / "all.xlsx").worksheets[0]
    header, row = sheet.iter_rows()
    assert [cell.value for cell in header] == HEADER
    found = dict(zip(HEADER, row, strict=True))
    assert found["title"].value == "'=HYPERLINK(1)"
    assert {cell.data_type for cell in row} <= {"s", "n", "inlineStr"}
    (plain,) = by_command(tmp_path / "all.csv")
    assert {name: "" if cell.value is None else str(cell.value) for name, cell in found.items()} == plain


# The pages


def test_a_handler_exports_the_own_office_only():
    city = City()
    ours = make_appeal(Status.SIGNED, city=city)
    make_appeal(Status.SIGNED, city=city, lead=LABOUR)
    assert [row["number"] for row in exported(city.handler)] == [ours.number]
    assert len(exported(city.director)) == 2


def test_an_enterprise_exports_its_own_appeals_without_what_is_for_staff():
    city = City()
    ours = make_appeal(Status.REPLIED, city=city)
    make_appeal(Status.CLOSED)
    Appeal.objects.numbered(ours.number).update(hand_backs_lost=1)
    (row,) = exported(city.member)
    assert row["number"] == ours.number
    assert (row["reply_outcome"], row["hand_backs_lost"], row["excluded"]) == ("", "", "")
    (row,) = exported(city.reviewer, status="replied")
    assert (row["reply_outcome"], row["hand_backs_lost"]) == ("solved", "1")
    assert exported(make_member()) == []
    assert exported(make_user(Role.SYSADMIN)) == []


def test_an_enterprise_that_is_anonymous_is_not_named_to_the_department():
    city = City()
    case = make_appeal(Status.SIGNED, city=city, anonymous=True)
    Enterprise.objects.filter(pk=case.enterprise_id).update(park_id="ZZXC-GWH")
    Appeal.objects.numbered(case.number).update(park_id="ZZXC-GWH")
    (row,) = exported(city.handler)
    assert (row["number"], row["enterprise"], row["park"]) == (case.number, "", "")
    for knowing in (city.director, city.member):
        (row,) = exported(knowing)
        assert (row["enterprise"], row["park"]) == (case.enterprise.credit_code, "ZZXC-GWH")


def test_the_list_links_to_an_export_of_what_it_shows():
    city = City()
    make_appeal(Status.SIGNED, city=city)
    sixty_more(Status.CLOSED, city)
    page = see(city.director, "/appeals/?status=closed&ordering=filed_at")
    assert 'href="/appeals/export/?status=closed&amp;ordering=filed_at&amp;what=every"' in page
    rows = exported(city.director, status="closed", ordering="filed_at", what="every")
    assert len(rows) == 61
    assert [row["filed_at"] for row in rows] == sorted(row["filed_at"] for row in rows)


def test_the_queue_of_an_office_exports_one_view():
    city = City()
    make_appeal(Status.SIGNED, city=city)
    waiting = make_appeal(Status.DISPATCHED, city=city)
    page = see(city.handler, "/office/?view=unassigned")
    assert 'href="/office/export/?view=unassigned&amp;what=office"' in page
    assert [row["number"] for row in exported(city.handler, "/office/export/", view="unassigned")] == [waiting.number]
    assert signed_in(city.director).get("/office/export/").status_code == 403


def test_a_filter_that_is_none_leads_back_to_the_list_and_exports_nothing():
    director = City().director
    answer = signed_in(director).get("/appeals/export/?chain=gold")
    assert (answer.status_code, answer["Location"]) == (302, "/appeals/")
    assert not Audit.objects.of_kind("export").exists()


def test_an_export_is_in_the_audit_without_what_was_searched_for():
    city = City()
    make_appeal(Status.CLOSED, city=city)
    exported(city.director, q="衢州试验", status="closed")
    line = Audit.objects.of_kind("export").get()
    assert (line.actor_id, line.origin) == (city.director.pk, "127.0.0.1")
    assert line.data == {
        "list": "every",
        "format": "csv",
        "filters": {"q": "*", "status": "closed"},
        "rows": 1,
    }


def test_who_is_signed_out_exports_nothing():
    for path in ("/appeals/export/", "/office/export/", "/exports/", "/exports/1/"):
        assert Client().get(path).status_code == 302
    assert signed_in(City().director).post("/appeals/export/").status_code == 405


def test_an_export_asks_as_often_however_many_rows_it_has():
    city = City()
    make_appeal(Status.CLOSED, city=city)

    def queries():
        client = signed_in(city.director)
        with CaptureQueriesContext(connection) as found:
            client.get("/appeals/export/").getvalue()
        return len(found)

    few = queries()
    sixty_more(Status.CLOSED, city)
    assert few == queries() <= 12


# The API


def test_the_api_sends_the_same_file():
    city = City()
    case = make_appeal(Status.CLOSED, city=city)
    make_appeal(Status.SIGNED, city=city)
    answer = Api(city.director).get("appeals/export/", format="csv", status="closed")
    assert answer.status_code == 200
    assert [row["number"] for row in lines(answer.getvalue())] == [case.number]
    assert lines(Api(make_member()).get("appeals/export/").getvalue()) == []


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"format": "xlsx"}, "format"),
        ({"colour": "red"}, "colour"),
        ({"chain": "gold"}, "chain"),
        ({"page_size": "9"}, "page_size"),
    ],
)
def test_the_api_says_what_it_does_not_export(params, field):
    assert_problem(Api(City().director).get("appeals/export/", **params), 400, field)
    assert not Audit.objects.of_kind("export").exists()


def test_the_api_exports_for_somebody_only():
    assert_problem(Api().get("appeals/export/"), 401)


# Workbooks in the background


def ask(user, query="what=every"):
    return signed_in(user).post(f"/exports/?{query}")


def test_a_workbook_is_made_in_the_background_and_fetched_by_whoever_asked():
    city = City()
    sixty_more(Status.CLOSED, city)
    assert ask(city.director, "what=every&status=closed").status_code == 302
    job = ExportJob.objects.get()
    assert "Waiting" in see(city.director, "/exports/", **HTMX)
    assert signed_in(city.director).get(f"/exports/{job.pk}/").status_code == 404
    assert exportjobs.make_all(timezone.now()) == 1
    assert "61 appeals" in see(city.director, "/exports/")
    answer = signed_in(city.director).get(f"/exports/{job.pk}/")
    sheet = load_workbook(io.BytesIO(answer.getvalue()), read_only=True).worksheets[0]
    assert len(list(sheet.iter_rows())) == 62
    assert signed_in(city.reviewer).get(f"/exports/{job.pk}/").status_code == 404
    assert "You have no exports" in see(city.reviewer, "/exports/")
    kinds = list(Audit.objects.of_kind("export", "download").order_by("seq").values_list("kind", "data__rows"))
    assert kinds == [("export", 61), ("download", 61)]


def test_a_workbook_is_gone_after_a_day(settings):
    director = City().director
    ask(director)
    exportjobs.make_all(timezone.now())
    job = ExportJob.objects.get()
    file = Path(settings.MEDIA_ROOT) / job.file
    assert file.exists()
    exportjobs.make_all(timezone.now() + timedelta(days=1, minutes=1))
    assert not file.exists()
    assert not ExportJob.objects.exists()


def test_a_workbook_shows_what_its_owner_may_see_when_it_is_made():
    city = City()
    make_appeal(Status.SIGNED, city=city)
    ask(city.handler, "what=office&view=all")
    city.handler.posts.update(ends_on=at(9, 1).date())
    exportjobs.make_all(timezone.now())
    job = ExportJob.objects.get()
    assert (job.state, job.file) == (ExportJob.State.FAILED, "")
    assert job.reason
    assert job.reason in see(city.handler, "/exports/")


def test_a_job_whose_maker_died_is_begun_again_three_times_at_most():
    director = City().director
    ask(director)
    ExportJob.objects.update(state="running", attempts=1)
    assert exportjobs.make_all(timezone.now()) == 0  # somebody is still at it
    ExportJob.objects.update(attempts=3)
    assert exportjobs.make_all(timezone.now() + timedelta(minutes=6)) == 0
    assert ExportJob.objects.get().state == ExportJob.State.FAILED
    ExportJob.objects.update(state="running", attempts=2)
    assert exportjobs.make_all(timezone.now() + timedelta(minutes=6)) == 1
    assert ExportJob.objects.get().state == ExportJob.State.DONE


def test_three_exports_of_a_person_wait_at_most():
    city = City()
    for _time in range(3):
        assert ask(city.director).status_code == 302
    page = signed_in(city.director).post("/exports/?what=every", follow=True)
    assert ExportJob.objects.count() == 3
    assert "waiting already" in page.content.decode()
    with pytest.raises(Refused):
        exportjobs.ask("every", {}, user=city.director, by=actor(city.director), at=timezone.now())


def test_a_job_with_a_filter_that_is_none_is_not_taken():
    director = City().director
    assert ask(director, "what=every&chain=gold")["Location"] == "/appeals/"
    assert not ExportJob.objects.exists()
    assert signed_in(make_user(Role.TRIAGE, CENTRE)).post("/exports/?what=office").status_code == 403
