"""A stretch in which the limits of a case stand still (挂起): an interval that no change of level or limit touches."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from appeals.models.appeal import Appeal
from appeals.states import PauseReason


class PauseQuerySet(models.QuerySet):
    def running(self):
        return self.filter(ended_at=None)

    def end(self, at, by=None):
        """Whatever runs ends at `at`, by the hand of `by` (id) or because the case moved on."""
        return self.running().update(ended_at=at, ended_by=by)


class Pause(models.Model):
    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="pauses")
    round = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=14, choices=PauseReason)
    note = models.TextField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = PauseQuerySet.as_manager()

    class Meta:
        ordering = ["started_at"]
        constraints = [
            models.UniqueConstraint(fields=["appeal"], condition=Q(ended_at=None), name="one_pause_of_a_case_runs"),
            models.CheckConstraint(
                name="a_pause_ends_after_it_starts", condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at"))
            ),
        ]

    def __str__(self):
        return f"{self.appeal_id} {self.reason} {self.started_at}"
