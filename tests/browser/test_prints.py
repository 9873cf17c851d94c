"""Prints on paper: A4, nothing cut off, the frame of the page left away."""

import re

from appeals.states import Status
from tests.factory import make_appeal

A4 = (595, 842)  # points


def sheets(pdf: bytes) -> list[tuple[int, int]]:
    """The size of each sheet, in points."""
    boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)
    return [(round(float(width)), round(float(height))) for width, height in boxes]


def test_a_case_file_is_printed_on_a4(city, visit):
    case = make_appeal(Status.CLOSED, city=city, title="电价太高" * 20, description="电价太高," * 900)
    page = visit(city.director)
    page.goto(f"{case.get_absolute_url()}print/")
    found = sheets(page.pdf(prefer_css_page_size=True))
    assert set(found) == {A4}
    assert 2 <= len(found) <= 5
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 900})  # A4 between its margins
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert not page.is_visible(".bar")
    assert not page.is_visible(".sheet__bar")
    assert page.is_visible(".sheet__signs")
