"""Files on pages: in the filing form, where nothing is lost, and on the case."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appeals import attachments
from appeals.models import Appeal, Attachment
from appeals.states import Status
from chains.models import Audit
from chains.taxonomy import Role
from tests.appeals.files import PDF, photo, picture, sent
from tests.factory import LABOUR, City, actor, make_appeal, make_member
from tests.pages import HTMX, signed_in, text

pytestmark = pytest.mark.django_db

TEXT = {"title": "高企认定材料怎么报", "description": "我们想申报高新技术企业，请问需要哪些材料？研发费用怎么算？"}


@pytest.fixture
def city():
    return City()


@pytest.fixture
def case(city):
    return make_appeal(Status.SIGNED, city=city, filed_at=timezone.now() - timedelta(hours=5))


def ready(page) -> list[int]:
    """The files that the form holds ready."""
    return [int(pk) for pk in re.findall(r'name="attachments" value="(\d+)"', text(page))]


# The filing form


def test_photos_are_filed_with_the_form(city):
    client = signed_in(city.member)
    files = [sent("车间.jpg", photo(orientation=6)), sent("报价单.pdf")]
    answer = client.post("/appeals/new/", TEXT | {"files": files})
    case = Appeal.objects.get()
    assert answer.url == f"/appeals/{case.number}/?filed=1"
    assert list(case.attachments.values_list("name", flat=True)) == ["车间.jpg", "报价单.pdf"]
    page = text(client.get(answer.url))
    assert "车间.jpg" in page and "报价单.pdf" in page


def test_where_another_field_is_wrong_the_files_stay(city):
    client = signed_in(city.member)
    page = client.post("/appeals/new/", TEXT | {"contact_phone": "abc", "files": [sent("报价单.pdf")]})
    assert page.status_code == 400
    assert "报价单.pdf" in text(page)
    (one,) = ready(page)
    client.post("/appeals/new/", TEXT | {"attachments": [one]})
    assert Appeal.objects.get().attachments.get().pk == one


def test_a_file_that_is_not_taken_is_told_and_everything_else_stays(city):
    page = signed_in(city.member).post(
        "/appeals/new/", TEXT | {"files": [sent("好.pdf"), sent("脚本.js", b"alert(1)"), sent("空.txt", b"")]}
    )
    assert page.status_code == 400
    assert not Appeal.objects.exists()
    assert TEXT["description"] in text(page)
    assert "脚本.js" in text(page) and "空.txt" in text(page)
    assert len(ready(page)) == 1


def test_a_file_too_large_is_told_by_its_name(city):
    page = signed_in(city.member).post("/appeals/new/", TEXT | {"files": [sent("大.pdf", PDF.ljust(11 * 1024**2))]})
    assert page.status_code == 400
    assert "大.pdf" in text(page) and "10 MB" in text(page)


def test_a_file_held_ready_is_removed_with_what_was_typed_kept(city):
    client = signed_in(city.member)
    first, second = ready(client.post("/appeals/new/", TEXT | {"title": "", "files": [sent("一.pdf"), sent("二.pdf")]}))
    page = client.post("/appeals/new/", TEXT | {"attachments": [first, second], "remove": first})
    assert page.status_code == 200
    assert ready(page) == [second]
    assert TEXT["title"] in text(page)
    assert not Appeal.objects.exists()
    assert list(Attachment.objects.values_list("pk", flat=True)) == [second]


def test_files_are_sent_as_they_are_chosen(city):
    client = signed_in(city.member)
    part = client.post("/appeals/new/files/", {"files": [sent("一.pdf")]}, **HTMX)
    (first,) = ready(part)
    assert 'id="files"' in text(part) and "<html" not in text(part)
    part = client.post("/appeals/new/files/", {"attachments": [first], "files": [sent("二.js", b"x")]}, **HTMX)
    assert (part.status_code, ready(part)) == (200, [first])
    assert "二.js" in text(part)


def test_nobody_sees_or_files_what_another_holds_ready(city):
    (one,) = ready(signed_in(make_member()).post("/appeals/new/files/", {"files": [sent("秘密.pdf")]}))
    client = signed_in(city.member)
    page = client.post("/appeals/new/", TEXT | {"title": "", "attachments": [one]})
    assert ready(page) == []
    assert "秘密.pdf" not in text(page)
    page = client.post("/appeals/new/", TEXT | {"attachments": [one, "x", "9" * 30, "-1"]})
    assert page.status_code == 400
    client.post("/appeals/new/", TEXT | {"attachments": [one], "remove": one})
    assert Attachment.objects.get().pk == one


def test_the_form_sent_twice_makes_one_appeal_with_its_files_once(city):
    client = signed_in(city.member)
    (one,) = ready(client.post("/appeals/new/files/", {"files": [sent("一.pdf")]}))
    form = TEXT | {"form_key": "a1b2c3", "attachments": [one]}
    first, again = (client.post("/appeals/new/", form) for _n in range(2))
    assert first.url == again.url
    assert Appeal.objects.get().attachments.count() == 1


def test_the_same_form_with_one_more_file_is_not_taken_for_the_same(city):
    client = signed_in(city.member)
    form = TEXT | {"form_key": "a1b2c3"}
    client.post("/appeals/new/", form)
    page = client.post("/appeals/new/", form | {"files": [sent("忘了的.pdf")]})
    assert page.status_code == 409
    assert "忘了的.pdf" in text(page)


def test_enter_in_a_field_files_and_removes_nothing(city):
    page = text(signed_in(city.member).post("/appeals/new/", TEXT | {"title": "", "files": [sent("一.pdf")]}))
    form = page[page.index('id="filing"') :]
    first = re.search(r"<button[^>]*>", form).group()
    assert 'name="remove"' in form
    assert "name=" not in first


def test_the_preview_does_not_carry_files_along(city):
    page = text(signed_in(city.member).get("/appeals/new/"))
    assert 'enctype="multipart/form-data"' in page
    assert 'hx-params="not files"' in page
    assert re.search(r'type="file" name="files"[^>]* multiple accept="image/\*,', page)


@pytest.mark.parametrize("is_checked", [True, False])
def test_a_form_of_many_megabytes_is_refused_by_its_length(city, is_checked):
    client = Client(enforce_csrf_checks=is_checked)  # whoever looks for the token in the form reads it first
    client.force_login(city.member)
    client.get("/appeals/new/")
    huge = {"content_type": "multipart/form-data; boundary=x", "CONTENT_LENGTH": str(100 * 1024**2)}
    page = client.post("/appeals/new/", b"x", **huge)
    assert page.status_code == 413
    assert "60 MB" in text(page)
    part = client.post("/appeals/new/files/", b"x", **huge, **HTMX)
    assert (part.status_code, part["HX-Retarget"]) == (200, "#files-error")
    assert "60 MB" in text(part) and "<html" not in text(part)


# The case


def test_files_are_added_on_the_case_page(city, case):
    client = signed_in(city.member)
    answer = client.post(f"/appeals/{case.number}/upload/", {"files": [sent("一.pdf"), sent("二.png", picture("PNG"))]})
    assert answer.url == f"/appeals/{case.number}/#files"
    assert [event.verb for event in case.events.all()][-2:] == ["upload", "upload"]
    page = text(client.get(f"/appeals/{case.number}/"))
    assert "一.pdf" in page and "二.png" in page
    assert "Enterprise" in page


def test_of_several_the_good_ones_are_added_and_the_others_told(city, case):
    client = signed_in(city.member)
    client.post(f"/appeals/{case.number}/upload/", {"files": [sent("好.pdf"), sent("坏.js", b"x")]})
    page = text(client.get(f"/appeals/{case.number}/"))
    assert "“坏.js”" in page
    assert list(case.attachments.values_list("name", flat=True)) == ["好.pdf"]


def test_without_a_file_it_says_so(city, case):
    client = signed_in(city.member)
    answer = client.post(f"/appeals/{case.number}/upload/", {})
    assert answer.status_code == 302
    assert "Choose a file first." in text(client.get(answer.url))


def test_staff_hides_a_file_from_the_enterprise(city, case):
    office, member = signed_in(city.handler), signed_in(city.member)
    office.post(f"/appeals/{case.number}/upload/", {"files": [sent("内部意见.pdf")], "internal": "true"})
    one = case.attachments.get()
    assert one.internal
    assert "内部意见.pdf" in text(office.get(f"/appeals/{case.number}/"))
    assert "内部意见.pdf" not in text(member.get(f"/appeals/{case.number}/"))
    assert member.get(f"/appeals/{case.number}/files/{one.pk}/").status_code == 404
    card = text(member.get(f"/appeals/{case.number}/")).split('id="files"')[1].split("</section>")[0]
    assert 'type="file"' in card and 'name="internal"' not in card


def test_a_download_is_noted_and_runs_nothing(city, case):
    one = attachments.upload(case, "现场.png", picture("PNG"), by=actor(city.member))
    answer = signed_in(city.handler).get(f"/appeals/{case.number}/files/{one.pk}/")
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert b"".join(answer).startswith(b"\x89PNG")
    assert Audit.objects.filter(kind="download", subject=case.number, actor=city.handler).count() == 1


def test_what_is_being_checked_is_listed_without_a_link(city, case):
    one = attachments.upload(case, "一.pdf", PDF, by=actor(city.member))
    Attachment.objects.update(state="checking")
    client = signed_in(city.handler)
    page = text(client.get(f"/appeals/{case.number}/"))
    assert "Being checked" in page
    assert f"/files/{one.pk}/" not in page
    assert client.get(f"/appeals/{case.number}/files/{one.pk}/").url == f"/appeals/{case.number}/"


def test_ones_own_file_is_taken_back(city, case):
    client = signed_in(city.member)
    one = attachments.upload(case, "一.pdf", PDF, by=actor(city.member))
    path = f"/appeals/{case.number}/files/{one.pk}/remove/"
    assert path in text(client.get(f"/appeals/{case.number}/"))
    assert path not in text(signed_in(city.handler).get(f"/appeals/{case.number}/"))
    assert signed_in(city.handler).post(path).status_code == 403
    assert client.post(path).status_code == 302
    assert client.post(path).status_code == 404
    assert f"/files/{one.pk}/" not in text(client.get(f"/appeals/{case.number}/"))


def test_an_anonymous_enterprise_is_not_named_beside_its_files(city):
    filed_at = timezone.now() - timedelta(hours=5)
    case = make_appeal(Status.SIGNED, city=city, anonymous=True, filed_at=filed_at)
    attachments.upload(case, "一.pdf", PDF, by=actor(city.member))
    page = text(signed_in(city.handler).get(f"/appeals/{case.number}/"))
    assert "一.pdf" in page
    assert city.member.name not in page and city.enterprise.name not in page


def test_strangers_find_nothing_and_whoever_is_not_signed_in_is_asked_to(city, case):
    one = attachments.upload(case, "一.pdf", PDF, by=actor(city.member))
    page = f"/appeals/{case.number}/"
    for user in (make_member(), city.holder(Role.HANDLER, LABOUR), city.holder(Role.SYSADMIN)):
        client = signed_in(user)
        assert client.get(f"{page}files/{one.pk}/").status_code == 404
        assert client.post(f"{page}upload/", {"files": [sent()]}).status_code == 404
        assert client.post(f"{page}files/{one.pk}/remove/").status_code == 404
    for path in ("upload/", f"files/{one.pk}/", f"files/{one.pk}/remove/"):
        assert Client().post(page + path).url.startswith("/accounts/login/")


def test_the_wrong_method_is_refused(city, case):
    one = attachments.upload(case, "一.pdf", PDF, by=actor(city.member))
    client = signed_in(city.member)
    assert client.get("/appeals/new/files/").status_code == 405
    assert client.get(f"/appeals/{case.number}/upload/").status_code == 405
    assert client.post(f"/appeals/{case.number}/files/{one.pk}/").status_code == 405
    assert client.get(f"/appeals/{case.number}/files/{one.pk}/remove/").status_code == 405


def test_many_files_take_no_more_queries_than_one(city, case):
    for n in range(3):
        attachments.upload(case, f"{n}.pdf", PDF, by=actor(city.member))
        attachments.upload(case, f"{n}.pdf", PDF, by=actor(city.handler))
    with CaptureQueriesContext(connection) as counted:
        assert text(signed_in(city.handler).get(f"/appeals/{case.number}/")).count('class="files__one"') == 6
    assert sum("appeals_attachment" in query["sql"] for query in counted) == 1
