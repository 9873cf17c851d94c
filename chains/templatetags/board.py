"""How a board writes its numbers: the same digits everywhere, "–" where there is none."""

from django import template

register = template.Library()


@register.filter
def points(score):
    """A score of 0…100 to one place; a point in every language, since a chart is drawn from it."""
    return "–" if score is None else f"{score:.1f}"


@register.filter
def tenth(share):
    """A share of 0…1 in per cent to one place."""
    return "–" if share is None else f"{share * 100:.1f} %"


@register.filter
def hundred(share):
    """A share of 0…1 as the width of a meter."""
    return f"{share * 100:.1f}"


@register.filter
def four(value):
    """C, T and D to four places, as score.md gives them."""
    return f"{value:.4f}"


@register.filter
def whole(minutes):
    return None if minutes is None else round(minutes)
