from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from appeals import asking, handling, privacy
from appeals.models import Appeal
from appeals.states import Refused, Status, Why
from appeals.steps import STEPS
from appeals.table import MOVES
from chains.models import Department
from chains.taxonomy import Role
from tests.appeals.pages import now, signed_in, take, text
from tests.factory import LABOUR, PARK, SCIENCE, City, actor, make_appeal, make_member, make_user

pytestmark = pytest.mark.django_db


# Who sees the page


@pytest.mark.parametrize("status", [status for status in Status if status not in (Status.PARKED, Status.MERGED)])
def test_everybody_concerned_reads_the_page_at_every_status(status):
    city, case = now(status)
    for user in (city.member, city.triage, city.director):
        page = signed_in(user).get(f"/appeals/{case.number}/")
        assert page.status_code == 200
        assert text(page).count("<h1") == 1


def test_strangers_find_nothing_and_who_is_logged_out_signs_in():
    city, case = now(Status.SIGNED)
    strangers = [make_member(), make_user(), make_user(Role.HANDLER, LABOUR), make_user(Role.SYSADMIN), city.reviewer]
    for user in strangers:
        assert signed_in(user).get(f"/appeals/{case.number}/").status_code == 404
        assert take(user, case, "message", text="你好").status_code == 404
    assert Client().get(f"/appeals/{case.number}/").status_code == 302
    assert Client().post(f"/appeals/{case.number}/message/", {"text": "你好"}).status_code == 302


@pytest.mark.parametrize("number", ["QY20260907000001X", "x", "%00", "QY%2F", "诉求", "1" * 300])
def test_a_number_that_is_none_is_not_found(number):
    assert signed_in(City().triage).get(f"/appeals/{number}/").status_code == 404


def test_a_step_is_posted_and_an_unknown_one_is_not_found():
    city, case = now(Status.DISPATCHED)
    assert signed_in(city.handler).get(f"/appeals/{case.number}/sign/").status_code == 405
    assert take(city.handler, case, "explode").status_code == 404
    assert take(city.handler, case, "close_unrated").status_code == 404


def test_the_complained_of_department_does_not_find_the_case():
    city = City()
    case = make_appeal(
        Status.DISPATCHED, city=city, lead=LABOUR, support=(SCIENCE,), complained_of=Department.objects.get(pk=SCIENCE)
    )
    assert signed_in(city.handler).get(f"/appeals/{case.number}/").status_code == 404
    page = signed_in(city.holder(Role.HANDLER, LABOUR)).get(f"/appeals/{case.number}/")
    page = text(page).partition('<datalist id="departments">')
    assert "科技局" not in page[0] + page[2].partition("</datalist>")[2]


# What the page offers


_WHILE_WITH_AN_OFFICE = {
    "progress",
    "ask_support",
    "ask_extension",
    "ask_termination",
    "ask_exclusion",
    "message",
    "note",
    "reveal",
}


def offered(user, case):
    context = signed_in(user).get(f"/appeals/{case.number}/").context
    grouped = [step for group in context["groups"] for step in group.steps]
    return {step.verb for step in [context["first"], context["reveal"], *context["talk"], *grouped] if step}


@pytest.mark.parametrize(
    ("status", "person", "verbs"),
    [
        (
            Status.TRIAGE,
            "triage",
            {"dispatch", "answer", "decline", "reclassify", "merge", "attach", "split", "message", "note", "reveal"},
        ),
        (Status.TRIAGE, "member", {"message", "urge", "withdraw"}),
        (Status.DISPATCHED, "handler", {"sign", *_WHILE_WITH_AN_OFFICE, "hand_back"}),
        (Status.DISPATCHED, "head", {"sign", *_WHILE_WITH_AN_OFFICE, "hand_back", "assign", "escalate"}),
        (Status.SIGNED, "handler", {"contact", "reply", "pause", *_WHILE_WITH_AN_OFFICE}),
        (Status.SIGNED, "member", {"message", "urge", "withdraw"}),
        (Status.REPLIED, "reviewer", {"review", "message", "note", "reveal"}),
        (Status.REPLIED, "member", {"message", "urge"}),
        (Status.VISITING, "reviewer", {"visit", "message", "note", "reveal"}),
        (Status.VISITING, "member", {"rate", "message"}),
        (Status.CLOSED, "member", {"message", "reopen"}),
        (Status.CLOSED, "director", {"message", "note", "reveal", "find_false_closure"}),
        (Status.DECLINED, "member", {"message", "object"}),
    ],
)
def test_the_page_offers_what_the_table_allows_now(status, person, verbs):
    city, case = now(status)
    assert offered(getattr(city, person), case) == verbs


