"""An office passes its duties on (机构改革): from a day on another one holds them, and the old one ends."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chains import freshness
from chains.models import Department, Duty
from chains.taxonomy import CENTRE_OFFICE, FALLBACK_OFFICE


def hindrance(old: Department, new: Department, *, on: date) -> str:
    """Why `new` cannot take over from `old` on that day; empty: nothing stands against it."""
    if old == new:
        return _("An office cannot take over from itself.")
    if old.pk in (CENTRE_OFFICE, FALLBACK_OFFICE):
        # Whatever nobody else is responsible for goes there; it never ends.
        return _("%(office)s is where appeals go that nobody else leads; it cannot end.") % {"office": old.name}
    if old.tier != new.tier:
        return _("%(old)s and %(new)s are not offices of the same tier.") % {"old": old.name, "new": new.name}
    if new.valid_from > on or (new.valid_to and new.valid_to <= on):
        return _("%(office)s does not exist on %(day)s.") % {"office": new.name, "day": on}
    return ""


@transaction.atomic
def hand_on(old: Department, new: Department, *, on: date, today: date) -> int:
    """`new` holds the duties of `old` from `on`, when `old` ends; returns how many passed. Re-runnable.

    The offices below come under `new` once that day has come.
    """
    duties = Duty.objects.of(old.short_name).ending_after(on).select_for_update()
    passed = [_pass(duty, new.short_name, on) for duty in duties]
    if old.valid_to is None or old.valid_to > on:
        Department.objects.filter(pk=old.pk).update(valid_to=max(on, old.valid_from))
    if on <= today:
        Department.objects.filter(pk=new.pk, parent=old).update(parent=old.parent_id)
        Department.objects.filter(parent=old).update(parent=new)
    freshness.forget()
    return len(passed)


def _pass(duty: Duty, office: str, on: date) -> None:
    """To the same place in the line; what `office` holds already further down is no second duty."""
    known = Duty.objects.filter(topic=duty.topic_id, part=duty.part).of(office).ending_after(on).first()
    _end(duty, on)
    if known and known.position < duty.position:
        return
    if known:
        _end(known, on)
    begins = max(on, duty.valid_from) if duty.valid_from else on
    Duty.objects.create(
        topic_id=duty.topic_id, part=duty.part, position=duty.position, office=office, valid_from=begins
    )


def _end(duty: Duty, on: date) -> None:
    if duty.valid_from and duty.valid_from >= on:
        duty.delete()  # it never came into force
        return
    duty.valid_to = on
    duty.save(update_fields=["valid_to"])
