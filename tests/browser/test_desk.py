"""Many cases at once, words that are kept, and who else is there: as hands and eyes meet them."""

import pytest

from appeals import bulk
from appeals.models import BulkJob, Draft, Event
from appeals.states import Status
from chains.taxonomy import Role
from tests.browser.hands import barriers, fresh
from tests.factory import SCIENCE, make_user


@pytest.mark.parametrize("width", [1280, 360])
def test_rows_are_ticked_with_keys_and_signed_together(width, city, visit):
    for n in range(4):
        fresh(Status.DISPATCHED, city, title=f"第{n}件")
    page = visit(city.handler, width=width)
    page.goto("/office/?view=all")
    boxes = page.locator("[data-pick]")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    boxes.nth(2).click(modifiers=["Shift"])
    assert page.locator("[data-pick]:checked").count() == 3
    page.focus("#bulk-which")
    page.wait_for_selector("#bulk-which option:text('all 4 that match')", state="attached")
    page.select_option("#bulk-verb", "sign")
    page.click("#bulk button")
    page.wait_for_selector("h1:text('Sign: 3 appeals')")
    assert not barriers(page)
    page.click("main button.btn--primary")
    page.wait_for_selector("text=0 / 3")
    bulk.work(BulkJob.objects.get().pk)
    page.wait_for_selector("text=3 / 3")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert not barriers(page)
    assert Event.objects.filter(verb="sign").count() == 3


def test_the_box_in_the_head_of_the_list_ticks_the_page(city, visit):
    for _ in range(3):
        fresh(Status.DISPATCHED, city)
    page = visit(city.handler)
    page.goto("/office/?view=all")
    page.click("[data-pick-page]")
    assert page.inner_text("#bulk-count") == "3"
    page.locator("[data-pick]").nth(1).click()
    assert page.evaluate("document.querySelector('[data-pick-page]').indeterminate")


def test_what_is_typed_is_kept_and_a_colleague_is_told_who_writes(city, visit):
    case = fresh(Status.SIGNED, city)
    page, other = visit(city.handler), visit(make_user(Role.HANDLER, SCIENCE))
    page.goto(case.get_absolute_url())
    page.type("#reply-text", "材料清单如下")
    page.wait_for_selector("#reply-text-draft:has-text('saved')")
    assert Draft.objects.get().text == "材料清单如下"
    other.goto(case.get_absolute_url())
    other.wait_for_selector(f".presence:has-text('{city.handler.name} is writing a reply')")
    page.reload()
    assert page.input_value("#reply-text") == "材料清单如下"
    page.click("#reply-text-draft button")
    page.wait_for_load_state("networkidle")
    assert page.input_value("#reply-text") == ""
    assert not Draft.objects.exists()


def test_enter_in_the_title_files_and_discards_nothing(city, visit):
    page = visit(city.member)
    page.goto("/appeals/new/")
    page.type("#file-title", "厂门口的路坏了")
    page.type("#file-description", "大货车进不来，已影响发货，请尽快修复。")
    page.wait_for_selector("#file-description-draft:has-text('saved')")
    page.goto("/appeals/new/")
    assert page.locator("#file-title-draft button").is_visible()
    page.focus("#file-title")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?filed=1")
    assert not Draft.objects.exists()
