import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appeals import dispatch, followup
from appeals.models import Appeal
from appeals.proposals import Choice, handed_back, proposals
from appeals.queues import CENTRE, OFFICE, Asked, counts
from appeals.states import Status
from chains.handbook import handbook
from chains.models import Department, District
from chains.taxonomy import Role
from routing.calendar import workdays
from routing.models import Notice
from tests.factory import (
    CENTRE as CENTRE_OFFICE,
)
from tests.factory import (
    FILED,
    KECHENG,
    LABOUR,
    PARK,
    SCIENCE,
    City,
    actor,
    at,
    make_appeal,
    make_member,
    make_user,
    post_of,
)

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}


def signed_in(user) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    client.force_login(user)
    return client


def text(page) -> str:
    return page.content.decode()


def see(user, path, **extra) -> str:
    page = signed_in(user).get(path, **extra)
    assert page.status_code == 200, page.headers.get("Location")
    return text(page)


def titles(page: str) -> list[str]:
    return re.findall(r'(?:queue__title|line__title)"[^>]*>([^<]+)</a>', page)


def now() -> "timezone.datetime":
    """Half a working morning ago: whatever is filed then is not late yet."""
    return timezone.now() - timedelta(minutes=30)


# Who sees which desk

DESKS = {
    "/centre/": {Role.TRIAGE, Role.REVIEWER, Role.DIRECTOR},
    "/centre/counts/": {Role.TRIAGE, Role.REVIEWER, Role.DIRECTOR},
    "/office/": {Role.HANDLER, Role.HEAD},
    "/office/counts/": {Role.HANDLER, Role.HEAD},
    "/inbox/": set(Role),
    "/appeals/": set(Role),
}


@pytest.mark.parametrize("path", DESKS)
def test_a_desk_opens_for_its_roles_only(path):
    for role in Role:
        office = PARK if role == Role.STATION else SCIENCE
        page = signed_in(make_user(role, office)).get(path)
        assert page.status_code == (200 if role in DESKS[path] else 403), role
    assert signed_in(make_member()).get(path).status_code == (200 if Role.CHANNEL in DESKS[path] else 403)
    assert Client().get(path).status_code == 302
    assert signed_in(make_user(Role.TRIAGE)).post(path).status_code == 405


def test_triage_and_review_are_tabs_of_different_people():
    def tabs(role):
        return re.findall(r'href="/centre/\?view=(\w+)" title', see(make_user(role), "/centre/"))

    assert tabs(Role.TRIAGE) == ["triage", "hand_backs"]
    assert tabs(Role.REVIEWER) == ["reviews", "visits"]
    assert tabs(Role.DIRECTOR) == ["triage", "hand_backs", "reviews", "visits"]


# The triage desk


def test_the_desk_lists_what_waits_and_opens_the_first():
    city = City()
    make_appeal(city=city, title="电价太高")
    make_appeal(city=city, title="路被封了", filed_at=FILED + timedelta(hours=1))
    make_appeal(Status.SIGNED, city=city, title="办理中的")
    page = see(city.triage, "/centre/")
    assert titles(page) == ["电价太高", "路被封了"]
    assert "<h2>电价太高</h2>" in page
    assert 'action="/appeals/' in page


def test_urgent_appeals_lead_the_desk_however_late_others_are():
    city = City()
    make_appeal(city=city, title="早就过期")
    make_appeal(city=city, title="停产了", urgent=True, filed_at=now())
    assert titles(see(city.triage, "/centre/")) == ["停产了", "早就过期"]
    assert 'count--hot">1<' in see(city.triage, "/centre/counts/")


def test_one_click_opens_a_case_and_swaps_only_the_desk():
    city = City()
    make_appeal(city=city)
    second = make_appeal(city=city, title="第二件", filed_at=FILED + timedelta(hours=1))
    page = see(city.triage, f"/centre/?view=triage&case={second.number}", **HTMX)
    assert "<html" not in page
    assert "<h2>第二件</h2>" in page
    assert 'aria-current="true"' in page


def test_a_case_somebody_has_dealt_with_is_said_to_be_gone():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    page = see(city.triage, f"/centre/?view=triage&case={case.number}")
    assert "no longer in this view" in page
    assert case.description not in page


