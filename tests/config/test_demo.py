import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from stdnum.cn import uscc

from appeals.models import Appeal, Enterprise, Event, Membership, Timer
from appeals.people import actor_of
from appeals.states import OPEN, Status
from chains.models import Department, Duty, Post, Topic, User
from chains.taxonomy import Role
from config import embedded
from config.demo import accounts, database, history, options
from config.demo.database import State
from config.demo.samples import WAITING, City, Firm, Turn, plan
from config.demo.texts import read_declined, read_texts
from routing import calendar
from routing.models import Notice
from tests.factory import at

ROOT = Path(__file__).resolve().parents[2]
TODAY = at(11, 24, 15)


# The texts and the plan


def test_there_are_texts_of_every_topic_and_more_than_a_hundred_and_fifty(db):
    texts = read_texts()
    assert len(texts) >= 150
    assert {text.topic for text in texts} == set(Topic.objects.values_list("pk", flat=True))
    assert len({text.title for text in texts}) == len(texts)
    assert all(text.reply and len(text.title) <= 80 for text in texts)
    assert all(text.ground and text.reply for text in read_declined())


def test_a_text_is_filled_with_the_same_number_wherever_the_same_range_stands():
    from random import Random

    text = next(text for text in read_texts() if "{8-20}盏" in text.description)
    filled = text.filled(Random(1), "江山经开区")
    number = filled.description.split("有")[1].split("盏")[0]
    assert "{" not in filled.title + filled.description + filled.reply
    assert f"{number}套灯具" in filled.reply and filled.description.startswith("江山经开区西区")


@pytest.fixture
def city(db):
    topics = Topic.objects.all()
    return City(
        firms=[Firm(n, industry, True, 4 if n < 2 else 1) for n, industry in enumerate(["NEWMAT", "EQUIP"] * 30)],
        levels={topic.pk: topic.level for topic in topics},
        chains={topic.pk: topic.chain for topic in topics},
        workdays=calendar.workdays(),
        texts=read_texts(),
        declined=read_declined(),
    )


DAYS = [at(11, 24, 15), at(1, 1, 0, 1), at(2, 28, 23, 59), at(10, 5, 12), at(3, 15, 10, year=2027), at(12, 31, 8)]


