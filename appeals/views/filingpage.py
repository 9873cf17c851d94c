from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appeals import attachments, drafts, filing, intake, submission, wording
from appeals.forms import NATURES, Keeping, filing_inputs
from appeals.models import Appeal, Attachment, Enterprise
from appeals.states import OPEN, Actor, Refused, Status
from appeals.texts import cleaned
from appeals.views.casesteps import department_names
from appeals.views.receiving import limits
from chains.models import Department, District, Industry, Topic
from routing.plan import make_plan

_ENDED = tuple(status for status in Status if status not in OPEN)
# The enterprise's lists: name, words, statuses.
VIEWS = (
    ("open", _("Open"), tuple(status for status in OPEN)),
    ("rate", _("To rate"), (Status.VISITING,)),
    ("ended", _("Closed"), _ENDED),
    ("all", _("All"), ()),
)
_SHORTEST = 6  # characters worth classifying


def statuses_of(view: str) -> str:
    """The statuses of a list of VIEWS, as the filter of lists takes them."""
    return ",".join(next((statuses for name, _words, statuses in VIEWS if name == view), OPEN))


def views_of(actor: Actor) -> list[tuple[str, Any]]:
    """The lists by name and words: a park's officer does not rate, but waits for the enterprise to do it."""
    words = {"rate": _("Awaiting rating")} if not actor.enterprises and actor.stations else {}
    return [(name, words.get(name, label)) for name, label, _statuses in VIEWS]


def parks_of(actor: Actor) -> list[str]:
    """Whose appeals a station officer reads here; none for whoever speaks for an enterprise."""
    return [] if actor.enterprises else list(Department.objects.coded(actor.stations).values_list("name", flat=True))


def link(params, cursor: str | None) -> str:
    if not cursor:
        return ""
    params = params.copy()
    params["cursor"] = cursor
    return f"?{params.urlencode()}"


def source_of(actor: Actor) -> str:
    """How staff take an appeal in: at the park's station (代填), or at the telephone."""
    if actor.enterprises:
        return Appeal.Source.WEB
    return Appeal.Source.STATION if actor.stations else Appeal.Source.PHONE


def page(actor: Actor, now, typed, *, refused: Refused | None = None) -> dict[str, Any]:
    """The filing form with what is known already; `typed` comes back after a refusal or by link."""
    own = list(Enterprise.objects.of_actor(actor))
    is_for_others = actor.is_staff and intake.may_file(actor)
    enterprise = own[0] if len(own) == 1 and not is_for_others else None
    values = _known(actor, enterprise) | {name: typed[name] for name in typed}
    day = timezone.localdate(now)
    options = {
        "district": [(row.pk, row.name) for row in District.objects.valid(day)],
        "nature": NATURES,
        "industry": [("", "–"), *((row.pk, row.name) for row in Industry.objects.valid(day))],
    }
    errors = refused.errors if refused else {}
    kept = drafts.kept(None, by=actor).get(drafts.FILING, {})
    inputs = filing_inputs(values, errors, options, Keeping(reverse("appeals:keep_filing"), drafts.FILING, kept))
    return {
        "inputs": inputs,
        "enterprise": enterprise,
        "own": own if not enterprise else [],
        "is_for_others": is_for_others,
        "may_file": intake.may_file(actor),
        "refused": refused,
        **_key_of(typed, actor, refused),
        "follows": _followed(typed, actor, now),
        "summary": [values.get(name) for name in ("contact_name", "contact_phone") if values.get(name)],
        "more_is_open": any(values.get(name) not in _UNTOUCHED or name in errors for name in _MORE),
        "known_is_open": bool(_KNOWN & errors.keys()),
        "departments": department_names(now),
        **files(actor, typed, [*errors.get("files", ()), *errors.get("attachments", ())]),
    }


def _followed(typed, actor, now) -> Appeal | None:
    """The closed appeal that the new one goes on from; a number that is none is as good as no number."""
    try:
        return filing.followed(typed.get("follows"), actor, now)
    except ValueError:
        return None


def _key_of(typed, actor, refused) -> dict[str, Any]:
    """The key that this form files with, once; where it has filed another text already, that one and a fresh key."""
    before = submission.filed_with(typed, by=actor) if refused else None
    return {"filed_before": before, "form_key": (not before and typed.get("form_key")) or uuid4().hex}


