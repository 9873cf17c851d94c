import pytest
from django.test import Client

from appeals.models import Appeal
from appeals.states import Status
from chains.taxonomy import Role
from tests.appeals.pages import signed_in, text
from tests.factory import (
    FILED,
    PARK,
    SCIENCE,
    City,
    make_appeal,
    make_enterprise,
    make_member,
    make_user,
)

pytestmark = pytest.mark.django_db

CLEAR = {"title": "高企认定材料怎么报", "description": "我们想申报高新技术企业，请问需要哪些材料？研发费用占比怎么算？"}
VAGUE = {"title": "有个情况", "description": "厂里最近遇到一些困难，想反映一下，请联系。"}


def test_the_portal_is_open_to_everybody():
    page = Client().get("/")
    assert page.status_code == 200
    assert text(page).count("<h1") == 1


def test_no_page_asks_for_anything_from_another_site_or_runs_inline():
    for path in ("/", "/appeals/new/", "/appeals/"):
        page = signed_in(make_member()).get(path)
        assert "default-src 'self'" in page["Content-Security-Policy"]
        body = text(page)
        assert "https://" not in body.replace("https://www.w3.org", "")
        assert " style=" not in body
        assert "<script>" not in body


def test_a_clear_appeal_is_dispatched_at_once_and_says_so():
    client = signed_in(make_member())
    answer = client.post("/appeals/new/", CLEAR)
    case = Appeal.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/appeals/{case.number}/?filed=1")
    assert case.status == Status.DISPATCHED
    page = text(client.get(answer.url))
    assert case.number in page
    assert case.lead.name in page


def test_who_wants_a_person_gets_one():
    client = signed_in(make_member())
    client.post("/appeals/new/", CLEAR | {"wants_person": "true"})
    assert Appeal.objects.get().status == Status.TRIAGE


def test_a_vague_appeal_waits_for_a_person():
    client = signed_in(make_member())
    answer = client.post("/appeals/new/", VAGUE)
    case = Appeal.objects.get()
    assert case.status == Status.TRIAGE
    assert client.get(answer.url).context["case"].triage_by is not None


def test_everything_that_was_said_is_kept():
    enterprise = make_enterprise()
    client = signed_in(make_member(enterprise))
    client.post(
        "/appeals/new/",
        CLEAR
        | {
            "district": "330802",
            "industry": "NEWMAT",
            "nature": "help",
            "urgent": "true",
            "anonymous": "true",
            "complained_of": "科技局",
            "contact_name": "张敏",
            "contact_phone": "138 5701 2345",
        },
    )
    case = Appeal.objects.get()
    assert (case.enterprise, case.district_id, case.industry_id) == (enterprise, "330802", "NEWMAT")
    assert (case.urgent, case.anonymous, case.complained_of_id) == (True, True, SCIENCE)
    assert (case.contact_name, case.contact_phone, case.source) == ("张敏", "13857012345", "web")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "   \x00\x07 "),
        ("title", "长" * 81),
        ("description", ""),
        ("description", "x" * 100_000),
        ("district", "不存在的区"),
        ("industry", "NOTHING"),
        ("nature", "shout"),
        ("complained_of", "没有这个局"),
        ("contact_phone", "call me"),
        ("contact_name", "n" * 51),
        ("urgent", "perhaps"),
    ],
)
def test_a_wrong_value_is_answered_at_its_field_and_nothing_typed_is_lost(field, value):
    client = signed_in(make_member())
    page = client.post("/appeals/new/", CLEAR | {"contact_name": "张敏", field: value})
    assert page.status_code == 400
    assert f'id="file-{field}-error"' in text(page)
    if field != "description":
        assert CLEAR["description"] in text(page)
    if field not in ("title", "description", "contact_name"):
        assert 'value="张敏"' in text(page)
    assert not Appeal.objects.exists()


def test_html_and_emoji_are_words_like_others():
    client = signed_in(make_member())
    answer = client.post(
        "/appeals/new/", {"title": "<script>alert(1)</script> 🏭", "description": "<b>停电</b> 😀 &amp;"}
    )
    page = text(client.get(answer.url))
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 🏭" in page
    assert Appeal.objects.get().description == "<b>停电</b> 😀 &amp;"


def test_more_than_an_hour_allows_is_refused_and_kept(settings):
    settings.FILINGS_PER_HOUR = 1
    client = signed_in(make_member())
    client.post("/appeals/new/", CLEAR)
    page = client.post("/appeals/new/", VAGUE)
    assert page.status_code == 429
    assert int(page["Retry-After"]) > 0
    assert VAGUE["description"] in text(page)
    assert Appeal.objects.count() == 1


def test_who_speaks_for_nobody_is_told_how_to_join():
    page = signed_in(make_user()).get("/appeals/new/")
    assert page.status_code == 200
    assert "/accounts/join/" in text(page)


def test_a_stranger_does_not_file_for_others():
    other = make_enterprise()
    page = signed_in(make_member()).post("/appeals/new/", CLEAR | {"enterprise": other.credit_code})
    assert page.status_code == 403
    assert not Appeal.objects.exists()


@pytest.mark.parametrize(
    ("role", "office", "source"), [(Role.STATION, PARK, "station"), (Role.TRIAGE, "330800-QFZX", "phone")]
)
def test_staff_file_for_an_enterprise_by_its_credit_code(role, office, source):
    enterprise = make_enterprise(park_id=PARK)
    client = signed_in(make_user(role, office))
    assert 'name="enterprise"' in text(client.get("/appeals/new/"))
    missing = client.post("/appeals/new/", CLEAR)
    assert missing.status_code == 400
    assert 'id="file-enterprise-error"' in text(missing)
    answer = client.post("/appeals/new/", CLEAR | {"enterprise": enterprise.credit_code})
    assert answer.status_code == 302
    assert (Appeal.objects.get().enterprise, Appeal.objects.get().source) == (enterprise, source)