@pytest.mark.parametrize(
    ("status", "person", "verb"),
    [
        (Status.TRIAGE, "triage", "dispatch"),
        (Status.DISPATCHED, "handler", "sign"),
        (Status.SIGNED, "handler", "reply"),  # the enterprise has been contacted
        (Status.REPLIED, "reviewer", "review"),
        (Status.VISITING, "member", "rate"),
    ],
)
def test_what_comes_next_stands_open(status, person, verb):
    city, case = now(status)
    page = signed_in(getattr(city, person)).get(f"/appeals/{case.number}/")
    assert page.context["first"].verb == verb
    assert f'action="/appeals/{case.number}/{verb}/"' in text(page)


def test_contact_comes_first_until_it_was_made():
    city, case = now(Status.DISPATCHED)
    take(city.handler, case, "sign")
    assert signed_in(city.handler).get(f"/appeals/{case.number}/").context["first"].verb == "contact"


# The life of a case through the pages


def test_a_case_goes_from_triage_to_closed_through_its_page():
    city, case = now(Status.TRIAGE, title="高企认定材料怎么报")
    begins = {
        one.name: one.value for one in signed_in(city.triage).get(f"/appeals/{case.number}/").context["first"].inputs
    }
    assert begins["lead"] == "科技局"
    steps = [
        (city.triage, "dispatch", begins | {"topic": "N01"}, Status.DISPATCHED),
        (city.handler, "sign", {}, Status.SIGNED),
        (city.handler, "contact", {"note": "已电话联系"}, Status.SIGNED),
        (city.handler, "reply", {"outcome": "solved", "text": "材料清单如下。"}, Status.REPLIED),
        (city.reviewer, "review", {"passed": "true", "note": ""}, Status.VISITING),
        (
            city.member,
            "rate",
            {"solved": "yes", "stars": "5", "speed": "", "comment": "很快", "redo": "true"},
            Status.CLOSED,
        ),
    ]
    for user, verb, values, status in steps:
        answer = take(user, case, verb, **values)
        assert (answer.status_code, answer.get("Location")) == (302, f"/appeals/{case.number}/"), verb
        assert Appeal.objects.get(pk=case.pk).status == status
    assert list(case.events.values_list("verb", flat=True)) == ["file", *(verb for _user, verb, _values, _to in steps)]


def test_a_bad_rating_starts_a_redo_unless_the_enterprise_says_otherwise():
    for redo, status in (("true", Status.SIGNED), ("false", Status.CLOSED)):
        city, case = now(Status.VISITING)
        take(city.member, case, "rate", solved="no", stars="1", redo=redo)
        assert Appeal.objects.get(pk=case.pk).status == status


def test_a_hand_back_is_asked_and_decided_on_the_page():
    city, case = now(Status.DISPATCHED)
    assert take(city.handler, case, "hand_back", reason="不属于我局职责", proposed_lead="人社局").status_code == 302
    page = signed_in(city.director).get(f"/appeals/{case.number}/")
    assert page.context["first"].verb == "decide_hand_back"
    assert "不属于我局职责" in text(page)
    assert "不属于我局职责" not in text(signed_in(city.member).get(f"/appeals/{case.number}/"))
    take(city.director, case, "decide_hand_back", granted="true", reason="同意")
    assert Appeal.objects.get(pk=case.pk).status == Status.TRIAGE