def with_files(typed, sent: Iterable[tuple[str, bytes]], actor: Actor, now) -> tuple[Any, list[str]]:
    """`typed` with the files that came with it, without the one to be removed; and why some were not taken."""
    kept, errors = attachments.receive_all(sent, by=actor, at=now)
    gone = _numbers(typed.getlist("remove"))
    attachments.drop(gone, by=actor)
    ready = [pk for pk in _numbers(typed.getlist("attachments")) if pk not in gone]
    typed = typed.copy()
    typed.setlist("attachments", [str(pk) for pk in (*ready, *(one.pk for one in kept))])
    return typed, errors


def values_of(typed, actor: Actor) -> dict[str, Any]:
    """What was typed, as appeals.filing and .submission read it."""
    ids = _numbers(typed.getlist("attachments"))
    sums = Attachment.objects.sent_by(actor.user_id).among(ids).sums() if ids else []
    return typed.dict() | {"attachments": typed.getlist("attachments"), "sums": sums}


def files(actor: Actor, typed, errors: Sequence[str]) -> dict[str, Any]:
    """The files that lie ready for this form, and what it says of them."""
    ids = _numbers(typed.getlist("attachments"))
    return {
        "staged": list(Attachment.objects.staged_by(actor.user_id).among(ids)) if ids else [],
        "file_errors": errors,
        **limits(),
    }


def _numbers(texts) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 10]


_MORE = ("urgent", "anonymous", "complained_of", "wants_person", "nature")
_UNTOUCHED = (None, "", "false")
_KNOWN = {"district", "industry", "contact_name", "contact_phone"}


def _known(actor, enterprise) -> dict[str, Any]:
    """What government or an earlier appeal has told already is not asked again."""
    if enterprise is None:
        return {}
    known = {"district": enterprise.district_id, "industry": enterprise.industry_id or "", "contact_name": actor.name}
    before = enterprise.appeals.filed_by(actor.user_id).order_by("-filed_at").first()
    if before:
        known |= {"contact_name": before.contact_name or actor.name, "contact_phone": before.contact_phone}
    return known


def preview(typed: Mapping[str, str], actor: Actor, now) -> dict[str, Any]:
    """What would happen to the text: topic, department, how sure, and open appeals about the same."""
    title, description = (cleaned(typed.get(name, ""))[:most] for name, most in (("title", 80), ("description", 5000)))
    enterprise = _enterprise(typed, actor)
    if len(title) + len(description) < _SHORTEST:
        return {"enterprise": enterprise, "is_for_others": actor.is_staff}
    district, industry = _place(typed, enterprise, timezone.localdate(now))
    plan = make_plan(
        title, description, at=now, district=district, industry=industry, urgent=typed.get("urgent") == "true"
    )
    names = Topic.objects.names_of([found["topic"] for found in plan.candidates])
    seen = Appeal.objects.listed_to(actor, now).with_rows()
    likely = plan.topic.pk if plan.topic else None
    return {
        "enterprise": enterprise,
        "is_for_others": actor.is_staff,
        "plan": plan,
        "at_once": plan.is_sure and typed.get("wants_person") != "true" and not typed.get("complained_of"),
        "lead": plan.responsible and Department.objects.named(plan.responsible.lead).first(),
        "sureness": wording.sureness(plan.classification.confidence),
        "others": [
            names[found["topic"]] for found in plan.candidates if found["topic"] in names and found["topic"] != likely
        ][:2],
        "similar": intake.similar_of(enterprise, title, description, among=seen) if enterprise else [],
    }


def _enterprise(typed, actor) -> Enterprise | None:
    """Whose appeal it would be; None while the credit code is still being typed."""
    try:
        return filing.enterprise_of(typed.get("enterprise"), actor)
    except ValueError:
        return None


def _place(typed, enterprise, day):
    district = District.objects.valid(day).named(cleaned(typed.get("district", "")[:20])).first()
    industry = Industry.objects.valid(day).named(cleaned(typed.get("industry", "")[:20])).first()
    if enterprise:
        district = district or enterprise.district
        return district.pk, industry.pk if industry else enterprise.industry_id
    district = district or District.objects.valid(day).first()
    return district.pk, industry and industry.pk
