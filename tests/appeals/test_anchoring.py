"""The anchor waits for whoever is still writing below it, and for nobody else."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal

import pytest
from django.db import connection, transaction

from appeals import anchoring, handling
from appeals.states import Status
from appeals.verification import verify
from chains import locks
from chains.models import Audit
from tests.appeals.test_api_together import together
from tests.factory import City, actor, at, make_appeal

pytestmark = pytest.mark.django_db(transaction=True)
NOON = at(9, 8, 12)


@pytest.fixture
def writer():
    """Somebody who has written a line and not committed it; call to let go."""
    city = City()
    case, handler = make_appeal(Status.SIGNED, city=city), actor(city.handler)
    written, go = Signal(), Signal()

    def write():
        with transaction.atomic():
            handling.note(case, by=handler, text="还没有写完", at=NOON)
            written.set()
            go.wait(10)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(write)
        written.wait(10)

        def let_go():
            go.set()
            done.result()

        yield let_go
        go.set()


def test_nothing_is_anchored_while_a_line_below_is_still_being_written(writer):
    later = make_appeal(Status.TRIAGE)  # its line has a greater id
    assert anchoring.anchor(NOON, patience=0.2) is None
    writer()
    row = anchoring.anchor(NOON, patience=0.2)
    assert row.data["to"] == later.events.get().pk
    assert row.data["events"] == 6
    assert verify().holds


def test_an_anchor_holds_up_nobody_who_writes(writer):
    case = make_appeal(Status.TRIAGE)
    with ThreadPoolExecutor(1) as pool:
        anchored = pool.submit(together, lambda: anchoring.anchor(NOON, patience=5))
        make_appeal(Status.CLOSED)  # goes on
        writer()
        assert anchored.result()[0].data["to"] >= case.events.get().pk
    assert verify().holds


def test_of_two_who_anchor_at_once_the_second_leaves_it_to_the_first(writer):
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(together, lambda: anchoring.anchor(NOON, patience=5))
        while not _is_anchoring():
            pass
        assert anchoring.anchor(NOON) is None
        writer()
        assert first.result()[0]
    assert Audit.objects.of_kind(Audit.Kind.ANCHOR).count() == 1


def _is_anchoring():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s", [locks.ANCHOR])
        return cursor.fetchone()[0]
