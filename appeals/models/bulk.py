"""One step on many appeals (批量办理): the job, and each appeal's own row with what came of it."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from appeals.models.appeal import Appeal


class BulkJobQuerySet(models.QuerySet):
    def of_actor(self, actor):
        return self.filter(owner=actor.user_id)

    def numbered(self, pk):
        return self.filter(pk=pk)

    def unfinished(self):
        return self.filter(state__in=(BulkJob.State.WAITING, BulkJob.State.RUNNING))

    def standing(self, now):
        """Nobody has worked on them for a minute: the broker was down, or the worker has died."""
        return self.unfinished().filter(touched_at__lt=now - timedelta(minutes=1))

    def worked_off(self):
        return self.exclude(rows__state=BulkRow.State.WAITING)

    def forgotten_by(self, now):
        """Previews of yesterday that nobody confirmed, and what was done a month ago."""
        old = Q(state=BulkJob.State.PREVIEWED, asked_at__lt=now - timedelta(days=1))
        return self.filter(old | Q(state=BulkJob.State.DONE, finished_at__lt=now - timedelta(days=30)))


class BulkJob(models.Model):
    class State(models.TextChoices):
        PREVIEWED = "previewed", _("To be confirmed")
        WAITING = "waiting", pgettext_lazy("bulk", "Waiting")
        RUNNING = "running", pgettext_lazy("bulk", "At work")
        DONE = "done", pgettext_lazy("bulk", "Done")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    verb = models.CharField(max_length=30)
    values = models.JSONField(default=dict)  # as they were typed
    state = models.CharField(max_length=9, choices=State, default=State.PREVIEWED)
    total = models.PositiveIntegerField()
    is_cut = models.BooleanField(default=False)  # more matched than one job takes
    back = models.CharField(max_length=2000, blank=True)  # the list it was begun from
    origin = models.CharField(max_length=45, blank=True)
    language = models.CharField(max_length=10)  # of its reasons
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    touched_at = models.DateTimeField(null=True)  # by whoever works on it, as long as it does
    finished_at = models.DateTimeField(null=True)

    objects = BulkJobQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["owner", "-asked_at"], name="bulk_jobs_of_a_person"),
            models.Index(
                fields=["touched_at"], name="bulk_jobs_to_be_done", condition=Q(state__in=["waiting", "running"])
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_bulk_job_at_work_was_confirmed",
                condition=Q(state="previewed") | Q(confirmed_at__isnull=False, touched_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.verb} × {self.total}"


class BulkRowQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(state=BulkRow.State.WAITING)

    def in_state(self, state):
        return self.filter(state=state)

    def after(self, position):
        return self.filter(position__gt=position)


class BulkRow(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("bulk", "Waiting")
        DONE = "done", pgettext_lazy("bulk", "Done")
        REFUSED = "refused", _("Not possible")
        BROKEN = "broken", _("Failed")

    job = models.ForeignKey(BulkJob, models.CASCADE, related_name="rows")
    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField()  # of the appeal, as the preview showed it
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    has_changed = models.BooleanField(default=False)  # between the preview and the work
    reason = models.TextField(blank=True)
    seq = models.PositiveIntegerField(null=True)  # of the event it left
    done_at = models.DateTimeField(null=True)

    objects = BulkRowQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        indexes = [models.Index(fields=["job", "position"], name="bulk_rows_to_do", condition=Q(state="waiting"))]
        constraints = [
            models.UniqueConstraint(fields=["job", "appeal"], name="a_bulk_job_names_an_appeal_once"),
            models.UniqueConstraint(fields=["job", "position"], name="a_bulk_row_has_a_place_of_its_own"),
            models.CheckConstraint(
                name="a_bulk_row_that_is_done_names_its_event", condition=~Q(state="done") | Q(seq__isnull=False)
            ),
        ]

    def __str__(self):
        return f"{self.job_id} {self.position}"
