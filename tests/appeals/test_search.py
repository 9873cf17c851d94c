from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from appeals import register, searching
from appeals.listing import Filters
from appeals.models import Appeal, Findable
from appeals.pairs import pairs_of, words_of
from appeals.privacy import knows_enterprise, may_know_enterprise
from appeals.register import EnterpriseRow
from appeals.states import Actor, Refused, Status
from chains.taxonomy import Role
from tests.factory import (
    CENTRE,
    KECHENG,
    LABOUR,
    PARK,
    SCIENCE,
    City,
    actor,
    at,
    make_appeal,
    make_enterprise,
    make_member,
    make_user,
)

NOW = at(9, 9, 12)
DIRECTOR = Actor(user_id=0, roles=frozenset({Role.DIRECTOR}))
STRANGER = Actor(user_id=0)


def test_words_are_read_once_each_and_letters_count_the_same():
    assert words_of(" 贷款  ISO9001 贷款 iso9001 ") == ["贷款", "iso9001"]


def test_pairs_stand_inside_one_word_of_one_text():
    assert pairs_of("贷款", "到期") == sorted({*pairs_of("贷款"), *pairs_of("到期")})
    assert pairs_of("贷 款") == pairs_of("贷") == pairs_of("") == []
    assert pairs_of("ISO") == pairs_of("iso") != pairs_of("osi")


SIGNS = "贷款到期补贴企业用工aBc1 ,。𠮷"


@given(some.text(SIGNS, max_size=30), some.data())
def test_every_piece_of_a_text_has_its_pairs_in_it(text, data):
    start = data.draw(some.integers(0, len(text)))
    piece = text[start : start + data.draw(some.integers(0, 6))]
    assert set(pairs_of(*words_of(piece))) <= set(pairs_of(text))
    assert all(-(2**31) <= pair < 2**31 for pair in pairs_of(text))


def numbers(query, *, by=DIRECTOR):
    filters = Filters.parse({"q": query}, by=by, now=NOW)
    found = set(Appeal.objects.narrowed(filters).values_list("title", flat=True))
    assert set(Appeal.objects.counted(filters).values_list("title", flat=True)) == found
    return found


def plain(texts, query):
    """What a reader with patience would find."""
    return {
        title
        for title, description, name in texts
        if all(any(word in text.lower() for text in (title, description, name)) for word in query.lower().split())
    }


@pytest.fixture
def library(db):
    """Three hundred short texts of few signs, so that words meet by chance; titles differ."""
    rng, city = Random(5), City()
    case = make_appeal(city=city)
    rows = []
    for n in range(300):
        copy = Appeal.objects.get(pk=case.pk)
        copy.pk, copy.number = None, f"QY2026090{n:08d}"
        copy.title = "".join(rng.choices(SIGNS, k=8)) + str(n)
        copy.description = "".join(rng.choices(SIGNS, k=20))
        rows.append(copy)
    Appeal.objects.bulk_create(rows)
    rows.append(case)
    searching.index_all((row, city.enterprise.name) for row in rows)
    return [(row.title, row.description, city.enterprise.name) for row in rows]


@pytest.mark.parametrize("few", [0, 3, 2_000])
def test_found_is_what_holds_every_word_by_whichever_way(library, few, monkeypatch):
    monkeypatch.setattr(searching, "FEW", few)
    rng = Random(few)
    queries = ["".join(rng.choices(SIGNS.replace(" ", ""), k=rng.randint(2, 4))) for _ in range(60)]
    queries += [f"{one} {other}" for one, other in zip(queries, queries[30:], strict=False)]
    queries += ["试验", "贷款 试验", "ab", "AB", "%a", "_a", "没有", "有限公司 aB"]
    hits = 0
    for query in queries:
        found = numbers(query)
        assert found == plain(library, query), query
        hits += len(found)
    assert hits > 500


@pytest.mark.parametrize("wrong", ["贷", "a", "贷款 款", "1"])
def test_one_sign_alone_is_asked_to_be_more(wrong):
    with pytest.raises(Refused) as refused:
        Filters.parse({"q": wrong}, by=DIRECTOR, now=NOW)
    assert "two characters" in refused.value.errors["q"][0] or "两个" in refused.value.errors["q"][0]


