import fcntl
import io
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from typing import IO

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from config.demo import accounts, database, history, options, processes
from config.demo.database import State
from config.demo.screen import Screen
from routing import calendar
from routing.models import ModelVersion


class Command(BaseCommand):
    help = (
        "The whole product on this machine: its own PostgreSQL and Valkey unless DATABASE_URL and REDIS_URL are set, "
        "accounts, sample appeals of the last seven months, web server, worker and beat. Ctrl-C ends it; the next "
        "start goes on with the same data. Only without SECRET_KEY."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        options.add_to(parser)

    def handle(self, *args, port, appeals, reset, **others):
        if not settings.DEVELOPMENT:
            raise CommandError("SECRET_KEY is set: this is no place for accounts with a known password.")
        # A shell script that starts it with & has SIGINT ignored: it would not hear `kill -INT`.
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.default_int_handler)
        self.screen = Screen(self._print)
        try:
            with self._alone():
                self._prepare(appeals, reset=reset)
                self._serve(port)
        except processes.ChildEnded as ended:
            raise CommandError(str(ended)) from ended
        except KeyboardInterrupt:
            processes.stop_listening()
            self.screen.say("\nEnded. The next start goes on with the same data.")

    def _print(self, text):
        self.stdout.write(text, ending="")
        self.stdout.flush()

    @contextmanager
    def _alone(self) -> Iterator[IO]:
        """One demo at a time with this data."""
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        with (settings.DATA_DIR / "demo.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as taken:
                raise CommandError(f"A demo is running with the data in {settings.DATA_DIR}.") from taken
            yield lock

    def _prepare(self, count, *, reset):
        self.screen.say(f"企呼我应 Qiying, data in {settings.DATA_DIR}")
        state = database.state()
        if state == State.FOREIGN:
            raise CommandError("This database has accounts that the demo did not make; choose another one.")
        if reset or state == State.FILING:
            with self.screen.step("former data forgotten"):
                database.clear()
                cache.clear()
                shutil.rmtree(settings.DATA_DIR / "mail", ignore_errors=True)
            state = State.EMPTY
        if state == State.EMPTY:
            database.mark(State.FILING)
        self._rules()
        if state == State.EMPTY:
            self._fill(count)
            database.mark(State.READY)
        connections.close_all()

    def _rules(self):
        with self.screen.step("tables"):
            call_command("migrate", verbosity=0)
        with self.screen.step("taxonomy and workdays"):
            call_command("load_taxonomy", stdout=io.StringIO())
            for year in calendar.known_years():
                if year >= accounts.BEGAN.year:
                    calendar.load_year(year, now=timezone.now())
        with self.screen.step("classifier"):
            if ModelVersion.objects.champion_pk() is None:
                call_command("train_classifier", stdout=io.StringIO())

    def _fill(self, count):
        with self.screen.step("accounts and enterprises"):
            accounts.ensure_staff(with_mail=False)
            began = datetime.combine(accounts.BEGAN, time(9), timezone.get_default_timezone())
            enterprises = accounts.ensure_enterprises(began)
            accounts.give_passwords()
        database.hurry()
        with self.screen.step(f"{count} sample appeals"):
            history.make(count, enterprises, timezone.localtime(), tell=self.screen.tell)
        accounts.give_addresses()

    def _serve(self, port):
        urls = {"DATABASE_URL": settings.DATABASE_URL, "REDIS_URL": settings.REDIS_URL}
        own = {"QIYING_DATA": str(settings.DATA_DIR), "SITE_URL": f"http://localhost:{port}"}
        with processes.running(settings.DATA_DIR, port, {**os.environ, **urls, **own}) as children:
            self.screen.welcome(port, settings.DATABASE_URL, settings.REDIS_URL)
            processes.watch(children)
