"""What a file is, by its content: what is taken, and what only looks like it."""

import struct
import zlib
from io import BytesIO

import olefile
import pytest
from PIL import Image

from appeals import pictures, sniffing
from appeals.sniffing import sniff
from appeals.texts import file_name
from tests.appeals.files import PDF, office, packed, photo, picture

OLE = olefile.MAGIC + b"\0" * 504


def compound(*streams) -> bytes:
    """The least of a file of before 2007: a header, one sector of allocations, one of names for each four streams."""
    names = ["Root Entry", *streams]
    rows = -(-len(names) // 4)
    sectors = [0xFFFFFFFD, *range(2, rows + 1), 0xFFFFFFFE]
    fat = struct.pack("<128L", *(sectors + [0xFFFFFFFF] * (128 - len(sectors))))
    header = struct.pack(
        "<8s16sHHHHH6sLLLLLLLLLL", olefile.MAGIC, b"", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0,
        0xFFFFFFFE, 0, 0,
    )  # fmt: skip
    header += struct.pack("<108L", *[0xFFFFFFFF] * 108)
    entries = b""
    for n, name in enumerate(names):
        text = name.encode("utf-16-le") + b"\0\0"
        after = n + 1 if 0 < n < len(streams) else 0xFFFFFFFF
        entries += struct.pack(
            "<64sHBBLLL16sL8s8sLQ", text, len(text), 2 if n else 5, 1, 0xFFFFFFFF, after,
            1 if n == 0 and streams else 0xFFFFFFFF, b"", 0, b"", b"", 0xFFFFFFFE, 0,
        )  # fmt: skip
    return header + fat + entries.ljust(rows * 512, b"\0")


@pytest.mark.parametrize(
    ("data", "suffix", "kind"),
    [
        (PDF, ".pdf", sniffing.PDF),
        (PDF, ".exe", sniffing.PDF),  # the content decides, not the name
        (picture("JPEG"), ".png", sniffing.JPEG),
        (photo(), "", sniffing.JPEG),
        (picture("PNG"), ".png", sniffing.PNG),
        (picture("WEBP"), ".webp", sniffing.WEBP),
        (picture("HEIF"), ".heic", sniffing.HEIC),
        (office("word"), ".docx", sniffing.DOCX),
        (office("xl"), ".xlsx", sniffing.XLSX),
        (office("ppt"), ".pptx", sniffing.PPTX),
        (packed("OFD.xml", "Doc_0/Document.xml"), ".ofd", sniffing.OFD),
        (compound("WordDocument", "1Table"), ".doc", sniffing.DOC),
        (compound("Workbook"), ".et", sniffing.XLS),
        (compound("Current User", "PowerPoint Document"), ".ppt", sniffing.PPT),
        ("客户,金额\n衢州某厂,1200\n".encode(), ".csv", sniffing.CSV),
        ("情况说明：三号车间停电。".encode(), ".TXT", sniffing.TXT),
        ("情况说明：三号车间停电。".encode("gb18030"), ".txt", sniffing.TXT),
        ("名称\t金额\r\n".encode("utf-16"), ".txt", sniffing.TXT),
    ],
)
def test_a_file_is_what_its_content_says(data, suffix, kind):
    assert sniff(data, suffix) == kind


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (b"GIF89a=1;/*\0\0*/alert(1)//", ".gif"),  # a picture to a browser's <img>, a script to its <script>
        (b"GIF89a=1;alert(1)", ".js"),
        (b"alert(document.cookie)", ".js"),
        (b"<!DOCTYPE html><script>alert(1)</script>", ".html"),
        (b"<!DOCTYPE html><script>alert(1)</script>", ".txt"),
        (b"\xef\xbb\xbf \n<html>", ".txt"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', ".svg"),
        (b'<?xml version="1.0"?><svg/>', ".csv"),
        (b"MZ\x90\0\x03\0\0\0" + b"\0" * 200, ".txt"),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 200, ".pdf"),
        (b"junk before %PDF-1.7", ".pdf"),
        (packed("a.txt"), ".docx"),  # a ZIP with another name
        (packed("a.txt"), ".zip"),
        (packed("[Content_Types].xml", "a.txt"), ".docx"),
        (b"PK\x03\x04" + b"\0" * 60, ".docx"),  # not even a ZIP
        (office("word", "word/vbaProject.bin"), ".docm"),
        (office("word", "word/VBAPROJECT.BIN"), ".docx"),
        (office("xl", "xl/workbook.bin"), ".xlsb"),
        (
            packed("[Content_Types].xml", "xl/workbook.xml", **{"[Content_Types].xml": "…macroEnabled.main+xml"}),
            ".xlsx",
        ),
        (b"MZ" + office("word"), ".docx"),  # a program in front
        (OLE, ".doc"),
        (compound("WordDocument", "Macros", "VBA"), ".doc"),
        (compound("Workbook", "_VBA_PROJECT_CUR"), ".xls"),
        (compound("EncryptedPackage", "EncryptionInfo"), ".docx"),
        (compound("__properties_version1.0"), ".msg"),
        (b"\0\x01\x02 binary", ".txt"),
        (b"\xff\xfe\x00", ".txt"),
        (b"plain text", ".md"),
        (b"plain text", ""),
    ],
)
def test_what_is_dangerous_or_unknown_is_not_taken(data, suffix):
    with pytest.raises(ValueError, match=r"\w"):
        sniff(data, suffix)


