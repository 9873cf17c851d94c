"""Charts as SVG (图表): rows in, markup out. Geometry and class names only, so that a strict CSP lets them stand.

Each mark is a link to the list it counts, with its words as name; colours and type come from the style sheet.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 640, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 42, 6, 10, 24
_FLOOR = HEIGHT - _BOTTOM
_INNER = WIDTH - _LEFT - _RIGHT
_DEEP = _FLOOR - _TOP


@dataclass(frozen=True)
class Mark:
    """One value (None: nothing to show), where it leads, and what it says."""

    value: float | None
    href: str
    words: str


@dataclass(frozen=True)
class Series:
    """Marks in the order of the chart's labels; `look` is the modifier of its class."""

    marks: Sequence[Mark]
    look: str


def columns(labels: Sequence[str], series: Sequence[Series], *, title: str) -> SafeString:
    """Columns side by side for each label, from zero up."""
    top = _ceiling(max((mark.value or 0 for row in series for mark in row.marks), default=0))
    slot = _INNER / max(1, len(labels))
    width = min(20.0, slot * 0.76 / max(1, len(series)))
    first = (slot - width * len(series)) / 2
    marks = [
        _column(mark, _LEFT + slot * place + first + width * number, width, top, row.look)
        for number, row in enumerate(series)
        for place, mark in enumerate(row.marks)
        if mark.value is not None
    ]
    return _frame(title, [_grid(top, lambda value: f"{value:g}"), _names(labels, slot), *marks])


def lines(labels: Sequence[str], series: Sequence[Series], *, title: str) -> SafeString:
    """A line for each series of shares, 0…1; it breaks where there is nothing to show."""
    slot = _INNER / max(1, len(labels))
    xs = [_LEFT + slot * (place + 0.5) for place in range(len(labels))]
    drawn = [_line(row, xs) for row in series]
    points = [_point(mark, x, row.look) for row in series for mark, x in zip(row.marks, xs, strict=True)]
    return _frame(title, [_grid(1, lambda value: f"{value * 100:.0f} %"), _names(labels, slot), *drawn, *points])


def radar(spokes: Sequence[tuple[str, Mark]], *, title: str) -> SafeString:
    """Values 0…1 on spokes around a middle, as one shape: how even they are shows at a glance."""
    turns = [2 * math.pi * number / len(spokes) for number in range(len(spokes))]
    rings = [format_html('<polygon class="chart__grid" points="{}"/>', _ring(turns, [r] * len(turns))) for r in _RINGS]
    axes = [format_html('<path class="chart__grid" d="M{} {}L{} {}"/>', *_MIDDLE, *_spot(turn, 1)) for turn in turns]
    values = [mark.value or 0 for _name, mark in spokes]
    shape = format_html('<polygon class="chart__area" points="{}"/>', _ring(turns, values))
    marks = [_spoke(name, mark, turn) for (name, mark), turn in zip(spokes, turns, strict=True)]
    return _frame(title, [*rings, *axes, shape, *marks], width=_RADAR[0], height=_RADAR[1])


_RADAR = (420, 268)
_MIDDLE = (210, 140)
_REACH = 96
_RINGS = (0.25, 0.5, 0.75, 1)


def _spot(turn: float, value: float) -> tuple[str, str]:
    """Where a value lies on a spoke; the first spoke points up."""
    x, y = _MIDDLE
    return _n(x + _REACH * value * math.sin(turn)), _n(y - _REACH * value * math.cos(turn))


def _ring(turns, values) -> str:
    return " ".join(",".join(_spot(turn, value)) for turn, value in zip(turns, values, strict=True))


def _spoke(name, mark, turn):
    (x, y), (text_x, text_y) = _spot(turn, mark.value or 0), _spot(turn, 1.16)
    side = math.sin(turn)
    anchor = "middle" if abs(side) < 0.1 else "start" if side > 0 else "end"
    # Above the middle a label grows upwards, below it downwards: two lines never cross the shape.
    line = float(text_y) + (-12 if math.cos(turn) > 0.5 else 2)
    value = "–" if mark.value is None else f"{mark.value * 100:.1f}"
    words = [_text(text_x, _n(line), anchor, name), _text(text_x, _n(line + 15), anchor, value, look="chart__value")]
    return _linked(mark, _circle("chart__dot", x, y, 4), *words)


