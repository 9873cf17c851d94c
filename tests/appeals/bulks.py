"""What the tests of bulk jobs share: a choice prepared, confirmed and worked off."""

import re
from datetime import timedelta

from django.utils import timezone

from appeals import bulk
from appeals.models import BulkJob
from tests.factory import make_appeal
from tests.pages import signed_in


def fresh(status, city, **changes):
    """Filed a moment ago, so that no limit of it has passed."""
    return make_appeal(status, city=city, filed_at=timezone.now() - timedelta(hours=4), **changes)


def prepare(user, verb, cases=(), *, which="chosen", query="", what="office", client=None):
    values = {"list": what, "query": query, "verb": verb, "which": which, "number": [case.number for case in cases]}
    return (client or signed_in(user)).post("/bulk/", values)


def prepared(user, verb, cases=(), **kwargs) -> BulkJob:
    answer = prepare(user, verb, cases, **kwargs)
    assert re.fullmatch(r"/bulk/\d+/", answer.headers["Location"]), answer.headers["Location"]
    return BulkJob.objects.latest("pk")


def confirm(user, job, **values):
    return signed_in(user).post(f"/bulk/{job.pk}/confirm/", values)


def run(job) -> dict[str, tuple[str, str]]:
    """Work it off as the workers would; what came of each appeal, by its title."""
    while bulk.work(job.pk):
        pass
    job.refresh_from_db()
    return {row.appeal.title: (row.state, row.reason) for row in job.rows.select_related("appeal")}
