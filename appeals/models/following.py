"""What the running clocks follow: the calendar as it was last applied, and limits that somebody wants applied."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class FollowedCalendar(models.Model):
    """The state of the calendar that the running clocks stand by; one row, none before the first time."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    state = models.CharField(max_length=200)
    at = models.DateTimeField()
    is_settled = models.BooleanField(default=False)  # looked at once more, for what was begun by the calendar before

    class Meta:
        constraints = [models.CheckConstraint(name="one_calendar_is_followed", condition=models.Q(id=1))]

    def __str__(self):
        return f"{self.at}"


class LimitRunQuerySet(models.QuerySet):
    def unfinished(self):
        return self.filter(finished_at=None).order_by("pk")


class LimitRun(models.Model):
    """A changed limit that an administrator has applied to the clocks that run."""

    policy = models.ForeignKey("routing.LimitPolicy", models.CASCADE, related_name="runs", verbose_name=_("limit"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    moved = models.PositiveIntegerField(_("limits moved"), default=0)

    objects = LimitRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name, verbose_name_plural = _("limit applied to running clocks"), _("limits applied to running clocks")
        constraints = [
            models.UniqueConstraint(
                fields=["policy"], condition=models.Q(finished_at=None), name="a_limit_is_applied_once_at_a_time"
            )
        ]

    def __str__(self):
        return f"{self.policy} {self.asked_at}"
