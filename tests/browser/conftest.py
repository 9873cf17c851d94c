import shutil

import pytest
from playwright.sync_api import sync_playwright

# Debian's browser; without the switches it looks for hosts of its maker at every start.
_SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What htmx says of a part that was still loading when the page was left: no fault. A failed request says more.
_LEFT = ("htmx:sendAbort", "htmx:afterRequest")
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def chromium():
    if not _CHROMIUM:
        pytest.skip("no Chromium on this machine")
    # Playwright runs an event loop in this thread; the ORM is used between its calls, never within.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def city(transactional_db):
    from tests.factory import City

    return City()


@pytest.fixture
def visit(chromium, live_server):
    """A page of a browser of one's own, signed in as `user`; every page it opens must be free of errors."""
    contexts, faults = [], []

    def visit(user=None, *, language="en", width=1280):
        context = chromium.new_context(base_url=live_server.url, viewport={"width": width, "height": 900})
        contexts.append(context)
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if _is_fault(line) else None)
        page.on("response", lambda answer: faults.append(answer.url) if answer.status >= 500 else None)
        if user:
            _sign_in(page, user)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not faults


def _is_fault(line) -> bool:
    return line.type == "error" and not line.text.startswith(_LEFT)


def _sign_in(page, user):
    from tests.factory import PASSWORD

    page.goto("/accounts/login/")
    page.fill("[name=username]", user.username)
    page.fill("[name=password]", PASSWORD)
    page.click("main button.btn--primary")
