"""Whoever changes the record behind the back of the house is found, and the row is named."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import translation

from appeals import anchoring, handling, tasks
from appeals.models import Appeal, Event
from appeals.sealing import line_of
from appeals.states import Status
from appeals.verification import verify
from chains import audit, chaining
from chains.chaining import Fault
from chains.models import Audit
from chains.taxonomy import Role
from routing.models import Notice
from routing.wording import words
from tests.factory import CENTRE, City, actor, at, make_appeal, make_user

pytestmark = pytest.mark.django_db
NOON = at(9, 8, 12)


@pytest.fixture
def case():
    """Three appeals, the middle one signed, and three lines of the audit."""
    city = City()
    make_appeal(Status.TRIAGE, city=city)
    case = make_appeal(Status.SIGNED, city=city)  # file, dispatch, sign, contact
    make_appeal(Status.TRIAGE, city=city)
    for subject in ("a", "b", "c"):
        audit.note(Audit.Kind.EXPORT, by=city.triage.pk, subject=subject, at=NOON)
    return case


def as_superuser(sql, *params):
    """What somebody can do who switches the trigger off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what was written before is in order
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, params)
        assert cursor.rowcount
        cursor.execute("SET LOCAL session_replication_role = origin")


def fault():
    found = verify()
    return found.where, found.fault


def test_a_record_that_nobody_touched_holds(case):
    found = verify()
    assert found.holds
    assert (found.appeals, found.events, found.lines, found.where) == (3, 6, 3, "")
    assert found.head == Audit.objects.get(seq=3).hash


@pytest.mark.parametrize(
    "change",
    [
        "text = text || ' '",
        "data = data || '{\"x\": 1}'",
        "at = at + interval '1 microsecond'",
        "actor_id = NULL",
        "part = 'director'",
        "department_id = NULL",
        "internal = NOT internal",
        "verb = 'note'",
        "from_status = 'triage'",
        "to_status = 'closed'",
        "round = 2",
        "late_by = 0",
        "origin = '192.0.2.1'",
        "hash = reverse(hash)",
    ],
)
def test_an_event_that_was_changed_is_named(case, change):
    as_superuser(f"UPDATE appeals_event SET {change} WHERE appeal_id = %s AND seq = 3", case.pk)
    assert fault() == (f"{case.number} 3", Fault.CHANGED)


def test_a_share_that_became_another_number_is_named(case):
    change = """UPDATE appeals_event SET data = jsonb_set(data, '{confidence}', '0.123') WHERE appeal_id = %s"""
    as_superuser(change + " AND seq = 1", case.pk)
    assert fault() == (f"{case.number} 1", Fault.CHANGED)


@pytest.mark.parametrize("seq", [1, 2, 4])
def test_a_missing_event_is_named(case, seq):
    as_superuser("DELETE FROM appeals_event WHERE appeal_id = %s AND seq = %s", case.pk, seq)
    assert fault() == (f"{case.number} {seq}", Fault.MISSING)


def test_a_record_without_any_line_is_named(case):
    as_superuser("DELETE FROM appeals_event WHERE appeal_id = %s", case.pk)
    assert fault() == (f"{case.number} 1", Fault.MISSING)


def test_events_that_changed_places_are_named(case):
    # One after the other: within a statement the rows come in any order, and a number is taken once.
    for old, new in ((3, 1000), (4, 3), (1000, 4)):
        as_superuser("UPDATE appeals_event SET seq = %s WHERE appeal_id = %s AND seq = %s", new, case.pk, old)
    assert fault() == (f"{case.number} 3", Fault.CHANGED)


def test_an_event_moved_to_another_appeal_is_named(case):
    first = Appeal.objects.earliest("pk")
    as_superuser("UPDATE appeals_event SET appeal_id = %s, seq = 2 WHERE appeal_id = %s AND seq = 2", first.pk, case.pk)
    assert fault() == (f"{first.number} 2", Fault.CHANGED)


def test_an_appeal_that_took_another_number_is_named(case):
    as_superuser("UPDATE appeals_appeal SET number = 'QY202609079999990' WHERE id = %s", case.pk)
    assert fault() == ("QY202609079999990 1", Fault.CHANGED)


def test_a_forged_event_at_the_end_is_named(case):
    event = Event(
        appeal=case, seq=5, at=NOON, verb="note", part="handler", round=1, text="从来没有发生过", hash="f" * 64
    )
    event.save()
    assert fault() == (f"{case.number} 5", Fault.CHANGED)


def test_an_event_that_its_appeal_does_not_know_of_is_named(case):
    as_superuser("UPDATE appeals_appeal SET last_seq = 3 WHERE id = %s", case.pk)
    assert fault() == (f"{case.number} 4", Fault.BEYOND)


def test_events_whose_appeal_was_deleted_are_named(case):
    as_superuser("DELETE FROM appeals_appeal WHERE id = %s", case.pk)
    assert fault() == (f"appeal {case.pk} 1", Fault.ORPHAN)


