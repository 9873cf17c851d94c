import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest
import redis

from config import embedded

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("url", "broker", "database_2"),
    [
        ("redis://cache:6379/0", "redis://cache:6379/0", "redis://cache:6379/2"),
        ("redis://:secret@cache:6380/5", "redis://:secret@cache:6380/5", "redis://:secret@cache:6380/2"),
        ("unix:///run/v.sock", "redis+socket:///run/v.sock?virtual_host=0", "unix:///run/v.sock?db=2"),
        ("unix:///run/v.sock?db=3", "redis+socket:///run/v.sock?virtual_host=3", "unix:///run/v.sock?db=2"),
    ],
)
def test_broker_and_cache_are_databases_of_the_one_server(url, broker, database_2):
    assert embedded.broker_url(url) == broker
    assert embedded.redis_database(url, 2) == database_2


def test_a_long_path_keeps_its_sockets_where_they_fit(tmp_path):
    deep = tmp_path.joinpath(*["a folder with a long name"] * 5)
    assert len(str(embedded.socket_folder(deep))) < 80
    assert embedded.socket_folder(deep) == embedded.socket_folder(deep)
    assert embedded.socket_folder(deep) != embedded.socket_folder(deep / "another")


def test_servers_start_in_an_empty_folder_are_joined_and_end_with_the_block(tmp_path):
    with embedded.running(tmp_path, postgres=True, valkey=True):
        with psycopg2.connect(embedded.database_url(tmp_path)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*), '企' < '应' FROM pg_database WHERE datname = 'qiying'")
            assert cursor.fetchone() == (1, True)
            cursor.execute("SHOW listen_addresses")
            assert cursor.fetchone() == ("",)  # on sockets only
        cache = redis.from_url(embedded.redis_url(tmp_path))
        assert cache.config_get("port") == {"port": "0"}
        assert cache.set("named", "企应")
        with embedded.running(tmp_path, postgres=True, valkey=True):
            assert cache.get("named").decode() == "企应"
        assert cache.ping()  # whoever joined them did not end them
    assert not embedded.Postgres(tmp_path).answers()
    assert not embedded.Valkey(tmp_path).answers()


def test_nothing_starts_where_both_servers_are_given(tmp_path):
    with embedded.running(tmp_path / "data", postgres=False, valkey=False):
        assert not (tmp_path / "data").exists()


def test_the_servers_end_with_a_killed_process_that_started_them(tmp_path):
    program = (
        "import sys, time; from pathlib import Path; from config import embedded\n"
        "with embedded.running(Path(sys.argv[1]), postgres=True, valkey=True):\n"
        "    print('ready', flush=True); time.sleep(60)"
    )
    words = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout.readline() == "ready\n"
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait(20)
    assert _ends(embedded.Postgres(tmp_path)) and _ends(embedded.Valkey(tmp_path))


def _ends(server, seconds=20) -> bool:
    end = time.monotonic() + seconds
    while server.answers():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_a_cache_ends_though_its_folder_is_gone(tmp_path):
    data = tmp_path / "data"
    with embedded.running(data, postgres=False, valkey=True):
        cache = redis.from_url(embedded.redis_url(data))
        assert cache.set("unsaved", "1")
        pid = cache.info("server")["process_id"]
        shutil.rmtree(data)
        os.kill(pid, signal.SIGTERM)  # as the kernel does when its parent is killed
        end = time.monotonic() + 10
        with pytest.raises(redis.ConnectionError):
            while time.monotonic() < end:
                cache.ping()


def test_a_server_that_cannot_start_says_why(tmp_path):
    (tmp_path / "postgres").mkdir(mode=0o700)
    (tmp_path / "postgres" / "PG_VERSION").write_text("7.1\n")
    with pytest.raises(RuntimeError, match="did not start"), embedded.running(tmp_path, postgres=True, valkey=False):
        pass
