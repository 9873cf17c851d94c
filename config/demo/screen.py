"""What the demo says on the terminal."""

import time
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from config.demo import accounts
from config.demo.history import Report
from config.demo.options import HOST

_PAGES = (
    ("/", "portal, and the way to file 企业门户"),
    ("/appeals/", "an enterprise's own appeals 我的诉求"),
    ("/centre/", "triage, hand-backs, reviews, visits 研判中心"),
    ("/office/", "the queue of an office 承办单位"),
    ("/board/", "statistics and scores 看板"),
    ("/api/docs/", "the API"),
)
_WORDS = {
    "enterprise": "企业经办人",
    "enterprise2": "另一家企业",
    "station": "园区专员",
    "triage": "研判员",
    "reviewer": "回访员",
    "director": "中心主任",
    "handler": "市科技局 经办",
    "head": "市科技局 分管领导",
    "handler2": "市人社局 经办",
    "supervisor": "督办员",
    "leader": "市领导",
    "auditor": "审计员",
    "sysadmin": "系统管理员",
}


class Screen:
    def __init__(self, write):
        self._write = write
        self._told = 0.0

    def say(self, text: str = "") -> None:
        self._write(text + "\n")

    @contextmanager
    def step(self, words: str) -> Iterator[None]:
        """One line for the step, with the seconds it took."""
        began = self._told = time.monotonic()
        yield
        self.say(f"  {_padded(words, 34)} {time.monotonic() - began:6.1f} s")

    def tell(self, report: Report) -> None:
        """How far history has come, once every few seconds."""
        if time.monotonic() - self._told > 5:
            self._told = time.monotonic()
            self.say(f"    … {report.filed} filed, {report.steps} steps, {report.fired} timers")

    def welcome(self, port: int, database_url: str, redis_url: str) -> None:
        site = f"http://localhost:{port}"
        self.say(f"\n企呼我应 is open at {site}/ (on this machine only, {HOST})\n")
        self._table((f"{site}{path}", words) for path, words in _PAGES)
        self.say(f"\nAccounts, password {accounts.PASSWORD}:")
        self._table(_WORDS.items())
        self._table([("330802-rsj.handler, .head", "everybody else: office code and role, e.g. 柯城区人社局")])
        self.say(f"\nDATABASE_URL {database_url}\nREDIS_URL {redis_url}\n\nCtrl-C ends it.")

    def _table(self, rows: Iterable[Sequence[str]]) -> None:
        for left, right in rows:
            self.say(f"  {_padded(left, 34)} {right}")


def _padded(text: str, width: int) -> str:
    """Chinese signs take two places."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return text + " " * max(0, width - len(text) - wide)
