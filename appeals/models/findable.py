"""What an appeal is found by: apart from its row, which changes with every step while these words never do."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from appeals.models.appeal import Appeal


class FindableQuerySet(models.QuerySet):
    def having(self, pairs):
        return self.filter(pairs__contains=pairs)


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
