"""Files of appeals as they come: kept ready, filed, added to a case, counted."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as house
from PIL import Image

from appeals import attachments, intake, linking, pausing, tasks
from appeals.models import Appeal, Attachment
from appeals.states import Refused, Status, Why
from chains.taxonomy import Role
from tests.appeals.files import PDF, office, photo, picture
from tests.factory import LABOUR, SCIENCE, City, actor, at, make_appeal, make_member

pytestmark = pytest.mark.django_db

NOW = at(9, 8, 10)
TEXT = {"title": "高企认定材料怎么报", "description": "我们想申报高新技术企业，请问需要哪些材料？"}


@pytest.fixture
def city():
    return City()


@pytest.fixture
def case(city):
    return make_appeal(Status.SIGNED, city=city)


def receive(user, name="报价单.pdf", data=PDF, moment=NOW):
    return attachments.receive(name, data, by=actor(user), at=moment)


def upload(case, user, name="报价单.pdf", data=PDF, moment=NOW, **more):
    return attachments.upload(case, name, data, by=actor(user), at=moment, **more)


def refusal(action, *args, **values):
    with pytest.raises(Refused) as refused:
        action(*args, **values)
    return refused.value


def stored() -> list[Path]:
    return [path for path in Path(house.MEDIA_ROOT).rglob("*") if path.is_file()]


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "attachments"


def lines(case):
    return [(event.verb, event.internal) for event in case.events.all()]


# Kept ready


def test_a_file_lies_ready_under_a_place_that_does_not_say_its_name(city):
    one = receive(city.member, "../../我公司 营业执照.pdf")
    assert (one.name, one.content_type, one.size, one.state) == (
        "我公司 营业执照.pdf",
        "application/pdf",
        len(PDF),
        "clean",
    )
    assert one.appeal is None
    (path,) = stored()
    assert path.read_bytes() == PDF
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.name) >= 32
    assert "营业" not in str(path) and ".pdf" not in str(path)


def test_of_a_photo_only_what_can_be_seen_is_kept(city):
    one = receive(city.member, "车间.JPEG", photo(orientation=6))
    kept = stored()[0].read_bytes()
    assert not Image.open(BytesIO(kept)).getexif()
    assert Image.open(BytesIO(kept)).size == (20, 40)
    assert (one.name, one.size) == ("车间.jpeg", len(kept))


def test_the_photo_of_an_iphone_becomes_a_jpeg(city):
    one = receive(city.member, "IMG_0042.HEIC", picture("HEIF"))
    assert (one.name, one.content_type) == ("IMG_0042.jpg", "image/jpeg")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("空.pdf", b""),
        ("大.pdf", PDF + b"\0" * (11 * 1024 * 1024)),
        ("脚本.js", b"alert(1)"),
        ("压缩.zip", b"PK\x03\x04" + b"\0" * 60),
        ("宏.docm", office("word", "word/vbaProject.bin")),
        ("坏.jpg", picture()[:200]),
    ],
)
def test_what_is_not_taken_says_why_and_leaves_nothing(city, name, data):
    refused = refusal(receive, city.member, name, data)
    assert refused.why == Why.INVALID
    assert name in refused.errors["file"][0]
    assert not Attachment.objects.exists()
    assert stored() == []


def test_ten_megabytes_are_taken(city):
    assert receive(city.member, data=PDF.ljust(10 * 1024 * 1024, b"\0")).size == 10 * 1024 * 1024


def test_one_person_holds_twenty_files_ready_and_no_more(city, settings):
    settings.ATTACHMENTS_MOST = 3
    for _n in range(3):
        receive(city.member)
    assert refusal(receive, city.member).why == Why.INVALID
    assert len(stored()) == 3
    receive(make_member())  # somebody else's are not counted


def test_together_the_files_may_have_so_many_bytes(city, settings):
    settings.ATTACHMENTS_MOST_BYTES = len(PDF) + 10
    receive(city.member)
    assert refusal(receive, city.member).why == Why.INVALID
    assert len(stored()) == 1


def test_what_nobody_files_within_a_day_is_gone_with_its_content(city, django_capture_on_commit_callbacks):
    receive(city.member, moment=NOW - timedelta(hours=25))
    young = receive(city.member, moment=NOW - timedelta(hours=23))
    with django_capture_on_commit_callbacks(execute=True):
        assert attachments.forget_staged(NOW) == 1
    assert list(Attachment.objects.all()) == [young]
    assert len(stored()) == 1


def test_a_content_without_its_row_is_deleted_and_one_that_may_still_get_it_is_not(city):
    kept = intake.accept(filing(city, receive(city.member)), by=actor(city.member), at=NOW).attachments.get()
    with pytest.raises(ZeroDivisionError), attachments._stored(attachments.examined("a.pdf", PDF), NOW):
        raise ZeroDivisionError
    assert len(stored()) == 1, "whatever goes wrong inside, the content is gone again"
    lost = Path(kept.file.path).with_name("killed-in-between")
    lost.write_bytes(PDF)
    assert attachments.forget_staged(NOW + timedelta(days=1)) == 0
    assert attachments.forget_staged(NOW + timedelta(days=3)) == 1
    assert stored() == [Path(kept.file.path)]


def test_the_clock_work_forgets_them(city, django_capture_on_commit_callbacks):
    receive(city.member, moment=at(1, 5, year=2020))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.forget_staged_files()
    assert stored() == []


def test_a_file_of_an_appeal_is_never_forgotten_like_that(city):
    intake.accept(filing(city, receive(city.member)), by=actor(city.member), at=NOW)
    assert attachments.forget_staged(NOW + timedelta(days=400)) == 0


def test_who_thinks_better_of_it_drops_only_what_is_his(city, django_capture_on_commit_callbacks):
    mine, other = receive(city.member), receive(make_member())
    with django_capture_on_commit_callbacks(execute=True):
        attachments.drop([mine.pk, other.pk], by=actor(city.member))
    assert list(Attachment.objects.all()) == [other]
    assert len(stored()) == 1


# Filed


def filing(city, *files, **more):
    return intake.Filing(enterprise=city.enterprise, attachments=tuple(one.pk for one in files), **TEXT, **more)


def test_files_are_filed_with_the_appeal_and_its_one_event_names_them(city):
    first, second = receive(city.member), receive(city.member, "照片.png", picture("PNG"))
    case = intake.accept(filing(city, first, second), by=actor(city.member), at=NOW)
    assert list(case.attachments.values_list("pk", "part")) == [(first.pk, "member"), (second.pk, "member")]
    event = case.events.get()
    assert [one["sha256"] for one in event.data["attachments"]] == [first.sha256, second.sha256]


def test_an_appeal_without_files_says_nothing_of_files(city):
    case = intake.accept(filing(city), by=actor(city.member), at=NOW)
    assert "attachments" not in case.events.get().data


def test_somebody_elses_file_is_not_filed_and_neither_is_the_appeal(city):
    stranger = receive(make_member())
    refused = refusal(intake.accept, filing(city, receive(city.member), stranger), by=actor(city.member), at=NOW)
    assert (refused.why, list(refused.errors)) == (Why.INVALID, ["attachments"])
    assert not Appeal.objects.exists()
    assert Attachment.objects.filter(appeal=None).count() == 2


def test_a_file_is_filed_once(city):
    one = receive(city.member)
    intake.accept(filing(city, one), by=actor(city.member), at=NOW)
    refused = refusal(intake.accept, filing(city, one), by=actor(city.member), at=NOW)
    assert list(refused.errors) == ["attachments"]


def test_a_file_that_was_refused_meanwhile_is_not_filed(city):
    one = receive(city.member)
    Attachment.objects.update(state="refused", reason="x", file="")
    refused = refusal(intake.accept, filing(city, one), by=actor(city.member), at=NOW)
    assert one.name in refused.errors["attachments"][0]


def test_a_station_officer_files_for_an_enterprise_with_its_papers(city):
    triage = city.triage
    one = receive(triage)
    case = intake.accept(filing(city, one), by=actor(triage), at=NOW)
    assert (case.attachments.get().part, case.attachments.get().department_id) == ("triage", "330800-QFZX")


# Added to a case


def test_a_file_is_added_with_exactly_one_event(city, case):
    before, version = case.events.count(), case.version
    one = upload(case, city.member)
    event = case.events.last()
    assert case.events.count() == before + 1
    assert (event.verb, event.part, event.internal) == ("upload", "member", False)
    assert event.data == {"attachment": one.pk, "name": one.name, "size": one.size, "sha256": one.sha256}
    assert Appeal.objects.get(pk=case.pk).version == version


def test_a_file_of_the_enterprise_ends_a_pause_and_one_of_the_office_does_not(city, case):
    due = case.resolve_by
    pausing.pause(case, by=actor(city.handler), reason="enterprise", note="等企业补材料", at=NOW)
    upload(case, city.handler, moment=NOW + timedelta(minutes=10))
    assert Appeal.objects.get(pk=case.pk).paused_at is not None
    upload(case, city.member, moment=NOW + timedelta(minutes=30))
    case = Appeal.objects.get(pk=case.pk)
    assert case.paused_at is None
    assert (due, case.resolve_by) == (at(9, 14, 17, 30), at(9, 15, 9))  # half an hour more of working time
    assert case.events.last().data["resumed"] is True


def test_an_internal_file_has_an_internal_line(city, case):
    one = upload(case, city.handler, internal=True)
    assert lines(case)[-1] == ("upload", True)
    assert (one.part, one.department_id) == ("handler", SCIENCE)
    assert attachments.of_case(case, to=actor(city.handler)).get() == one
    assert not attachments.of_case(case, to=actor(city.member)).exists()


def test_the_enterprise_adds_nothing_internal(city, case):
    assert refusal(upload, case, city.member, internal=True).why == Why.FORBIDDEN
    assert stored() == []


def test_to_a_merged_appeal_nothing_is_added(city, case):
    linking.merge(case, by=actor(city.triage), into=make_appeal(city=city), at=NOW)
    case.refresh_from_db()
    assert refusal(upload, case, city.member).why == Why.CONFLICT


def test_a_stranger_adds_nothing(city, case):
    assert refusal(upload, case, make_member()).why == Why.FORBIDDEN
    assert refusal(upload, case, city.holder(Role.HANDLER, LABOUR)).why == Why.FORBIDDEN
    assert not Attachment.objects.exists()


def test_whoever_may_not_is_told_so_before_the_file_is_looked_at(city, case):
    assert refusal(upload, case, make_member(), data=b"").why == Why.FORBIDDEN


def test_a_case_has_room_for_so_many_files(city, case, settings):
    settings.ATTACHMENTS_MOST = 2
    upload(case, city.member)
    upload(case, city.handler)
    before = case.events.count()
    assert refusal(upload, case, city.member).why == Why.INVALID
    assert case.events.count() == before
    assert len(stored()) == 2


def test_what_was_removed_or_refused_takes_no_room(city, case, settings):
    settings.ATTACHMENTS_MOST = 1
    attachments.remove(upload(case, city.member), by=actor(city.member), at=NOW)
    upload(case, city.member)
    Attachment.objects.filter(removed_at=None).update(state="refused", reason="x", file="")
    upload(case, city.member)


def test_the_other_side_is_told(city, case):
    from routing.models import Notice

    handler = city.handler
    upload(case, city.member)
    assert Notice.objects.filter(kind="upload").values_list("recipient", flat=True)[0] == handler.pk
    upload(case, handler, internal=True)
    assert not Notice.objects.filter(kind="upload", recipient=city.member.pk).exists()
    upload(case, handler)
    assert Notice.objects.filter(kind="upload", recipient=city.member.pk).exists()


def test_some_of_several_may_be_taken(city, case):
    files = [("好.pdf", PDF), ("坏.js", b"alert(1)"), ("好.png", picture("PNG"))]
    added, errors = attachments.upload_all(case, files, by=actor(city.member), internal=False, at=NOW)
    assert [one.name for one in added] == ["好.pdf", "好.png"]
    assert len(errors) == 1 and "坏.js" in errors[0]
    assert [verb for verb, _internal in lines(case)][-2:] == ["upload", "upload"]
