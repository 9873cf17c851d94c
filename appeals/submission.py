"""The filing form, sent once (一表一件): its key makes one appeal, however often the button or “back” is pressed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db import transaction

from appeals import drafts, filing, intake
from appeals.models import FilingKey
from appeals.states import Actor

# A file that is sent again gets another number: by its sum it is the same.
_NOT_OF_THE_TEXT = {"csrfmiddlewaretoken", "form_key", "attachments"}
_LONGEST_KEY = 64


@dataclass(frozen=True)
class Submitted:
    """The appeal that the form has made, now or (`is_new` False) when it was sent before."""

    number: str
    is_new: bool


def submit(values: Mapping[str, Any], *, by: Actor, source: str, at: datetime) -> Submitted:
    """File what the form says, once for each `form_key` among `values`; its drafts are gone with it.

    Raises Refused: FORBIDDEN to whoever may file for nobody, as filing.read and intake.accept do, and CONFLICT where
    the key has filed another text.
    """
    intake.check_may_file(by)
    filed = filing.read(values, by=by, source=source, at=at)

    def answer() -> dict:
        case = intake.accept_here(filed, by=by, at=at)
        drafts.sent(by)
        return {"number": case.number}

    if not (key := _key(values)):
        with transaction.atomic():
            return Submitted(answer()["number"], is_new=True)
    found, is_new = intake.once(by, key, _body(values), answer, at=at)
    return Submitted(found["number"], is_new)


def filed_with(values: Mapping[str, Any], *, by: Actor) -> str | None:
    """The number of the appeal that the form's key has made already."""
    key = _key(values)
    taken = FilingKey.objects.filter(user_id=by.user_id, key=key).first() if key else None
    return taken and taken.answer.get("number")


def _key(values) -> str:
    key = str(values.get("form_key") or "")
    # A namespace of its own beside the Idempotency-Keys of the API.
    return f"form:{key}" if key.isascii() and key.isalnum() and len(key) <= _LONGEST_KEY else ""


def _body(values) -> bytes:
    return urlencode(sorted((name, values[name]) for name in values if name not in _NOT_OF_THE_TEXT)).encode()
