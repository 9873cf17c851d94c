import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from appeals import facts
from appeals.models import Appeal, Clock, Enterprise, Event, Pause, Request, SupervisionOrder, SupportOrder, Timer
from appeals.people import actor_of
from appeals.states import OPEN, Status
from appeals.ticking import UNWATCHED
from chains.models import CaseFact, User
from config.seeding import bulk, history
from config.seeding.filling import TABLES
from tests.factory import City, at, make_appeal
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

NOW = at(9, 9, 15)
COUNT = 300


def seed(count=COUNT, opened=60, seed=1, now=NOW):
    stages = []
    history.make(count, opened, seed, now, say=lambda *stage: stages.append(stage))
    return stages


def test_as_many_are_made_and_open_as_asked_for():
    stages = seed()
    assert Appeal.objects.count() == CaseFact.objects.count() == COUNT
    assert Appeal.objects.open().count() == 60
    assert [name for name, _seconds, _rows in stages] == [
        "people and enterprises",
        "indexes put away",
        "rows",
        "indexes and references",
        "statistics",
    ]
    assert {name: rows for name, _seconds, rows in stages}["rows"] > COUNT * 7


def test_filings_are_spread_over_three_years_up_to_now():
    seed()
    filed = list(Appeal.objects.order_by("pk").values_list("filed_at", flat=True))
    assert filed == sorted(filed)
    assert NOW - timedelta(days=1100) < filed[0] < NOW - timedelta(days=1060)
    assert NOW - timedelta(days=15) < filed[-1] <= NOW


def test_nothing_happened_after_now_and_every_life_is_told_in_order():
    seed()
    assert Event.objects.filter(at__gt=NOW).count() == 0
    for case in Appeal.objects.prefetch_related("events"):
        events = list(case.events.all())
        assert [event.seq for event in events] == list(range(1, case.last_seq + 1)), case
        assert [event.at for event in events] == sorted(event.at for event in events)
        assert events[0].verb == "file" and events[-1].to_status == case.status
        assert all(later.from_status == earlier.to_status for earlier, later in zip(events, events[1:], strict=False))
    closed = Event.objects.filter(appeal__status=Status.CLOSED).count() / Appeal.objects.filter(status="closed").count()
    assert 5.5 < closed < 7.5


def test_the_facts_are_those_that_fold_would_write():
    seed()
    facts_of = {fact.pk: fact for fact in CaseFact.objects.all()}
    for case in Appeal.objects.select_related("topic"):
        written, folded = vars(facts_of[case.number]), vars(facts.facts_of(case))
        assert {name for name in folded if name != "_state" and folded[name] != written[name]} == set()


def test_clocks_run_and_timers_are_armed_for_open_appeals_only():
    seed()
    assert set(Clock.objects.values_list("appeal__status", flat=True)) <= set(OPEN)
    assert Clock.objects.running().count() == Clock.objects.count() > 60
    assert Timer.objects.armed().filter(due_at__lte=NOW).count() == 0
    assert Timer.objects.armed().count() > 60
    for case in Appeal.objects.open().exclude(status=Status.VISITING).prefetch_related("clocks"):
        watched = [clock.due_at for clock in case.clocks.all() if not clock.stopped_at and clock.kind not in UNWATCHED]
        assert case.due_by == min(watched, default=None)


def test_something_stands_beside_some_of_them():
    seed(900, 600)
    assert {*Request.objects.waiting().values_list("kind", flat=True)} >= {"hand_back", "extension"}
    assert SupportOrder.objects.waiting().count() > 3
    ordered = SupervisionOrder.objects.waiting().values_list("appeal", flat=True)
    assert set(ordered) == set(Appeal.objects.filter(open_orders=1).values_list("pk", flat=True)) != set()
    still = set(Appeal.objects.filter(paused_at__isnull=False).values_list("pk", flat=True))
    assert still == set(Clock.objects.stopped().values_list("appeal", flat=True)) != set()
    assert Pause.objects.running().count() == Appeal.objects.filter(status=Status.SIGNED, pk__in=still).count()


def without_secrets(found):
    """Ciphertext is never twice the same, and ids and numbers go on."""
    return [{**row, "contact_phone": "", "id": 0, "number": "", "last_hash": ""} for row in found]


def test_the_same_seed_is_the_same_history():
    seed(80, 10, seed=7)
    first = without_secrets(Appeal.objects.order_by("pk").values())
    seed(80, 10, seed=7)
    assert without_secrets(Appeal.objects.order_by("pk").values()[80:]) == first
    seed(80, 10, seed=8)
    assert without_secrets(Appeal.objects.order_by("pk").values()[160:]) != first


def definitions():
    """By name, without the casts and brackets that PostgreSQL adds when it reads its own words again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        )
        return {(name, re.sub(r"::[a-z ]+(\[\])?|[()]", "", words)) for name, words in cursor.fetchall()}


def test_indexes_and_constraints_are_as_before():
    before = definitions()
    seed(20, 5)
    assert definitions() == before


def test_what_is_put_away_is_gone_until_it_is_restored():
    with connection.cursor() as cursor:
        before = definitions()
        dropped = bulk.put_away(cursor, [model._meta.db_table for model in TABLES])
        assert definitions() < before
        dropped.restore(cursor)
    assert definitions() == before


def test_every_page_opens(client):
    seed(120, 60)
    now = User.objects.get(username="triage")
    director, handler = User.objects.get(username="director"), User.objects.get(username="handler")
    assert actor_of(now).roles
    for user, path in ((director, "/centre/"), (director, "/appeals/"), (handler, "/office/"), (director, "/board/")):
        assert signed_in(user).get(path).status_code == 200, path
    for status in Status:
        case = Appeal.objects.filter(status=status).first()
        if case:
            assert signed_in(director).get(case.get_absolute_url()).status_code == 200, status
            member = User.objects.get(memberships__enterprise=case.enterprise_id)
            assert signed_in(member).get(case.get_absolute_url()).status_code == 200, status


def test_the_command_says_how_fast_each_stage_was():
    out = StringIO()
    call_command("seed_load", "--appeals", "40", stdout=out)
    assert Appeal.objects.count() == 40 and Appeal.objects.open().count() == 2
    assert "/s" in out.getvalue() and "indexes and references" in out.getvalue()


def test_it_does_not_mix_its_appeals_with_real_ones_unless_told():
    make_appeal(city=City())
    with pytest.raises(CommandError, match="--add"):
        call_command("seed_load", "--appeals", "5", stdout=StringIO())
    call_command("seed_load", "--appeals", "5", "--add", stdout=StringIO())
    assert Appeal.objects.count() == 6


@pytest.mark.parametrize(
    "wrong", [["--appeals", "0"], ["--appeals", "5", "--open", "6"], ["--appeals", "5", "--workers", "0"]]
)
def test_a_senseless_number_is_refused(wrong):
    with pytest.raises(CommandError):
        call_command("seed_load", *wrong, stdout=StringIO())
    assert Enterprise.objects.count() == 0
