"""An export that is made in the background (导出任务) and waits for whoever asked for it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ExportJobQuerySet(models.QuerySet):
    def of_actor(self, actor):
        return self.filter(owner=actor.user_id)

    def unfinished(self):
        return self.filter(state__in=[ExportJob.State.WAITING, ExportJob.State.RUNNING])

    def to_be_made(self, stale):
        """Nobody works on them: not begun, or last heard of before `stale`."""
        return self.unfinished().filter(Q(state=ExportJob.State.WAITING) | Q(touched_at__lt=stale))

    def ready(self, now):
        return self.filter(state=ExportJob.State.DONE, expires_at__gt=now)

    def expired(self, now):
        return self.filter(expires_at__lte=now)

    def numbered(self, pk):
        return self.filter(pk=pk)


class ExportJob(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("export", "Waiting")
        RUNNING = "running", pgettext_lazy("export", "Being made")
        DONE = "done", pgettext_lazy("export", "Ready")
        FAILED = "failed", pgettext_lazy("export", "Failed")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    what = models.CharField(max_length=10)  # appeals.selections.List
    params = models.JSONField(default=dict)
    origin = models.CharField(max_length=45, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField()
    touched_at = models.DateTimeField()  # by whoever works on it, as long as it does
    attempts = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    file = models.CharField(max_length=200, blank=True)  # its name in the storage
    reason = models.TextField(blank=True)  # why it failed

    objects = ExportJobQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["owner", "-asked_at"], name="exports_of_a_person")]
        constraints = [
            models.CheckConstraint(name="export_that_is_ready_has_a_file", condition=~Q(state="done") | Q(file__gt="")),
            models.CheckConstraint(name="export_expires_after_it_was_asked", condition=Q(expires_at__gt=F("asked_at"))),
        ]

    def __str__(self):
        return f"{self.what} {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    @property
    def label(self):
        return _("All appeals") if self.what == "every" else _("Department queue")
