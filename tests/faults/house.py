"""A whole house of its own whose every process can be killed with -9 and comes back: servers, worker, beat, sweeper."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import redis

from config.embedded import Postgres, Valkey, database_url, die_with_parent, redis_url, socket_folder

_CELERY = ("-m", "celery", "-A", "config", "--quiet")
COMMANDS = {
    "sweeper": ("manage.py", "sweep_timers"),
    "worker": (*_CELERY, "worker", "-c", "2", "-l", "ERROR", "--without-gossip", "--without-mingle"),
    "beat": (*_CELERY, "beat", "-l", "ERROR"),
}
VICTIMS = ("sweeper", "worker", "beat", "redis", "postgres")
ROOT = Path(__file__).resolve().parent.parent.parent


def environment(data: Path, mail: str) -> dict[str, str]:
    """Of every process of the house, this one too. The servers are given: nobody else is to start or end them."""
    given = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    return given | {
        "DATABASE_URL": database_url(data),
        "REDIS_URL": redis_url(data),
        "QIYING_DATA": str(data),
        "EMAIL_URL": mail,
        "FILINGS_PER_HOUR": "0",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


class House:
    def __init__(self, mail: str):
        self.data = Path(tempfile.mkdtemp(prefix="clockwork-"))
        self.environment = environment(self.data, mail)
        self.children: dict[str, subprocess.Popen] = {}
        self.log = (self.data / "children.log").open("ab")
        socket_folder(self.data).mkdir(mode=0o700, parents=True, exist_ok=True)
        self.servers = {"postgres": Postgres(self.data), "redis": Valkey(self.data)}

    def start_servers(self):
        for server in self.servers.values():
            server.start()

    def tend(self):
        """Whatever has ended is started again, as the watchman of a real house does."""
        for name, command in COMMANDS.items():
            if name not in self.children or self.children[name].poll() is not None:
                schedule = ("-s", str(self.data / "beat")) if name == "beat" else ()
                self.children[name] = subprocess.Popen(
                    [sys.executable, *command, *schedule],
                    env=self.environment,
                    cwd=ROOT,
                    stdout=self.log,
                    stderr=self.log,
                    start_new_session=True,
                    preexec_fn=lambda: die_with_parent(signal.SIGTERM),  # also where the test itself is killed
                )

    def kill(self, name: str):
        """kill -9 of the process and of all it has started, at once and without a word."""
        if name in self.children:
            os.killpg(self.children[name].pid, signal.SIGKILL)
            self.children[name].wait()
        else:
            self._kill_server(self._pid_of(name))

    def _pid_of(self, name) -> int:
        if name == "redis":
            return redis.Redis(unix_socket_path=str(self.servers["redis"].socket)).info()["process_id"]
        return int((self.servers["postgres"].cluster / "postmaster.pid").read_text().split()[0])

    def _kill_server(self, pid):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def bring_back(self, name: str):
        if name in self.servers:
            self._start_again(self.servers[name])
        self.tend()

    def _start_again(self, server):
        # The backends of a killed PostgreSQL take a moment to notice, and nobody may start before they are gone.
        for _try in range(20):
            try:
                server.start()
                return
            except RuntimeError:
                time.sleep(0.5)
        raise RuntimeError(f"{server} does not come back")

    def close(self):
        for name in (*self.children, *self.servers):
            try:
                self.kill(name)
            except (OSError, redis.RedisError):
                continue
        self.log.close()
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(socket_folder(self.data), ignore_errors=True)
