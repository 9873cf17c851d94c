"""The ladder of a clock that runs out (催办档位): when each rung comes, whom it tells, what it does (product.md §5)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RungName(TextChoices):
    """The rungs from the lowest to the highest."""

    YELLOW = "yellow", _("When the light turns yellow")
    DUE = "due", _("At the limit")
    PLUS1 = "plus1", _("First rung after the limit")
    PLUS3 = "plus3", _("Second rung after the limit")
    PLUS5 = "plus5", _("Top rung")


class Told(TextChoices):
    HOLDER = "holder", _("Whoever holds the clock")  # the handler, the desk of the centre, the office that helps
    CHIEF = "chief", _("The chief of whoever holds it")  # the head, the director; of a helper the lead that asked
    SUPERVISORS = "supervisors", _("Supervisors")
    DIRECTOR = "director", _("Director")
    LEADERS = "leaders", _("Leaders")


class Effect(TextChoices):
    TAKE_OVER = "take_over", _("The head takes over what nobody has taken on")
    ORDER = "order", _("A supervision order is written")
    LIFT = "lift", _("A park's or county's case goes up a tier")


@dataclass(frozen=True)
class Step:
    """A rung: `workdays` after the limit (0 at it, None where the light turns yellow). Without both it is left out."""

    name: str
    workdays: int | None
    tells: frozenset[str] = frozenset()
    effect: str = ""

    @property
    def is_taken(self) -> bool:
        return bool(self.tells or self.effect)


TOP = RungName.PLUS5
HEIGHT = {name: height for height, name in enumerate(RungName.values)}
_HOLDER, _CHIEF = Told.HOLDER, Told.CHIEF
DEFAULT_LADDER = {
    RungName.YELLOW: Step("yellow", None, frozenset({_HOLDER})),
    RungName.DUE: Step("due", 0, frozenset({_HOLDER, _CHIEF}), Effect.TAKE_OVER),
    RungName.PLUS1: Step("plus1", 1, frozenset({_CHIEF, Told.SUPERVISORS}), Effect.ORDER),
    RungName.PLUS3: Step("plus3", 3, frozenset({Told.DIRECTOR})),
    RungName.PLUS5: Step("plus5", 5, frozenset({Told.LEADERS}), Effect.LIFT),
}
# A helper that is late concerns itself and whoever asked; the case itself may be in time.
DEFAULT_RUNGS: Mapping[tuple[str, str], Step] = {
    **{("", name): step for name, step in DEFAULT_LADDER.items()},
    ("support", RungName.DUE): Step("due", 0, frozenset({_HOLDER})),
    ("support", RungName.PLUS1): Step("plus1", 1, frozenset({_HOLDER, _CHIEF})),
    ("support", RungName.PLUS3): Step("plus3", 3),
    ("support", RungName.PLUS5): Step("plus5", 5),
}


def ladder_of(clock: str, rungs: Mapping[tuple[str, str], Step] = DEFAULT_RUNGS) -> list[Step]:
    """The rungs of `clock` from the lowest up; what is set for one clock goes before what is set for all."""
    steps = (rungs.get((clock, name)) or rungs["", name] for name in RungName.values)
    return [step for step in steps if step.is_taken]


def is_rising(rungs: Mapping[tuple[str, str], Step]) -> bool:
    """Whether on every clock each rung comes after the one below it."""
    ladders = [ladder_of(clock, rungs) for clock in {clock for clock, _name in rungs}]
    days = [[-1 if step.workdays is None else step.workdays for step in ladder] for ladder in ladders]
    return all(low < high for row in days for low, high in zip(row, row[1:], strict=False))