@pytest.mark.parametrize("now", DAYS, ids=lambda now: f"{now:%Y-%m-%d}")
def test_samples_cover_seven_full_months_before_any_day(city, now):
    samples = plan(400, city, now)
    assert len(samples) == 400
    assert [sample.serial for sample in samples] == list(range(1, 401))
    assert all(one.filed_at <= other.filed_at for one, other in zip(samples, samples[1:], strict=False))
    assert samples[-1].filed_at <= now
    months = Counter((sample.filed_at.year, sample.filed_at.month) for sample in samples)
    this = now.year * 12 + now.month - 1
    full = [months[month // 12, month % 12 + 1] for month in range(this - 7, this)]
    assert min(full) >= 35 and sum(full) + months[now.year, now.month] == 400


def test_the_same_day_gives_the_same_samples(city):
    assert plan(100, city, TODAY) == plan(100, city, TODAY)


def test_every_turn_and_every_waiting_step_is_among_the_samples(city):
    samples = plan(400, city, TODAY)
    assert {sample.turn for sample in samples} == set(Turn)
    assert Counter(sample.last for sample in samples if sample.last) == Counter(row.last for row in WAITING)


@pytest.mark.parametrize("count", [0, 1, 7, 30])
def test_fewer_samples_are_possible(city, count):
    assert len(plan(count, city, TODAY)) == count


# Its past, lived through the real steps


@pytest.fixture(scope="module")
def past(django_db_setup, django_db_blocker):
    """Forty-eight samples up to TODAY; undone after the module."""
    fast = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    with fast, django_db_blocker.unblock(), transaction.atomic():
        accounts.ensure_staff(with_mail=False)
        enterprises = accounts.ensure_enterprises(at(1, 3, 9, year=2024))
        accounts.give_passwords()
        yield history.make(48, enterprises, TODAY, tell=lambda report: None)
        transaction.set_rollback(True)


def test_the_known_accounts_have_their_posts_and_the_password(past):
    for username, _name, role, office in accounts.KNOWN_STAFF:
        user = User.objects.get(username=username)
        assert user.check_password("qiying-demo")
        assert actor_of(user).roles == {role}
        assert list(user.posts.values_list("department", flat=True)) == [office]
    first, second = (Membership.objects.confirmed().get(user__username=name) for name in ("enterprise", "enterprise2"))
    assert first.enterprise.district_id == "ZZXC" and first.enterprise != second.enterprise


def test_every_office_with_a_duty_has_a_handler_and_a_head(past):
    leads = Duty.objects.filter(part="lead").values("office")
    offices = Department.objects.filter(short_name__in=leads)
    offices |= Department.objects.filter(parent__in=offices) | Department.objects.filter(tier="park")
    for role in (Role.HANDLER, Role.HEAD):
        assert set(offices.values_list("pk", flat=True)) <= set(
            Post.objects.filter(role=role).values_list("department", flat=True)
        )


def test_sixty_enterprises_have_valid_codes_and_an_owner(past):
    rows = Enterprise.objects.filter(credit_code__contains="MAQY")
    assert rows.count() >= 60
    for row in rows:
        uscc.validate(row.credit_code)
    assert Membership.objects.owners().filter(enterprise__in=rows).count() == rows.count()


def test_nothing_happens_after_today_and_everything_in_its_order(past):
    assert Appeal.objects.count() == past.filed == 48
    assert not Event.objects.filter(at__gt=TODAY).exists()
    moments: dict[int, datetime] = {}
    for case, moment in Event.objects.order_by("appeal", "seq").values_list("appeal", "at"):
        assert moments.get(case, moment) <= moment
        moments[case] = moment


def test_the_clockwork_has_run_up_to_today(past):
    assert past.fired > 0
    assert not Timer.objects.due(TODAY).exists()
    assert Event.objects.of_verb("due").exists() and Event.objects.of_verb("invite").exists()


def test_history_is_closed_and_rated_and_some_stand_at_every_step(past):
    statuses = Counter(Appeal.objects.values_list("status", flat=True))
    assert statuses[Status.CLOSED] >= 25
    assert {Status.TRIAGE, Status.DISPATCHED, Status.SIGNED, Status.VISITING} <= set(statuses)
    assert sum(statuses[status] for status in OPEN) < 20
    assert Appeal.objects.exclude(solved="").count() >= 20


def test_nobody_gets_mail_about_history_and_old_notices_are_read(past):
    assert not Notice.objects.filter(channel="mail").exists()
    assert not Notice.objects.exclude(state="sent").exists()
    assert Notice.objects.unread().count() < Notice.objects.count() / 2


def test_those_known_by_name_get_mail_from_then_on(past):
    accounts.give_addresses()
    assert User.objects.exclude(email="").count() == 13


def _months_and_chains(now):
    this = now.year * 12 + now.month - 1
    for month in range(this - 7, this):
        first = datetime(month // 12, month % 12 + 1, 1, tzinfo=now.tzinfo)
        following = datetime((month + 1) // 12, (month + 1) % 12 + 1, 1, tzinfo=now.tzinfo)
        yield list(Appeal.objects.filter(closed_at__gte=first, closed_at__lt=following).select_related("topic"))


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("now", DAYS, ids=lambda now: f"{now:%Y-%m-%d}")
def test_each_full_month_has_closings_and_answers_of_every_chain(now):
    accounts.ensure_staff(with_mail=False)
    history.make(400, accounts.ensure_enterprises(at(1, 3, 9, year=2024)), now, tell=lambda report: None)
    for closed in _months_and_chains(now):
        assert len(closed) >= 20
        assert sum(bool(case.solved) for case in closed) >= 20
        assert min(Counter(case.chain for case in closed).values()) >= 5
    waiting = Counter(Appeal.objects.open().values_list("status", flat=True))
    assert {Status.TRIAGE, Status.DISPATCHED, Status.SIGNED, Status.REPLIED, Status.VISITING} <= set(waiting)
    assert Appeal.objects.overdue(now).exists()


# The command


def test_where_a_secret_key_is_set_there_is_no_demo(settings):
    settings.DEVELOPMENT = False
    with pytest.raises(CommandError, match="SECRET_KEY"):
        call_command("demo")


@pytest.mark.django_db
def test_the_database_says_whose_it_is():
    assert database.state() == State.EMPTY
    User.objects.create(username="somebody")
    assert database.state() == State.FOREIGN
    for state in (State.FILING, State.READY):
        database.mark(state)
        assert database.state() == state


@pytest.mark.django_db
def test_a_database_of_somebody_else_is_left_alone(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    User.objects.create(username="somebody")
    with pytest.raises(CommandError, match="did not make"):
        call_command("demo", reset=True)
    assert User.objects.exists()


def test_the_data_folder_is_known_before_settings_are_read(monkeypatch, tmp_path):
    monkeypatch.setenv("QIYING_DATA", "elsewhere")
    monkeypatch.chdir(tmp_path)
    options.take_early(["--port", "0", "--data", "here"])
    assert os.environ["QIYING_DATA"] == str(tmp_path / "here")


def test_a_port_in_use_is_said_at_once():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=f"Port {port} is in use"):
            options.take_early([f"--port={port}"])


class Demo:
    """`manage.py demo` with a few samples, as somebody at a terminal has it."""

    def __init__(self, data: Path):
        self.data = data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.said = ""

    def start(self, *words):
        given = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--data", str(self.data), "--port", str(self.port), *words],
            cwd=ROOT,
            env=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Ctrl-C"):
                return
        raise AssertionError(self.said)

    def page(self, path="/"):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            return answer.status

    def remaining(self):
        """The processes that know of the data folder; they are given a moment to end."""
        for _try in range(100):
            found = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and self._knows(entry)]
            if not found:
                return []
            time.sleep(0.1)
        return [(entry / "cmdline").read_bytes() for entry in found]

    def _knows(self, entry):
        try:
            words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            return False
        return str(self.data).encode() in words


@pytest.fixture
def demo(tmp_path):
    demo = Demo(tmp_path / "data")
    yield demo
    if demo.process.poll() is None:
        demo.process.kill()


@pytest.mark.slow
def test_the_demo_comes_up_goes_on_and_leaves_nothing_behind(demo):
    demo.start("--appeals", "6")
    assert f"DATABASE_URL {embedded.database_url(demo.data)}\n" in demo.said
    assert f"REDIS_URL {embedded.redis_url(demo.data)}\n" in demo.said
    assert "6 sample appeals" in demo.said
    assert demo.page("/accounts/login/") == 200
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(60) == 0
    assert demo.remaining() == []

    demo.start("--appeals", "6")
    assert "sample appeals" not in demo.said
    assert demo.page("/accounts/login/") == 200
    demo.process.kill()
    assert demo.remaining() == []
