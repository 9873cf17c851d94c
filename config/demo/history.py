"""The demo's past: every sample lives through the real steps in the order of time, and the clockwork runs between."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from appeals import oversight
from appeals.models import Enterprise, Timer
from appeals.states import Refused, Status
from config.demo import aftermath, beside, filing, office
from config.demo.accounts import KNOWN_MEMBERS
from config.demo.life import Life, Steps, Waits
from config.demo.samples import City, Firm, Turn, plan
from config.demo.texts import read_declined, read_texts
from config.demo.town import Town
from routing import outbox
from routing.models import Notice
from routing.workdays import Workdays

_UNREAD_FOR = timedelta(days=2)
_CITY = ("330800", "ZZXC", "ZHXC")
_OFTEN = 4  # how much more the enterprises of the known accounts file


@dataclass
class Report:
    filed: int = 0
    steps: int = 0
    fired: int = 0


def make(count: int, enterprises: list[Enterprise], now: datetime, *, tell: Callable[[Report], None]) -> Report:
    """File `count` samples and work on them up to `now` (aware, local); `tell` hears of each step."""
    town, report = Town(now), Report()
    known = [place for _username, _name, place in KNOWN_MEMBERS]
    firms = [
        Firm(row.pk, row.industry_id or "", row.district_id in _CITY, _OFTEN if place in known else 1)
        for place, row in enumerate(enterprises)
    ]
    samples = plan(count, _city(town, firms), now)
    clockwork = Clockwork(samples[0].filed_at if samples else now, town.workdays, report)
    _walk([_live(Life(sample, town)) for sample in samples], clockwork, now, report, tell)
    clockwork.run_to(now)
    clockwork.run_at(now)
    return report


def _walk(lives: list[Steps], clockwork: "Clockwork", now: datetime, report: Report, tell) -> None:
    """Whoever's moment comes first takes the next step; what would come after `now` has not happened."""
    queue = [(next(life), serial, life) for serial, life in enumerate(lives)]
    heapq.heapify(queue)
    while queue and queue[0][0] <= now:
        moment, serial, life = heapq.heappop(queue)
        clockwork.run_to(moment)
        following = _resume(life, moment)
        if following:
            heapq.heappush(queue, (following, serial, life))
        report.filed = max(report.filed, serial + 1)  # samples are numbered in the order of their filing
        report.steps += 1
        tell(report)


def _resume(life: Steps, moment: datetime) -> datetime | None:
    """Take the step; the moment of the next one, or None at the end of the life."""
    try:
        return life.send(moment)
    except StopIteration:
        return None


def _city(town: Town, firms: list[Firm]) -> City:
    topics = town.topics.values()
    return City(
        firms=firms,
        levels={topic.pk: topic.level for topic in topics},
        chains={topic.pk: topic.chain for topic in topics},
        workdays=town.workdays,
        texts=read_texts(),
        declined=read_declined(),
    )


def _live(life: Life) -> Steps:
    way = _way(life)
    while way:
        try:
            yield from way
            return
        except Waits:
            return
        except Refused:
            # The clockwork has lifted the case to another office meanwhile: there it begins anew.
            if not life.was_lifted():
                raise
            way = _in_an_office(life)


def _way(life: Life) -> Steps:
    yield from filing.file(life)
    if life.case.status == Status.TRIAGE:
        yield from filing.triage(life)
    if life.case.status != Status.DISPATCHED:
        return
    if life.sample.turn == Turn.WITHDRAWN:
        filing.withdraw(life, (yield life.after(60, 900)))
        return
    yield from _in_an_office(life)


def _in_an_office(life: Life) -> Steps:
    yield from office.take_on(life)
    yield from office.reply(life)
    while True:
        yield from aftermath.review(life)
        if life.was_sent_back:
            yield from office.revise(life)
            continue
        yield from aftermath.follow_up(life)
        yield from beside.reopen(life)
        if life.case.status != Status.SIGNED:
            return
        yield from office.contact(life)
        yield from office.reply(life)


_OFFICE_TICKS = [time(hour, minute) for hour in (8, 9, 10, 11, 14, 15, 16, 17) for minute in (1, 31)]
_OTHER_TICKS = [time(0, 1), time(12, 1), time(20, 1)]
_DELIVERY = time(17, 31)


class Clockwork:
    """Sweep and delivery as they would have run, only not every half minute: each half hour of office time."""

    def __init__(self, start: datetime, workdays: Workdays, report: Report):
        self._workdays, self._report = workdays, report
        self._ticks = (tick for tick in self._all_ticks(start.date()) if tick > start)
        self._next = next(self._ticks)

    def _all_ticks(self, day: date) -> Iterator[datetime]:
        while True:
            ticks = _OTHER_TICKS + (_OFFICE_TICKS if self._workdays.is_workday(day) else [])
            yield from (datetime.combine(day, tick, self._workdays.zone) for tick in sorted(ticks))
            day += timedelta(days=1)

    def run_to(self, moment: datetime) -> None:
        """Whatever fell due before `moment`."""
        due = Timer.objects.next_due()
        while self._next <= moment:
            if due and due <= self._next:
                self._report.fired += oversight.sweep(self._next)
                due = Timer.objects.next_due()
            if self._next.time() == _DELIVERY:
                self._deliver(self._next)
            self._next = next(self._ticks)

    def run_at(self, moment: datetime) -> None:
        self._report.fired += oversight.sweep(moment)
        self._deliver(moment)

    def _deliver(self, moment: datetime) -> None:
        while outbox.deliver(moment):
            pass
        outbox.mark_read(Notice.objects.created_before(moment - _UNREAD_FOR), at=moment)
