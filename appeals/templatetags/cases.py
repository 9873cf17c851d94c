"""Words about a case on a page: its light, status, sentence, moments, masked phone."""

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from appeals import lights, privacy, wording
from chains.taxonomy import Chain
from routing.calendar import workdays
from routing.deadlines import Light

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
    """The light of `case` with the time left until its nearest limit, as far as the reader waits for it."""
    now, calendar = _now_and_calendar(context)
    shines, left = _lights_for(context, case, now, calendar)
    return {"light": shines, "countdown": left, "words": wording.time_left(left) if left else wording.verdict(shines)}


def _lights_for(context, case, now, calendar):
    actor = context.get("actor")
    if actor and case.enterprise_id in actor.enterprises:
        return lights.told_to_enterprise(case, now, calendar)
    return lights.light_of(case, now), lights.countdown(case, now, calendar)


@register.simple_tag(takes_context=True)
def urgency(context, case):
    """The class of a row: "is-late", "is-soon" or nothing."""
    shines, left = _lights_for(context, case, *_now_and_calendar(context))
    return {Light.RED: "is-late", Light.YELLOW: "is-soon"}.get(shines, "") if left else ""


@register.inclusion_tag("appeals/_status.html")
def status(case):
    return {"case": case}


@register.inclusion_tag("appeals/_chain.html")
def chain(code):
    """The name of a chain with its colour; `code` may be empty."""
    return {"code": code, "label": Chain(code).label if code else ""}


@register.inclusion_tag("appeals/_bound.html")
def bound(field):
    """A field of a Django form in the look of the house."""
    return {
        "field": field,
        "label": field.label_tag(attrs={"class": "field__label"}, label_suffix=""),
        "widget": field.as_widget(attrs={"class": "input"}),
    }


@register.simple_tag
def is_listed(field):
    """Whether what an input holds is one of the appeals it offers."""
    return any(case.number == field.value for case in field.options)


@register.simple_tag(takes_context=True)
def enterprise(context, case):
    """The enterprise's name, for those who may know it."""
    actor = context.get("actor")
    if actor and privacy.may_know_enterprise(case, actor):
        return case.enterprise.name
    return _("Anonymous to the department")


@register.filter
def sentence(case):
    """What the enterprise reads of the status (product.md §3)."""
    return wording.sentence(case)


@register.filter
def worktime(minutes):
    """Minutes of working time in workdays, hours and minutes."""
    return "" if minutes is None else wording.worktime(minutes, lights.workday(workdays()))


@register.filter
def moment(value):
    """A `<time>`: day and minute, with the year where it is not this one."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    short = pgettext("date", "m-d H:i") if local.year == timezone.localdate().year else "Y-m-d H:i"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), date_format(local, short))


@register.filter
def second(value):
    """A `<time>` to the second, with its year: for the record."""
    local = timezone.localtime(value)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), date_format(local, "Y-m-d H:i:s"))


@register.filter
def masked(phone):
    """138****1234."""
    return wording.masked(phone)


@register.filter
def masked_name(name):
    """张**: the first sign only."""
    return f"{name[0]}**" if name else ""


@register.filter
def stars(count):
    return "★" * count + "☆" * (5 - count)


@register.filter
def ground(code):
    return wording.ground(code)


@register.filter
def sureness(confidence):
    return wording.sureness(confidence)


@register.filter
def percent(share):
    return "" if share is None else f"{share * 100:.0f}%"
