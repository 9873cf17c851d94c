"""The record of an appeal: sealed line by line, and never changed."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from appeals import handling, oversight
from appeals.models import Appeal, Event
from appeals.sealing import line_of
from appeals.states import Status
from chains import chaining
from tests.factory import City, actor, at, make_appeal

pytestmark = pytest.mark.django_db
NOW = at(9, 7, 15)


def assert_whole(case):
    """Every line is sealed after the one before it, and the appeal names the last."""
    case = Appeal.objects.get(pk=case.pk)
    seal = chaining.FIRST
    for seq, event in enumerate(case.events.all(), start=1):
        seal = chaining.seal(seal, line_of(case.number, event))
        assert (event.seq, event.hash) == (seq, seal)
    assert (case.last_seq, case.last_hash) == (seq, seal)


@pytest.mark.parametrize("status", list(Status)[:3] + [Status.CLOSED, Status.DECLINED, Status.WITHDRAWN])
def test_every_step_continues_the_chain_of_its_appeal(status):
    assert_whole(make_appeal(status))


def test_what_the_clock_does_continues_it_as_well():
    case = make_appeal(Status.SIGNED)
    oversight.sweep(at(10, 30))
    assert case.events.of_verb("due").exists()
    assert_whole(case)


def test_a_step_that_is_undone_leaves_the_chain_as_it_was():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        handling.note(case, by=actor(city.handler), text="写了又没有写", at=NOW)
        raise ZeroDivisionError
    handling.note(case, by=actor(city.handler), text="写了", at=NOW)
    assert_whole(case)


def test_a_line_says_from_which_address_it_was_written(client):
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    client.force_login(city.handler)
    values = {"version": case.version, "text": "已联系", "internal": "on"}
    client.post(f"/appeals/{case.number}/note/", values, REMOTE_ADDR="192.0.2.7")
    event = case.events.last()
    assert (event.verb, event.origin) == ("note", "192.0.2.7")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE appeals_event SET text = 'x'",
        "UPDATE appeals_event SET internal = NOT internal WHERE seq = 2",
        "DELETE FROM appeals_event WHERE seq = 2",
        "DELETE FROM appeals_event",
    ],
)
def test_the_database_refuses_to_change_or_delete_a_line(statement):
    make_appeal(Status.DISPATCHED)
    refused = pytest.raises(IntegrityError, match="appeals_event is a record: its rows are neither changed nor deleted")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_appeal_cannot_be_deleted_with_its_record():
    case = make_appeal(Status.TRIAGE)
    with pytest.raises(IntegrityError), transaction.atomic():
        case.delete()


def test_a_line_without_a_seal_is_not_taken():
    case = make_appeal(Status.TRIAGE)
    line = {"seq": 2, "at": NOW, "verb": "note", "part": "automatic", "round": 1}
    with pytest.raises(IntegrityError, match="event_is_sealed"), transaction.atomic():
        Event.objects.create(appeal=case, **line)


def test_records_older_than_the_chain_are_sealed_as_they_stand():
    cases = [make_appeal(status) for status in (Status.CLOSED, Status.TRIAGE)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("""UPDATE appeals_event SET hash = 'none', data = '{"share": 1.0, "huge": 1e30}'""")
        cursor.execute("UPDATE appeals_appeal SET last_hash = ''")
        migration = import_module("appeals.migrations.0007_sealed_events")
        migration.BATCH = 4  # less than the lines of one appeal
        with connection.schema_editor() as editor:
            migration.seal_all(apps, editor)
    for case in cases:
        assert_whole(case)


def test_the_moment_is_part_of_the_seal():
    case = make_appeal(Status.TRIAGE)
    event = case.events.get()
    event.at += timedelta(microseconds=1)
    assert chaining.seal(chaining.FIRST, line_of(case.number, event)) != event.hash
