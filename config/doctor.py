"""What may be wrong with the house, asked one by one: each check says how it is and, if it is wrong, what to do."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import get_connection
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from appeals.models import Appeal, Timer
from chains.handbook import handbook
from chains.taxonomy import FALLBACK_OFFICE
from config import health
from config.celery import app
from routing.calendar import known_years, workdays
from routing.models import ModelVersion, Notice
from routing.plan import leads_of
from routing.responsibility import PARK, TASK_FORCE
from routing.versions import champion

CALENDAR_AHEAD = timedelta(days=60)  # before the last announced year runs out (product.md §5)
MOST_DRIFT = timedelta(seconds=2)
LEAST_ROOM = 1024**3  # bytes for files of appeals


class Wrong(Exception):
    """A check that found something: how it is, and what to do."""

    def __init__(self, found: str, advice: str):
        super().__init__(found)
        self.found, self.advice = found, advice


@dataclass(frozen=True)
class Finding:
    """`advice` is empty where all is well."""

    name: str
    found: str
    advice: str = ""


def examine(now: datetime) -> Iterator[Finding]:
    """Every check in turn; one that cannot even be made because the database is away says so."""
    for name, check in CHECKS:
        try:
            yield Finding(str(name), check(now))
        except Wrong as wrong:
            yield Finding(str(name), wrong.found, wrong.advice)
        except health.NOT_UP as failure:
            words = {"error": type(failure).__name__}
            yield Finding(str(name), _("cannot be asked (%(error)s)") % words, _("First mend what stands above."))


def _database(now):
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            return f"PostgreSQL {cursor.fetchone()[0].split()[0]}"
    except health.NOT_UP as failure:
        advice = _("Start PostgreSQL, or correct DATABASE_URL.")
        raise Wrong(_("does not answer (%(error)s)") % {"error": type(failure).__name__}, advice) from failure


def _broker(now):
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=1)
    except health.NOT_UP as failure:
        advice = _("Start Redis, or correct REDIS_URL. Filing and work go on meanwhile; notices follow.")
        raise Wrong(_("does not answer (%(error)s)") % {"error": type(failure).__name__}, advice) from failure
    return _("answers")


def _worker(now):
    last = health.last_beat()
    if last and now - last <= health.LONGEST_SILENCE:
        return _("heard %(seconds)d s ago") % {"seconds": (now - last).total_seconds()}
    found = _("last heard %(at)s") % {"at": _minute(last)} if last else _("never heard")
    raise Wrong(found, _("Start a worker and beat: celery -A config worker -B"))


def _clock(now):
    began = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    ours = began + (timezone.now() - began) / 2
    drift = abs(theirs - ours)
    found = _("database and this machine differ by %(ms)d ms") % {"ms": drift.total_seconds() * 1000}
    if drift > MOST_DRIFT:
        raise Wrong(found, _("Let both machines take the time from one server (NTP)."))
    return found


def _storage(now):
    try:
        default_storage.delete(default_storage.save("doctor", ContentFile(b"written, read and taken away")))
        room = shutil.disk_usage(settings.MEDIA_ROOT).free
    except OSError as failure:
        advice = _("Let the processes write to %(folder)s, or correct STORAGE_URL.") % {"folder": settings.MEDIA_ROOT}
        raise Wrong(_("cannot be written to (%(error)s)") % {"error": type(failure).__name__}, advice) from failure
    found = _("%(room).1f GiB free") % {"room": room / 1024**3}
    if room < LEAST_ROOM:
        raise Wrong(found, _("Make room on %(folder)s.") % {"folder": settings.MEDIA_ROOT})
    return found


def _mail(now):
    try:
        with get_connection():
            return settings.EMAIL_BACKEND.rsplit(".", 2)[-2]
    except OSError as failure:
        advice = _("Start the mail server, or correct EMAIL_URL. Mails wait and are tried again meanwhile.")
        raise Wrong(_("does not answer (%(error)s)") % {"error": type(failure).__name__}, advice) from failure


def _calendar(now):
    announced = workdays().announced
    if not announced:
        years = " ".join(str(year) for year in known_years()[-3:])
        raise Wrong(_("no year is loaded"), f"manage.py load_workdays {years}")
    last = max(announced)
    found = _("announced until the end of %(year)d") % {"year": last}
    if timezone.localdate(now) + CALENDAR_AHEAD <= date(last, 12, 31):
        return found
    if last + 1 in known_years():
        raise Wrong(found, f"manage.py load_workdays {last + 1}")
    advice = _("Enter the workdays of %(year)d as soon as the State Council announces them: limits are provisional.")
    raise Wrong(found, advice % {"year": last + 1})


def _model(now):
    if ModelVersion.objects.champion_pk() is None:
        raise Wrong(_("no classifier has been promoted"), "manage.py train_classifier")
    version, model = champion()
    return _("version %(version)d, %(topics)d topics") % {"version": version, "topics": len(model.classes)}


def _set_aside(now):
    waiting = Timer.objects.set_aside().count()
    if not waiting:
        return _("none")
    found = ngettext("%(count)d timer", "%(count)d timers", waiting) % {"count": waiting}
    raise Wrong(found, _("Read why under “Timers set aside” of /admin/; they are tried again by themselves."))


def _dead_letters(now):
    dead = Notice.objects.in_state(Notice.State.DEAD).count()
    if not dead:
        return _("none")
    found = ngettext("%(count)d notice", "%(count)d notices", dead) % {"count": dead}
    raise Wrong(found, _("Mend the channel, then send them again under “Notices” of /admin/."))


def _ended_offices(now):
    lost = Appeal.objects.open().exclude(lead=None).exclude(lead__in=_book(now).offices)
    by_office = Counter(lost.order_by("lead").values_list("lead", flat=True))
    if not by_office:
        return _("none")
    found = ", ".join(f"{office}: {count}" for office, count in by_office.items())
    raise Wrong(found, "; ".join(f"manage.py move_office {office} NEW" for office in by_office))


def _fallback(now):
    if office := _book(now).offices.get(FALLBACK_OFFICE):
        return str(office.name)
    advice = _("Load an office with this code: it leads whatever nobody is responsible for.")
    raise Wrong(_("%(office)s is not in force") % {"office": FALLBACK_OFFICE}, advice)


def _topics(now):
    book = _book(now)
    known = {office.short_name for office in book.offices.values()} | {PARK, TASK_FORCE}
    lost = [code for code, topic in book.topics.items() if known.isdisjoint(leads_of(topic))]
    if not book.topics:
        raise Wrong(_("there are no topics"), "manage.py load_taxonomy")
    if not lost:
        return _("all %(count)d have one") % {"count": len(book.topics)}
    raise Wrong(", ".join(lost), _("Give these topics a leading office in the duties; the fallback leads meanwhile."))


def _book(now):
    return handbook(timezone.localdate(now))


def _minute(moment) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


CHECKS: tuple[tuple[Any, Callable[[datetime], str]], ...] = (
    (gettext_lazy("Database"), _database),
    (gettext_lazy("Broker"), _broker),
    (gettext_lazy("Worker and beat"), _worker),
    (gettext_lazy("Time of day"), _clock),
    (gettext_lazy("Storage"), _storage),
    (gettext_lazy("Mail"), _mail),
    (gettext_lazy("Workday calendar"), _calendar),
    (gettext_lazy("Classifier"), _model),
    (gettext_lazy("Timers set aside"), _set_aside),
    (gettext_lazy("Dead letters"), _dead_letters),
    (gettext_lazy("Open appeals of ended offices"), _ended_offices),
    (gettext_lazy("Fallback office"), _fallback),
    (gettext_lazy("Topics with a leading office"), _topics),
)
