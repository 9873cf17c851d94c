"""Files over the API: staged, filed, added, listed and downloaded, each only by whom it concerns."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appeals import attachments
from appeals.models import Appeal, Attachment
from appeals.states import Status
from chains.models import Audit
from chains.taxonomy import Role
from tests.api import Api, assert_problem
from tests.appeals.files import PDF, picture, sent
from tests.factory import LABOUR, SCIENCE, City, actor, make_appeal, make_member, make_user

pytestmark = pytest.mark.django_db

TEXT = {"title": "高企认定材料怎么报", "description": "我们想申报高新技术企业，请问需要哪些材料？"}


class Files(Api):
    def send(self, path, file=None, **fields):
        values = {**fields, **({"file": file} if file else {})}
        return self.http.post(f"/api/v1/{path}", values, headers=self.headers)

    def delete(self, path):
        return self.http.delete(f"/api/v1/{path}", headers=self.headers)


@pytest.fixture
def city():
    return City()


def recent(status, city, **changes):
    return make_appeal(status, city=city, filed_at=timezone.now() - timedelta(hours=5), **changes)


@pytest.fixture
def case(city):
    return recent(Status.SIGNED, city)


@pytest.fixture
def member(city):
    return Files(city.member)


def added(case, user, **more):
    return attachments.upload(case, "报价单.pdf", PDF, by=actor(user), **more)


def path_of(case, one=None):
    return f"appeals/{case.number}/attachments/" + (f"{one.pk}/" if one else "")


# Staged and filed


def test_a_file_is_staged_and_filed(member):
    answer = member.send("attachments/", sent())
    body = answer.json()
    assert answer.status_code == 201
    assert body | {"id": 0} == {
        "id": 0,
        "name": "报价单.pdf",
        "type": "application/pdf",
        "size": len(PDF),
        "state": "clean",
    }
    number = member.post("appeals/", TEXT | {"attachments": [body["id"]]}).json()["number"]
    (filed,) = member.get(f"appeals/{number}/").json()["attachments"]
    assert filed["id"] == body["id"]
    assert set(filed) == {"id", "name", "type", "size", "state", "uploaded_at", "internal", "url"}
    assert filed["url"] == f"/api/v1/appeals/{number}/attachments/{body['id']}/"


def test_the_same_key_and_files_make_one_appeal(member):
    one = member.send("attachments/", sent()).json()["id"]
    body = TEXT | {"attachments": [one]}
    first, again = (member.post("appeals/", body, key="k1") for _n in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Appeal.objects.get().attachments.count() == 1
    assert_problem(member.post("appeals/", TEXT | {"attachments": []}, key="k1"), 409)


@pytest.mark.parametrize("ids", ["7", 7, [0], ["x"], [999_999], [True], [1.5], [10**20], {"a": 1}])
def test_files_that_are_none_are_told_at_their_field(member, ids):
    assert_problem(member.post("appeals/", TEXT | {"attachments": ids}), 400, "attachments")
    assert not Appeal.objects.exists()


def test_nobody_files_a_file_of_somebody_else(member):
    one = Files(make_member()).send("attachments/", sent()).json()["id"]
    assert_problem(member.post("appeals/", TEXT | {"attachments": [one]}), 400, "attachments")


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SYSADMIN, Role.REVIEWER])
def test_who_files_nothing_stages_nothing(role):
    assert_problem(Files(make_user(role)).send("attachments/", sent()), 403)


# What is not taken


@pytest.mark.parametrize("path", ["attachments/", "case"])
def test_what_is_no_file_of_ours_is_told_at_its_field(member, case, path):
    path = path_of(case) if path == "case" else path
    assert_problem(member.send(path, sent("a.js", b"alert(1)")), 400, "file")
    assert_problem(member.send(path), 400, "file")
    assert_problem(member.send(path, note="no file"), 400, "file")
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("size", [10 * 1024 * 1024 + 1, 11 * 1024 * 1024])
def test_more_than_ten_megabytes_is_too_large(member, case, size):
    for path in ("attachments/", path_of(case)):
        assert_problem(member.send(path, sent(data=PDF.ljust(size, b"\0"))), 413)
    assert not Attachment.objects.exists()


def test_a_body_that_says_it_is_huge_is_not_read(member):
    huge = {"CONTENT_LENGTH": str(10**9), "content_type": "multipart/form-data; boundary=x"}
    assert_problem(member.http.post("/api/v1/attachments/", b"x", headers=member.headers, **huge), 413)


def test_other_bodies_are_refused(member):
    assert_problem(member.post("attachments/", {"file": "x"}), 415)
    broken = member.http.post(
        "/api/v1/attachments/", b"--x", content_type="multipart/form-data; boundary=", headers=member.headers
    )
    assert broken.status_code == 400


def test_two_files_in_one_body_are_refused(member):
    assert_problem(member.send("attachments/", [sent("a.pdf"), sent("b.pdf")]), 400, "file")


# To a case


def test_a_file_is_added_to_a_case(member, city, case):
    answer = member.send(path_of(case), sent("现场.png", picture("PNG")))
    assert answer.status_code == 201
    assert (answer.json()["type"], answer.json()["internal"]) == ("image/png", False)
    assert case.events.last().verb == "upload"
    listed = Files(city.handler).get(path_of(case)).json()["results"]
    assert [one["name"] for one in listed] == ["现场.png"]


def test_staff_adds_for_staff(member, city, case):
    office = Files(city.handler)
    assert office.send(path_of(case), sent(), internal="true").json()["internal"] is True
    assert member.get(path_of(case)).json()["results"] == []
    assert member.get(f"appeals/{case.number}/").json()["attachments"] == []
    assert "upload" not in [line["verb"] for line in member.get(f"appeals/{case.number}/events/").json()["results"]]
    assert_problem(member.send(path_of(case), sent(), internal="true"), 403)
    assert_problem(office.send(path_of(case), sent(), internal="perhaps"), 400, "internal")


def test_a_full_case_says_so(member, case, settings):
    settings.ATTACHMENTS_MOST = 1
    member.send(path_of(case), sent())
    assert_problem(member.send(path_of(case), sent()), 400, "file")


def test_the_state_takes_one_more_query_however_many_files(member, city, case):
    for _n in range(3):
        added(case, city.member)
        added(case, city.handler)
    with CaptureQueriesContext(connection) as counted:
        assert len(member.get(f"appeals/{case.number}/").json()["attachments"]) == 6
    assert sum("appeals_attachment" in query["sql"] for query in counted) == 1


# Read


def test_a_file_is_read_as_a_download_only(city, case):
    one = added(case, city.member)
    answer = Files(city.handler).get(path_of(case, one))
    assert b"".join(answer) == PDF
    assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('报价单.pdf')}"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["Cache-Control"] == "private, no-store"
    line = Audit.objects.get(kind="download")
    assert (line.subject, line.origin) == (case.number, "127.0.0.1")


@pytest.mark.parametrize(("state", "reason"), [("checking", ""), ("refused", "x")])
def test_in_quarantine_nobody_reads_it(member, city, case, state, reason):
    one = added(case, city.member)
    Attachment.objects.update(state=state, reason=reason)
    for who in (member, Files(city.handler), Files(city.director)):
        assert_problem(who.get(path_of(case, one)), 409)
    assert member.get(path_of(case)).json()["results"][0]["state"] == state


def test_an_internal_file_is_not_there_for_the_enterprise(member, city, case):
    one = added(case, city.handler, internal=True)
    assert_problem(member.get(path_of(case, one)), 404)
    assert Files(city.director).get(path_of(case, one)).status_code == 200


def test_a_file_of_another_case_is_not_there(member, city, case):
    one = added(recent(Status.SIGNED, city), city.member)
    assert_problem(member.get(path_of(case, one)), 404)
    staged = attachments.receive("a.pdf", PDF, by=actor(city.member))
    assert_problem(member.get(path_of(case, staged)), 404)
    assert_problem(member.get(f"appeals/{case.number}/attachments/{10**25}/"), 404)


def _refuse_all(who, case, one):
    assert_problem(who.get(path_of(case)), 404)
    assert_problem(who.get(path_of(case, one)), 404)
    assert_problem(who.send(path_of(case), sent()), 404)
    assert_problem(who.delete(path_of(case, one)), 404)


@pytest.mark.parametrize("role", [None, Role.AUDITOR, Role.SYSADMIN])
def test_strangers_find_no_file(city, case, role):
    one = added(case, city.member)
    _refuse_all(Files(make_user(role) if role else make_member()), case, one)
    _refuse_all(Files(city.holder(Role.HANDLER, LABOUR)), case, one)


def test_the_former_department_finds_no_file(city):
    case = recent(Status.DISPATCHED, city)
    one = added(case, city.member)
    Appeal.objects.filter(pk=case.pk).update(lead=LABOUR)
    assert Files(city.holder(Role.HANDLER, LABOUR)).get(path_of(case, one)).status_code == 200
    _refuse_all(Files(city.handler), case, one)


def test_the_complained_of_department_finds_no_file(city):
    case = recent(Status.DISPATCHED, city, lead=LABOUR)
    one = added(case, city.member)
    Appeal.objects.filter(pk=case.pk).update(supporting=[SCIENCE], complained_of=SCIENCE)
    _refuse_all(Files(city.handler), case, one)


def test_nobody_reads_without_a_token(city, case):
    one = added(case, city.member)
    for answer in (Files().get(path_of(case)), Files().get(path_of(case, one)), Files().send(path_of(case), sent())):
        assert_problem(answer, 401)
    assert_problem(Files().send("attachments/", sent()), 401)


def test_an_anonymous_enterprise_is_not_named_by_its_files(city):
    case = recent(Status.SIGNED, city, anonymous=True)
    added(case, city.member)
    office = Files(city.handler)
    said = office.get(f"appeals/{case.number}/").content + office.get(f"appeals/{case.number}/events/").content
    said += office.get(path_of(case)).content
    assert city.member.name.encode() not in said
    assert city.enterprise.name.encode() not in said


# Removed


def test_ones_own_file_is_removed_within_the_hour(member, city, case):
    one = added(case, city.member)
    assert_problem(Files(city.handler).delete(path_of(case, one)), 403)
    answer = member.delete(path_of(case, one))
    assert (answer.status_code, answer.content) == (204, b"")
    assert case.events.last().verb == "remove_attachment"
    assert_problem(member.delete(path_of(case, one)), 404)


def test_a_session_needs_its_csrf_token(city, case):
    client = Client(enforce_csrf_checks=True)
    client.force_login(city.member)
    answer = client.post(f"/api/v1/{path_of(case)}", {"file": SimpleUploadedFile("a.pdf", PDF)})
    assert_problem(answer, 403)
    assert not Attachment.objects.exists()