def test_a_station_files_for_its_own_park_only():
    page = signed_in(make_user(Role.STATION, PARK)).post(
        "/appeals/new/", CLEAR | {"enterprise": make_enterprise().credit_code}
    )
    assert page.status_code == 403


def test_whoever_speaks_for_several_enterprises_chooses():
    first, second = make_enterprise(), make_enterprise()
    user = make_member(first)
    user.memberships.create(enterprise=second, role="member", state="confirmed", asked_at=FILED, decided_at=FILED)
    client = signed_in(user)
    page = text(client.get("/appeals/new/"))
    assert f'value="{first.credit_code}"' in page
    assert f'value="{second.credit_code}"' in page
    client.post("/appeals/new/", CLEAR | {"enterprise": second.credit_code})
    assert Appeal.objects.get().enterprise == second


def test_what_was_told_before_is_not_asked_again():
    client = signed_in(make_member())
    client.post("/appeals/new/", CLEAR | {"contact_name": "张敏", "contact_phone": "13857012345"})
    page = text(client.get("/appeals/new/"))
    assert 'value="张敏"' in page
    assert 'value="13857012345"' in page


def test_the_preview_shows_where_it_would_go_and_what_is_open_already():
    city = City()
    case = make_appeal(Status.DISPATCHED, city=city)
    other = make_appeal(Status.TRIAGE)
    page = signed_in(city.member).post("/appeals/new/preview/", CLEAR)
    assert page.status_code == 200
    assert "科学技术局" in text(page)
    assert case.number in text(page)
    assert other.number not in text(page)
    assert Appeal.objects.count() == 2


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"title": "a"},
        {"title": "\x00" * 10, "description": "\x00"},
        {"title": "x" * 100_000, "description": "y" * 100_000},
        {"title": "😀😀😀😀😀😀😀", "description": ""},
        CLEAR | {"district": "nowhere", "industry": "\x00"},
        CLEAR | {"enterprise": "123"},
    ],
)
@pytest.mark.parametrize("make", [make_member, lambda: make_user(Role.TRIAGE, "330800-QFZX"), make_user])
def test_the_preview_never_complains(typed, make):
    assert signed_in(make()).post("/appeals/new/preview/", typed).status_code == 200


def test_the_preview_is_for_typing_only():
    assert signed_in(make_member()).get("/appeals/new/preview/").status_code == 405
    assert Client().post("/appeals/new/preview/", CLEAR).status_code == 302


def test_the_list_shows_the_own_appeals_in_plain_words():
    city = City()
    mine, other = make_appeal(Status.DISPATCHED, city=city), make_appeal(Status.DISPATCHED)
    page = text(signed_in(city.member).get("/appeals/"))
    assert mine.number in page
    assert mine.lead.name in page
    assert other.number not in page


def test_open_and_closed_are_kept_apart():
    city = City()
    is_open, closed = make_appeal(Status.SIGNED, city=city), make_appeal(Status.CLOSED, city=city)
    rate = make_appeal(Status.VISITING, city=city)
    client = signed_in(city.member)
    shown = {
        view: {
            case.number for case in (is_open, closed, rate) if case.number in text(client.get(f"/appeals/?view={view}"))
        }
        for view in ("open", "ended", "rate", "all", "nonsense")
    }
    assert shown["open"] == shown["nonsense"] == {is_open.number, rate.number}
    assert shown["ended"] == {closed.number}
    assert shown["rate"] == {rate.number}
    assert shown["all"] == {is_open.number, closed.number, rate.number}


def test_an_appeal_is_found_by_number_and_by_title():
    city = City()
    wanted = make_appeal(Status.TRIAGE, city=city, title="厂区门口道路封闭")
    other = make_appeal(Status.TRIAGE, city=city, title="招不到电焊工")
    client = signed_in(city.member)
    for q in ("道路", wanted.number):
        page = text(client.get("/appeals/", {"q": q}))
        assert wanted.number in page
        assert other.number not in page
    assert client.get("/appeals/", {"q": "没有的词"}).status_code == 200


def test_a_long_list_has_pages_and_stays_cheap(django_assert_max_num_queries):
    city = City()
    cases = [make_appeal(Status.TRIAGE, city=city) for _ in range(23)]
    client = signed_in(city.member)
    with django_assert_max_num_queries(12):
        first = client.get("/appeals/")
    second = client.get("/appeals/" + first.context["next"])
    numbers = [case.number for page in (first, second) for case in page.context["page"].rows]
    assert sorted(numbers) == sorted(case.number for case in cases)
    assert client.get("/appeals/" + second.context["previous"]).status_code == 200


@pytest.mark.parametrize("query", ["cursor=nonsense", "q=" + "x" * 1000, "q=%00"])
def test_a_strange_address_leads_back_to_the_list(query):
    answer = signed_in(make_member()).get(f"/appeals/?{query}", follow=True)
    assert answer.status_code == 200


def test_an_answer_is_sent_once_only():
    """POST, then redirect: reloading the page files nothing."""
    client = signed_in(make_member())
    answer = client.post("/appeals/new/", CLEAR, follow=True)
    client.get(answer.redirect_chain[-1][0])
    assert Appeal.objects.count() == 1
