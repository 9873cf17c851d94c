"""Files of appeals (附件): sent before filing or to a case, examined and drawn anew, removed, read on the record."""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appeals import pictures, scanning
from appeals.models import Appeal, Attachment
from appeals.models.attachment import AttachmentQuerySet
from appeals.moves import claim, record
from appeals.pausing import heard_from
from appeals.sniffing import sniff
from appeals.states import Actor, Part, Refused, Why, reads_as_staff, refused_at
from appeals.table import check_move
from appeals.texts import cleaned, file_name
from chains import audit
from chains.models import Audit, User

REMOVED_WITHIN = timedelta(hours=1)
_LONGEST_NAME = 120
_SWEPT = range(2, 9)  # days ago: by then every row that is coming has come


@dataclass(frozen=True)
class Examined:
    """What is kept of a file that was sent."""

    name: str
    content_type: str
    data: bytes


def examined(name: str, data: bytes) -> Examined:
    """The file as it may be kept, its type by its content. Raises Refused(INVALID) with the reason at `file`."""
    shown = cleaned(name, one_line=True)[:_LONGEST_NAME]
    try:
        if not data:
            raise ValueError(_("The file is empty."))
        if len(data) > settings.ATTACHMENT_MOST_BYTES:
            raise ValueError(too_large())
        kind = sniff(data, PurePosixPath(name).suffix)
        if kind.is_picture:
            data, kind = pictures.redrawn(
                data, kind, longest=settings.PICTURE_LONGEST_SIDE, most_pixels=settings.PICTURE_MOST_PIXELS
            )
    except ValueError as wrong:
        raise refused_at("file", _("“%(name)s”: %(why)s") % {"name": shown, "why": wrong}) from wrong
    return Examined(file_name(name, kind.suffixes, most=_LONGEST_NAME), kind.content_type, data)


