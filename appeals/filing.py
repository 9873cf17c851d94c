"""What was filed, from raw values to a Filing that intake accepts: what both the form and the API call."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import reading
from appeals.intake import Filing
from appeals.models import Appeal, Enterprise
from appeals.models.enterprise import checked_credit_code
from appeals.states import Actor, Refused, Why
from chains.taxonomy import Nature

_READERS = {
    "title": lambda raw, day: reading.text(raw, most=80, one_line=True),
    "description": lambda raw, day: reading.text(raw, most=5000),
    "district": reading.district,
    "industry": reading.industry,
    "nature": lambda raw, day: reading.choice(raw, Nature),
    "urgent": lambda raw, day: reading.truth(raw),
    "anonymous": lambda raw, day: reading.truth(raw),
    "complained_of": reading.department,
    "contact_name": lambda raw, day: reading.text(raw, most=50, one_line=True),
    "contact_phone": lambda raw, day: reading.phone(raw),
    "external_number": lambda raw, day: reading.text(raw, most=60, one_line=True),
    "source": lambda raw, day: reading.choice(raw, Appeal.Source),
    "wants_person": lambda raw, day: reading.truth(raw),
    "attachments": lambda raw, day: reading.ids(raw),
}
_REQUIRED = ("title", "description")


def read(values: Mapping[str, Any], *, by: Actor, source: str, at: datetime | None = None) -> Filing:
    """The Filing that `values` describe; `source` where they name none; unknown keys are ignored.

    Raises Refused(INVALID) with `errors` by field. Whether `by` may file for the enterprise, intake.accept checks.
    """
    day = timezone.localdate(at or timezone.now())
    read, errors = {"source": source}, {}
    for name in _READERS:
        _into(read, errors, name, values.get(name), day)
    try:
        read["enterprise"] = enterprise_of(values.get("enterprise"), by)
    except ValueError as wrong:
        errors["enterprise"] = [str(wrong)]
    try:
        read["follows"] = followed(values.get("follows"), by, at or timezone.now())
    except ValueError as wrong:
        errors["follows"] = [str(wrong)]
    if errors:
        raise Refused(_("Please check what you entered."), why=Why.INVALID, errors=errors)
    return Filing(**read)


def followed(raw: Any, by: Actor, now: datetime) -> Appeal | None:
    """The older appeal that this one goes on from. Raises ValueError where `by` sees none of that number."""
    if reading.is_empty(raw):
        return None
    return reading.appeal(raw, Appeal.objects.visible_to(by, now))


def _into(read: dict, errors: dict, name: str, raw: Any, day: date) -> None:
    if reading.is_empty(raw):
        if name in _REQUIRED:
            errors[name] = [_("This field is required.")]
        return
    try:
        read[name] = _READERS[name](raw, day)
    except ValueError as wrong:
        errors[name] = [str(wrong)]


def enterprise_of(raw: Any, by: Actor) -> Enterprise:
    """By credit code; who speaks for one enterprise only need not name it. Raises ValueError."""
    if not reading.is_empty(raw):
        return enterprise_called(raw)
    if len(by.enterprises) != 1 or by.is_staff:
        raise ValueError(_("Give the credit code of the enterprise."))
    return Enterprise.objects.with_place().of_actor(by).get()


def enterprise_called(credit_code: Any) -> Enterprise:
    """The enterprise of the register with this code. Raises ValueError with words for the person."""
    try:
        code = checked_credit_code(reading.text(credit_code, most=40, one_line=True))
    except ValueError:
        raise ValueError(_("This is not a valid credit code: please check its 18 characters.")) from None
    found = Enterprise.objects.with_place().registered_as(code).first()
    if found is None:
        raise ValueError(_("No enterprise of the register has this credit code."))
    return found