def test_each_candidate_shows_where_it_would_go():
    case = make_appeal(title="高企认定", description="高新技术企业认定材料怎么报？")
    found = proposals(case, handbook(timezone.localdate(case.filed_at)))
    assert len(found) == 3
    for row in found:
        assert row.lead is not None
        assert row.lead not in row.support
        assert row.confidence is not None
    page = see(make_user(Role.DIRECTOR), "/centre/")
    for row in found:
        assert f'value="{row.topic.pk}"' in page
    assert f"Dispatch to {found[0].lead.short_name}" in page


def test_the_lead_follows_topic_level_and_the_complained_of_office():
    case = make_appeal(district=District.objects.get(pk=KECHENG))
    book = handbook(timezone.localdate(case.filed_at))

    def lead(**choice):
        found = proposals(case, book, Choice(topic="N01", **choice))
        return next(row for row in found if row.topic.pk == "N01").lead.pk

    assert lead(level="B") == "330802-KJJ"
    assert lead(level="C") == SCIENCE
    assert lead(level="C", complained_of=SCIENCE) != SCIENCE


def test_choosing_another_topic_recomputes_level_lead_and_button():
    city = City()
    case = make_appeal(city=city, nature="help")
    client = signed_in(city.triage)
    path = f"/centre/{case.number}/proposal/"
    page = text(client.get(path, {"add": "C07", "level": "S", "level_of": "N01"}, **HTMX))
    assert "<html" not in page
    assert '<option value="L" selected>' in page  # the level of another topic says nothing of this one
    assert re.search(r'id="topic-C07" value="C07"[^>]*checked', page)
    page = text(client.get(path, {"topic": "C07", "level": "B", "level_of": "C07"}, **HTMX))
    assert '<option value="B" selected>' in page


def test_a_proposal_is_for_the_centre_and_for_what_waits():
    city = City()
    waiting, signed = make_appeal(city=city), make_appeal(Status.SIGNED, city=city)
    assert signed_in(city.handler).get(f"/centre/{waiting.number}/proposal/").status_code == 403
    assert signed_in(city.triage).get(f"/centre/{signed.number}/proposal/").status_code == 404
    assert signed_in(city.triage).get("/centre/QY1/proposal/").status_code == 404


def test_the_whole_form_of_the_desk_dispatches_and_comes_back_to_the_list():
    city = City()
    case = make_appeal(city=city, title="第一件")
    make_appeal(city=city, title="第二件", filed_at=FILED + timedelta(hours=1))
    client = signed_in(city.triage)
    values = fields_of(text(client.get("/centre/")), f"/appeals/{case.number}/dispatch/")
    page = client.post(f"/appeals/{case.number}/dispatch/", values, follow=True)
    assert page.redirect_chain[-1][0] == "/centre/?view=triage"
    assert titles(text(page)) == ["第二件"]
    case.refresh_from_db()
    assert case.status == Status.DISPATCHED
    assert case.topic_id == values["topic"]
    assert case.lead_id == values["lead"]


