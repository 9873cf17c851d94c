"""Processes of their own on the database of a test."""

import os
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.db import connection


def _database_url() -> str:
    """The database of this test, for a process of its own."""
    given = connection.settings_dict
    user = quote(given["USER"] or given["OPTIONS"].get("user", ""))
    if given["PASSWORD"]:
        user = f"{user}:{quote(given['PASSWORD'])}"
    host = given["HOST"] and f"{given['HOST']}:{given['PORT'] or 5432}"
    socket = given["OPTIONS"].get("host")
    return f"postgresql://{user}@{host}/{given['NAME']}" + (f"?host={socket}" if socket else "")


@pytest.fixture
def spawn():
    children = []

    def spawn(*command) -> subprocess.Popen:
        environment = {**os.environ, "DATABASE_URL": _database_url(), "REDIS_URL": settings.REDIS_URL}
        child = subprocess.Popen(
            [sys.executable, *command], env=environment, cwd=settings.BASE_DIR, start_new_session=True
        )
        children.append(child)
        return child

    yield spawn
    for child in children:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


@pytest.fixture
def server(spawn):
    """The address of the web server as in production: gunicorn with two workers, eight threads each."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    spawn("-m", "gunicorn", "config.wsgi", "-b", place, "-w", "2", "--threads", "8", "--timeout", "120")
    end = time.monotonic() + 90
    while not _answers(f"http://{place}/healthz"):
        assert time.monotonic() < end, "the server does not answer"
        time.sleep(0.2)
    return place


def _answers(address) -> bool:
    try:
        return urlopen(address, timeout=5).status == 200
    except OSError:
        return False
