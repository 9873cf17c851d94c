"""A day's work of the three who do most of it: the enterprise on its phone, the triage officer, the handler."""

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from appeals.models import Appeal, Attachment, Draft
from appeals.states import Status
from chains.taxonomy import CENTRE_OFFICE, FALLBACK_OFFICE, Role
from routing.calendar import workdays
from tests.appeals.files import PDF, photo
from tests.browser.hands import assert_whole, elsewhere, form_of, fresh, send, take, take_at
from tests.factory import LABOUR, SCIENCE, make_user

pytestmark = pytest.mark.slow


def workdays_after(moment, days) -> str:
    return workdays().after(timezone.localdate(moment), days).isoformat()


def _file_with_a_photo(page) -> str:
    page.goto("/appeals/new/")
    page.fill("[name=title]", "高企复核材料递交后没有回音")
    page.fill("[name=description]", "我司去年递交了高新技术企业复核材料，至今没有结果，请问什么时候公示？")
    taken = {"name": "回执.jpg", "mimeType": "image/jpeg", "buffer": photo(orientation=6, size=(1200, 800))}
    page.set_input_files("[name=files]", taken)
    expect(page.locator("#filing .files__name")).to_have_text("回执.jpg")
    page.locator("details", has=page.locator("[name=wants_person]")).locator("summary").click()
    page.check("input[type=checkbox][name=wants_person]")
    assert_whole(page)
    page.click("#filing button.btn--primary")
    page.wait_for_url("**/appeals/QY**")
    return page.url.split("/appeals/")[1].split("/")[0]


def _work(number, city):
    """What the office and the reviewer do until the enterprise is asked."""
    elsewhere(number, "reply", city.handler, outcome="solved", text="复核已通过，下周公示。")
    elsewhere(number, "review", city.reviewer, passed=True)


def test_an_enterprise_files_from_its_phone_and_is_satisfied_only_the_second_time(city, visit):
    page = visit(city.member, width=360)
    number = _file_with_a_photo(page)
    expect(page.get_by_role("heading", name="Filed. Your number:")).to_contain_text(number)
    expect(page.get_by_role("link", name="回执.jpg")).to_be_visible()
    kept = Image.open(Attachment.objects.get().file)
    assert kept.size == (800, 1200) and not kept.getexif()
    assert_whole(page)

    elsewhere(number, "dispatch", city.triage, topic="N01", level="B", lead=SCIENCE)
    elsewhere(number, "sign", city.handler)
    take(page, number, "urge", text="月底前要用，麻烦快一点。")
    take(page, number, "message", text="补一份去年的受理回执。")
    page.locator("#files summary").click()
    page.set_input_files("#case-files", {"name": "受理回执.pdf", "mimeType": "application/pdf", "buffer": PDF})
    send(page, page.locator(f"form[action='/appeals/{number}/upload/']"))
    expect(page.get_by_role("link", name="受理回执.pdf")).to_be_visible()

    _work(number, city)
    take(page, number, "rate", solved="no", stars="1", comment="还是没有公示。")
    case = Appeal.objects.get(number=number)
    assert (case.status, case.round, case.redo_count) == (Status.SIGNED, 2, 1)
    expect(page.get_by_text("Round 2").first).to_be_visible()
    _work(number, city)
    take(page, number, "rate", solved="yes", stars="5")
    case = Appeal.objects.get(number=number)
    assert (case.status, case.first_solved, case.solved, case.stars) == (Status.CLOSED, "no", "yes", 5)
    assert_whole(page)

    take(page, number, "reopen", reason="公示名单里没有我们。")
    assert Appeal.objects.get(number=number).status == Status.SIGNED
    declined = fresh(Status.DECLINED, city)
    take(page, declined.number, "object", reason="法院没有受理过。")
    expect(page.get_by_role("heading", name="Your objection is being looked at")).to_be_visible()
    page.goto("/appeals/")
    assert_whole(page)


def test_a_triage_officer_corrects_a_wrong_suggestion_and_decides_what_offices_ask_for(city, visit):
    page = visit(make_user(Role.TRIAGE, CENTRE_OFFICE))
    _correct_a_suggestion(page, city)
    _answer_and_decline(page, city)
    _refuse_a_hand_back(page, city)
    _grant_an_extension(page, city)
    _merge_and_split(page, city)


def _correct_a_suggestion(page, city):
    wrong = fresh(Status.TRIAGE, city, title="高新技术企业招不到人", description="我司是高企，小巨人，缺二十名焊工。")
    assert wrong.candidates[0]["topic"] == "N01"
    page.goto(f"/centre/?view=triage&case={wrong.number}")
    form = page.locator("#dispatch")
    expect(form.locator("[name=topic]:checked")).to_have_value("N01")
    expect(form.locator("[name=lead]")).to_have_value(SCIENCE)
    assert_whole(page)
    form.locator("[name=add]").select_option("H01")
    expect(form.locator("[name=topic]:checked")).to_have_value("H01")
    expect(form.locator("[name=lead]")).to_have_value(LABOUR)
    send(page, form, "Dispatch to 人社局")
    wrong.refresh_from_db()
    assert (wrong.topic_id, wrong.lead_id, wrong.decided_by) == ("H01", LABOUR, "person")


