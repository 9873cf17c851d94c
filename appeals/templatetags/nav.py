"""The entries of the bar: which pages are somebody's, by posts and memberships."""

from django import template
from django.utils.translation import gettext_lazy as _

from appeals.intake import may_file
from chains.taxonomy import Role

register = template.Library()

# Paths are public (interfaces.md, Pages). Roles None: whoever speaks for an enterprise or files for one.
_ENTRIES = (
    ("/appeals/", _("My appeals"), None),
    ("/appeals/new/", _("File an appeal"), None),
    ("/centre/", _("Centre desk"), {Role.TRIAGE, Role.REVIEWER, Role.DIRECTOR}),
    ("/office/", _("Department queue"), {Role.HANDLER, Role.HEAD}),
    (
        "/appeals/",
        _("All appeals"),
        {Role.TRIAGE, Role.REVIEWER, Role.DIRECTOR, Role.HANDLER, Role.HEAD, Role.SUPERVISOR, Role.LEADER},
    ),
    (
        "/board/",
        _("Board"),
        {
            Role.TRIAGE,
            Role.REVIEWER,
            Role.DIRECTOR,
            Role.HANDLER,
            Role.HEAD,
            Role.STATION,
            Role.SUPERVISOR,
            Role.LEADER,
        },
    ),
    ("/admin/", _("Administration"), {Role.SYSADMIN}),
)


@register.inclusion_tag("appeals/_nav.html", takes_context=True)
def nav(context):
    actor, request = context.get("actor"), context.get("request")
    path = request.path if request else ""
    entries = [(href, label) for href, label, roles in _ENTRIES if actor and _is_for(actor, href, roles)]
    return {"entries": entries, "current": _current(path, [href for href, _label in entries])}


def _is_for(actor, href, roles):
    if roles is not None:
        return bool(roles & actor.roles)
    if href == "/appeals/new/":
        return may_file(actor)
    return bool(actor.enterprises or Role.STATION in actor.roles or not actor.roles)


def _current(path, hrefs):
    """The longest entry that the page lies under."""
    return max((href for href in hrefs if path.startswith(href)), key=len, default="")
