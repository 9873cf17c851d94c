"""What the database could do without: with other ways closed, a plan shows whether an index answers at all."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appeals.models import Appeal, Findable
from appeals.paging import ORDERINGS, _stretches
from appeals.pairs import pairs_of
from appeals.queues import CENTRE, URGENT, Asked, counts, views_of
from chains.taxonomy import Role
from routing.calendar import workdays
from tests.factory import CENTRE as CENTRE_OFFICE
from tests.factory import LABOUR, PARK, SCIENCE, actor, at, make_user

pytestmark = pytest.mark.django_db

NOW = at(9, 9, 12)


@pytest.fixture
def only_indexes():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")


def test_pairs_are_looked_up_in_their_index(only_indexes):
    plan = Findable.objects.having(pairs_of("贷款到期")).explain()
    assert "appeals_by_pairs_of_signs" in plan


@pytest.mark.parametrize("role", [Role.TRIAGE, Role.REVIEWER, Role.DIRECTOR])
def test_the_counts_of_the_desk_need_no_look_at_the_rows(role):
    """Whoever adds a view that asks for another column adds it to the index `queue_of_the_centre`, too."""
    asked = Asked.at(actor(make_user(role, CENTRE_OFFICE)), NOW, workdays())
    rows = Appeal.objects.listed_to(asked.by, NOW)
    with CaptureQueriesContext(connection) as queries:
        counts(rows, [*views_of(CENTRE, asked.by), URGENT], asked)
    (query,) = [row["sql"] for row in queries if "COUNT" in row["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'queue_of_the_centre'::regclass")
        held = {name for (name,) in cursor.fetchall()}
    assert set(re.findall(r'"appeals_appeal"\."(\w+)"', query)) <= held


PARTED = (
    (Role.DIRECTOR, CENTRE_OFFICE),
    (Role.TRIAGE, CENTRE_OFFICE),
    (Role.HANDLER, SCIENCE),
    (Role.HEAD, LABOUR),
    (Role.STATION, PARK),
)


@pytest.mark.parametrize(("role", "office"), PARTED)
@pytest.mark.parametrize("ordering", ["filed_at", "-filed_at", "due_by", "resolve_by", "closed_at", "-closed_at"])
def test_a_list_is_read_along_an_index_of_its_order(role, office, ordering, only_indexes):
    """But what an office supports: few, and found through their own index."""
    parts = Appeal.objects.listed_to(actor(make_user(role, office)), NOW).parts
    for part in (part for part in parts if "supporting" not in str(part.query.where)):
        for stretch in _stretches(ordering, None):
            plan = stretch._first(part, 51).values("pk").explain()
            open_only = role == Role.TRIAGE and ORDERINGS[ordering.removeprefix("-")]
            assert "Index" in plan and ("Sort" not in plan or open_only), plan