class TestAnchors:
    def test_what_goes_on_after_an_anchor_does_not_break_it(self, case):
        assert anchoring.anchor(NOON).data["events"] == 6
        handling.note(case, by=actor(case.handler), text="继续办理", at=NOON)
        assert verify().holds
        second = anchoring.anchor(NOON)
        assert (second.data["after"], second.data["events"]) == (Event.objects.order_by("-pk")[1].pk, 1)
        found = verify()
        assert (found.holds, found.anchored, found.lines) == (True, 7, 5)

    def test_an_appeal_deleted_with_all_its_events_is_missed(self, case):
        row = anchoring.anchor(NOON)
        as_superuser("DELETE FROM appeals_event WHERE appeal_id = %s", case.pk)
        as_superuser("DELETE FROM appeals_appeal WHERE id = %s", case.pk)
        assert fault() == (f"audit {row.seq}", Fault.ANCHORED)

    def test_the_end_of_a_chain_cut_off_together_with_what_the_appeal_says_of_it_is_missed(self, case):
        row = anchoring.anchor(NOON)
        as_superuser("DELETE FROM appeals_event WHERE appeal_id = %s AND seq = 4", case.pk)
        third = case.events.get(seq=3)
        as_superuser("UPDATE appeals_appeal SET last_seq = 3, last_hash = %s WHERE id = %s", third.hash, case.pk)
        assert fault() == (f"audit {row.seq}", Fault.ANCHORED)

    def test_a_whole_chain_sealed_anew_is_missed(self, case):
        row = anchoring.anchor(NOON)
        seal = chaining.FIRST
        as_superuser("UPDATE appeals_event SET text = '改过' WHERE appeal_id = %s AND seq = 4", case.pk)
        for event in case.events.all():
            seal = chaining.seal(seal, line_of(case.number, event))
            as_superuser("UPDATE appeals_event SET hash = %s WHERE id = %s", seal, event.pk)
        as_superuser("UPDATE appeals_appeal SET last_hash = %s WHERE id = %s", seal, case.pk)
        assert fault() == (f"audit {row.seq}", Fault.ANCHORED)

    def test_all_events_emptied_are_missed(self, case):
        row = anchoring.anchor(NOON)
        as_superuser("DELETE FROM appeals_event")
        as_superuser("DELETE FROM appeals_appeal")
        assert anchoring.anchor(NOON).data["to"] == row.data["to"]
        assert fault() == (f"audit {row.seq}", Fault.ANCHORED)

    def test_there_is_one_a_day(self, case):
        assert anchoring.anchor_once_a_day(at(9, 8, 0, 5))
        assert anchoring.anchor_once_a_day(at(9, 8, 23, 55)) is None
        assert anchoring.anchor_once_a_day(at(9, 9, 0, 5)).data["events"] == 0


class TestAuditChain:
    @pytest.mark.parametrize(
        "change",
        [
            "subject = 'x'",
            "data = '[]'",
            "actor_id = NULL",
            "at = at + interval '1 day'",
            "kind = 'login'",
            "origin = '10.0.0.1'",
            "previous = ''",
            "hash = reverse(hash)",
        ],
    )
    def test_a_line_that_was_changed_is_named(self, case, change):
        as_superuser(f"UPDATE chains_audit SET {change} WHERE seq = 2")
        assert fault() == ("audit 2", Fault.CHANGED)

    def test_a_missing_line_is_named(self, case):
        as_superuser("DELETE FROM chains_audit WHERE seq = 2")
        assert fault() == ("audit 2", Fault.MISSING)

    def test_a_line_at_the_end_is_missed_by_whoever_noted_it(self, case):
        known = (3, Audit.objects.get(seq=3).hash)
        assert verify(known=known).holds
        as_superuser("DELETE FROM chains_audit WHERE seq = 3")
        assert verify().holds  # nothing inside can tell
        found = verify(known=known)
        assert (found.where, found.fault) == ("audit 3", Fault.UNKNOWN)


class TestCommand:
    def test_it_counts_what_holds_and_leaves_a_line_of_its_own(self, case):
        out = StringIO()
        call_command("verify_audit", stdout=out)
        assert "6 events of 3 appeals (0 anchored) and 3 lines of the audit hold" in out.getvalue()
        row = Audit.objects.newest().first()
        assert (row.kind, row.data["holds"], row.data["events"]) == ("verification", True, 6)
        assert f"3:{row.previous}" in out.getvalue()

    def test_it_fails_with_the_first_entry_that_does_not_hold(self, case):
        as_superuser("UPDATE appeals_event SET text = 'x' WHERE appeal_id = %s AND seq = 2", case.pk)
        with pytest.raises(CommandError, match=f"^{case.number} 2: "):
            call_command("verify_audit")
        assert Audit.objects.newest().first().data["where"] == f"{case.number} 2"


def test_a_break_found_by_the_clock_work_is_told_to_auditor_and_director(case):
    auditor, director = make_user(Role.AUDITOR), make_user(Role.DIRECTOR, CENTRE)
    as_superuser("UPDATE appeals_event SET text = 'x' WHERE appeal_id = %s AND seq = 2", case.pk)
    tasks.verify_record()
    told = Notice.objects.filter(kind="broken")
    assert {notice.recipient_id for notice in told} == {auditor.pk, director.pk}
    with translation.override("en"):
        assert f"does not hold at {case.number} 2" in words(told[0])[0]