def too_large() -> str:
    return _("A file has at most %(most)d MB.") % {"most": settings.ATTACHMENT_MOST_BYTES // 1024**2}


def receive(name: str, data: bytes, *, by: Actor, at: datetime | None = None) -> Attachment:
    """Keep a file ready until `by` files it, for a day at most. Raises Refused(INVALID)."""
    at, found = at or timezone.now(), examined(name, data)
    with _stored(found, at) as path, transaction.atomic():
        # Of two files that one person sends together the second counts the first.
        User.objects.select_for_update(no_key=True).get(pk=by.user_id)
        _check_room(Attachment.objects.staged_by(by.user_id).load(), found)
        return _kept(found, path, by=by, at=at)


def upload(
    appeal: Appeal, name: str, data: bytes, *, by: Actor, internal: bool = False, at: datetime | None = None
) -> Attachment:
    """Add a file to a case, with one event; `internal`: staff only sees it. The enterprise's ends a running pause.

    Raises Refused.
    """
    at = at or timezone.now()
    check_move("upload", appeal, by, at=at)
    if internal and not reads_as_staff(by, appeal):
        raise Refused(_("Only staff adds internal files."), why=Why.FORBIDDEN)
    found = examined(name, data)
    with _stored(found, at) as path, transaction.atomic():
        case = claim(appeal, "upload", by=by, at=at)
        _check_room(case.attachments.load(), found)
        one = _kept(found, path, by=by, at=at, appeal=case, internal=internal, **_standing(by, case.acting_as))
        resumed = heard_from(case, at) if case.acting_as == Part.MEMBER else {}
        data = told(one) | ({"resumed": True} if resumed else {})
        record(case, "upload", by=by, at=at, data=data, internal=internal, counts=bool(resumed), **resumed)
    return one


def receive_all(
    files: Iterable[tuple[str, bytes]], *, by: Actor, at: datetime | None = None
) -> tuple[list[Attachment], list[str]]:
    """`receive` for each name and content: what was kept, and why the others were not."""
    return _each(files, lambda name, data: receive(name, data, by=by, at=at))


def upload_all(
    appeal: Appeal, files: Iterable[tuple[str, bytes]], *, by: Actor, internal: bool, at: datetime | None = None
) -> tuple[list[Attachment], list[str]]:
    """`upload` for each name and content, one event each: what was added, and why the others were not.

    Raises Refused where none may be added at all.
    """
    return _each(files, lambda name, data: upload(appeal, name, data, by=by, internal=internal, at=at))


def _each(files, keep) -> tuple[list[Attachment], list[str]]:
    kept, errors = [], []
    for name, data in files:
        try:
            kept.append(keep(name, data))
        except Refused as refused:
            if refused.why != Why.INVALID:
                raise
            errors.append(refused.reason)
    return kept, errors


def _check_room(load: tuple[int, int], found: Examined) -> None:
    files, size = load
    if files >= settings.ATTACHMENTS_MOST:
        raise refused_at("file", _("At most %(most)d files.") % {"most": settings.ATTACHMENTS_MOST})
    if size + len(found.data) > settings.ATTACHMENTS_MOST_BYTES:
        most = settings.ATTACHMENTS_MOST_BYTES // 1024**2
        raise refused_at("file", _("Together the files have at most %(most)d MB.") % {"most": most})


@contextmanager
def _stored(found: Examined, at: datetime) -> Iterator[str]:
    """The content at a place that nobody guesses and no name of the sender's is in; gone if what follows fails."""
    with ExitStack() as undo:
        path = default_storage.save(f"{_folder(at)}/{secrets.token_urlsafe(24)}", ContentFile(found.data))
        undo.callback(default_storage.delete, path)
        yield path
        undo.pop_all()


def _kept(found: Examined, path: str, *, by: Actor, at: datetime, **more) -> Attachment:
    transaction.on_commit(scanning.wake)
    return Attachment.objects.create(
        uploaded_by_id=by.user_id,
        uploaded_at=at,
        name=found.name,
        content_type=found.content_type,
        size=len(found.data),
        sha256=hashlib.sha256(found.data).hexdigest(),
        file=path,
        state=scanning.state_on_arrival(),
        **more,
    )


def _standing(by: Actor, part: Part) -> dict:
    """In which part and for which office somebody brings a file."""
    return {"part": part, "department_id": None if part == Part.MEMBER else min(by.seats, default=None)}


def told(one: Attachment) -> dict:
    """What the record says of a file; by its sum a changed one is found out."""
    return {"attachment": one.pk, "name": one.name, "size": one.size, "sha256": one.sha256}


def file_with(case: Appeal, ids: Collection[int], *, by: Actor, part: Part) -> list[Attachment]:
    """Make the files that `by` holds ready part of a case that is being filed, in the transaction of the filing.

    Raises Refused(INVALID) at `attachments` where one of `ids` is not there, is somebody else's or was refused.
    """
    ready = list(Attachment.objects.select_for_update().staged_by(by.user_id).among(ids))
    if len(ready) < len(set(ids)):
        raise refused_at("attachments", _("A file is no longer there; please add it again."))
    if refused := next((one for one in ready if one.state == Attachment.State.REFUSED), None):
        raise refused_at(
            "attachments", _("“%(name)s”: %(why)s") % {"name": refused.name, "why": refused.get_reason_display()}
        )
    Attachment.objects.among([one.pk for one in ready]).update(appeal=case, **_standing(by, part))
    return ready


@transaction.atomic
def drop(ids: Collection[int], *, by: Actor) -> None:
    """What `by` held ready is not to be filed after all."""
    _forget(Attachment.objects.select_for_update().staged_by(by.user_id).among(ids))


def forget_staged(at: datetime) -> int:
    """Files that nobody filed within a day, and contents that no row leads to; the number of them."""
    return _forget_unfiled(at) + sum(_delete_orphans(at - timedelta(days=days)) for days in _SWEPT)


@transaction.atomic
def _forget_unfiled(at: datetime) -> int:
    return _forget(
        Attachment.objects.select_for_update(skip_locked=True).staged_before(at - settings.ATTACHMENTS_READY_FOR)
    )


def _delete_orphans(day: datetime) -> int:
    """Whoever was killed between a content and its row left something personal that nobody would ever find again."""
    folder = _folder(day)
    if not default_storage.exists(folder):
        return 0
    paths = {f"{folder}/{name}" for name in default_storage.listdir(folder)[1]}
    orphans = paths - Attachment.objects.at_paths(paths)
    for path in orphans:
        default_storage.delete(path)
    return len(orphans)


def _folder(at: datetime) -> str:
    return f"{timezone.localdate(at):%Y/%m/%d}"


def _forget(rows) -> int:
    gone = list(rows)
    Attachment.objects.among([one.pk for one in gone]).delete()
    for one in gone:
        _delete_content(one)
    return len(gone)


def _delete_content(one: Attachment) -> None:
    """Once the transaction has ended: if it fails, the file is still there."""
    path, storage = one.file.name, one.file.storage
    if path:
        transaction.on_commit(lambda: storage.delete(path))


@transaction.atomic
def remove(one: Attachment, *, by: Actor, at: datetime | None = None) -> None:
    """Take back a file of one's own within the hour, before the reply; its line stays, its content goes.

    Raises Refused: FORBIDDEN for somebody else's, CONFLICT after an hour, or where another was faster.
    """
    at = at or timezone.now()
    case = claim(one.appeal, "remove_attachment", by=by, at=at)
    if one.uploaded_by_id != by.user_id:
        raise Refused(_("Only whoever added a file removes it."), why=Why.FORBIDDEN)
    if at - one.uploaded_at > REMOVED_WITHIN:
        raise Refused(_("A file can be removed within an hour; it may have been read since."))
    if not Attachment.objects.numbered(one.pk).kept().update(removed_at=at, removed_by=by.user_id, file=""):
        raise Refused(_("The file has been removed already."))
    _delete_content(one)
    record(case, "remove_attachment", by=by, at=at, data=told(one), internal=one.internal)


def may_remove(one: Attachment, *, by: Actor, at: datetime) -> bool:
    """Whether `remove` would."""
    mine = one.uploaded_by_id == by.user_id and at - one.uploaded_at <= REMOVED_WITHIN
    return mine and _is_possible("remove_attachment", one.appeal, by, at)


def may_upload(case: Appeal, *, by: Actor, at: datetime) -> bool:
    """Whether `upload` would, room aside."""
    return _is_possible("upload", case, by, at)


def _is_possible(verb, case, by, at) -> bool:
    try:
        check_move(verb, case, by, at=at)
    except Refused:
        return False
    return True


def of_case(case: Appeal, *, to: Actor) -> AttachmentQuerySet:
    """The files that `to`, who may see the case, may see of it."""
    rows = case.attachments.kept().open_to(staff=reads_as_staff(to, case))
    return rows.select_related("uploaded_by", "department")


@transaction.atomic
def opened(one: Attachment, *, by: Actor, at: datetime) -> Attachment:
    """The file to be read now; that it was is noted. Raises Refused(CONFLICT) for one that is not known to be clean."""
    if one.state == Attachment.State.CHECKING:
        raise Refused(_("The file is still being checked; please try again in a minute."))
    if one.state == Attachment.State.REFUSED:
        raise Refused(_("The file was refused: %(why)s") % {"why": one.get_reason_display()})
    noted = {"attachment": one.pk, "sha256": one.sha256}
    audit.note(Audit.Kind.DOWNLOAD, by=by.user_id, subject=one.appeal.number, data=noted, origin=by.origin, at=at)
    return one