def test_the_head_assigns_one_of_the_offices_own():
    city, case = now(Status.DISPATCHED)
    page = text(signed_in(city.head).get(f"/appeals/{case.number}/"))
    assert f'value="{city.handler.username}"' not in page  # nobody sits there yet
    handler = city.handler
    assert f'value="{handler.username}"' in text(signed_in(city.head).get(f"/appeals/{case.number}/"))
    stranger = city.holder(Role.HANDLER, LABOUR)
    assert take(city.head, case, "assign", handler=stranger.username).status_code == 400
    assert take(city.head, case, "assign", handler=handler.username).status_code == 302
    assert Appeal.objects.get(pk=case.pk).handler == handler


def test_after_a_step_one_goes_back_to_where_one_came_from():
    for wanted, target in (("/office/?view=mine", "/office/?view=mine"), ("https://elsewhere.example/", None)):
        city, case = now(Status.DISPATCHED)
        assert take(city.handler, case, "sign", next=wanted).url == (target or f"/appeals/{case.number}/")


# Who reads what


def test_internal_lines_and_names_are_for_staff():
    city, case = now(Status.SIGNED)
    take(city.handler, case, "note", text="内部讨论一下", internal="true")
    staff = text(signed_in(city.handler).get(f"/appeals/{case.number}/"))
    enterprise = text(signed_in(city.member).get(f"/appeals/{case.number}/"))
    assert "内部讨论一下" in staff
    assert city.handler.name in staff
    assert "内部讨论一下" not in enterprise
    assert city.handler.name not in enterprise
    assert "科技局" in enterprise


def test_the_answer_reaches_the_enterprise_after_the_review_only():
    city, case = now(Status.REPLIED)
    page = signed_in(city.member).get(f"/appeals/{case.number}/")
    assert "材料清单已发送。" not in text(page)
    assert "材料清单已发送。" in text(signed_in(city.reviewer).get(f"/appeals/{case.number}/"))
    take(city.reviewer, case, "review", passed="false", note="没有说清楚截止时间")
    page = text(signed_in(city.member).get(f"/appeals/{case.number}/"))
    assert "材料清单已发送。" not in page
    assert "没有说清楚截止时间" not in page
    take(city.handler, case, "reply", outcome="solved", text="截止到九月三十日。")
    take(city.reviewer, case, "review", passed="true")
    assert "截止到九月三十日。" in text(signed_in(city.member).get(f"/appeals/{case.number}/"))


def test_a_phone_number_is_masked_and_shown_on_purpose_for_ten_minutes():
    city, case = now(Status.SIGNED, contact_name="张敏", contact_phone="13857012345")
    page = text(signed_in(city.handler).get(f"/appeals/{case.number}/"))
    assert "138****2345" in page
    assert "张**" in page
    assert "13857012345" not in page
    take(city.handler, case, "reveal", field="contact_phone", purpose="联系企业")
    assert "13857012345" in text(signed_in(city.handler).get(f"/appeals/{case.number}/"))
    assert "13857012345" not in text(signed_in(city.head).get(f"/appeals/{case.number}/"))
    events = list(case.events.all())
    later = events[-1].at + timedelta(minutes=11)
    assert privacy.revealed(case, events, to=actor(city.handler), at=later) == {}


def test_twenty_looks_an_hour_are_enough():
    city, case = now(Status.SIGNED, contact_phone="13857012345")
    moment = timezone.now()
    for _ in range(privacy.MOST_AN_HOUR):
        privacy.reveal(case, by=actor(city.handler), field="contact_phone", purpose="联系", at=moment)
    page = take(city.handler, case, "reveal", field="contact_phone", purpose="再联系")
    assert page.status_code == 429
    assert int(page["Retry-After"]) > 0
    with pytest.raises(Refused) as refused:
        privacy.reveal(case, by=actor(city.handler), field="contact_phone", purpose="联系", at=moment)
    assert refused.value.why == Why.LIMITED
    privacy.reveal(case, by=actor(city.handler), field="contact_phone", purpose="联系", at=moment + timedelta(hours=2))


