"""Rows known in pieces: what several conditions join, no index holds in order, but each piece alone one may."""

from typing import Self

from django.db import models

from appeals.scope import Piece


class PartedQuerySet(models.QuerySet):
    """Rows, and beside them `parts` that together hold the same rows; whatever narrows the rows narrows the parts."""

    parts: tuple[Self, ...] = ()
    piece: Piece | None = None  # what a part was cut by

    def split(self, pieces):
        """The rows of any of `pieces`, each of which is a part."""
        whole = models.Q(pk__in=[])
        for piece in pieces:
            whole |= piece.condition
        found = self.filter(whole)
        found.parts = tuple(self._part(piece) for piece in pieces)
        return found

    def _part(self, piece):
        part = self.filter(piece.condition)
        part.piece = piece
        return part

    def is_in_order(self, column: str) -> bool:
        """Whether an index holds these rows in the order of `column`; else they are few enough to be sorted."""
        return self.piece is None or self.piece.is_in_order(column)

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
        clone.parts, clone.piece = self.parts, self.piece
        return clone
