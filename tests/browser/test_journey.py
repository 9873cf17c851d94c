"""One appeal from the form to the score, through the pages, as four people at their own browsers."""

from django.utils import timezone

from appeals.models import Appeal
from appeals.states import Status
from chains.taxonomy import Role
from tests.browser.hands import take
from tests.factory import SCIENCE, make_user


def _file(page) -> str:
    page.goto("/appeals/new/")
    page.fill("[name=title]", "高企复核材料递交后没有回音")
    page.fill("[name=description]", "我司去年递交了高新技术企业复核材料，至今没有结果，请问什么时候公示？")
    page.locator("#preview").get_by_text("高企").first.wait_for()
    page.locator("details", has=page.locator("[name=wants_person]")).locator("summary").click()
    page.check("input[type=checkbox][name=wants_person]")
    page.click("#filing button.btn--primary")
    page.wait_for_url("**/appeals/QY**")
    return page.url.split("/appeals/")[1].split("/")[0]


def _score_of(page, chain) -> str:
    page.goto(f"/board/?period={timezone.localdate():%Y-%m}")
    return page.locator(".chain-scores li").filter(has_text=chain).inner_text()


def test_an_appeal_travels_from_the_form_to_the_score(city, visit):
    desks = {name: visit(getattr(city, name)) for name in ("member", "triage", "handler", "reviewer")}
    leader = visit(make_user(Role.LEADER))
    before = _score_of(leader, "Innovation chain")

    number = _file(desks["member"])
    take(desks["triage"], number, "dispatch", topic="N01", level="B", lead=SCIENCE)
    take(desks["handler"], number, "sign")
    take(desks["handler"], number, "contact", note="已电话联系，补充一份说明即可。")
    take(desks["handler"], number, "reply", outcome="solved", text="复核已通过，下周公示。")
    take(desks["reviewer"], number, "review", passed="true")
    take(desks["member"], number, "rate", solved="yes", stars="5")

    case = Appeal.objects.get(number=number)
    assert (case.status, case.stars, case.solved) == (Status.CLOSED, 5, "yes")
    assert [event.verb for event in case.events.all()] == [
        "file",
        "dispatch",
        "sign",
        "contact",
        "reply",
        "review",
        "rate",
    ]
    after = _score_of(leader, "Innovation chain")
    assert after != before and "100" in after
