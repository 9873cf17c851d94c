"""Notices (消息): written once with their cause, delivered until done."""

from datetime import timedelta
from threading import Event as Signal
from threading import Thread

import pytest
from django.core import mail
from django.db import connection, transaction

from config.celery import app
from routing import outbox, tasks
from routing.models import Notice
from routing.outbox import MOST_ATTEMPTS, Message, deliver, mark_read, write
from tests.factory import at, make_user

pytestmark = pytest.mark.django_db

NOW = at(9, 7)
State, Channel = Notice.State, Notice.Channel


def message(*people, cause="QY1:2", kind="sign", **more):
    params = {"title": "用电增容", "lead": "科技局"}
    recipients = frozenset(person.pk for person in people)
    return Message(cause=cause, kind=kind, recipients=recipients, number="QY1", params=params, **more)


@pytest.fixture
def reader():
    return make_user()


@pytest.fixture
def mailed():
    return make_user(email="li@example.com")


@pytest.fixture
def mail_is_down(settings):
    # Nobody listens on the discard port of this machine.
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9


def rows(**wanted):
    return list(Notice.objects.filter(**wanted).order_by("pk"))


def test_the_inbox_always_and_mail_where_there_is_an_address(reader, mailed):
    write([message(reader, mailed)], at=NOW)
    written = {(notice.recipient, notice.channel) for notice in rows()}
    assert written == {(reader, Channel.INBOX), (mailed, Channel.INBOX), (mailed, Channel.MAIL)}
    assert {notice.state for notice in rows()} == {State.WAITING}


def test_a_cause_reaches_a_person_once_by_a_channel(reader, mailed):
    for _ in range(3):
        write([message(reader, mailed)], at=NOW)
    assert len(rows()) == 3
    write([message(reader, cause="QY1:3")], at=NOW)
    assert len(rows()) == 4


def test_many_messages_take_two_queries(reader, mailed, django_assert_num_queries):
    with django_assert_num_queries(2):
        write([message(reader, mailed, cause=f"QY1:{number}") for number in range(50)], at=NOW)


def test_what_is_delivered_stands_in_the_inbox_until_it_is_read(reader):
    write([message(reader)], at=NOW)
    assert not Notice.objects.inbox_of(reader).exists()
    assert deliver(NOW) == 1
    (notice,) = Notice.objects.inbox_of(reader).unread()
    assert (notice.state, notice.sent_at, notice.attempts) == (State.SENT, NOW, 1)
    assert deliver(NOW) == 0, "once"
    assert mark_read(Notice.objects.inbox_of(reader), at=at(9, 8)) == 1
    assert mark_read(Notice.objects.inbox_of(reader), at=at(9, 9)) == 0
    assert rows()[0].read_at == at(9, 8)


def test_a_mail_says_what_happened_and_where(mailed):
    write([message(mailed)], at=NOW)
    deliver(NOW)
    (sent,) = mail.outbox
    assert sent.to == ["li@example.com"]
    assert "用电增容" in sent.subject
    assert "/appeals/QY1/" in sent.body
    assert sent.extra_headers["Message-ID"].startswith(f"<notice-{rows(channel=Channel.MAIL)[0].pk}@")
    assert rows(channel=Channel.MAIL)[0].state == State.SENT


def test_a_mail_that_fails_is_tried_again_later_and_later(mailed, mail_is_down):
    write([message(mailed)], at=NOW)
    deliver(NOW)
    (notice,) = rows(channel=Channel.MAIL)
    assert (notice.state, notice.attempts) == (State.WAITING, 1)
    assert "refused" in notice.error
    assert notice.due_at == NOW + timedelta(seconds=60)
    deliver(NOW + timedelta(seconds=59))
    assert rows(channel=Channel.MAIL)[0].attempts == 1, "not before its time"
    deliver(NOW + timedelta(seconds=60))
    (notice,) = rows(channel=Channel.MAIL)
    assert (notice.attempts, notice.due_at) == (2, NOW + timedelta(seconds=60 + 120))
    assert rows(channel=Channel.INBOX)[0].state == State.SENT, "the inbox does not wait for it"


