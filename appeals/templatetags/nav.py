"""The entries of the bar: which pages are somebody's, by posts and memberships."""

from django import template
from django.utils.translation import gettext_lazy as _

from appeals.intake import may_file
from chains.taxonomy import Role

register = template.Library()

# Paths are public (interfaces.md, Pages). Roles None: whoever speaks for an enterprise or files for one.
_ENTRIES = (
    ("/appeals/", _("My appeals"), None),
    ("/appeals/", _("Appeals of the park"), {Role.STATION}),
    ("/appeals/new/", _("File an appeal"), None),
    (
        "/appeals/new/",
        _("File for an enterprise"),
        {Role.STATION, Role.TRIAGE, Role.DIRECTOR},
    ),
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
    ("/audit/", _("Audit"), {Role.AUDITOR, Role.DIRECTOR}),
    ("/admin/", _("Administration"), {Role.SYSADMIN}),
)


@register.inclusion_tag("appeals/_nav.html", takes_context=True)
def nav(context):
    actor, request = context.get("actor"), context.get("request")
    path = request.path if request else ""
    entries = [(href, label) for href, label, roles in _ENTRIES if actor and _is_for(actor, href, roles)]
    return {"entries": entries, "current": _current(path, [href for href, _label in entries])}


def _is_for(actor, href, roles):
    """Who speaks for an enterprise has pages of its own; the others read and file for those of their park or city."""
    if roles is None:
        return bool(actor.enterprises or not actor.roles) if href == "/appeals/" else bool(actor.enterprises)
    if href == "/appeals/new/":
        return may_file(actor) and not actor.enterprises and bool(roles & actor.roles)
    if roles == {Role.STATION}:
        return actor.roles == roles and not actor.enterprises
    return bool(roles & actor.roles)


def _current(path, hrefs):
    """The longest entry that the page lies under."""
    return max((href for href in hrefs if path.startswith(href)), key=len, default="")
