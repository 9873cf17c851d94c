"""Values as they were typed or sent, each into its own type; ValueError says to the person what is wrong."""

import unicodedata
from datetime import date
from typing import Any

import phonenumbers
from django.db.models import QuerySet
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from appeals.linking import Part
from appeals.models import Appeal
from appeals.texts import cleaned
from chains.handbook import handbook, named
from chains.models import Department, District, Industry, Topic

_TRUTH = {"true": True, "1": True, "on": True, "yes": True, "false": False, "0": False, "off": False, "no": False}


def is_empty(raw: Any) -> bool:
    """Nothing there, or nothing that could be seen: spaces, control characters, marks without a letter."""
    return raw is None or raw in ("", [], ()) or (isinstance(raw, str) and not any(map(_is_seen, cleaned(raw))))


def _is_seen(sign: str) -> bool:
    return unicodedata.category(sign)[0] not in "ZCM"


def text(raw: Any, *, most: int, one_line: bool = False) -> str:
    if not isinstance(raw, str):
        raise ValueError(_("Enter text."))
    found = cleaned(raw, one_line=one_line)
    if len(found) > most:
        raise ValueError(_("At most %(limit)d characters; this has %(count)d.") % {"limit": most, "count": len(found)})
    return found


def truth(raw: Any) -> bool:
    found = _TRUTH.get(str(raw).lower()) if isinstance(raw, bool | str) else None
    if found is None:
        raise ValueError(_("Choose yes or no."))
    return found


def choice(raw: Any, choices) -> str:
    if not isinstance(raw, str) or raw not in choices.values:
        raise ValueError(_("Choose one of: %(choices)s.") % {"choices": ", ".join(choices.values)})
    return raw


def integer(raw: Any, *, low: int, high: int) -> int:
    digits = str(raw)
    # Only plain digits: int() would also read "１２", " 5 " and True.
    if isinstance(raw, bool) or not (digits.isascii() and digits.removeprefix("-").isdecimal()) or len(digits) > 9:
        raise ValueError(_("Enter a whole number."))
    if not low <= int(digits) <= high:
        raise ValueError(_("Enter a number from %(low)d to %(high)d.") % {"low": low, "high": high})
    return int(digits)


def ids(raw: Any) -> tuple[int, ...]:
    """Numbers of rows, each once."""
    if not isinstance(raw, list | tuple):
        raise ValueError(_("Send a list."))
    return tuple(dict.fromkeys(integer(one, low=1, high=999_999_999) for one in raw))


def topic(raw: Any, day: date) -> Topic:
    return _named(handbook(day).topics, raw) or _unknown(_("There is no such topic."))


def department(raw: Any, day: date) -> Department:
    return _named(handbook(day).offices, raw) or _unknown(_("There is no such department."))


def departments(raw: Any, day: date, *, most: int = 20) -> list[Department]:
    words = raw if isinstance(raw, list | tuple) else [raw]
    if len(words) > most:
        raise ValueError(_("At most %(limit)d departments.") % {"limit": most})
    return [department(word, day) for word in words if not is_empty(word)]


def district(raw: Any, day: date) -> District:
    return _named(handbook(day).districts, raw) or _unknown(_("There is no such district."))


def industry(raw: Any, day: date) -> Industry:
    return _named(handbook(day).industries, raw) or _unknown(_("There is no such industry."))


def day(raw: Any) -> date:
    """A calendar day, 2026-10-01."""
    try:
        found = parse_date(raw.strip()) if isinstance(raw, str) else None
    except ValueError:  # well formed, but no such day
        found = None
    if found is None:
        raise ValueError(_("Give a date such as 2026-10-01."))
    return found


def appeal(raw: Any, among: QuerySet) -> Appeal:
    """The one of that number among those somebody may see."""
    number = raw.strip().upper() if isinstance(raw, str) else ""
    found = among.numbered(number).first() if number.isascii() and number.isalnum() else None
    return found or _unknown(_("There is no appeal of this number."))


def parts(raw: Any, *, most: int) -> list[Part]:
    """Several matters: objects with title and description, or plain texts (a page sends lines “title | text”)."""
    given = raw if isinstance(raw, list | tuple) else str(raw).splitlines()
    given = [one for one in given if not is_empty(one)]
    if not 1 <= len(given) <= most:
        raise ValueError(_("Split into one to %(most)d parts.") % {"most": most})
    return [_part(one, place) for place, one in enumerate(given, 1)]


def _part(raw, place) -> Part:
    try:
        return _read_part(raw)
    except ValueError as wrong:
        raise ValueError(_("Part %(place)d: %(reason)s") % {"place": place, "reason": wrong}) from wrong


def _read_part(raw) -> Part:
    if isinstance(raw, dict):
        title, description = raw.get("title", ""), raw.get("description", "")
    else:
        title, _bar, description = str(raw).partition("|")
    if is_empty(title):
        title, description = description, ""
    if is_empty(title):
        raise ValueError(_("Every part needs a title."))
    description = title if is_empty(description) else description
    return Part(text(title, most=80, one_line=True), text(description, most=5000))


def _named(rows, raw):
    return named(rows, cleaned(raw, one_line=True)) if isinstance(raw, str) else None


def _unknown(words):
    raise ValueError(words)


def phone(raw: Any) -> str:
    """A number that can be dialled from here, as +86… or, for service numbers such as 12345, its digits."""
    words = text(raw, most=40, one_line=True)
    if words.isascii() and words.isdecimal() and 3 <= len(words) <= 6:
        return words
    try:
        number = phonenumbers.parse(words, "CN")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise ValueError(_("This is not a phone number."))
    if number.country_code == 86:
        return "".join(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL).split())
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
