"""Pages as a person meets them: signed in, read as text, forms filled as a browser would."""

import re

from django.test import Client

from appeals.models import Appeal
from tests.factory import make_appeal

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


def sixty_more(status, city, **changes):
    """Sixty more rows of what one walked appeal is: more than a page."""
    case = make_appeal(status, city=city, **changes)
    rows = []
    for n in range(60):
        copy = Appeal.objects.get(pk=case.pk)
        copy.pk, copy.number = None, f"QY2026090{n:08d}"
        rows.append(copy)
    Appeal.objects.bulk_create(rows)
