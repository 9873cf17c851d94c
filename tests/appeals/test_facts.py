"""Each change folds the facts of the appeal into its one row; nothing in it names a person or quotes a text."""

import pytest

from appeals import facts
from appeals.models import Appeal
from appeals.states import Status
from chains.models import CaseFact, Department
from tests.factory import LABOUR, PARK, SCIENCE, City, at, make_appeal, make_enterprise, make_member

pytestmark = pytest.mark.django_db


def fact_of(case) -> CaseFact:
    return CaseFact.objects.get(pk=case.number)


def test_a_closed_case_leaves_every_moment_and_minute():
    city = City()
    city._people["member"] = make_member(make_enterprise(district_id="ZZXC", park_id=PARK, industry_id="NEWMAT"))
    case = make_appeal(Status.CLOSED, city=city)
    fact = fact_of(case)
    assert (fact.chain, fact.topic, fact.level, fact.lead) == ("innovation", "N01", "B", SCIENCE)
    assert (fact.district, fact.park, fact.industry, fact.source) == ("ZZXC", PARK, "NEWMAT", "web")
    assert (fact.filed_at, fact.dispatched_at, fact.signed_at) == (at(9, 7), at(9, 7, 9, 30), at(9, 7, 10))
    assert (fact.contacted_at, fact.replied_at, fact.closed_at) == (at(9, 7, 10, 30), at(9, 7, 11), at(9, 7, 12))
    assert (fact.sign_by, fact.contact_by, fact.resolve_by) == (at(9, 8, 17, 30), at(9, 8, 17, 30), at(9, 14, 17, 30))
    assert (fact.used_minutes, fact.total_minutes, fact.paused_minutes) == (90, 180, 0)
    assert (fact.solved, fact.stars, fact.first_solved, fact.first_stars) == ("yes", 5, "yes", 5)
    assert (fact.round, fact.redo_count, fact.reopen_count, fact.hand_backs_lost) == (1, 0, 0, 0)


def test_one_row_an_appeal_however_many_changes():
    case = make_appeal(Status.CLOSED)
    assert CaseFact.objects.filter(pk=case.number).count() == 1
    facts.fold(case)
    assert CaseFact.objects.count() == 1


def test_folding_again_gives_the_same_digits():
    case = make_appeal(Status.CLOSED)
    before = CaseFact.objects.filter(pk=case.number).values().get()
    CaseFact.objects.all().delete()
    facts.fold_all(list(Appeal.objects.all()))
    assert CaseFact.objects.filter(pk=case.number).values().get() == before


def test_what_complains_of_an_office_is_marked_to_be_withheld():
    assert not fact_of(make_appeal()).withheld
    assert fact_of(make_appeal(complained_of=Department.objects.get(pk=LABOUR))).withheld


def test_no_name_and_no_text_gets_into_the_facts():
    case = make_appeal(
        Status.CLOSED, title="标题甲乙", description="正文丙丁", contact_name="王小明", contact_phone="13800138000"
    )
    row = " ".join(map(str, CaseFact.objects.filter(pk=case.number).values_list().get()))
    for secret in ("甲乙", "丙丁", "王小明", "13800138000", case.enterprise.name, case.enterprise.credit_code):
        assert secret not in row


def test_many_are_folded_in_one_query(django_assert_num_queries):
    city = City()
    cases = list(Appeal.objects.filter(pk__in=[make_appeal(city=city).pk for _ in range(5)]).select_related("topic"))
    with django_assert_num_queries(1):
        facts.fold_all(cases)
