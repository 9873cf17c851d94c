"""Files as people send them, made here: pictures with and without notes of the camera, office files, text."""

from io import BytesIO
from zipfile import ZipFile

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def picture(form="JPEG", size=(40, 20), color="red", **options) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, color).save(out, form, **options)
    return out.getvalue()


def photo(orientation=1, place=True, form="JPEG", size=(40, 20)) -> bytes:
    """As a telephone takes it: on its side, with place, device and a remark."""
    notes = Image.Exif()
    notes[0x0112] = orientation
    notes[0x010F] = "TelephoneMaker"
    if place:
        notes.get_ifd(0x8825)[1] = "N"
        notes.get_ifd(0x8825)[2] = (28.0, 57.0, 30.0)
    return picture(form, size, exif=notes)


def packed(*names, **contents) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as into:
        for name in names:
            into.writestr(name, contents.get(name, "<x/>"))
    return out.getvalue()


def office(folder="word", *more) -> bytes:
    return packed("[Content_Types].xml", "_rels/.rels", f"{folder}/document.xml", *more)


def sent(name="报价单.pdf", data=PDF, content_type="application/octet-stream") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type)
