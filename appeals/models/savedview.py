"""A list that somebody has narrowed, under a name of their own."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SavedViewQuerySet(models.QuerySet):
    def owned_by(self, user_id):
        return self.filter(owner=user_id)

    def on(self, page):
        return self.filter(page=page)

    def shown_to(self, actor):
        """One's own in their order, then what is shared with one's offices, by name."""
        mine = models.Case(models.When(owner=actor.user_id, then=0), default=1)
        rows = self.filter(Q(owner=actor.user_id) | Q(shared_with__in=actor.seats))
        return rows.annotate(is_foreign=mine).order_by("is_foreign", "position", "name")


class SavedView(models.Model):
    class Page(models.TextChoices):
        OFFICE = "office", _("Department queue")
        CENTRE = "centre", _("Centre desk")
        EVERY = "every", _("All appeals")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    page = models.CharField(max_length=6, choices=Page)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=2000, blank=True)  # as it stands in the address
    position = models.PositiveSmallIntegerField()
    shared_with = models.ForeignKey("chains.Department", models.PROTECT, null=True, blank=True, related_name="+")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["page", "position"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="a_saved_view_has_a_name_of_its_own"),
            models.CheckConstraint(name="a_saved_view_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self):
        return self.name
