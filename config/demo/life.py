"""One sample appeal on its way: whose it is, where it stands, and when its next step comes."""

from collections.abc import Generator
from datetime import datetime, timedelta
from random import Random

from appeals.models import Appeal, Event
from appeals.states import Actor, Outcome, Status
from chains.taxonomy import Role
from config.demo.samples import Sample
from config.demo.town import PHRASES, Town

# A step yields its moment and is resumed when history has come to it.
Steps = Generator[datetime, datetime, None]


class Waits(Exception):
    """The sample has taken the last step that it takes until today."""


class Life:
    case: Appeal
    now: datetime  # of its latest step
    outcome: Outcome  # of the latest reply
    words: str
    was_sent_back = False

    def __init__(self, sample: Sample, town: Town):
        self.sample, self.town = sample, town
        self.rng = Random(f"qiying {sample.serial}")  # noqa: S311 -- the same life every time
        self.enterprise = town.enterprises[sample.firm.pk]
        self.member = town.member(sample.firm.pk)
        park = self.enterprise.park
        place = park.short_name.removesuffix("管委会") if park else self.enterprise.district.name
        self.text = sample.text.filled(self.rng, place)

    def did(self, event: Event) -> None:
        """Go on from `event`, which a step has just written. Raises Waits after the sample's last verb."""
        self.case, self.now = event.appeal, event.at
        if self.sample.last == event.verb:
            raise Waits

    def was_lifted(self) -> bool:
        """Whether another office has the case now than the one whose step was refused."""
        found = Appeal.objects.with_rows().get(pk=self.case.pk)
        is_other, self.case = found.lead_id != self.case.lead_id, found
        return is_other and found.status == Status.DISPATCHED

    def at(self, moment: datetime) -> datetime:
        """`moment` of the next step, after the latest one. Samples that wait today were worked on without delay."""
        if self.sample.last:
            return self.town.worked(self.now, self.rng.randint(6, 30))
        soonest = self.now + timedelta(minutes=self.rng.randint(2, 14))
        return max(moment + timedelta(seconds=self.rng.randrange(60)), soonest)

    def after(self, least: int, most: int) -> datetime:
        """The next step within `least` to `most` working minutes."""
        return self.at(self.town.worked(self.now, self.rng.randint(least, most)))

    def by(self, started: datetime, due: datetime, *, late: float) -> datetime:
        """The next step before `due`, or after it in a share `late` of the cases."""
        is_late = self.rng.random() < late
        share = self.rng.uniform(1.03, 1.7) if is_late else self.rng.betavariate(2, 2.2) * 0.97
        return self.at(self.town.within(started, due, share))

    def happens(self, share: float) -> bool:
        return not self.sample.last and self.rng.random() < share

    def says(self, *path: str) -> str:
        words = PHRASES
        for name in path:
            words = words[name]
        return self.rng.choice(words)

    def centre(self) -> Actor:
        return self.town.holder(Role.TRIAGE, place=int(self.rng.random() < 0.35))

    def reviewer(self) -> Actor:
        return self.town.holder(Role.REVIEWER, place=int(self.rng.random() < 0.35))

    def handler(self) -> Actor:
        """Whoever has the case; before that whoever in the lead takes it up."""
        if self.case.handler_id:  # who may be the head: nobody took it on in time
            return self.town.actor(self.case.handler)
        users = self.town.holders(Role.HANDLER, self.case.lead_id)
        return self.town.actor(users[int(self.happens(0.25)) % len(users)])
