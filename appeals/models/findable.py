"""What an appeal is found by: apart from its row, which changes with every step while these words never do."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import connections, models

from appeals.models.appeal import Appeal

# One frequency for each of the elements; those after them say something else.
_GUESS = """
SELECT most_common_elem_freqs[array_position(most_common_elems::text::int[], %s)]
     * (SELECT reltuples FROM pg_class WHERE oid = 'appeals_findable'::regclass)
FROM pg_stats WHERE tablename = 'appeals_findable' AND attname = 'pairs' AND schemaname = current_schema()
"""


class FindableQuerySet(models.QuerySet):
    def having(self, pairs):
        return self.filter(pairs__contains=pairs)

    def guessed_with(self, pair) -> float:
        """How many rows have `pair`, as the planner guesses; 0 where it is none of the common ones it knows."""
        with connections[self.db].cursor() as cursor:
            cursor.execute(_GUESS, [pair])
            found = cursor.fetchone()
            return (found and found[0]) or 0.0


class Findable(models.Model):
    """The pairs of signs (`appeals.pairs`) of title, description and the enterprise's name."""

    appeal = models.OneToOneField(Appeal, models.CASCADE, primary_key=True, related_name="+")
    pairs = ArrayField(models.IntegerField())

    objects = FindableQuerySet.as_manager()

    class Meta:
        indexes = [
            # A search reads what waits to be sorted in from end to end: it must stay short.
            GinIndex(fields=["pairs"], name="appeals_by_pairs_of_signs", gin_pending_list_limit=512),
        ]

    def __str__(self):
        return str(self.appeal_id)
