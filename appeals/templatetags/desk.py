"""What only the desks show: how long ago, how sure the classifier is, links that keep the list as it is."""

from django import template
from django.urls import reverse
from django.utils import timezone

from appeals import wording
from appeals.forms import HELP
from appeals.table import MOVES
from appeals.views.deskpage import address
from chains.taxonomy import Level

register = template.Library()


@register.filter
def ago(moment):
    """How long since `moment`, by the clock on the wall."""
    return wording.clocktime(int((timezone.now() - moment).total_seconds() // 60)) if moment else ""


@register.filter
def help_of(verb):
    """What a step does, in a line."""
    return HELP.get(verb, "")


@register.filter
def step_name(verb):
    """What a step is called in the table of moves."""
    return MOVES[verb].label if verb in MOVES else verb


@register.filter
def level_name(code):
    return Level(code).label if code else ""


@register.inclusion_tag("appeals/_sure.html")
def sure(confidence):
    """A bar for the classifier's confidence, 0…1, with its number and its word."""
    percent = round(confidence * 100)
    return {"percent": percent, "word": wording.sureness(confidence)}


@register.simple_tag(takes_context=True)
def desk_link(context, case):
    """The desk with `case` opened beside the same list."""
    kept = context["kept"] | {"cursor": context["request"].GET.get("cursor", "")}
    return address(reverse("appeals:centre"), kept, case=case.number) + "#case"
