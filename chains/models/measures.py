"""What is measured: one row of facts an appeal, and the dated rule of the score."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chains.metrics import TAKEN_OUT
from chains.taxonomy import Chain, Level, Solved


class CaseFactQuerySet(models.QuerySet):
    def about(self, *, chain="", district="", department="", parks=(), withheld=True):
        """The facts that these codes name; an empty one does not narrow."""
        wanted = {"chain": chain, "district": district, "lead": department, "park__in": parks}
        narrowed = self.filter(**{column: code for column, code in wanted.items() if code})
        return narrowed if withheld else narrowed.filter(withheld=False)

    def touching(self, start, end):
        """Every fact a score of the period may count: closed in it, or dispatched before its end and unfinished."""
        return self.filter(_touching(start, end))

    def concerning(self, start, end):
        """Every fact the closure statistics of the period may count: also filed in it, or open at its end."""
        filed = Q(filed_at__gte=start, filed_at__lt=end)
        still_open = Q(closed_at=None) & ~Q(status__in=TAKEN_OUT)
        return self.filter(_touching(start, end) | filed | Q(still_open | Q(closed_at__gte=end), filed_at__lt=end))


def _touching(start, end) -> Q:
    unfinished = Q(closed_at=None) | Q(closed_at__gte=end)
    return (
        Q(closed_at__gte=start, closed_at__lt=end)
        | Q(false_closure_at__gte=start, false_closure_at__lt=end)
        | Q(unfinished, dispatched_at__lt=end, resolve_by__lt=end)
    )


class CaseFact(models.Model):
    """The facts of one appeal's latest round (score.md §1): no names, no texts; written by appeals.facts.fold."""

    number = models.CharField(max_length=17, primary_key=True)
    counted = models.BooleanField(default=True)  # imported history counts only when asked to
    status = models.CharField(max_length=12)
    chain = models.CharField(max_length=12, choices=Chain, blank=True)
    topic = models.CharField(max_length=10, blank=True)
    level = models.CharField(max_length=1, choices=Level, blank=True)
    district = models.CharField(max_length=20)
    park = models.CharField(max_length=20, blank=True)
    industry = models.CharField(max_length=20, blank=True)
    lead = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=10)
    round = models.PositiveSmallIntegerField()

    filed_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    sign_by = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)
    contact_by = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    resolve_by = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_unrated = models.BooleanField(default=False)

    used_minutes = models.PositiveIntegerField(null=True)
    paused_minutes = models.PositiveIntegerField(default=0)
    total_minutes = models.PositiveIntegerField(null=True)

    solved = models.CharField(max_length=6, choices=Solved, blank=True)
    stars = models.PositiveSmallIntegerField(null=True)
    rated_at = models.DateTimeField(null=True)
    first_solved = models.CharField(max_length=6, choices=Solved, blank=True)
    first_stars = models.PositiveSmallIntegerField(null=True)
    redo_count = models.PositiveSmallIntegerField(default=0)
    reopen_count = models.PositiveSmallIntegerField(default=0)
    hand_backs_lost = models.PositiveSmallIntegerField(default=0)
    failed_leads = ArrayField(models.CharField(max_length=20), default=list)

    excluded = models.BooleanField(default=False)
    excluded_at = models.DateTimeField(null=True)
    false_closure = models.BooleanField(default=False)
    false_closure_at = models.DateTimeField(null=True)
    withheld = models.BooleanField(default=False)  # a complained-of department: folded apart on boards

    objects = CaseFactQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["closed_at"], name="facts_by_closing"),
            models.Index(fields=["filed_at"], name="facts_by_filing"),
            models.Index(fields=["resolve_by"], name="facts_unfinished", condition=Q(closed_at=None)),
            models.Index(fields=["false_closure_at"], name="facts_of_false_closure", condition=Q(false_closure=True)),
        ]

    def __str__(self):
        return self.number


class ScoreRuleQuerySet(models.QuerySet):
    def in_force(self, today):
        return self.filter(valid_from__lte=today).order_by("-valid_from").first()


class ScoreRule(models.Model):
    """Weights, shrinkage and penalties of the score as a dated version; a published score names its version."""

    version = models.PositiveIntegerField(_("version"), primary_key=True)
    valid_from = models.DateField(_("valid from"), unique=True)
    response = models.FloatField(_("weight of responding"), default=0.10)
    on_time = models.FloatField(_("weight of being on time"), default=0.20)
    solved = models.FloatField(_("weight of solving"), default=0.35)
    satisfied = models.FloatField(_("weight of satisfaction"), default=0.25)
    first_time = models.FloatField(_("weight of solving at once"), default=0.10)
    shrinkage = models.FloatField(_("shrinkage"), default=10)
    penalty = models.FloatField(_("penalty"), default=100)
    penalty_cap = models.FloatField(_("highest penalty"), default=20)
    penalty_floor_n = models.PositiveIntegerField(_("cases below which no penalty grows"), default=20)
    smallest_n = models.PositiveIntegerField(_("cases needed for a rank"), default=5)
    level_s = models.FloatField(_("weight of level S"), default=0.5)
    level_a = models.FloatField(_("weight of level A"), default=0.8)
    level_b = models.FloatField(_("weight of level B"), default=1.0)
    level_c = models.FloatField(_("weight of level C"), default=1.4)
    level_d = models.FloatField(_("weight of level D"), default=2.0)
    level_l = models.FloatField(_("weight of level L"), default=1.0)

    objects = ScoreRuleQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from"]
        verbose_name, verbose_name_plural = _("rule of the score"), _("rules of the score")
        constraints = [
            models.CheckConstraint(
                name="score_weights_are_not_negative",
                condition=Q(response__gte=0, on_time__gte=0, solved__gte=0, satisfied__gte=0, first_time__gte=0),
            )
        ]

    def __str__(self):
        return f"{self.version} ({self.valid_from})"
