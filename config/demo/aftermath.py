"""After the reply of a sample (回访): review, rating or visit, redo, or silence until the clock closes it."""

from appeals import followup
from appeals.states import Outcome
from chains.taxonomy import Solved
from config.demo.life import Life, Steps
from config.demo.samples import Turn

_YES, _PARTLY, _NO = Solved.YES, Solved.PARTLY, Solved.NO
# What the enterprise says of each outcome: chances of yes, partly, no.
_WORD = {Outcome.SOLVED: (0.83, 0.12, 0.05), Outcome.PARTLY: (0.25, 0.55, 0.2), Outcome.EXPLAINED: (0.15, 0.4, 0.45)}
_STARS = {
    _YES: ((5, 4, 3), (0.66, 0.26, 0.08)),
    _PARTLY: ((4, 3, 2), (0.3, 0.55, 0.15)),
    _NO: ((3, 2, 1), (0.1, 0.4, 0.5)),
}


def review(life: Life) -> Steps:
    at = yield life.after(40, 500)
    passed = not (life.sample.turn == Turn.SENT_BACK and life.case.round == 1 and not life.was_sent_back)
    note = life.says("passed" if passed else "sent_back")
    life.did(followup.review(life.case, by=life.reviewer(), passed=passed, note=note, at=at))
    life.was_sent_back = not passed


def follow_up(life: Life) -> Steps:
    """Two thirds rate on the page, some are reached by telephone, the others stay silent."""
    drawn = 0 if life.sample.turn == Turn.QUICK and life.happens(0.75) else life.rng.random()
    if life.sample.last == "visit" or drawn > 0.9:
        yield from _visit_in_vain(life)
    elif drawn < 0.68:
        yield from _rate(life)
    elif drawn < 0.82:
        yield from _visit(life)


def _rate(life: Life) -> Steps:
    patience = 0.4 if life.sample.turn == Turn.QUICK else 0.9
    closes_at = life.town.workdays.close_after(life.now, 10)
    at = yield life.at(life.town.within(life.now, closes_at, life.rng.betavariate(1.2, 3) * patience))
    solved, stars = _answer(life)
    redo = False if life.case.redo_count or life.rng.random() < 0.35 else None
    marks = {"speed": _near(life, stars), "attitude": min(5, _near(life, stars) + 1)} if life.rng.random() < 0.6 else {}
    comment = life.says("comment", str(stars))
    life.did(
        followup.rate(life.case, by=life.member, solved=solved, stars=stars, comment=comment, redo=redo, at=at, **marks)
    )


def _near(life: Life, stars: int) -> int:
    return max(1, min(5, stars + life.rng.choice((-1, 0, 0, 1))))


def _visit(life: Life) -> Steps:
    """Reached: what is said counts, and a bad word is reason for a redo."""
    at = yield life.after(4 * 420, 7 * 420)
    solved, stars = _answer(life)
    note = life.says("reached_unsolved" if solved == _NO else "reached")
    by = life.reviewer()
    life.did(followup.visit(life.case, by=by, reached=True, note=note, solved=solved, stars=stars, at=at))
    if solved == _NO and not life.case.redo_count:
        at = yield life.after(10, 120)
        life.did(followup.redo(life.case, by=by, reason=life.says("redo"), at=at))


def _visit_in_vain(life: Life) -> Steps:
    at = yield life.after(4 * 420, 7 * 420)
    note = life.says("unreached")
    life.did(followup.visit(life.case, by=life.reviewer(), reached=False, note=note, at=at))


def _answer(life: Life) -> tuple[Solved, int]:
    chances = _WORD[life.outcome if life.case.round == 1 else Outcome.SOLVED]
    solved = life.rng.choices((_YES, _PARTLY, _NO), chances)[0]
    late = life.case.replied_at > life.case.resolve_by
    stars = life.rng.choices(*_STARS[solved])[0]
    return solved, max(1, stars - late)  # who waited too long takes a star off
