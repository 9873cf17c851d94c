"""The chain of what is no step of an appeal."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as some

from chains import audit, chaining
from chains.models import Audit
from tests.factory import at, make_user

NOON = at(9, 7, 12)


def sealed_again(row: Audit) -> str:
    fresh = Audit.objects.get(pk=row.pk)
    return chaining.seal(fresh.previous, audit.line_of(fresh))


@pytest.mark.django_db
def test_lines_are_numbered_from_one_without_gaps_and_each_names_the_one_before():
    clerk = make_user()
    first = audit.note(Audit.Kind.LOGIN, by=clerk.pk, at=NOON, origin="10.1.2.3")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        audit.note(Audit.Kind.LOGIN, by=clerk.pk, at=NOON)
        raise ZeroDivisionError
    second = audit.note(Audit.Kind.EXPORT, by=None, subject="appeals.csv", data={"rows": 3}, at=NOON)
    assert [first.seq, second.seq] == [1, 2]
    assert [first.previous, second.previous] == ["", first.hash]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "data",
    [
        {"名称": "县", "b": [1, None, True], "a": {"nested": "“quoted”\n"}},
        {"share": 0.1, "whole": 1.0, "tiny": 1e-07, "huge": 1e16, "vast": 1e23, "minus": -0.0},
        {1: "a number as a name", "z": 2, "aa": 3},
    ],
)
def test_a_line_read_back_has_the_seal_it_was_written_with(data):
    row = audit.note(Audit.Kind.IMPORT, by=None, data=data, origin="::FFFF:192.0.2.1", at=NOON + timedelta(0, 0, 7))
    assert sealed_again(row) == row.hash
    assert row.origin == "192.0.2.1"


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE chains_audit SET subject = 'x'", "DELETE FROM chains_audit"])
def test_the_database_refuses_to_change_or_delete_a_line(statement):
    audit.note(Audit.Kind.LOGIN, by=None, at=NOON)
    with pytest.raises(IntegrityError, match="neither changed nor deleted"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_two_who_write_at_once_make_one_line_of_it():
    def write():
        for _time in range(20):
            audit.note(Audit.Kind.LOGIN, by=None, at=NOON)
        connection.close()

    writers = [Thread(target=write) for _writer in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    rows = list(Audit.objects.order_by("seq"))
    assert [row.seq for row in rows] == list(range(1, 61))
    assert [row.previous for row in rows] == ["", *(row.hash for row in rows[:-1])]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),  # a proxy that speaks through a socket
        ("unix:", None),
        (None, None),
    ],
)
def test_addresses_have_one_form(text, address):
    assert chaining.address(text) == address


def test_a_moment_is_the_same_in_every_zone():
    assert chaining.moment(NOON) == chaining.moment(NOON.astimezone(UTC)) == int(NOON.timestamp()) * 1_000_000
    assert chaining.moment(datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)) == 1


_json = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
)


@given(_json)
def test_what_is_settled_stays_as_it_is(data):
    settled = chaining.settled(data)
    assert chaining.settled(settled) == settled
    assert chaining.seal("", [settled]) == chaining.seal("", [chaining.settled(data)])


def test_another_line_or_another_line_before_it_is_another_seal():
    seals = {chaining.seal(*case) for case in [("", ["a"]), ("", ["b"]), ("x", ["a"]), ("", ["a", None])]}
    assert len(seals) == 4
