import re
import xml.etree.ElementTree as ET

import pytest

from chains.charts import Mark, Series, columns, lines, radar

NS = "{http://www.w3.org/2000/svg}"


def drawn(svg) -> ET.Element:
    """The chart read as XML: markup that is not well formed fails here."""
    return ET.fromstring(str(svg).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def series(*values, look="1"):
    return Series([Mark(value, f"/appeals/?n={place}", f"mark {place}") for place, value in enumerate(values)], look)


def links(svg):
    return drawn(svg).findall(f"{NS}a")


ALL = [
    columns(["Jan", "Feb"], [series(3, 5), series(0, 2, look="2")], title="Filed & closed"),
    lines(["Jan", "Feb"], [series(0.5, 1.0)], title="Rates"),
    radar(
        [("A", Mark(0.5, "/a", "A: 50")), ("B", Mark(1, "/b", "B: 100")), ("C", Mark(0, "/c", "C: 0"))], title="Five"
    ),
]


@pytest.mark.parametrize("svg", ALL)
def test_a_chart_needs_nothing_that_a_strict_csp_forbids(svg):
    assert not re.search(r"\sstyle=|<style|<script|\son\w+=|javascript:", str(svg))


@pytest.mark.parametrize("svg", ALL)
def test_each_mark_is_a_link_that_says_what_it_counts(svg):
    found = links(svg)
    assert found
    for link in found:
        assert link.get("href").startswith("/")
        assert link.get("aria-label") == link.find(f"{NS}title").text


def test_what_is_written_in_a_chart_is_escaped():
    evil = Mark(1, '/?q="><script>', '<b onclick="x">')
    svg = str(columns(["<i>"], [Series([evil], "1")], title='"><script>'))
    assert "<script>" not in svg
    assert "<b " not in svg
    assert "<i>" not in svg
    drawn(svg)


def test_columns_are_as_high_as_their_values():
    bars = [link.findall(f"{NS}rect")[1] for link in links(columns(["a", "b", "c"], [series(2, 4, 0)], title="t"))]
    heights = [float(bar.get("height")) for bar in bars]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)
    assert heights[2] == 0


@pytest.mark.parametrize(
    ("highest", "top"), [(0, "4"), (4, "4"), (5, "8"), (13, "20"), (21, "40"), (110, "120"), (1250, "2000")]
)
def test_the_scale_ends_on_a_number_that_four_steps_divide(highest, top):
    words = [text.text for text in drawn(columns(["a"], [series(highest)], title="t")).iter(f"{NS}text")]
    assert words[4] == top


def test_a_line_breaks_where_there_is_nothing_to_show():
    svg = drawn(lines(["a", "b", "c", "d"], [series(0.1, None, 0.2, 0.3)], title="t"))
    path = next(path for path in svg.iter(f"{NS}path") if "chart__line" in path.get("class"))
    assert re.findall("[ML]", path.get("d")) == ["M", "M", "L"]
    assert len(svg.findall(f"{NS}a")) == 3


def test_labels_that_would_touch_are_left_out_but_never_the_newest():
    names = [f"m{n}" for n in range(36)]
    words = [text.text for text in drawn(columns(names, [series(*range(36))], title="t")).iter(f"{NS}text")]
    assert names[-1] in words
    assert len(set(words) & set(names)) == 12


def test_a_chart_without_values_is_a_chart_all_the_same():
    assert links(columns([], [], title="t")) == []
    assert links(lines(["a"], [series(None)], title="t")) == []
    assert len(links(radar([("A", Mark(None, "/a", "A: –"))], title="t"))) == 1
