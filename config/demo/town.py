"""Who can act in the demo, what they say, and when they get round to it."""

import hashlib
import json
from collections import defaultdict
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from appeals.models import Appeal, Enterprise, Membership
from appeals.people import actor_of
from appeals.states import Actor
from chains.handbook import handbook
from chains.models import Post, Topic, User
from chains.taxonomy import CENTRE_OFFICE, Role
from routing import plan
from routing.calendar import workdays
from routing.responsibility import Responsible

PHRASES = json.loads((Path(__file__).parent / "phrases.json").read_text("utf-8"))


class Town:
    """The people of the demo by post, read once: their posts do not change while its history is made."""

    def __init__(self, now: datetime):
        self.today = now.date()
        self.workdays = workdays()
        self.book = handbook(self.today)
        self.topics, self.offices = self.book.topics, self.book.offices
        self._posts: dict[tuple[str, str | None], list[User]] = defaultdict(list)
        for post in Post.objects.held(self.today).select_related("user").order_by("pk"):
            self._posts[post.role, post.department_id].append(post.user)
        self._members = {row.enterprise_id: row.user for row in Membership.objects.owners().select_related("user")}

    def actor(self, user: User) -> Actor:
        return actor_of(user)

    def member(self, enterprise_id: int) -> Actor:
        return self.actor(self._members[enterprise_id])

    def holders(self, role: Role, office: str | None) -> list[User]:
        return self._posts[role, office]

    def holder(self, role: Role, office: str | None = CENTRE_OFFICE, *, place: int = 0) -> Actor:
        users = self._posts[role, office]
        return self.actor(users[min(place, len(users) - 1)])

    @cached_property
    def enterprises(self) -> dict[int, Enterprise]:
        return Enterprise.objects.select_related("district", "park", "industry").in_bulk()

    def responsible(self, case: Appeal, topic: Topic, level: str) -> Responsible:
        return plan.assign(
            topic, level, case.district_id, case.industry_id, complained_of=case.complained_of_id, book=self.book
        )

    def worked(self, start: datetime, minutes: float) -> datetime:
        """The moment `minutes` of working time after `start`."""
        return self.workdays.add(start, max(0, round(minutes)))

    def within(self, start: datetime, due: datetime, share: float) -> datetime:
        """The moment when `share` of the time from `start` to `due` has passed; above 1 it is late."""
        working = self.workdays.elapsed(start, due)
        if working <= 0 or due - start < timedelta(minutes=90):  # an urgent limit runs by the clock
            return start + (due - start) * share
        return self.worked(start, working * share)


def care(office: str) -> float:
    """How diligent an office is, 0…1, the same every time: without differences there is nothing to measure."""
    return hashlib.sha256(office.encode()).digest()[0] / 255
