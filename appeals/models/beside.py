"""What stands beside an appeal: each kind of rows read once, and what follows from them."""

from django.utils.functional import cached_property

from routing import deadlines
from routing.calendar import workdays


class BesideIt:
    """The part of an Appeal that looks at the rows which point to it. A list may fetch them ahead for all its rows."""

    @cached_property
    def all_requests(self) -> list:
        return list(self.requests.with_people())

    @property
    def waiting(self) -> dict:
        """What has been asked for and not decided, by kind."""
        return {asked.kind: asked for asked in self.all_requests if asked.is_waiting}

    @property
    def open_hand_back(self):
        return self.waiting.get("hand_back")

    @property
    def extensions_granted(self) -> list:
        """Of the limit that runs now: the next round, and another office that starts anew, have had none."""
        granted = [one for one in self.all_requests if (one.kind, one.granted) == ("extension", True)]
        return [one for one in granted if one.asked_at >= self.resolve_began]

    @cached_property
    def resolve_began(self):
        """When the limit of the reply began to count, or None."""
        clocks = self.clocks.of_kind(deadlines.ClockKind.RESOLVE)
        return clocks.order_by("pk").values_list("started_at", flat=True).last()

    @property
    def objected(self) -> bool:
        return any(one.kind == "objection" and one.granted is not None for one in self.all_requests)

    @cached_property
    def all_supports(self) -> list:
        return list(self.supports.with_people())

    @property
    def open_supports(self) -> list:
        return [order for order in self.all_supports if order.is_waiting]

    @cached_property
    def all_orders(self) -> list:
        return list(self.orders.with_people())

    @cached_property
    def all_conferences(self) -> list:
        return list(self.conferences.all())

    @property
    def open_conference(self):
        return next((meeting for meeting in self.all_conferences if meeting.concluded_at is None), None)

    @cached_property
    def worker_ids(self) -> set[int]:
        """Everybody who dispatched, handled or answered the case."""
        return self.events.workers()

    @cached_property
    def declined_by_id(self) -> int | None:
        return self.events.of_verbs("decline", "decide_termination").values_list("actor_id", flat=True).last()

    @property
    def promise_by(self):
        """Until when the date of a hard case may be promised."""
        return self.signed_at and deadlines.promise_by(self.signed_at, workdays(self.lead_id))

    @property
    def object_by(self):
        """Until when the enterprise may object to a declined appeal: ten working days."""
        return self.ended_at and workdays().close_after(self.ended_at, 10)

    @cached_property
    def was_visited(self) -> bool:
        return self.events.of_round(self.round).of_verb("visit").exists()

    @cached_property
    def has_children(self) -> bool:
        return self.children.exists()

    @cached_property
    def was_split(self) -> bool:
        return self.parts.exists()
