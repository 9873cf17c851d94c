"""Nobody's words are lost: what is typed is kept, comes back, goes with the step that sends it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appeals import drafts
from appeals.models import Appeal, Draft, FilingKey
from appeals.states import Refused, Status
from appeals.tasks import forget_drafts
from tests.appeals.pages import now, take
from tests.factory import LABOUR, SCIENCE, actor, make_member, make_request, make_user
from tests.pages import see, signed_in, text

pytestmark = pytest.mark.django_db
WORDS = "已电话联系，材料清单如下："


def keep(user, case, verb, **values):
    return signed_in(user).post(f"/appeals/{case.number}/drafts/", {"verb": verb, **values})


def test_what_is_typed_is_kept_and_comes_back_with_its_moment():
    city, case = now(Status.SIGNED)
    answer = keep(city.handler, case, "reply", text=WORDS, outcome="solved", version="1")
    assert (answer.status_code, "saved " in text(answer)) == (200, True)
    draft = Draft.objects.get()
    assert (draft.verb, draft.field, draft.text) == ("reply", "text", WORDS)
    page = see(city.handler, f"/appeals/{case.number}/")
    assert f">{WORDS}</textarea>" in page
    assert "Your draft of" in page
    assert f'formaction="/drafts/{draft.pk}/discard/"' in page


def test_the_last_words_count_and_an_emptied_text_is_forgotten():
    city, case = now(Status.SIGNED)
    for words in ("一", "一二", WORDS):
        keep(city.handler, case, "reply", text=words)
    assert Draft.objects.get().text == WORDS
    keep(city.handler, case, "reply", text="  ")
    assert not Draft.objects.exists()


def test_a_step_that_succeeds_takes_its_drafts_with_it_and_no_others():
    city, case = now(Status.SIGNED)
    keep(city.handler, case, "reply", text=WORDS)
    keep(city.handler, case, "note", text="另一段")
    keep(city.head, case, "reply", text="分管领导写的")
    assert take(city.handler, case, "reply", outcome="solved", text=WORDS).status_code == 302
    assert sorted(Draft.objects.values_list("text", flat=True)) == ["分管领导写的", "另一段"]


@pytest.mark.parametrize(
    ("values", "status"),
    [({"outcome": "", "text": "改过的"}, 400), ({"version": 1, "outcome": "solved", "text": "改过的"}, 409)],
)
def test_a_refused_step_leaves_the_draft_and_shows_what_was_typed_last(values, status):
    city, case = now(Status.SIGNED)
    keep(city.handler, case, "reply", text=WORDS)
    page = take(city.handler, case, "reply", **values)
    assert page.status_code == status
    assert ">改过的</textarea>" in text(page)
    assert Draft.objects.get().text == WORDS


def test_the_drafts_go_in_the_transaction_of_the_step():
    city, case = now(Status.SIGNED)
    keep(city.handler, case, "reply", text=WORDS)
    with pytest.raises(Refused):
        drafts.take(case, "reply", {"text": WORDS}, by=actor(city.handler), version=case.version, at=timezone.now())
    assert Draft.objects.get().text == WORDS


def test_only_the_author_reads_a_draft():
    city, case = now(Status.SIGNED)
    keep(city.handler, case, "reply", text=WORDS)
    colleague = make_user("handler", SCIENCE)
    for other in (colleague, city.head, city.triage, city.director, city.member):
        assert WORDS not in see(other, f"/appeals/{case.number}/")
        assert WORDS not in see(other, "/drafts/")
        assert signed_in(other).post(f"/drafts/{Draft.objects.get().pk}/discard/").status_code == 404
    assert WORDS in see(city.handler, "/drafts/")


def test_who_loses_sight_of_the_case_keeps_the_words():
    city, case = now(Status.SIGNED)
    keep(city.handler, case, "reply", text=WORDS)
    Appeal.objects.update(lead=LABOUR)
    client = signed_in(city.handler)
    assert client.get(f"/appeals/{case.number}/").status_code == 404
    page = text(client.get("/drafts/"))
    assert WORDS in page
    assert case.number in page
    assert f"/appeals/{case.number}/" not in page
    assert case.title not in page
    assert client.post(f"/drafts/{Draft.objects.get().pk}/discard/").headers["Location"] == "/drafts/"
    assert not Draft.objects.exists()


def test_a_draft_is_discarded_from_the_case():
    city, case = now(Status.SIGNED)
    keep(city.handler, case, "reply", text=WORDS)
    answer = signed_in(city.handler).post(f"/drafts/{Draft.objects.get().pk}/discard/")
    assert answer.headers["Location"] == f"/appeals/{case.number}/"
    assert WORDS not in see(city.handler, f"/appeals/{case.number}/")


def test_where_nothing_can_be_kept():
    city, case = now(Status.SIGNED)
    assert keep(city.member, case, "reply", text=WORDS).status_code == 403
    assert keep(make_member(), case, "message", text=WORDS).status_code == 404
    assert keep(city.handler, case, "sign", text=WORDS).status_code == 404
    assert keep(city.handler, case, "file", title=WORDS).status_code == 404
    assert keep(city.handler, case, "nonsense", text=WORDS).status_code == 404
    assert signed_in(city.handler).get(f"/appeals/{case.number}/drafts/").status_code == 405
    assert not Draft.objects.exists()


def test_what_is_kept_holds_no_control_characters_and_has_an_end():
    city, case = now(Status.SIGNED)
    keep(city.handler, case, "reply", text="a\x00b" + "长" * 30_000)
    assert Draft.objects.get().text == ("ab" + "长" * 30_000)[:20_000]


def test_a_draft_whose_step_is_over_waits_among_the_drafts():
    city, case = now(Status.SIGNED)
    keep(city.handler, case, "reply", text=WORDS)
    take(city.head, case, "reply", outcome="solved", text="已由分管领导答复")
    assert keep(city.handler, case, "reply", text=WORDS + "补充").status_code == 200
    assert WORDS + "补充" in see(city.handler, "/drafts/")


@pytest.mark.parametrize(
    ("status", "person", "verb", "field"),
    [
        (Status.TRIAGE, "triage", "decline", "explanation"),
        (Status.REPLIED, "reviewer", "review", "note"),
        (Status.VISITING, "reviewer", "visit", "note"),
    ],
)
def test_the_panels_of_the_centre_keep_drafts_too(status, person, verb, field):
    city, case = now(status)
    user = getattr(city, person)
    view = {"decline": "triage", "review": "reviews", "visit": "visits"}[verb]
    page = see(user, f"/centre/?view={view}")
    assert f'hx-post="/appeals/{case.number}/drafts/"' in page
    keep(user, case, verb, **{field: WORDS})
    page = see(user, f"/centre/?view={view}")
    assert f">{WORDS}</textarea>" in page
    assert "Your draft of" in page


def test_a_reason_for_a_decision_on_the_desk_is_kept():
    city, case = now(Status.SIGNED)
    make_request(case, "termination", city.handler, ground="litigation")
    page = see(city.triage, "/centre/?view=terminations")
    assert 'hx-vals=\'{"verb": "decide_termination"}\'' in page
    keep(city.triage, case, "decide_termination", reason=WORDS)
    assert f">{WORDS}</textarea>" in see(city.triage, "/centre/?view=terminations")


def test_drafts_are_forgotten_after_thirty_days():
    city, case = now(Status.SIGNED)
    keep(city.handler, case, "reply", text=WORDS)
    keep(city.handler, case, "note", text=WORDS)
    Draft.objects.of_step("note").update(saved_at=timezone.now() - timedelta(days=30, minutes=1))
    Draft.objects.of_step("reply").update(saved_at=timezone.now() - timedelta(days=29, hours=23))
    forget_drafts()
    assert Draft.objects.get().verb == "reply"


def test_drafts_cost_the_case_page_one_query():
    city, case = now(Status.SIGNED)
    client = signed_in(city.handler)
    client.get(f"/appeals/{case.number}/")
    counts = []
    for verbs in ((), ("reply", "note", "message", "pause")):
        for verb in verbs:
            keep(city.handler, case, verb, text=WORDS)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/appeals/{case.number}/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 18


# The filing form

FILING = {"title": "厂区门口道路破损", "description": "大货车无法进出，请尽快修复，已影响发货。"}


def form_key(page: str) -> str:
    return re.search(r'name="form_key" value="([^"]+)"', page)[1]


def test_the_filing_form_keeps_its_words_until_it_is_sent():
    member = make_member()
    client = signed_in(member)
    answer = client.post("/appeals/new/drafts/", {"verb": "file", **FILING})
    assert "saved " in text(answer)
    page = text(client.get("/appeals/new/"))
    assert f'value="{FILING["title"]}"' in page
    assert f">{FILING['description']}</textarea>" in page
    assert FILING["title"] in text(client.get("/drafts/"))
    assert FILING["title"] not in see(make_member(), "/appeals/new/")
    client.post("/appeals/new/", FILING | {"form_key": form_key(page)})
    assert not Draft.objects.exists()


def test_a_refused_filing_keeps_its_draft():
    client = signed_in(make_member())
    client.post("/appeals/new/drafts/", FILING)
    assert client.post("/appeals/new/", FILING | {"title": "", "form_key": "a1"}).status_code == 400
    assert Draft.objects.count() == 2
    assert not FilingKey.objects.exists()


def test_the_same_form_sent_twice_makes_one_appeal():
    client = signed_in(make_member())
    values = FILING | {"form_key": form_key(text(client.get("/appeals/new/")))}
    first, second = client.post("/appeals/new/", values), client.post("/appeals/new/", values)
    assert Appeal.objects.count() == 1
    assert first.headers["Location"] == second.headers["Location"]
    assert "This had been filed already" in text(client.get(second.headers["Location"]))


def test_another_text_with_the_key_of_a_sent_form_is_told_of_the_first_and_lost_nothing():
    client = signed_in(make_member())
    values = FILING | {"form_key": form_key(text(client.get("/appeals/new/")))}
    client.post("/appeals/new/", values)
    number = Appeal.objects.get().number
    changed = values | {"description": "另一件事：希望介绍几家本地供应商。"}
    page = client.post("/appeals/new/", changed)
    assert page.status_code == 409
    body = text(page)
    assert f'href="/appeals/{number}/"' in body
    assert "Idempotency" not in body
    assert changed["description"] in body
    assert form_key(body) != values["form_key"]
    assert client.post("/appeals/new/", changed | {"form_key": form_key(body)}).status_code == 302
    assert Appeal.objects.count() == 2


def test_every_form_has_a_key_of_its_own_and_works_without_one():
    client = signed_in(make_member())
    assert form_key(text(client.get("/appeals/new/"))) != form_key(text(client.get("/appeals/new/")))
    for key in ("", "x" * 65, "a\x00b", "é"):
        client.post("/appeals/new/", FILING | {"form_key": key})
    assert Appeal.objects.count() == 4


def test_the_key_of_one_person_says_nothing_to_another():
    for _ in range(2):
        signed_in(make_member()).post("/appeals/new/", FILING | {"form_key": "abc123"})
    assert Appeal.objects.count() == 2