def _linked(mark: Mark, *parts: SafeString) -> SafeString:
    drawn = format_html_join("", "{}", ((part,) for part in parts))
    return format_html(
        '<a class="chart__mark" href="{}" aria-label="{}"><title>{}</title>{}</a>',
        *(mark.href, mark.words, mark.words, drawn),
    )


def _circle(look, x, y, radius) -> SafeString:
    return format_html('<circle class="{}" cx="{}" cy="{}" r="{}"/>', look, x, y, radius)


def _rect(look, x, y, width, height) -> SafeString:
    corners = (look, *map(_n, (x, y, width, height)))
    return format_html('<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1.5"/>', *corners)


def _text(x, y, anchor, words, *, look="chart__word") -> SafeString:
    return format_html('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>', look, x, y, anchor, words)


def _frame(title, parts, *, width=WIDTH, height=HEIGHT) -> SafeString:
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>',
        *(width, height, title, format_html_join("", "{}", ((part,) for part in parts))),
    )


def _grid(top, written) -> SafeString:
    """Lines across at whole steps, the lowest as axis."""
    rows = []
    for value in (top * part / 4 for part in range(5)):
        look, y = "chart__grid" if value else "chart__axis", _y(value, top)
        rows.append(format_html('<path class="{}" d="M{} {}H{}"/>', look, _LEFT, _n(y), WIDTH - _RIGHT))
        rows.append(_text(_LEFT - 6, _n(y + 4), "end", written(value)))
    return format_html_join("", "{}", ((row,) for row in rows))


def _names(labels, slot) -> SafeString:
    # Where labels would touch, some are left out, counted back from the newest.
    step = max(1, math.ceil(46 / slot))
    shown = [(place, name) for place, name in enumerate(labels) if (len(labels) - 1 - place) % step == 0]
    words = (_text(_n(_LEFT + slot * (place + 0.5)), HEIGHT - 7, "middle", name) for place, name in shown)
    return format_html_join("", "{}", ((word,) for word in words))


def _column(mark, x, width, top, look) -> SafeString:
    y = _y(mark.value, top)
    # The whole height above a column answers the pointer: a low one is as easy to hit as a high one.
    hit = _rect("chart__hit", x, _TOP, width, _DEEP)
    return _linked(mark, hit, _rect(f"chart__bar chart__bar--{look}", x + 1, y, width - 2, _FLOOR - y))


def _line(row, xs) -> SafeString:
    path, pen_is_down = [], False
    for mark, x in zip(row.marks, xs, strict=True):
        if mark.value is not None:
            path.append(f"{'L' if pen_is_down else 'M'}{_n(x)} {_n(_y(mark.value, 1))}")
        pen_is_down = mark.value is not None
    return format_html('<path class="chart__line chart__line--{}" d="{}"/>', row.look, "".join(path))


def _point(mark, x, look) -> SafeString:
    if mark.value is None:
        return SafeString("")
    x, y = _n(x), _n(_y(mark.value, 1))
    return _linked(mark, _circle("chart__hit", x, y, 12), _circle(f"chart__dot chart__dot--{look}", x, y, 3.5))


def _y(value: float, top: float) -> float:
    return _FLOOR - _DEEP * min(1.0, max(0.0, value / top))


def _ceiling(highest: float) -> float:
    """The next number that four steps divide well: 4, 8, 12, 20, 40, 60, 80, 120, 200 …"""
    size = 1
    while True:
        for step in (4, 8, 12, 20):
            if highest <= step * size:
                return step * size
        size *= 10


def _n(value: float) -> str:
    """A coordinate, short and the same on every machine."""
    return f"{value:.1f}".removesuffix(".0")
