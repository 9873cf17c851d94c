"""The moves of an appeal (product.md §3) as one table: verb, from, to, who, fields, guard. Values in, verdict out.

Buttons, the API, its document, the refusals and the tests are made from it.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from appeals.row import Field, Kind, Move
from appeals.rows import centre, enterprise, office, oversight
from appeals.states import Actor, Part, Refused, Status, Why, parts_of

__all__ = ["MOVES", "TABLE", "Field", "Kind", "Move", "check_move", "possible_moves"]

TABLE = (*centre.ROWS, *office.ROWS, *enterprise.ROWS, *oversight.ROWS)
MOVES = {move.verb: move for move in TABLE}


def check_move(verb: str, case, actor: Actor, *, at: datetime, version: int | None = None) -> Part:
    """The part in which `actor` may take `verb` on `case` at the moment `at`; `version` None is not compared.

    Raises Refused: who (FORBIDDEN), when (CONFLICT), which version (STALE), guard (CONFLICT), in this order.
    """
    move = MOVES[verb]
    part = _entitled(move, case, actor)
    if reason := move.bar(case, actor):
        raise Refused(reason, why=Why.FORBIDDEN)
    if case.status not in move.sources:
        raise Refused(
            _("“%(verb)s” is not possible while the appeal is “%(status)s”.")
            % {"verb": move.label, "status": Status(case.status).label}
        )
    # An older version explains a guard better than the guard itself: somebody was faster.
    if version is not None and version != case.version:
        raise Refused(_("Somebody else has changed this appeal meanwhile; here is the newer state."), why=Why.STALE)
    if reason := move.guard(case, actor, at):
        raise Refused(reason)
    return part


def _entitled(move: Move, case, actor: Actor) -> Part:
    mine = parts_of(actor, case)
    for part in move.who:
        if part in mine:
            return part
    raise Refused(
        _("“%(verb)s” is for: %(who)s.") % {"verb": move.label, "who": "、".join(str(part.label) for part in move.who)},
        why=Why.FORBIDDEN,
    )


def possible_moves(case, actor: Actor, *, at: datetime) -> list[Move]:
    """The rows of the table that `actor` may take on `case` now, in the order of the table."""
    # What the status forbids needs no further look: bars and guards may have to read.
    rows = [move for move in TABLE if case.status in move.sources and move.who != (Part.AUTOMATIC,)]
    return [move for move in rows if _is_possible(move.verb, case, actor, at)]


def _is_possible(verb, case, actor, at) -> bool:
    try:
        check_move(verb, case, actor, at=at)
    except Refused:
        return False
    return True
