"""Words about a case on a page: its light, status, sentence, moments, masked phone."""

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from appeals import lights, wording
from chains.taxonomy import Chain
from routing.calendar import workdays

register = template.Library()


def _now_and_calendar(context):
    """Read once a page, however many rows it has."""
    shown = context.render_context
    if "qiying" not in shown:
        request = context.get("request")
        kept = getattr(request, "clockface", None) or (timezone.now(), workdays())
        if request is not None:
            request.clockface = kept
        shown["qiying"] = kept
    return shown["qiying"]


@register.inclusion_tag("appeals/_light.html", takes_context=True)
def light(context, case):
    """The light of `case` with the time left until its nearest limit."""
    now, calendar = _now_and_calendar(context)
    left = lights.countdown(case, now, calendar)
    return {
        "light": lights.light_of(case, now),
        "countdown": left,
        "words": wording.time_left(left) if left else "",
    }


@register.simple_tag(takes_context=True)
def urgency(context, case):
    """The class of a row: "is-late", "is-soon" or nothing."""
    now, _calendar = _now_and_calendar(context)
    return {"red": "is-late", "yellow": "is-soon"}.get(lights.light_of(case, now) if case.due_by else "", "")


@register.inclusion_tag("appeals/_status.html")
def status(case):
    return {"case": case}


@register.inclusion_tag("appeals/_chain.html")
def chain(code):
    """The name of a chain with its colour; `code` may be empty."""
    return {"code": code, "label": Chain(code).label if code else ""}


@register.filter
def sentence(case):
    """What the enterprise reads of the status (product.md §3)."""
    return wording.sentence(case)


@register.filter
def worktime(minutes):
    """Minutes of working time in days of seven hours, hours and minutes."""
    return "" if minutes is None else wording.worktime(minutes)


@register.filter
def moment(value):
    """A `<time>`: day and minute, with the year where it is not this one."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    short = "m-d H:i" if local.year == timezone.localdate().year else "Y-m-d H:i"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), date_format(local, short))


@register.filter
def masked(phone):
    """138****1234."""
    return wording.masked(phone)


@register.filter
def percent(share):
    return "" if share is None else f"{share * 100:.0f} %"
