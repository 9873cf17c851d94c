"""A file leaves as a download: a browser shows and runs nothing of it on our site."""

from django.http import FileResponse

from appeals.models import Attachment


def as_download(one: Attachment) -> FileResponse:
    answer = FileResponse(one.file.open("rb"), as_attachment=True, filename=one.name, content_type=one.content_type)
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