def _answer_and_decline(page, city):
    plain, alien = (fresh(Status.TRIAGE, city, title=title) for title in ("怎么报", "已在法院"))
    take_at(page, "triage", plain.number, "answer", text="材料清单在科技局网站“办事指南”栏目，三项即可。")
    plain.refresh_from_db()
    assert (plain.status, plain.lead_id, plain.direct) == (Status.REPLIED, CENTRE_OFFICE, True)
    take_at(page, "triage", alien.number, "decline", ground="litigation", explanation="请等待法院判决。")
    alien.refresh_from_db()
    assert alien.status == Status.DECLINED


def _refuse_a_hand_back(page, city):
    case = fresh(Status.DISPATCHED, city, title="不归我们管")
    elsewhere(case.number, "hand_back", city.handler, reason="属于经信局。", proposed_lead=FALLBACK_OFFICE)
    page.goto("/centre/?view=hand_backs")
    expect(page.get_by_role("heading", name=case.title)).to_be_visible()
    assert_whole(page)
    send(page, form_of(page, case.number, "decide_hand_back"), "Refuse", reason="高企认定由科技局牵头。")
    case.refresh_from_db()
    assert (case.status, case.lead_id, case.hand_backs_lost) == (Status.DISPATCHED, SCIENCE, 1)


def _grant_an_extension(page, city):
    case = fresh(Status.SIGNED, city, title="还要几天")
    wanted = workdays_after(case.resolve_by, 3)
    words = {"reason": "专家评审未结束", "words_to_enterprise": "评审结束后三天内答复您。"}
    elsewhere(case.number, "ask_extension", city.handler, until=wanted, **words)
    page.goto("/centre/?view=extensions")
    expect(page.locator("#case")).to_contain_text(words["words_to_enterprise"])
    assert_whole(page)
    send(page, form_of(page, case.number, "decide_extension"), "Grant", reason="同意。")
    case.refresh_from_db()
    assert timezone.localdate(case.resolve_by).isoformat() == wanted
    page.goto(case.get_absolute_url())
    expect(page.get_by_text(words["words_to_enterprise"]).first).to_be_attached()


def _merge_and_split(page, city):
    first, again, several = (fresh(Status.TRIAGE, city, title=title) for title in ("复核", "复核的事", "三件事"))
    take_at(page, "triage", again.number, "merge", into=first.number)
    again.refresh_from_db()
    assert (again.status, again.merged_into) == (Status.MERGED, first)
    page.goto(several.get_absolute_url())
    form = form_of(page, several.number, "split")
    assert_whole(page)
    send(page, form, **{"parts-1-title": "厂房租金", "parts-2-title": "招工难", "parts-2-description": "缺焊工。"})
    assert [part.title for part in several.parts.order_by("number")] == ["厂房租金", "招工难"]
    expect(page.get_by_role("link", name="招工难")).to_be_visible()


def test_a_handler_has_two_offices_help_before_the_reply(city, visit):
    case = fresh(Status.DISPATCHED, city)
    page, colleague = visit(city.handler), visit(city.supporter)
    page.goto("/office/?view=unassigned")
    assert_whole(page)
    send(page, form_of(page, case.number, "sign"))
    take(page, case.number, "contact", note="已电话联系，需人社、经信两家配合。")
    take(page, case.number, "ask_support", department="人社局", request="请核对社保人数。")
    take(page, case.number, "ask_support", department="经信局", request="请核对研发项目。")
    assert_whole(page)

    take(colleague, case.number, "support", text="社保人数 37 人。")
    helper = make_user(Role.HANDLER, FALLBACK_OFFICE)
    elsewhere(case.number, "support", helper, text="研发项目 4 个。")
    page.goto(case.get_absolute_url())
    expect(page.locator(".beside")).to_contain_text("社保人数 37 人。")
    expect(page.locator(".beside")).to_contain_text("研发项目 4 个。")
    expect(page.locator(".presence")).to_contain_text(city.supporter.name)

    take(page, case.number, "ask_extension", reason="评审未结束", words_to_enterprise="评审后三天内答复您。")
    take(page, case.number, "pause", reason="enterprise", note="等企业补充审计报告")
    case.refresh_from_db()
    assert case.paused_at and case.resolve_by is None
    take(page, case.number, "resume")
    case.refresh_from_db()
    assert case.paused_at is None and case.resolve_by

    page.locator("#reply-text").press_sequentially("两家已核对")
    expect(page.locator("#reply-text-draft")).to_contain_text("saved")
    page.reload()
    expect(page.locator("#reply-text")).to_have_value("两家已核对")
    send(page, form_of(page, case.number, "reply"), outcome="solved", text="两家已核对无误，复核通过。")
    case.refresh_from_db()
    assert case.status == Status.REPLIED and not Draft.objects.exists()
    assert case.supporting == [LABOUR, FALLBACK_OFFICE]
    assert [event.verb for event in case.events.all()][-5:] == ["support", "ask_extension", "pause", "resume", "reply"]