def test_a_mail_server_that_returns_after_an_hour_gets_everything(mailed, mail_is_down, settings):
    write([message(mailed, cause=f"QY1:{number}") for number in range(3)], at=NOW)
    moment = NOW
    while moment < NOW + timedelta(hours=1):
        deliver(moment)
        moment += timedelta(minutes=5)
    assert {notice.state for notice in rows(channel=Channel.MAIL)} == {State.WAITING}
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    deliver(NOW + timedelta(hours=2))
    assert len(mail.outbox) == 3
    assert {notice.state for notice in rows(channel=Channel.MAIL)} == {State.SENT}


def test_in_the_end_it_is_given_up_and_stays_visible(mailed, mail_is_down):
    write([message(mailed)], at=NOW)
    for attempt in range(MOST_ATTEMPTS + 2):
        deliver(NOW + timedelta(days=2 * attempt))
    (notice,) = rows(channel=Channel.MAIL)
    assert (notice.state, notice.attempts) == (State.DEAD, MOST_ATTEMPTS)
    assert notice.error


def test_a_delivery_takes_so_many_at_most_and_the_task_all(reader, mailed):
    write([message(reader, mailed, cause=f"QY1:{number}") for number in range(5)], at=NOW)
    assert deliver(NOW, limit=4) == 8  # of each channel four
    tasks.deliver_notices()
    assert {notice.state for notice in rows()} == {State.SENT}
    assert len(mail.outbox) == 5


def _send_to(queue):
    app.conf.task_routes = queue and {"routing.tasks.deliver_notices": {"queue": queue}}
    app.amqp.flush_routes()
    app.amqp.router = app.amqp.Router()


@pytest.fixture
def own_queue(settings):
    """How many calls wait in a queue that, like the flag, no other test worker writes to."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": "outbox"}}
    _send_to("outbox")
    outbox.fall_asleep()
    with app.connection_for_write() as broker:
        redis = broker.default_channel.client
        redis.delete("outbox")
        yield lambda: redis.llen("outbox")
        redis.delete("outbox")
    _send_to(None)


def test_the_deliverer_is_woken_on_commit_once_until_it_reads(reader, own_queue, django_capture_on_commit_callbacks):
    def commit(number):
        before = own_queue()
        with django_capture_on_commit_callbacks(execute=True):
            write([message(reader, cause=f"QY1:{number}")], at=NOW)
            assert own_queue() == before, "not before the commit"
        return own_queue()

    assert commit(1) == 1
    assert commit(2) == 1, "one call waits: it will read this notice as well"
    outbox.fall_asleep()
    assert commit(3) == 2


def test_with_the_broker_down_the_step_goes_on(reader, settings, django_capture_on_commit_callbacks):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:9/0",  # nobody listens there
        }
    }
    with django_capture_on_commit_callbacks(execute=True):
        write([message(reader)], at=NOW)
    assert len(rows()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_deliverers_do_not_send_the_same_notice():
    mailed = make_user(email="li@example.com")
    write([message(mailed, cause=f"QY1:{number}") for number in range(6)], at=NOW)
    claimed, sent = Signal(), Signal()

    def first():
        with transaction.atomic():
            outbox._claim(NOW, Channel.MAIL, 3)
            claimed.set()
            sent.wait(20)
        connection.close()

    thread = Thread(target=first)
    thread.start()
    assert claimed.wait(20)
    deliver(NOW)
    assert len(mail.outbox) == 3, "what another one holds is left to it"
    sent.set()
    thread.join(20)
    deliver(NOW)
    assert len({mail.extra_headers["Message-ID"] for mail in mail.outbox}) == len(mail.outbox) == 6
