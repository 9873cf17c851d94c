"""What somebody has typed and not sent yet, so that nobody's words are lost."""

from datetime import timedelta

from django.conf import settings
from django.db import models

from appeals.models.appeal import Appeal


class DraftQuerySet(models.QuerySet):
    def by(self, user_id):
        return self.filter(user=user_id)

    def on(self, appeal):
        """Of this case; None: of the filing form."""
        return self.filter(appeal=appeal) if appeal else self.filter(appeal=None)

    def of_step(self, verb):
        return self.filter(verb=verb)

    def for_field(self, field):
        return self.filter(field=field)

    def being_written(self, verb, now):
        """Touched within the last two minutes."""
        return self.filter(verb=verb, saved_at__gt=now - timedelta(minutes=2))

    def saved_before(self, moment):
        return self.filter(saved_at__lt=moment)


class Draft(models.Model):
    """One text of one form. Only its author ever reads it, also when the case is no longer theirs to see."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    appeal = models.ForeignKey(Appeal, models.CASCADE, null=True, related_name="drafts")  # None: the filing form
    verb = models.CharField(max_length=30)
    field = models.CharField(max_length=30)
    text = models.TextField()
    saved_at = models.DateTimeField()

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-saved_at"]
        indexes = [models.Index(fields=["saved_at"], name="drafts_by_age")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "appeal", "verb", "field"], name="one_draft_of_a_text", nulls_distinct=False
            ),
            models.CheckConstraint(name="draft_has_text", condition=~models.Q(text="")),
        ]

    def __str__(self):
        return f"{self.verb} {self.field}"
