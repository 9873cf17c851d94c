"""What a file is by its content, whatever its name says (识别): the types that are taken, and what in them is not."""

import codecs
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import olefile
import pillow_heif
import puremagic
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class FileType:
    """A type that is taken. `suffixes` are the endings of names it may have, the usual one first."""

    content_type: str
    suffixes: tuple[str, ...]
    is_picture: bool = False


_OFFICE = "application/vnd.openxmlformats-officedocument"
PDF = FileType("application/pdf", (".pdf",))
JPEG = FileType("image/jpeg", (".jpg", ".jpeg", ".jfif"), is_picture=True)
PNG = FileType("image/png", (".png",), is_picture=True)
WEBP = FileType("image/webp", (".webp",), is_picture=True)
HEIC = FileType("image/heic", (".heic", ".heif"), is_picture=True)
DOCX = FileType(f"{_OFFICE}.wordprocessingml.document", (".docx",))
XLSX = FileType(f"{_OFFICE}.spreadsheetml.sheet", (".xlsx",))
PPTX = FileType(f"{_OFFICE}.presentationml.presentation", (".pptx",))
# WPS writes the same formats under names of its own.
DOC = FileType("application/msword", (".doc", ".wps"))
XLS = FileType("application/vnd.ms-excel", (".xls", ".et"))
PPT = FileType("application/vnd.ms-powerpoint", (".ppt", ".dps"))
OFD = FileType("application/ofd", (".ofd",))  # GB/T 33190: electronic invoices and official documents
TXT = FileType("text/plain", (".txt",))
CSV = FileType("text/csv", (".csv",))
TYPES = (PDF, JPEG, PNG, WEBP, HEIC, DOC, DOCX, XLS, XLSX, PPT, PPTX, OFD, TXT, CSV)
SUFFIXES = tuple(suffix for found in TYPES for suffix in found.suffixes)

_MOST_UNPACKED = 200 * 1024 * 1024  # bytes that an office file may hold once it is opened


def sniff(data: bytes, suffix: str) -> FileType:
    """The type of `data`; `suffix` decides only between kinds of text. Raises ValueError with words for the person."""
    magic = _magic(data)
    for says, examine in _BY_MAGIC:
        if says(data, magic):
            return examine(data)
    if found := next((kind for kind in (TXT, CSV) if suffix.lower() in kind.suffixes), None):
        return _text(data, found)
    raise ValueError(_not_taken())


def _not_taken() -> str:
    return _("Files of this kind are not taken. Send PDF, pictures, Office or text files.")


def _magic(data) -> set[str]:
    try:
        return {match.mime_type for match in puremagic.magic_string(data)}
    except (puremagic.PureError, ValueError):
        return set()


def _packed(data: bytes) -> FileType:
    """An office file in a ZIP: it holds what its kind must hold, no macro, and not a thousand times its size."""
    try:
        with ZipFile(BytesIO(data)) as packed:
            parts = packed.infolist()
            listed = packed.read("[Content_Types].xml") if "[Content_Types].xml" in packed.namelist() else b""
    # NotImplementedError, RuntimeError: compressed or encrypted in a way that no office program writes.
    except (BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError) as broken:
        raise ValueError(_("The file is damaged.")) from broken
    if sum(part.file_size for part in parts) > _MOST_UNPACKED:
        raise ValueError(_("The file unpacks to too much."))
    names = [part.filename for part in parts]
    if b"macroenabled" in listed.lower() or any(name.lower().endswith("vbaproject.bin") for name in names):
        raise ValueError(_macros())
    if "OFD.xml" in names:
        return OFD
    mains = {"word/": DOCX, "xl/": XLSX, "ppt/": PPTX} if listed else {}
    found = next((kind for folder, kind in mains.items() if any(name.startswith(folder) for name in names)), None)
    # A workbook in the binary format may hide macros from us.
    if found is None or "xl/workbook.bin" in names:
        raise ValueError(_not_taken())
    return found


def _macros() -> str:
    return _("Files with macros are not taken. Save it without macros, or as PDF.")


def _compound(data: bytes) -> FileType:
    """An office file of before 2007, by the streams it is made of."""
    try:
        with olefile.OleFileIO(data) as compound:
            names = {name for path in compound.listdir(streams=True, storages=True) for name in path}
    except (OSError, ValueError, IndexError, AttributeError, RecursionError) as broken:
        raise ValueError(_("The file is damaged.")) from broken
    if names & {"Macros", "_VBA_PROJECT_CUR", "_VBA_PROJECT", "VBA"}:
        raise ValueError(_macros())
    if "EncryptedPackage" in names:
        raise ValueError(_("Files with a password are not taken: nobody could check or read them."))
    kinds = {"WordDocument": DOC, "Workbook": XLS, "Book": XLS, "PowerPoint Document": PPT}
    found = next((kind for stream, kind in kinds.items() if stream in names), None)
    if found is None:
        raise ValueError(_not_taken())
    return found


def _text(data: bytes, kind: FileType) -> FileType:
    """Text in an encoding in use here, without control characters; no markup that a browser would run."""
    text = _decoded(data)
    if text is None or any(sign < " " and sign not in "\t\n\r\f" for sign in text):
        raise ValueError(_("This is not a text file."))
    if text.lstrip("\ufeff \t\r\n\f").startswith("<"):
        raise ValueError(_not_taken())
    return kind


def _decoded(data):
    # Excel writes “Unicode text” as UTF-16 with a mark at its beginning.
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _is(*types):
    return lambda data, magic: not magic.isdisjoint(types)


_BY_MAGIC = (
    (lambda data, magic: data.startswith(b"%PDF-"), lambda data: PDF),
    (lambda data, magic: data.startswith(b"PK\x03\x04"), _packed),
    (lambda data, magic: data.startswith(olefile.MAGIC), _compound),
    (_is(JPEG.content_type), lambda data: JPEG),
    (_is(PNG.content_type), lambda data: PNG),
    (_is(WEBP.content_type), lambda data: WEBP),
    (lambda data, magic: pillow_heif.is_supported(data), lambda data: HEIC),
)