def test_an_office_file_that_unpacks_to_gigabytes_is_not_taken(monkeypatch):
    monkeypatch.setattr(sniffing, "_MOST_UNPACKED", 1000)
    bomb = packed("[Content_Types].xml", "word/document.xml", **{"word/document.xml": "0" * 2000})
    with pytest.raises(ValueError, match=r"\w"):
        sniff(bomb, ".docx")


def redrawn(data, kind, longest=4096, most_pixels=64_000_000):
    new, kind = pictures.redrawn(data, kind, longest=longest, most_pixels=most_pixels)
    return Image.open(BytesIO(new)), new, kind


@pytest.mark.parametrize(
    ("form", "kind", "becomes"),
    [
        ("JPEG", sniffing.JPEG, "JPEG"),
        ("PNG", sniffing.PNG, "PNG"),
        ("WEBP", sniffing.WEBP, "WEBP"),
        ("HEIF", sniffing.HEIC, "JPEG"),
    ],
)
def test_place_device_and_remarks_leave_a_photo(form, kind, becomes):
    data = photo(form=form)
    assert b"TelephoneMaker" in data
    seen, new, kind = redrawn(data, kind)
    assert seen.format == becomes == pictures._WRITTEN[kind][0]
    assert not seen.getexif()
    assert b"TelephoneMaker" not in new
    assert b"Exif" not in new


def test_a_comment_leaves_a_photo():
    _seen, new, _kind = redrawn(picture(comment=b"taken at home"), sniffing.JPEG)
    assert b"taken at home" not in new


def test_what_lies_behind_a_picture_does_not_come_along():
    _seen, new, _kind = redrawn(picture("PNG") + b"<script>alert(1)</script>", sniffing.PNG)
    assert b"script" not in new


def test_a_photo_taken_sideways_stands_upright():
    seen, _new, _kind = redrawn(photo(orientation=6), sniffing.JPEG)
    assert seen.size == (20, 40)


def test_a_large_photo_becomes_smaller_in_proportion():
    seen, _new, _kind = redrawn(picture(size=(400, 100)), sniffing.JPEG, longest=200)
    assert seen.size == (200, 50)


def test_of_moving_pictures_the_first_stays():
    frames = [Image.new("RGB", (10, 10), color) for color in ("red", "blue")]
    out = BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    seen, _new, _kind = redrawn(out.getvalue(), sniffing.WEBP)
    assert getattr(seen, "n_frames", 1) == 1
    red, green, blue = seen.convert("RGB").getpixel((5, 5))
    assert red > 200 and blue < 50 and green < 50


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_png_is_drawn(mode):
    out = BytesIO()
    Image.new(mode, (8, 8)).save(out, "PNG")
    seen, _new, _kind = redrawn(out.getvalue(), sniffing.PNG)
    assert seen.size == (8, 8)


def test_a_print_ready_jpeg_is_drawn_for_screens():
    out = BytesIO()
    Image.new("CMYK", (8, 8)).save(out, "JPEG")
    seen, _new, _kind = redrawn(out.getvalue(), sniffing.JPEG)
    assert seen.mode == "RGB"


def bomb(width, height) -> bytes:
    """A PNG of few bytes that says it has very many pixels."""

    def chunk(name, data):
        return struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))

    head = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(9000, 9000), (60_000, 60_000)])
def test_a_picture_that_would_fill_the_memory_is_not_drawn(size):
    with pytest.raises(ValueError, match=r"pixels|像素"):
        redrawn(bomb(*size), sniffing.PNG)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (picture("JPEG", size=(400, 400))[:300], sniffing.JPEG),
        (picture("PNG")[:40], sniffing.PNG),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, sniffing.JPEG),
        (picture("HEIF")[:200], sniffing.HEIC),
        (b"RIFF\0\0\0\0WEBPVP8 ", sniffing.WEBP),
        (bomb(100, 100), sniffing.PNG),
    ],
)
def test_a_damaged_picture_says_so(data, kind):
    with pytest.raises(ValueError, match=r"\w"):
        redrawn(data, kind)


@pytest.mark.parametrize(
    ("name", "suffixes", "kept"),
    [
        ("报价单.pdf", (".pdf",), "报价单.pdf"),
        ("照片.PNG", (".jpg", ".jpeg"), "照片.jpg"),
        ("photo.JPEG", (".jpg", ".jpeg"), "photo.jpeg"),
        ("报告v1.2终稿", (".docx",), "报告v1.2终稿.docx"),
        ("C:\\Users\\li\\合同.docx", (".docx",), "合同.docx"),
        ("../../etc/passwd", (".txt",), "passwd.txt"),
        ("a\u202egpj.exe", (".jpg",), "agpj.jpg"),
        ("one\r\ntwo\x00.pdf", (".pdf",), "one two.pdf"),
        ("", (".pdf",), "file.pdf"),
        (".pdf", (".pdf",), "pdf.pdf"),
        ("...", (".pdf",), "file.pdf"),
        ("长" * 200 + ".pdf", (".pdf",), "长" * 116 + ".pdf"),
    ],
)  # fmt: skip
def test_a_name_is_a_name_only_and_ends_as_its_content_does(name, suffixes, kept):
    assert file_name(name, suffixes, most=120) == kept
