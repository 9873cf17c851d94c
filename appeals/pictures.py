"""Pictures are drawn anew (重新编码): nothing of the file that was sent stays but what can be seen."""

import struct
import zlib
from io import BytesIO

import pillow_heif
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from appeals.sniffing import HEIC, JPEG, PNG, WEBP, FileType

pillow_heif.register_heif_opener(thumbnails=False)

_READ_AS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", HEIC: "HEIF"}
_WRITTEN = {
    JPEG: ("JPEG", ("L", "RGB"), {"quality": 85}),
    PNG: ("PNG", ("1", "L", "LA", "RGB", "RGBA"), {"compress_level": 4}),
    WEBP: ("WEBP", ("RGB", "RGBA"), {"quality": 85}),
}
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, RuntimeError, struct.error, zlib.error)


def redrawn(data: bytes, kind: FileType, *, longest: int, most_pixels: int) -> tuple[bytes, FileType]:
    """The first picture of `data`, upright, with sides of at most `longest` pixels, and its type: HEIC becomes JPEG.

    Place, device and every other note of the camera are gone. Raises ValueError with words for the person for more
    than `most_pixels`, which would fill the memory, and for what cannot be drawn.
    """
    try:
        picture = Image.open(BytesIO(data), formats=[_READ_AS[kind]])
    except Image.DecompressionBombError as bomb:
        raise ValueError(_too_many()) from bomb
    except _BROKEN as broken:
        raise ValueError(_damaged()) from broken
    if picture.width * picture.height > most_pixels:
        raise ValueError(_too_many())
    written_as = JPEG if kind == HEIC else kind
    try:
        return _drawn(picture, written_as, longest), written_as
    except _BROKEN as broken:
        raise ValueError(_damaged()) from broken


def _too_many() -> str:
    return _("The picture has too many pixels.")


def _damaged() -> str:
    return _("The picture is damaged.")


def _drawn(picture: Image.Image, kind: FileType, longest: int) -> bytes:
    form, modes, options = _WRITTEN[kind]
    picture.draft("RGB", (longest, longest))  # a JPEG is read in the size wanted
    upright = ImageOps.exif_transpose(picture)
    if upright.mode not in modes:
        upright = upright.convert("RGBA" if "RGBA" in modes and upright.has_transparency_data else "RGB")
    upright.thumbnail((longest, longest))
    # Notes and comments stand here, and Pillow would write them again.
    upright.info.clear()
    out = BytesIO()
    upright.save(out, form, **options)
    return out.getvalue()
