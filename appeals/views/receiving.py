"""How much of a body is read at all: what is larger is refused by its length, before a byte of it is kept."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.defaults import bad_request

from appeals.sniffing import SUFFIXES

# Any picture: with a narrower list a telephone would not offer its camera.
ACCEPT = ",".join(("image/*", *SUFFIXES))
AROUND = 1024 * 1024  # bytes of a form besides its files


def limits() -> dict:
    """What the inputs of files say of themselves."""
    return {
        "accept": ACCEPT,
        "most_files": settings.ATTACHMENTS_MOST,
        "most_megabytes": settings.ATTACHMENT_MOST_BYTES // 1024**2,
        "all_megabytes": settings.ATTACHMENTS_MOST_BYTES // 1024**2,
    }


def sent_files(request):
    """Name and content of each file of the form; of one that is too large no more than shows it."""
    for one in request.FILES.getlist("files"):
        yield one.name, one.read(settings.ATTACHMENT_MOST_BYTES + 1)


class MostAtOnce(FileUploadHandler):
    """First of FILE_UPLOAD_HANDLERS; keeps nothing itself."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):  # noqa: N803 -- Django's
        if content_length > settings.ATTACHMENTS_MOST_BYTES + AROUND:
            raise RequestDataTooBig("more than all files of an appeal")

    def receive_data_chunk(self, raw_data, start):
        return raw_data

    def file_complete(self, file_size):
        return None


def too_large(request, exception):
    """handler400: a body that is too large is a mishap of the person, and what was typed is a page back."""
    if not isinstance(exception, RequestDataTooBig):
        return bad_request(request, exception)
    reason = _("That was too much at once: together the files have at most %(most)d MB.") % {
        "most": settings.ATTACHMENTS_MOST_BYTES // 1024**2
    }
    if request.headers.get("HX-Request"):
        part = render(request, "appeals/_files_error.html", {"reason": reason})
        part["HX-Retarget"], part["HX-Reswap"] = "#files-error", "outerHTML"
        return part
    return render(request, "refused.html", {"reason": reason}, status=413)