@pytest.mark.django_db
def test_a_number_is_found_from_its_beginning_on():
    case = make_appeal(title="甲")
    number = case.number
    assert numbers(number) == numbers(number.lower()) == numbers(number[2:]) == numbers(number[:10]) == {"甲"}
    assert numbers(f"{number} 高新技术") == {"甲"}
    assert numbers(f"{number} 别的") == set() == numbers("QY20250101")


@pytest.mark.django_db
def test_whoever_may_not_know_the_enterprise_does_not_find_by_its_name():
    city = City()
    case = make_appeal(Status.SIGNED, city=city, title="甲", anonymous=True)
    name = city.enterprise.name
    assert numbers(name, by=actor(city.handler)) == set()
    assert numbers(f"{name} 高新技术", by=actor(city.handler)) == set()
    assert numbers("高新技术", by=actor(city.handler)) == {"甲"}
    for user in (city.member, city.triage, city.director, city.reviewer):
        assert numbers(name, by=actor(user)) == {"甲"}, user
    Appeal.objects.filter(pk=case.pk).update(anonymous=False)
    assert numbers(name, by=actor(city.handler)) == {"甲"}


@pytest.mark.django_db
def test_park_and_industry_do_not_tell_whose_an_anonymous_appeal_is():
    enterprise = make_enterprise(park_id=PARK, district_id="ZZXC", industry_id="NEWMAT")
    city = City()
    city._people["member"] = make_member(enterprise)
    make_appeal(Status.SIGNED, city=city, title="甲", anonymous=True)
    station = make_user(Role.STATION, PARK)

    def by(user, **params):
        filters = Filters.parse(params, by=actor(user), now=NOW)
        return set(Appeal.objects.narrowed(filters).values_list("title", flat=True))

    for params in ({"park": PARK}, {"industry": "NEWMAT"}):
        assert by(city.handler, **params) == set()
        assert by(city.director, **params) == by(station, **params) == by(city.member, **params) == {"甲"}
        assert by(city.handler, district="ZZXC") == {"甲"}


@pytest.mark.django_db
def test_the_condition_on_rows_is_the_rule_of_one_case():
    here, there = make_enterprise(park_id=PARK, district_id="ZZXC"), make_enterprise(district_id=KECHENG)
    cities = [City(), City()]
    for city, enterprise in zip(cities, (here, there), strict=True):
        city._people["member"] = make_member(enterprise)
        for anonymous in (False, True):
            make_appeal(city=city, anonymous=anonymous)
    readers = [make_user(Role.STATION, PARK), make_user(Role.HANDLER, SCIENCE), make_user(Role.TRIAGE, CENTRE)]
    readers += [make_user(Role.HANDLER, LABOUR), *(city.member for city in cities)]
    for reader in map(actor, readers):
        known = set(Appeal.objects.filter(knows_enterprise(reader)))
        assert known == {case for case in Appeal.objects.all() if may_know_enterprise(case, reader)}, reader


@pytest.mark.django_db
def test_a_search_stays_within_what_one_sees():
    make_appeal(Status.SIGNED, city=City(), title="甲")
    elsewhere = actor(make_user(Role.HANDLER, LABOUR))
    filters = Filters.parse({"q": "高新技术"}, by=elsewhere, now=NOW)
    assert not Appeal.objects.listed_to(elsewhere, NOW).narrowed(filters).exists()


@pytest.mark.django_db
def test_a_filing_is_findable_at_once_and_a_renamed_enterprise_by_its_new_name():
    case = make_appeal(title="甲")
    assert Findable.objects.get(appeal=case).pairs == pairs_of("甲", case.description, case.enterprise.name)
    row = EnterpriseRow(case.enterprise.credit_code, "浙江新名有限公司", case.enterprise.district_id, None, None, "")
    register.load([row])
    assert numbers("新名有限") == {"甲"} and numbers("试验") == set()
