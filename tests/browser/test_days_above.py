"""A day's work of those who decide, check and watch: head, reviewer, director, supervisor, leader, auditor."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from appeals.states import Status
from chains.models import User
from chains.taxonomy import Role
from routing.calendar import workdays
from tests.browser.hands import assert_whole, elsewhere, form_of, fresh, send, take, take_at
from tests.factory import LABOUR, make_appeal, make_user

pytestmark = pytest.mark.slow


def test_a_head_assigns_and_decides_an_extension_and_another_office_answers_its_support(city, visit):
    head, supporter = visit(city.head), visit(city.supporter)
    case = fresh(Status.DISPATCHED, city, level="A")
    head.goto("/office/?view=unassigned")
    head.get_by_role("link", name=case.title).click()
    assert_whole(head)
    take(head, case.number, "assign", handler=city.handler.username)
    expect(head.get_by_role("region", name="Facts", exact=True)).to_contain_text(city.handler.name)

    elsewhere(case.number, "sign", city.handler)
    case.refresh_from_db()
    wanted = workdays().after(timezone.localdate(case.resolve_by), 1).isoformat()
    words = {"reason": "等评审结果", "words_to_enterprise": "评审后次日答复您。"}
    elsewhere(case.number, "ask_extension", city.handler, until=wanted, **words)
    head.goto("/office/?view=extensions")
    head.get_by_role("link", name=case.title).click()
    send(head, form_of(head, case.number, "decide_extension"), granted="true", reason="同意")
    case.refresh_from_db()
    assert timezone.localdate(case.resolve_by).isoformat() == wanted

    elsewhere(case.number, "ask_support", city.handler, department=LABOUR, request="请核对社保人数。")
    supporter.goto("/office/?view=owed")
    supporter.get_by_role("link", name=case.title).click()
    assert_whole(supporter)
    take(supporter, case.number, "support", text="社保人数 37 人。")
    assert case.supports.get().answer == "社保人数 37 人。"


def test_a_reviewer_sends_a_reply_back_passes_it_and_reaches_the_enterprise_at_the_second_call(city, visit):
    case = fresh(Status.REPLIED, city)
    page = visit(city.reviewer)
    page.goto("/centre/?view=reviews")
    assert_whole(page)
    send(page, form_of(page, case.number, "review"), "Send back", note="没有说哪天公示。")
    case.refresh_from_db()
    assert (case.status, case.reply_text) == (Status.SIGNED, "")
    elsewhere(case.number, "reply", city.handler, outcome="solved", text="复核已通过，下周三公示。")
    page.goto("/centre/?view=reviews")
    send(page, form_of(page, case.number, "review"), "Pass, ask the enterprise")

    for reached, more in (("false", {}), ("true", {"solved": "yes", "stars": "5"})):
        page.goto(f"/centre/?view=visits&case={case.number}")
        assert_whole(page)
        send(page, form_of(page, case.number, "visit"), reached=reached, note="上午十点电话", **more)
    case.refresh_from_db()
    assert (case.visited_by_phone, case.solved, case.stars) == (True, "yes", 5)
    assert [event.data["reached"] for event in case.events.of_verb("visit")] == [False, True]


def test_a_director_parks_confers_and_decides_what_nobody_else_may(city, visit):
    page = visit(city.director)
    hard = fresh(Status.SIGNED, city, title="用地规划未定", level="D")
    take(page, hard.number, "park", plan="待规划调整后办理")
    hard.refresh_from_db()
    assert hard.status == Status.PARKED
    assert_whole(page)
    take_at(page, "parked", hard.number, "unpark")
    take(page, hard.number, "confer", departments=["人社局", "经信局"], agenda="三家会商用地指标")
    expect(page.locator(".beside")).to_contain_text("三家会商用地指标")
    assert_whole(page)
    owner = city.leader
    take(page, hard.number, "conclude", text="由市经信局调剂指标", owner=owner.username)
    hard.refresh_from_db()
    assert (hard.status, hard.owner_id, len(hard.supporting)) == (Status.SIGNED, owner.pk, 2)

    closed = fresh(Status.CLOSED, city, title="台风期间的诉求")
    elsewhere(closed.number, "ask_exclusion", city.handler, ground="台风停摆三天，非我局能控制。")
    page.goto("/centre/?view=exclusions")
    assert_whole(page)
    send(page, form_of(page, closed.number, "decide_exclusion"), "Grant", reason="情况属实")
    take(page, closed.number, "find_false_closure", reason="回访发现并未公示。")
    closed.refresh_from_db()
    assert closed.excluded_at and closed.false_closure_at and closed.status == Status.SIGNED

    declined = fresh(Status.DECLINED, city)
    elsewhere(declined.number, "object", city.member, reason="法院没有受理过。")
    take_at(page, "objections", declined.number, "decide_objection", "Uphold", reason="企业说得对，重新研判。")
    declined.refresh_from_db()
    assert declined.status == Status.TRIAGE


def test_a_supervisor_orders_what_is_red_and_a_leader_has_the_last_word_on_a_hard_case(city, visit):
    late = make_appeal(Status.SIGNED, city=city, filed_at=timezone.now() - timedelta(days=40), title="拖了一个月")
    supervisor, handler, leader = visit(city.supervisor), visit(city.handler), visit(city.leader)
    expect(supervisor.get_by_role("link", name="Red list")).to_have_attribute("aria-current", "page")
    assert_whole(supervisor)
    supervisor.get_by_role("link", name=late.title).click()
    take(supervisor, late.number, "supervise", order="请说明为何逾期，何时答复。")
    handler.goto("/office/?view=orders")
    handler.get_by_role("link", name=late.title).click()
    send(handler, form_of(handler, late.number, "answer_supervision"), text="评审延后，下周三答复。")
    supervisor.goto(late.get_absolute_url())
    expect(supervisor.locator(".beside")).to_contain_text("评审延后，下周三答复。")
    assert_whole(supervisor)

    hard = fresh(Status.SIGNED, city, title="用地规划未定", level="D")
    elsewhere(hard.number, "escalate", city.head, reason="市里才能定。")
    hard.refresh_from_db()
    wanted = workdays().after(timezone.localdate(hard.resolve_by), 20).isoformat()
    words = {"reason": "等规划批复", "words_to_enterprise": "批复后一周内答复您。"}
    elsewhere(hard.number, "ask_extension", city.handler, until=wanted, **words)
    take(leader, hard.number, "comment", text="请经信局牵头协调，每周报一次。")
    leader.goto("/home/")
    leader.get_by_role("link", name="Extensions to decide").click()
    leader.get_by_role("link", name=hard.title).click()
    assert_whole(leader)
    send(leader, form_of(leader, hard.number, "decide_extension"), granted="true", reason="同意")
    hard.refresh_from_db()
    assert timezone.localdate(hard.resolve_by).isoformat() == wanted
    leader.goto("/board/")
    assert_whole(leader)


def test_an_auditor_reads_who_did_what_and_no_word_of_it(city, visit):
    case = fresh(Status.CLOSED, city, title="只有当事人能读的标题", description="只有当事人能读的正文，请保密。")
    page = visit(make_user(Role.AUDITOR))
    page.goto("/audit/")
    assert_whole(page)
    page.fill("#audit-number", case.number)
    page.get_by_role("button", name="Show its record").click()
    page.wait_for_url("**/record/")
    assert_whole(page)
    expect(page.get_by_role("rowheader")).to_have_count(case.events.count())
    assert "只有当事人能读" not in page.content()
    assert page.request.get(case.get_absolute_url()).status == 404


def test_an_administrator_keeps_accounts_and_meets_no_case(city, visit):
    case = fresh(Status.SIGNED, city, title="只有当事人能读的标题")
    sysadmin = make_user(Role.SYSADMIN, is_staff=True, is_superuser=True)
    page = visit(sysadmin)
    page.goto("/home/")
    page.wait_for_url("**/admin/")
    page.goto("/admin/chains/user/?q=" + city.handler.username)
    page.get_by_role("link", name=city.handler.username).click()
    page.fill("[name=email]", "new@example.org")
    page.click("[name=_save]")
    page.wait_for_url("**/admin/chains/user/**")
    assert User.objects.get(pk=city.handler.pk).email == "new@example.org"
    page.goto("/admin/appeals/enterprise/")
    assert "只有当事人能读" not in page.content()
    assert page.request.get(case.get_absolute_url()).status == 404
