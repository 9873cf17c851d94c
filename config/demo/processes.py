"""Web server, Celery worker and beat as children that end with their parent, however it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from config.demo.options import HOST
from config.embedded import die_with_parent

_PATIENCE = 60  # seconds until the first page, and for a child to finish what it is doing


@dataclass(frozen=True)
class Child:
    name: str
    process: subprocess.Popen
    log: Path


class ChildEnded(RuntimeError):
    """A process of the demo has ended by itself."""


@contextmanager
def running(data: Path, port: int, environment: Mapping[str, str]) -> Iterator[list[Child]]:
    """Both children for the length of the block. Raises ChildEnded where one does not come up."""
    children = [
        _start("gunicorn", _web_server(port), data, environment),
        _start("celery", _worker(data), data, environment),
    ]
    try:
        _wait_for_port(port, children)
        yield children
    finally:
        _stop(children)


def watch(children: list[Child]) -> None:
    """Until a child ends: that is no normal end. Raises ChildEnded with the last lines of its log."""
    while True:
        for child in children:
            if child.process.poll() is not None:
                lines = "\n".join(child.log.read_text(errors="replace").splitlines()[-15:])
                raise ChildEnded(f"{child.name} has ended ({child.process.returncode}); {child.log}:\n{lines}")
        time.sleep(0.3)


def _web_server(port: int) -> list[str]:
    threads = ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    return [
        "gunicorn",
        "config.wsgi",
        "--bind",
        f"{HOST}:{port}",
        *threads,
        "--graceful-timeout",
        "5",
        "--no-control-socket",
    ]


def _worker(data: Path) -> list[str]:
    schedule = ["--schedule", str(data / "celerybeat-schedule")]
    return ["celery", "-A", "config", "worker", "-B", "-c", "2", *schedule, "--loglevel", "WARNING", "--without-gossip"]


def _start(name: str, words: list[str], data: Path, environment: Mapping[str, str]) -> Child:
    log = data / f"{name}.log"
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=lambda: die_with_parent(signal.SIGTERM),
            env=environment,
            cwd=Path(__file__).resolve().parents[2],
            start_new_session=True,  # Ctrl-C reaches the demo only, which then stops them in order
        )
    return Child(name, process, log)


def _wait_for_port(port: int, children: list[Child]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((HOST, port)) == 0:
                return
        if any(child.process.poll() is not None for child in children):
            watch(children)
        time.sleep(0.1)
    raise ChildEnded(f"No page on port {port} within {_PATIENCE} seconds; see {children[0].log}")


def stop_listening() -> None:
    """From here on the demo ends in order; a second Ctrl-C does not hurry it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _stop(children: list[Child]) -> None:
    stop_listening()
    for child in children:
        if child.process.poll() is None:
            child.process.send_signal(signal.SIGTERM)
    for child in children:
        try:
            child.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        # Whoever ends while still starting up may leave a child behind; each has a group of its own.
        with suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