def fields_of(page: str, action: str) -> dict:
    """What a browser would send with the form as it stands."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.DOTALL).group()
    values = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("hidden" in tag or "checked" in tag):
            values.setdefault(name[1], []).append(value[1] if value else "on")
    for name, options in re.findall(r'<select[^>]*name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        values.setdefault(name, []).append(chosen[1])
    values = {name: found[0] if name != "support" else [v for v in found if v] for name, found in values.items()}
    return {name: value.replace("&amp;", "&") if isinstance(value, str) else value for name, value in values.items()}


def test_a_case_handed_back_is_offered_to_the_office_that_was_proposed():
    city = City()
    case = make_appeal(Status.DISPATCHED, city=city)
    labour = Department.objects.get(pk=LABOUR)
    dispatch.hand_back(case, by=actor(city.handler), reason="不属本局职责", proposed_lead=labour, at=at(9, 7, 11))
    dispatch.decide_hand_back(case, by=actor(city.director), granted=True, reason="属实", at=at(9, 7, 14))
    case.refresh_from_db()
    assert handed_back(case).reason == "不属本局职责"
    page = see(city.triage, "/centre/")
    assert "不属本局职责" in page
    assert f"Dispatch to {labour.short_name}" in page
    assert f'<option value="{LABOUR}" selected>' in page


# Hand-backs, reviews, visits


def test_a_hand_back_shows_reason_and_proposal_and_is_decided_from_the_desk():
    city = City()
    case = make_appeal(Status.DISPATCHED, city=city)
    labour = Department.objects.get(pk=LABOUR)
    dispatch.hand_back(case, by=actor(city.handler), reason="不属本局职责", proposed_lead=labour, at=at(9, 7, 11))
    page = see(city.director, "/centre/?view=hand_backs")
    assert "不属本局职责" in page
    assert labour.name in page
    values = fields_of(page, f"/appeals/{case.number}/decide_hand_back/") | {"granted": "false", "reason": "应由贵局"}
    answer = signed_in(city.director).post(f"/appeals/{case.number}/decide_hand_back/", values)
    assert answer.headers["Location"] == "/centre/?view=hand_backs"
    case.refresh_from_db()
    assert case.hand_backs_lost == 1


def test_who_dispatched_a_case_reads_why_another_decides_its_hand_back():
    city = City()
    case = make_appeal(Status.DISPATCHED, city=city)
    labour = Department.objects.get(pk=LABOUR)
    dispatch.hand_back(case, by=actor(city.handler), reason="不属本局职责", proposed_lead=labour, at=at(9, 7, 11))
    page = see(city.triage, "/centre/?view=hand_backs")
    assert "Whoever dispatched the case cannot decide its hand-back" in page
    assert "decide_hand_back/" not in page


def test_the_reviewer_reads_appeal_and_reply_side_by_side_and_passes_it():
    city = City()
    case = make_appeal(Status.REPLIED, city=city)
    page = see(city.reviewer, "/centre/")
    assert case.description in page
    assert case.reply_text in page
    values = fields_of(page, f"/appeals/{case.number}/review/") | {"passed": "true"}
    signed_in(city.reviewer).post(f"/appeals/{case.number}/review/", values)
    case.refresh_from_db()
    assert case.status == Status.VISITING


def test_a_review_sent_back_carries_its_note():
    city = City()
    case = make_appeal(Status.REPLIED, city=city)
    values = fields_of(see(city.reviewer, "/centre/"), f"/appeals/{case.number}/review/")
    signed_in(city.reviewer).post(
        f"/appeals/{case.number}/review/", values | {"passed": "false", "note": "未写明办理时限"}
    )
    case.refresh_from_db()
    assert case.status == Status.SIGNED
    assert case.events.of_verb("review").get().text == "未写明办理时限"


def test_whoever_worked_on_a_case_does_not_get_the_form_of_its_review():
    city = City()
    case = make_appeal(Status.REPLIED, city=city)
    post_of(city.handler, Role.REVIEWER, CENTRE_OFFICE)
    page = see(city.handler, "/centre/?view=reviews")
    assert "Whoever worked on the case cannot review it" in page
    assert f"/appeals/{case.number}/review/" not in page


def test_a_visit_is_recorded_from_the_desk_and_a_redo_only_after_it():
    city = City()
    case = make_appeal(Status.VISITING, city=city)
    page = see(city.reviewer, "/centre/?view=visits")
    assert f"/appeals/{case.number}/redo/" not in page
    values = fields_of(page, f"/appeals/{case.number}/visit/") | {"reached": "true", "note": "企业说已解决"}
    signed_in(city.reviewer).post(f"/appeals/{case.number}/visit/", values)
    page = see(city.reviewer, "/centre/?view=visits")
    assert "企业说已解决" in page
    assert f"/appeals/{case.number}/redo/" in page


def test_the_phone_number_on_the_desk_is_masked():
    city = City()
    make_appeal(Status.VISITING, city=city, contact_phone="13812341234")
    page = see(city.reviewer, "/centre/?view=visits")
    assert "138****1234" in page
    assert "13812341234" not in page


# The department queue


def asked(user, moment=None) -> Asked:
    return Asked.at(actor(user), moment or timezone.now(), workdays())


def keys_of(case, user, moment) -> set[str]:
    found = asked(user, moment)
    rows = Appeal.objects.listed_to(found.by, moment).open()
    return {view.key for view in OFFICE if rows.meeting(view.condition(found)).filter(pk=case.pk).exists()}


MORNING = at(9, 7, 12)


@pytest.mark.parametrize(
    ("status", "moment", "keys"),
    [
        (Status.TRIAGE, MORNING, set()),
        (Status.DISPATCHED, MORNING, {"unassigned", "soon", "all"}),  # to be signed by tomorrow
        (Status.DISPATCHED, at(9, 10), {"unassigned", "overdue", "all"}),
        (Status.SIGNED, MORNING, {"mine", "all"}),  # five working days from Monday
        (Status.SIGNED, at(9, 11), {"mine", "soon", "all"}),
        (Status.SIGNED, at(9, 15), {"mine", "overdue", "all"}),
        (Status.REPLIED, MORNING, {"all"}),
        (Status.VISITING, MORNING, {"waiting", "all"}),
        (Status.CLOSED, MORNING, set()),
        (Status.DECLINED, MORNING, set()),
    ],
)
def test_a_case_stands_in_the_views_that_are_meant(status, moment, keys):
    city = City()
    assert keys_of(make_appeal(status, city=city), city.handler, moment) == keys


def test_the_supporting_office_finds_the_case_under_supporting_and_all():
    city = City()
    case = make_appeal(Status.SIGNED, city=city, support=(LABOUR,))
    helper = city.holder(Role.HANDLER, LABOUR)
    assert keys_of(case, helper, at(9, 15)) == {"supporting", "all"}
    assert "led by 科技局" in see(helper, "/office/?view=all")


def test_a_head_sees_the_offices_below_and_a_colleague_nothing_as_mine():
    city = City()
    case = make_appeal(Status.SIGNED, city=city, lead="330802-KJJ")
    assert keys_of(case, city.head, MORNING) == {"all"}
    assert keys_of(case, city.handler, MORNING) == set()


def test_counts_are_those_of_the_lists():
    city = City()
    for status in (Status.DISPATCHED, Status.SIGNED, Status.REPLIED, Status.VISITING, Status.CLOSED, Status.TRIAGE):
        make_appeal(status, city=city)
    make_appeal(Status.SIGNED, city=city, lead=LABOUR, support=(SCIENCE,))
    for user, views in ((city.handler, OFFICE), (city.director, CENTRE)):
        found = asked(user)
        rows = Appeal.objects.listed_to(found.by, found.now)
        expected = {view.key: rows.open().meeting(view.condition(found)).count() for view in views}
        with CaptureQueriesContext(connection) as queries:
            assert counts(rows, views, found) == expected
        assert len(queries) == 1
        assert sum(expected.values()) > 0


def test_a_case_is_signed_from_its_line_and_the_queue_comes_back_as_it_was():
    city = City()
    case = make_appeal(Status.DISPATCHED, city=city, filed_at=now())
    page = see(city.handler, "/office/?view=unassigned&ordering=-filed_at")
    values = fields_of(page, f"/appeals/{case.number}/sign/")
    answer = signed_in(city.handler).post(f"/appeals/{case.number}/sign/", values)
    assert answer.headers["Location"] == "/office/?view=unassigned&ordering=-filed_at"
    case.refresh_from_db()
    assert case.status == Status.SIGNED


@pytest.mark.parametrize("ordering", ["due_by", "resolve_by", "-filed_at", "filed_at"])
def test_the_queue_is_ordered_as_chosen(ordering):
    city = City()
    made = [
        make_appeal(Status.SIGNED, city=city, title=f"第{n}件", filed_at=FILED + timedelta(hours=n), level=level)
        for n, level in enumerate("BACS")
    ]
    column = ordering.removeprefix("-")
    wanted = sorted(made, key=lambda case: getattr(case, column), reverse=ordering.startswith("-"))
    client = signed_in(city.handler)
    page = text(client.get(f"/office/?view=all&ordering={ordering}"))
    assert titles(page) == [case.title for case in wanted]


def test_the_pages_of_a_queue_follow_each_other_in_its_view_and_order():
    city = City()
    fifty(Status.SIGNED, city)
    client = signed_in(city.handler)
    first = text(client.get("/office/?view=all&ordering=-filed_at"))
    following = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    assert following.startswith("/office/?view=all&ordering=-filed_at&cursor=")
    second = text(client.get(following))
    numbers = [re.findall(r"QY\d{15}", page) for page in (first, second)]
    assert len(set(numbers[0]) | set(numbers[1])) == 61
    assert 'rel="prev"' in second


def test_the_name_of_an_anonymous_enterprise_stays_from_the_office():
    city = City()
    make_appeal(Status.SIGNED, city=city, anonymous=True)
    assert city.enterprise.name not in see(city.handler, "/office/?view=all")


@pytest.mark.parametrize("path", ["/centre/", "/office/", "/appeals/"])
@pytest.mark.parametrize(
    "query", ["chain=moon", "level=Z", "cursor=1", "ordering=title", "q=%00", "urgent=maybe", "filed_from=x"]
)
def test_a_filter_that_is_none_is_refused_with_words_and_the_page_begins_anew(path, query):
    user = make_user(Role.DIRECTOR, CENTRE_OFFICE)
    post_of(user, Role.HANDLER, SCIENCE)
    page = signed_in(user).get(f"{path}?{query}", follow=True)
    assert page.status_code == 200
    assert not page.redirect_chain or page.redirect_chain == [(path, 302)]


def test_an_empty_desk_and_an_empty_queue_say_so():
    assert "Nothing waits here." in see(make_user(Role.TRIAGE), "/centre/")
    assert "Nothing waits here." in see(make_user(Role.HANDLER, SCIENCE), "/office/")
    page = see(make_user(Role.HANDLER, SCIENCE), "/office/?q=没有")
    assert "Nothing here fits what you narrowed to." in page


# Queries


def fifty(status, city, **changes):
    """Sixty more rows of what one walked appeal is: more than a page."""
    case = make_appeal(status, city=city, **changes)
    rows = []
    for n in range(60):
        copy = Appeal.objects.get(pk=case.pk)
        copy.pk, copy.number = None, f"QY2026090{n:08d}"
        rows.append(copy)
    Appeal.objects.bulk_create(rows)


@pytest.mark.parametrize(
    ("role", "office", "path", "status"),
    [
        (Role.TRIAGE, CENTRE_OFFICE, "/centre/", Status.TRIAGE),
        (Role.DIRECTOR, CENTRE_OFFICE, "/centre/?view=hand_backs", Status.DISPATCHED),
        (Role.REVIEWER, CENTRE_OFFICE, "/centre/?view=reviews", Status.REPLIED),
        (Role.REVIEWER, CENTRE_OFFICE, "/centre/?view=visits", Status.VISITING),
        (Role.HANDLER, SCIENCE, "/office/?view=all", Status.SIGNED),
        (Role.HEAD, SCIENCE, "/office/?view=soon", Status.SIGNED),
        (Role.HEAD, SCIENCE, "/office/?view=overdue", Status.DISPATCHED),
        (Role.DIRECTOR, CENTRE_OFFICE, "/appeals/", Status.CLOSED),
    ],
)
def test_a_page_of_fifty_rows_asks_twelve_times_at_most(role, office, path, status):
    city = City()
    fifty(status, city)
    if "hand_backs" in path:
        labour = Department.objects.get(pk=LABOUR)
        for case in Appeal.objects.all():
            dispatch.hand_back(case, by=actor(city.handler), reason="不属", proposed_lead=labour, at=at(9, 7, 11))
    client = signed_in(city.holder(role, office))
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        page = text(client.get(path))
    assert "soon" in path or len(titles(page)) >= 50
    assert len(queries) <= 12, "\n".join(query["sql"][:200] for query in queries)


# The list behind a number


def test_a_number_of_the_board_leads_to_its_appeals():
    city = City()
    make_appeal(Status.CLOSED, city=city, title="办结的")
    make_appeal(Status.SIGNED, city=city, title="超期的")
    make_appeal(Status.CLOSED, city=city, title="别家办结的", lead=LABOUR)
    page = see(city.director, "/appeals/?measure=closed&period=2026-09")
    assert set(titles(page)) == {"办结的", "别家办结的"}
    assert "2 appeals" in page
    page = see(city.director, f"/appeals/?measure=closed&period=2026-09&of=department&unit={SCIENCE}")
    assert titles(page) == ["办结的"]
    assert "衢州市科学技术局" in page
    page = see(city.director, f"/appeals/?measure=overdue&period=2026-09&lead={SCIENCE}")
    assert titles(page) == ["超期的"]


def test_behind_a_number_of_the_city_one_sees_ones_own_appeals_only():
    city = City()
    make_appeal(Status.CLOSED, city=city, title="办结的")
    make_appeal(Status.CLOSED, city=city, title="别家办结的", lead=LABOUR)
    page = see(city.handler, "/appeals/?measure=closed&period=2026-09")
    assert titles(page) == ["办结的"]
    assert "of which your posts show 1" in page
    other = f"/appeals/?measure=closed&period=2026-09&of=department&unit={LABOUR}"
    assert signed_in(city.handler).get(other).status_code == 403


@pytest.mark.parametrize("query", ["measure=beauty", "measure=filed&period=soon", "measure=filed&of=moon"])
def test_a_measure_that_is_none_is_refused_with_words(query):
    page = signed_in(make_user(Role.DIRECTOR)).get(f"/appeals/?{query}", follow=True)
    assert page.redirect_chain == [("/appeals/", 302)]
    assert "notice--error" in text(page)


def test_the_centre_opens_a_closed_appeal_by_its_number():
    city = City()
    case = make_appeal(Status.CLOSED, city=city)
    assert titles(see(city.triage, "/appeals/")) == []  # its lists hold the open ones
    answer = signed_in(city.triage).get("/appeals/", {"q": f" {case.number.lower()} "})
    assert answer.headers["Location"] == case.get_absolute_url()


# The inbox


def told(user, n=1, **changes):
    moment = at(9, 7)
    usual = {"channel": "inbox", "kind": "sign", "state": "sent", "params": {"title": "用电", "lead": "科技局"}}
    return [
        Notice.objects.create(
            **{
                **usual,
                "cause": f"c{Notice.objects.count()}",
                "recipient": user,
                "created_at": moment,
                "due_at": moment,
                "sent_at": moment,
                **changes,
            }
        )
        for _ in range(n)
    ]


def test_a_notice_leads_to_its_case_and_is_read_from_then_on():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    (notice,) = told(city.handler, number=case.number)
    client = signed_in(city.handler)
    assert "is-unread" in text(client.get("/inbox/"))
    assert client.get(f"/inbox/{notice.pk}/").headers["Location"] == case.get_absolute_url()
    assert "is-unread" not in text(client.get("/inbox/"))
    read_at = Notice.objects.get(pk=notice.pk).read_at
    client.get(f"/inbox/{notice.pk}/")
    assert Notice.objects.get(pk=notice.pk).read_at == read_at


def test_all_are_marked_as_read_and_nobody_elses():
    user, other = make_user(Role.TRIAGE), make_user(Role.TRIAGE)
    told(user, 3)
    told(other)
    client = signed_in(user)
    assert client.get("/inbox/read/").status_code == 405
    page = text(client.post("/inbox/read/", follow=True))
    assert "3 notices marked as read." in page
    assert Notice.objects.unread().get().recipient == other


def test_anothers_notice_is_not_there():
    (notice,) = told(make_user(Role.TRIAGE))
    user = make_user(Role.TRIAGE)
    assert signed_in(user).get(f"/inbox/{notice.pk}/").status_code == 404
    assert signed_in(user).get(f"/inbox/?before={notice.pk}").status_code == 404


def test_older_notices_follow_page_by_page():
    user = make_user(Role.TRIAGE)
    told(user, 51)
    client = signed_in(user)
    first = text(client.get("/inbox/"))
    assert first.count("notices__line") == 50
    before = re.search(r"before=(\d+)", first)[1]
    assert text(client.get(f"/inbox/?before={before}")).count("notices__line") == 1
    assert text(client.get("/inbox/?show=unread")).count("notices__line") == 50
    assert client.get("/inbox/?before=x").status_code == 200


def test_every_kind_of_notice_has_words_in_the_inbox():
    city = City()
    make_appeal(Status.CLOSED, city=city)
    followup.review(make_appeal(Status.REPLIED, city=city), by=actor(city.reviewer), passed=False, at=at(9, 7, 15))
    Notice.objects.update(state="sent", sent_at=at(9, 8))
    for user in (city.handler, city.member, city.reviewer):
        assert see(user, "/inbox/").count("notices__line") > 0
