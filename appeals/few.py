"""Appeals picked through a few rows that stand beside them: what waits for a decision, what an office owes."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, Q, QuerySet


class _IsAnyOf(Func):
    arg_joiner, template = " = ANY(", "(%(expressions)s))"
    output_field = BooleanField()


def appeals_of(rows: QuerySet) -> Q:
    """The appeals that `rows` (with a foreign key `appeal`) belong to.

    Their ids are read once, as an array: an index then finds the few appeals, where a subquery would let the database
    walk every open appeal in the order of the list.
    """
    return Q(_IsAnyOf(F("pk"), ArraySubquery(rows.order_by().values("appeal"))))
