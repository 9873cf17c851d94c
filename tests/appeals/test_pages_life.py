"""The exceptions of a case on pages: what stands beside it, the desks that decide, what a former office keeps."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appeals import asking, dispatch, escalation, followup, handling, linking, pausing, supervision
from appeals.models import Appeal
from appeals.queues import CENTRE, EVERY, OFFICE, Asked, counts, views_of
from appeals.states import Status
from chains.models import Department
from chains.taxonomy import Role
from routing.calendar import workdays
from tests.appeals.pages import now, signed_in, take, text
from tests.factory import LABOUR, SCIENCE, City, actor, make_appeal

pytestmark = pytest.mark.django_db


def page_of(user, case):
    return text(signed_in(user).get(f"/appeals/{case.number}/"))


def workday(count):
    return workdays().after(timezone.localdate(), count)


def ask_for_time(city, case, *, by=None, level="B"):
    until = workdays().close_after(Appeal.objects.get(pk=case.pk).resolve_by, 1)
    return asking.ask_extension(
        case,
        by=actor(by or city.handler),
        until=timezone.localdate(until),
        reason="专家评审未排期",
        words_to_enterprise="预计下周答复",
    )


# What stands beside the case


def test_a_pause_says_why_and_since_when_to_both_sides():
    city, case = now(Status.SIGNED)
    pausing.pause(case, by=actor(city.handler), reason="enterprise", note="请补充审计报告")
    for user in (city.member, city.handler, city.director):
        assert "请补充审计报告" in page_of(user, case)
    page = page_of(city.member, case)
    assert "#step-message" in page
    take(city.member, case, "message", text="已补充")
    assert "notice--still" not in page_of(city.member, case)


def test_a_parked_case_shows_its_plan():
    city, case = now(Status.SIGNED)
    pausing.park(case, by=actor(city.director), plan="等待国土空间规划调整")
    for user in (city.member, city.handler):
        assert "等待国土空间规划调整" in page_of(user, case).partition('class="timeline"')[0]


def test_a_request_is_for_staff_and_its_words_reach_the_enterprise_once_granted():
    city, case = now(Status.SIGNED)
    ask_for_time(city, case)
    assert "专家评审未排期" in page_of(city.handler, case)
    assert "专家评审未排期" not in page_of(city.member, case)
    assert "预计下周答复" not in page_of(city.member, case)
    asking.decide_extension(case, by=actor(city.triage), granted=True, reason="同意")
    page = page_of(city.member, case)
    assert "预计下周答复" in page
    assert "专家评审未排期" not in page


def test_supports_orders_and_conferences_are_for_staff():
    city, case = now(Status.SIGNED)
    labour = Department.objects.get(pk=LABOUR)
    handling.ask_support(case, by=actor(city.handler), department=labour, request="核对社保缴纳")
    supervision.supervise(case, by=actor(city.holder(Role.LEADER)), order="三日内说明", answer_by=workday(3))
    escalation.confer(case, by=actor(city.director), departments=[labour], on=workday(2), agenda="联合研究用地")
    for user in (city.handler, city.director, city.holder(Role.HANDLER, LABOUR)):
        page = page_of(user, case)
        assert all(words in page for words in ("核对社保缴纳", "三日内说明", "联合研究用地"))
    page = page_of(city.member, case)
    assert not any(words in page for words in ("核对社保缴纳", "三日内说明", "联合研究用地"))


def test_links_lead_to_what_one_may_open_only():
    city, case = now(Status.TRIAGE)
    other = make_appeal(city=City(), title="同一条路封了", filed_at=timezone.now() - timedelta(hours=4))
    linking.attach(case, by=actor(city.triage), to=other)
    assert other.number in page_of(city.triage, case)
    assert other.number not in page_of(city.member, case)


def test_an_enterprise_reads_nothing_of_the_leading_appeal():
    city, case = now(Status.DISPATCHED)
    leader = make_appeal(Status.DISPATCHED, city=City(), filed_at=timezone.now() - timedelta(hours=5))
    linking.attach(case, by=actor(city.triage), to=leader)
    handling.sign(leader, by=actor(city.handler))
    assert Appeal.objects.get(pk=case.pk).status == Status.SIGNED
    assert leader.number in page_of(city.handler, case)
    assert leader.number not in page_of(city.member, case)


def test_what_offices_write_to_each_other_stays_among_them():
    city, case = now(Status.DISPATCHED)
    dispatch.reroute(case, by=actor(city.triage), reason="该局推诿")
    assert "该局推诿" in page_of(city.triage, case)
    assert "该局推诿" not in page_of(city.member, case)


def test_the_answer_of_an_earlier_round_stays_to_be_read():
    city, case = now(Status.VISITING)
    followup.rate(case, by=actor(city.member), solved="no", stars=1)
    page = page_of(city.member, case)
    assert "材料清单已发送。" in page.partition('class="timeline"')[0]


# The enterprise's own steps


def test_who_has_urged_reads_when_the_next_time_is():
    city, case = now(Status.SIGNED)
    assert take(city.member, case, "urge", text="请尽快").status_code == 302
    page = page_of(city.member, case)
    assert "chip__note" in page
    assert f"/appeals/{case.number}/urge/" not in page


def test_a_case_closed_for_good_leads_to_a_new_one_linked_to_it():
    city = City()
    case = make_appeal(Status.CLOSED, city=city, filed_at=timezone.now() - timedelta(days=60))
    link = f"/appeals/new/?follows={case.number}"
    assert link in page_of(city.member, case)
    client = signed_in(city.member)
    form = client.get(link)
    assert f'name="follows" value="{case.number}"' in text(form)
    typed = {"title": "问题又出现了", "description": "去年答复后问题再次出现。", "follows": case.number}
    client.post("/appeals/new/", {**typed, "form_key": form.context["form_key"], "wants_person": "true"})
    assert case.followers.get().title == "问题又出现了"


def test_an_objection_is_shown_until_and_after_its_decision():
    city, case = now(Status.DECLINED)
    asking.object_to(case, by=actor(city.member), reason="并未起诉")
    assert "notice--warning" in page_of(city.member, case)
    asking.decide_objection(case, by=actor(city.director), granted=False, reason="法院已受理")
    assert "法院已受理" in page_of(city.member, case).partition('class="timeline"')[0]


# Forms


def test_a_text_is_split_by_pairs_of_fields_and_an_error_stands_at_them():
    city, case = now(Status.TRIAGE)
    wrong = take(city.triage, case, "split", **{"parts-1-title": "", "parts-1-description": ""})
    assert wrong.status_code == 400
    parts = {"parts-1-title": "招工难", "parts-1-description": "缺三十名焊工", "parts-3-title": "贷款被拒"}
    assert take(city.triage, case, "split", **parts).status_code == 302
    assert sorted(case.parts.values_list("title", flat=True)) == ["招工难", "贷款被拒"]
    long = take(*now_and_triage(), "split", **{"parts-1-title": "很" * 81})
    assert long.status_code == 400
    assert "很" * 81 in text(long)


def now_and_triage():
    city, case = now(Status.TRIAGE)
    return city.triage, case


def test_appeals_of_the_same_enterprise_are_offered_for_merging():
    city, case = now(Status.TRIAGE)
    other = make_appeal(city=city, filed_at=timezone.now() - timedelta(hours=3))
    assert f'name="into" value="{other.number}"' in page_of(city.triage, case)
    answer = take(city.triage, case, "merge", into=[other.number, ""])
    assert answer.status_code == 302
    assert Appeal.objects.get(pk=case.pk).merged_into == other


def test_an_extension_names_the_latest_day():
    city, case = now(Status.SIGNED)
    page = signed_in(city.handler).get(f"/appeals/{case.number}/")
    steps = {step.verb: step for group in page.context["groups"] for step in group.steps}
    until = steps["ask_extension"].inputs[0]
    assert until.low <= until.value == until.high
    assert until.hint


# The desks


def listed(user, view, path="/centre/"):
    page = signed_in(user).get(f"{path}?view={view}")
    assert page.status_code == 200
    return [case.number for case in page.context["rows"]], text(page)


def test_an_extension_waits_with_whoever_decides_it():
    city, case = now(Status.SIGNED)
    ask_for_time(city, case)
    numbers, page = listed(city.triage, "extensions")
    assert numbers == [case.number]
    assert "预计下周答复" in page
    assert listed(city.director, "extensions")[0] == []
    assert take(city.director, case, "decide_extension", granted="true", reason="同意").status_code == 403
    assert take(city.triage, case, "decide_extension", granted="true", reason="同意").status_code == 302
    assert listed(city.triage, "extensions")[0] == []


def test_the_head_decides_at_level_a_and_the_leader_at_level_d():
    city, case = now(Status.SIGNED, level="A")
    ask_for_time(city, case)
    assert listed(city.head, "extensions", "/office/")[0] == [case.number]
    assert listed(city.handler, "extensions", "/office/")[0] == []
    hard = make_appeal(Status.SIGNED, city=city, level="D", filed_at=timezone.now() - timedelta(hours=5))
    ask_for_time(city, hard)
    leader = city.holder(Role.LEADER)
    page = signed_in(leader).get("/appeals/?to_decide=extension")
    assert [row.number for row in page.context["rows"]] == [hard.number]
    assert take(leader, hard, "decide_extension", granted="true", reason="同意").status_code == 302


def test_the_director_decides_objections_and_exclusions_also_of_ended_cases():
    city, case = now(Status.DECLINED)
    asking.object_to(case, by=actor(city.member), reason="并未起诉")
    closed = make_appeal(Status.CLOSED, city=city, filed_at=timezone.now() - timedelta(hours=5))
    asking.ask_exclusion(closed, by=actor(city.handler), ground="企业自身原因")
    assert listed(city.director, "objections")[0] == [case.number]
    assert listed(city.director, "exclusions")[0] == [closed.number]
    asked = Asked.at(actor(city.director), timezone.now(), workdays())
    open_rows = Appeal.objects.listed_to(asked.by, asked.now)
    with CaptureQueriesContext(connection) as queries:
        found = counts(open_rows, views_of(CENTRE, asked.by), asked)
    assert (found["objections"], found["exclusions"]) == (1, 1)
    assert len(queries) == 1
    assert take(city.director, case, "decide_objection", granted="true", reason="重新受理").status_code == 302
    assert take(city.director, closed, "decide_exclusion", granted="true", reason="属实").status_code == 302


def test_a_termination_is_decided_from_the_desk():
    city, case = now(Status.SIGNED)
    asking.ask_termination(case, by=actor(city.handler), ground="litigation", explanation="已起诉，请等待判决")
    numbers, page = listed(city.triage, "terminations")
    assert numbers == [case.number]
    assert f"/appeals/{case.number}/decide_termination/" in page
    assert take(city.triage, case, "decide_termination", granted="true", reason="属实").status_code == 302
    assert "已起诉，请等待判决" in page_of(city.member, case).partition('class="timeline"')[0]


def test_parked_escalated_and_merged_cases_have_their_steps_on_the_desk():
    city, parked = now(Status.SIGNED)
    pausing.park(parked, by=actor(city.director), plan="等待规划")
    lifted = make_appeal(Status.DISPATCHED, city=city, filed_at=timezone.now() - timedelta(hours=5))
    escalation.escalate(lifted, by=actor(city.director), reason="久拖不决")
    twice = make_appeal(city=city, filed_at=timezone.now() - timedelta(hours=5))
    linking.merge(twice, by=actor(city.triage), into=lifted)
    for view, case, verb in (
        ("parked", parked, "unpark"),
        ("escalated", lifted, "confer"),
        ("merged", twice, "unmerge"),
    ):
        numbers, page = listed(city.director, view)
        assert numbers == [case.number]
        assert f"/centre/{case.number}/steps/?view={view}" in page
        steps = signed_in(city.director).get(f"/centre/{case.number}/steps/?view={view}&back=/centre/")
        assert f"/appeals/{case.number}/{verb}/" in text(steps)
        assert signed_in(city.handler).get(f"/centre/{case.number}/steps/?view={view}").status_code == 403
    assert take(city.triage, twice, "unmerge", reason="并非同一事").status_code == 302


def test_the_triage_panel_offers_the_other_ways_out():
    city, case = now(Status.TRIAGE)
    steps = signed_in(city.triage).get(f"/centre/{case.number}/steps/?view=triage")
    page = listed(city.triage, "triage")[1] + text(steps)
    for verb in ("dispatch", "answer", "decline", "reclassify", "merge", "attach", "split"):
        assert f"/appeals/{case.number}/{verb}/" in page


def test_an_office_sees_what_it_owes():
    city, case = now(Status.SIGNED)
    labour = city.holder(Role.HANDLER, LABOUR)
    handling.ask_support(case, by=actor(city.handler), department=Department.objects.get(pk=LABOUR), request="核对社保")
    assert listed(labour, "owed", "/office/")[0] == [case.number]
    assert listed(city.handler, "owed", "/office/")[0] == []
    supervision.supervise(case, by=actor(city.holder(Role.LEADER)), order="说明", answer_by=workday(3))
    assert listed(city.handler, "orders", "/office/")[0] == [case.number]
    pausing.pause(case, by=actor(city.handler), reason="authority", note="等省里")
    assert listed(city.handler, "still", "/office/")[0] == [case.number]


def test_supervisor_and_leader_begin_with_their_lists():
    city = City()
    page = signed_in(city.supervisor).get("/home/", follow=True)
    assert [tab.view.key for tab in page.context["tabs"] if tab.is_current] == ["red"]
    leader = city.holder(Role.LEADER)
    assert signed_in(leader).get("/home/").url == "/appeals/?owner=me"
    page = signed_in(leader).get("/appeals/?owner=me")
    assert [tab.view.key for tab in page.context["tabs"] if tab.is_current] == ["owned"]
    assert {view.key for view in views_of(EVERY, actor(city.supervisor))} == {"red", "orders", "all", "open", "overdue"}
    assert "extensions" not in {view.key for view in views_of(OFFICE, actor(city.handler))}


def test_the_red_list_holds_what_it_counts_the_oldest_first():
    city = City()
    late, later = (
        make_appeal(Status.SIGNED, city=city, filed_at=timezone.now() - timedelta(days=days)) for days in (60, 40)
    )
    ended = make_appeal(Status.DISPATCHED, city=city, filed_at=timezone.now() - timedelta(days=50))
    handling.sign(ended, by=actor(city.handler))
    handling.reply(ended, by=actor(city.handler), outcome="solved", text="已办")
    followup.review(ended, by=actor(city.reviewer), passed=True)
    now(Status.SIGNED)
    for user in (city.supervisor, city.director):
        client = signed_in(user)
        tab = next(tab for tab in client.get("/appeals/counts/").context["tabs"] if tab.view.key == "red")
        rows = client.get(tab.href).context["rows"]
        assert ([case.number for case in rows], tab.count) == ([late.number, later.number], 2)


# What a former office keeps


def test_a_former_office_keeps_the_number_and_its_own_steps_only():
    city, case = now(Status.SIGNED, title="独一无二的标题")
    handling.progress(case, by=actor(city.handler), text="内部进展文字")
    dispatch.reroute(case, by=actor(city.triage), reason="另有主管")
    assert signed_in(city.handler).get(f"/appeals/{case.number}/").status_code == 404
    page = text(signed_in(city.handler).get("/office/former/"))
    assert case.number in page
    for words in ("独一无二的标题", "内部进展文字", "另有主管", city.enterprise.name):
        assert words not in page
    answer = signed_in(city.handler).get("/api/v1/appeals/former/").json()
    (stub,) = answer["results"]
    assert stub["number"] == case.number
    assert [event["verb"] for event in stub["events"]] == ["sign", "contact", "progress"]
    assert stub["left_at"]
    assert stub.keys() == {"number", "left_at", "events"}
    other = city.holder(Role.HANDLER, LABOUR)
    assert signed_in(other).get("/api/v1/appeals/former/").json()["results"] == []
    assert signed_in(city.member).get("/office/former/").status_code == 403
    assert signed_in(city.member).get("/api/v1/appeals/former/").status_code == 403


def test_a_case_that_came_back_is_no_stub_any_more():
    city, case = now(Status.DISPATCHED)
    dispatch.reroute(case, by=actor(city.triage), reason="另有主管")
    take(city.triage, case, "dispatch", topic="N01", level="B", lead="科技局")
    assert Appeal.objects.get(pk=case.pk).lead_id == SCIENCE
    assert case.number not in text(signed_in(city.handler).get("/office/former/"))


# Cost


def test_a_case_with_everything_beside_it_keeps_to_eighteen_queries(django_assert_max_num_queries):
    city, case = now(Status.SIGNED)
    labour = Department.objects.get(pk=LABOUR)
    handling.ask_support(case, by=actor(city.handler), department=labour, request="核对社保")
    supervision.supervise(case, by=actor(city.holder(Role.LEADER)), order="说明", answer_by=workday(3))
    escalation.confer(case, by=actor(city.director), departments=[labour], on=workday(2), agenda="研究")
    ask_for_time(city, case)
    pausing.pause(case, by=actor(city.handler), reason="authority", note="等省里")
    for n in range(60):
        handling.note(case, by=actor(city.handler), text=f"进展 {n}")
    for user in (city.member, city.handler, city.head, city.triage, city.director):
        client = signed_in(user)
        client.get(f"/appeals/{case.number}/")
        with django_assert_max_num_queries(18):
            assert client.get(f"/appeals/{case.number}/").status_code == 200


@pytest.mark.parametrize("view", ["extensions", "objections", "escalated", "parked", "merged", "triage"])
def test_the_lists_of_the_desk_keep_to_twelve_queries(view):
    city, _case = now(Status.TRIAGE)
    for n in range(3):
        make_appeal(Status.SIGNED, city=city, filed_at=timezone.now() - timedelta(hours=5 + n))
    client = signed_in(city.director)
    client.get(f"/centre/?view={view}")
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/centre/?view={view}")
    assert len(queries) <= 12, "\n".join(query["sql"][:150] for query in queries)