def test_anonymous_to_the_department_hides_enterprise_and_contact_from_it():
    city, case = now(Status.SIGNED, anonymous=True, contact_name="张敏", contact_phone="13857012345")
    name = case.enterprise.name
    page = text(signed_in(city.handler).get(f"/appeals/{case.number}/"))
    assert name not in page
    assert case.enterprise.credit_code not in page
    assert "138****" not in page
    assert take(city.handler, case, "reveal", field="contact_phone", purpose="联系").status_code == 403
    for user in (city.member, city.triage):
        assert name in text(signed_in(user).get(f"/appeals/{case.number}/"))


def test_the_station_reads_the_cases_of_its_park():
    city = City()
    park = Department.objects.get(pk=PARK)
    enterprise = city.enterprise
    enterprise.park = park
    enterprise.save()
    case = make_appeal(Status.SIGNED, city=city)
    assert signed_in(city.holder(Role.STATION, PARK)).get(f"/appeals/{case.number}/").status_code == 200


# Dispatch


def test_another_topic_brings_its_own_office():
    city, case = now(Status.TRIAGE)
    client = signed_in(city.triage)
    page = client.get(f"/appeals/{case.number}/dispatch/suggestion/", {"topic": "H01"})
    assert page.status_code == 200
    assert 'value="H01" selected' in text(page)
    assert "<html" not in text(page)
    whole = client.get(f"/appeals/{case.number}/", {"topic": "H01"})
    assert 'value="H01" selected' in text(whole)
    for topic in ("", "nonsense", "\x00", "I" * 500):
        assert client.get(f"/appeals/{case.number}/dispatch/suggestion/", {"topic": topic}).status_code == 200


def test_the_suggestion_is_for_whoever_may_dispatch():
    city, case = now(Status.TRIAGE)
    url = f"/appeals/{case.number}/dispatch/suggestion/"
    assert signed_in(city.member).get(url).status_code == 404
    assert Client().get(url).status_code == 302
    assert signed_in(city.triage).post(url).status_code == 405


def test_several_departments_may_support():
    city, case = now(Status.TRIAGE)
    take(city.triage, case, "dispatch", topic="N01", level="B", lead="科技局", support=["人社局", "", "财政局"])
    assert len(Appeal.objects.get(pk=case.pk).supporting) == 2


# Cost


@pytest.mark.parametrize("person", ["member", "triage", "director", "handler", "head"])
def test_a_page_with_sixty_events_costs_at_most_eighteen_queries(person, django_assert_max_num_queries):
    city, case = now(Status.DISPATCHED)
    handling.sign(case, by=actor(city.handler))
    for n in range(58):
        handling.note(case, by=actor(city.handler), text=f"进展 {n}", internal=n % 2 == 0)
    client = signed_in(getattr(city, person))
    client.get(f"/appeals/{case.number}/")  # calendar and handbook are read once for the whole house
    with django_assert_max_num_queries(18):
        page = client.get(f"/appeals/{case.number}/")
    assert page.status_code == 200


def test_the_busiest_pages_keep_to_eighteen_queries(django_assert_max_num_queries):
    for status, person in ((Status.TRIAGE, "triage"), (Status.DISPATCHED, "director"), (Status.VISITING, "reviewer")):
        city, case = now(status)
        if status == Status.DISPATCHED:
            proposed = Department.objects.get(pk=LABOUR)
            asking.hand_back(case, by=actor(city.handler), reason="不归我们管", proposed_lead=proposed)
        client = signed_in(getattr(city, person))
        with django_assert_max_num_queries(18):
            client.get(f"/appeals/{case.number}/")


def test_every_step_of_the_table_has_its_function():
    assert STEPS.keys() == MOVES.keys() - {"close_unrated", "upload", "remove_attachment"}
