"""What hands do on a page and eyes see of it: a step is found by its address, a field by its name."""

from datetime import timedelta

from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from appeals import steps
from appeals.models import Appeal
from appeals.states import Status
from tests.factory import City, actor, make_appeal

expect.set_options(timeout=20_000)  # the machine may have other work
_WIDTHS = (1280, 360)


def fresh(status: Status, city: City, **changes) -> Appeal:
    """Filed four hours ago: nothing is late, everything can still be asked for."""
    return make_appeal(status, city=city, filed_at=timezone.now() - timedelta(hours=4), **changes)


def form_of(page: Page, number: str, verb: str) -> Locator:
    """The form of a step on the page as it stands, unfolded."""
    form = page.locator(f"form[action='/appeals/{number}/{verb}/']")
    form.wait_for(state="attached")
    while not form.is_visible():
        page.locator("details:not([open])", has=form).first.locator("summary").first.click()
    return form


def take(page: Page, number: str, verb: str, **values) -> None:
    """Open the case, fill the form of the step and send it; it must have been taken."""
    page.goto(f"/appeals/{number}/")
    send(page, form_of(page, number, verb), **values)


def take_at(page: Page, desk: str, number: str, verb: str, button: str = "", **values) -> None:
    """The same on a list of the centre's desk, where the case is opened beside it."""
    page.goto(f"/centre/?view={desk}&case={number}")
    send(page, form_of(page, number, verb), button, **values)


def send(page: Page, form: Locator, button: str = "", **values) -> None:
    for name, value in values.items():
        enter(form, name, value)
    buttons = form.get_by_role("button", name=button, exact=True) if button else form.locator("button:not([form])")
    with page.expect_navigation():
        buttons.click()
    expect(page.locator(".messages .notice--success")).to_be_visible()


def enter(form: Locator, name: str, value) -> None:
    """`value`: a text, the value of a choice, whether a box is ticked, or several texts for several inputs."""
    field = form.locator(f"[name='{name}']:not([type=hidden])")
    kind = field.first.evaluate("field => field.type")
    if kind == "radio":
        form.locator(f"[name='{name}'][value='{value}']").check()
    elif kind == "checkbox":
        field.set_checked(value)
    elif kind == "select-one":
        field.select_option(value)
    else:
        for place, text in enumerate([value] if isinstance(value, str) else value):
            _fill(field.nth(place), text)


def _fill(box: Locator, text: str) -> None:
    """Again, where the page took the focus elsewhere while it came up and the text joined what stood there."""
    box.fill(text)
    if box.input_value() != text:
        box.fill(text)


def elsewhere(number: str, verb: str, user, **values) -> None:
    """The same step by somebody who is not watched: through the one door of pages and API, without a browser."""
    case = Appeal.objects.get(number=number)
    steps.take(case, verb, values, by=actor(user), version=case.version)


def barriers(page: Page) -> list[str]:
    """What axe finds serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in ("serious", "critical")
    ]


def assert_whole(page: Page) -> None:
    """On a desk and on a phone: nothing is wider than the screen, nobody is shut out."""
    before = page.viewport_size
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (page.url, width)
        assert not (found := barriers(page)), (page.url, width, found)
    page.set_viewport_size(before)
