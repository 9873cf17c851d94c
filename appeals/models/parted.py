"""Rows known in pieces: what several conditions join, no index holds in order, but each piece alone one may."""

from django.db import models


class PartedQuerySet(models.QuerySet):
    """Rows, and beside them `parts` that together hold the same rows; whatever narrows the rows narrows the parts."""

    parts: tuple[models.QuerySet, ...] = ()

    def split(self, conditions):
        """The rows that meet any of `conditions`, each of which is a part."""
        whole = models.Q(pk__in=[])
        for condition in conditions:
            whole |= condition
        found = self.filter(whole)
        found.parts = tuple(self.filter(condition) for condition in conditions)
        return found

    def filter(self, *args, **kwargs):
        found = super().filter(*args, **kwargs)
        found.parts = tuple(part.filter(*args, **kwargs) for part in self.parts)
        return found

    def exclude(self, *args, **kwargs):
        found = super().exclude(*args, **kwargs)
        found.parts = tuple(part.exclude(*args, **kwargs) for part in self.parts)
        return found

    def _clone(self):
        clone = super()._clone()
        clone.parts = self.parts
        return clone
