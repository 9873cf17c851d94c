"""Files of appeals after they came: removed, read on the record, held by the database, two at once."""

from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.conf import settings as house
from django.db import IntegrityError, connection, transaction

from appeals import attachments
from appeals.models import Attachment
from appeals.states import Refused, Status, Why
from chains.models import Audit
from tests.appeals.files import PDF
from tests.factory import City, actor, at, make_appeal, make_member

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


# Removed


def test_within_the_hour_one_takes_back_a_file_of_ones_own(city, case, django_capture_on_commit_callbacks):
    one = upload(case, city.member)
    with django_capture_on_commit_callbacks(execute=True):
        attachments.remove(one, by=actor(city.member), at=NOW + timedelta(minutes=59))
    assert lines(case)[-2:] == [("upload", False), ("remove_attachment", False)]
    assert stored() == []
    assert not attachments.of_case(case, to=actor(city.handler)).exists()
    row = Attachment.objects.get()
    assert (row.removed_by, row.file.name, row.sha256) == (city.member, "", one.sha256)


def test_somebody_elses_file_stays(city, case):
    one = upload(case, city.member)
    assert refusal(attachments.remove, one, by=actor(city.handler), at=NOW).why == Why.FORBIDDEN


def test_after_an_hour_it_stays(city, case):
    one = upload(case, city.member)
    late = NOW + timedelta(minutes=61)
    assert refusal(attachments.remove, one, by=actor(city.member), at=late).why == Why.CONFLICT
    assert not attachments.may_remove(one, by=actor(city.member), at=late)
    assert attachments.may_remove(one, by=actor(city.member), at=NOW)


def test_after_the_reply_it_stays(city):
    case = make_appeal(Status.REPLIED, city=city)
    one = upload(case, city.member)
    assert refusal(attachments.remove, one, by=actor(city.member), at=NOW).why == Why.CONFLICT


def test_it_is_removed_once(city, case):
    one = upload(case, city.member)
    attachments.remove(one, by=actor(city.member), at=NOW)
    before = case.events.count()
    assert refusal(attachments.remove, one, by=actor(city.member), at=NOW).why == Why.CONFLICT
    assert case.events.count() == before


# Read


def test_each_download_is_noted_with_its_address(city, case):
    one = upload(case, city.member)
    attachments.opened(one, by=actor(city.handler), at=NOW)
    line = Audit.objects.get(kind="download")
    assert (line.actor_id, line.subject) == (city.handler.pk, case.number)
    assert line.data == {"attachment": one.pk, "sha256": one.sha256}


@pytest.mark.parametrize("state", ["checking", "refused"])
def test_what_is_not_known_to_be_clean_is_not_read(city, case, state):
    one = upload(case, city.member)
    one.state, one.reason = state, "x" if state == "refused" else ""
    assert refusal(attachments.opened, one, by=actor(city.handler), at=NOW).why == Why.CONFLICT
    assert not Audit.objects.filter(kind="download").exists()


# What must always hold


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("a_file_of_a_case_says_in_which_part_it_came", {"part": ""}),
        ("an_internal_file_belongs_to_a_case", {"appeal": None, "internal": True}),
        ("a_file_is_not_empty", {"size": 0}),
        ("a_refused_file_says_why", {"state": "refused", "reason": ""}),
        ("a_refused_file_says_why", {"reason": "x"}),
        ("a_file_that_can_be_read_is_there", {"file": ""}),
        ("a_removed_file_says_who_removed_it", {"removed_at": NOW}),
    ],
)
def test_the_database_holds_what_is_said(city, case, constraint, wrong):
    upload(case, city.member)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Attachment.objects.update(**wrong)


def _together(*actions) -> list[str]:
    """Everybody at once, each on a connection of his own; who was refused, and how."""
    ready, outcomes = Barrier(len(actions)), []

    def take(action):
        try:
            ready.wait()
            action()
            outcomes.append("taken")
        except Refused as refused:
            outcomes.append(refused.why)
        finally:
            connection.close()

    people = [Thread(target=take, args=[action]) for action in actions]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_of_two_files_for_the_last_place_of_a_case_one_is_taken(settings):
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    settings.ATTACHMENTS_MOST = 1
    who = [actor(city.member), actor(city.handler)]
    outcomes = _together(*(lambda by=by: attachments.upload(case, "a.pdf", PDF, by=by, at=NOW) for by in who))
    assert outcomes == [Why.INVALID, "taken"]
    assert (case.attachments.count(), len(stored())) == (1, 1)
    assert [event.verb for event in case.events.all()].count("upload") == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_files_for_the_last_place_of_a_person_one_is_taken(settings):
    by = actor(make_member())
    settings.ATTACHMENTS_MOST = 1
    outcomes = _together(*[lambda: attachments.receive("a.pdf", PDF, by=by, at=NOW)] * 2)
    assert outcomes == [Why.INVALID, "taken"]
    assert (Attachment.objects.count(), len(stored())) == (1, 1)
