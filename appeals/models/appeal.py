"""The appeal (诉求): what was filed, where it stands, and the facts of its latest round."""

from functools import cached_property

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from appeals import scope
from appeals.models.enterprise import Enterprise
from appeals.models.fields import EncryptedTextField
from appeals.states import OPEN, WITH_LEAD, Outcome, Status
from chains.taxonomy import Level, Nature, Solved


class AppealQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=OPEN)

    def overdue(self, now):
        """Past the limit of resolving, with no reply yet and the clock running."""
        return self.filter(scope.overdue(now))

    def late(self, now):
        """Past any limit that is running."""
        return self.open().filter(due_by__lt=now)

    def of_enterprises(self, enterprises):
        return self.filter(enterprise__in=enterprises)

    def visible_to(self, actor, now):
        """What `actor` may open; every page, endpoint, export and count starts here or at `listed_to`."""
        return self.filter(scope.seen_by(actor, now))

    def listed_to(self, actor, now):
        """What the lists and counts of `actor` are made of: never more than `visible_to`."""
        return self.filter(scope.listed_to(actor, now))

    def meeting(self, condition):
        """Of a saved view (`appeals.queues`) or a measure (`appeals.measured`)."""
        return self.filter(condition)

    def numbered(self, number):
        return self.filter(number=number)

    def among(self, pks):
        return self.filter(pk__in=pks)

    def narrowed(self, filters):
        """By what somebody chose: `appeals.listing.Filters`."""
        return self.filter(filters.condition)

    def besides(self, case):
        return self.exclude(pk=case.pk)

    def with_rows(self):
        """What a line of a list shows, fetched in one query."""
        return self.select_related("enterprise", "topic", "lead", "handler", "district")

    def with_all_rows(self):
        """What the API says of an appeal, the same."""
        return self.with_rows().select_related("park", "industry", "complained_of")

    def urgent(self):
        return self.filter(urgent=True)

    def as_texts(self):
        """Without what is dear to read: decrypted columns and JSON."""
        return self.defer("contact_name", "contact_phone", "candidates", "reply_text", "rating_comment")

    def in_triage(self):
        return self.filter(status=Status.TRIAGE)

    def filed_by(self, user_id):
        return self.filter(filed_by=user_id)

    def filed_since(self, moment):
        return self.filter(filed_at__gte=moment)


class Appeal(models.Model):
    class Source(models.TextChoices):
        WEB = "web", _("Web form")
        STATION = "station", _("Filed by a station")  # 代填
        PHONE = "phone", _("Hotline")
        API = "api", _("Another system")

    class DecidedBy(models.TextChoices):
        AUTO = "auto", _("Automatic")
        PERSON = "person", _("By a person")

    # What was filed
    number = models.CharField(max_length=17, unique=True)
    external_number = models.CharField(max_length=60, null=True, blank=True)  # noqa: DJ001 -- unique where given
    title = models.CharField(max_length=80)
    description = models.TextField(max_length=5000)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="appeals")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    source = models.CharField(max_length=8, choices=Source, default=Source.WEB)
    district = models.ForeignKey("chains.District", models.PROTECT, related_name="+")
    park = models.ForeignKey("chains.Department", models.PROTECT, null=True, blank=True, related_name="+")
    industry = models.ForeignKey("chains.Industry", models.PROTECT, null=True, blank=True, related_name="+")
    nature = models.CharField(max_length=8, choices=Nature, default=Nature.HELP)
    urgent = models.BooleanField(default=False)
    anonymous = models.BooleanField(default=False)
    complained_of = models.ForeignKey("chains.Department", models.PROTECT, null=True, blank=True, related_name="+")
    contact_name = EncryptedTextField(blank=True)
    contact_phone = EncryptedTextField(blank=True)
    imported = models.BooleanField(default=False)
    counted = models.BooleanField(default=True)

    # Where it stands
    status = models.CharField(max_length=10, choices=Status, default=Status.TRIAGE)
    version = models.PositiveIntegerField(default=1)
    last_seq = models.PositiveIntegerField(default=0)
    last_hash = models.CharField(max_length=64, blank=True)  # of its last event
    round = models.PositiveSmallIntegerField(default=1)
    topic = models.ForeignKey("chains.Topic", models.PROTECT, null=True, blank=True, related_name="+")
    level = models.CharField(max_length=1, choices=Level, blank=True)
    lead = models.ForeignKey("chains.Department", models.PROTECT, null=True, blank=True, related_name="+")
    supporting = ArrayField(models.CharField(max_length=20), default=list)  # offices that help (协办)
    handler = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    dispatched_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_by = models.CharField(max_length=6, choices=DecidedBy, blank=True)
    confidence = models.FloatField(null=True)
    candidates = models.JSONField(default=list)  # the classifier's best, with confidence and reasons
    model_version = models.PositiveIntegerField(null=True)

    # Moments of the latest round
    filed_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    visiting_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # declined, withdrawn, merged

    # Limits of the latest round, written by appeals.clocks only
    triage_by = models.DateTimeField(null=True)
    sign_by = models.DateTimeField(null=True)
    contact_by = models.DateTimeField(null=True)
    resolve_by = models.DateTimeField(null=True)
    hand_back_by = models.DateTimeField(null=True)
    due_by = models.DateTimeField(null=True)  # the nearest limit that is running
    yellow_at = models.DateTimeField(null=True)  # when the light turns yellow
    provisional = models.BooleanField(default=False)
    used_minutes = models.PositiveIntegerField(null=True)  # of working time
    paused_minutes = models.PositiveIntegerField(default=0)
    total_minutes = models.PositiveIntegerField(null=True)  # from filing to closing, day and night

    # What was answered
    reply_outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    reply_text = models.TextField(blank=True)
    solved = models.CharField(max_length=6, choices=Solved, blank=True)
    stars = models.PositiveSmallIntegerField(null=True)
    speed = models.PositiveSmallIntegerField(null=True)
    attitude = models.PositiveSmallIntegerField(null=True)
    rating_comment = models.TextField(blank=True)
    rated_at = models.DateTimeField(null=True)
    first_solved = models.CharField(max_length=6, choices=Solved, blank=True)
    first_stars = models.PositiveSmallIntegerField(null=True)
    visited_by_phone = models.BooleanField(default=False)
    closed_unrated = models.BooleanField(default=False)
    redo_count = models.PositiveSmallIntegerField(default=0)
    reopen_count = models.PositiveSmallIntegerField(default=0)
    hand_backs_granted = models.PositiveSmallIntegerField(default=0)
    hand_backs_lost = models.PositiveSmallIntegerField(default=0)
    escalated_at = models.DateTimeField(null=True)  # when a clock reached its top rung and the leaders were told
    failed_leads = ArrayField(models.CharField(max_length=20), default=list)

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["-filed_at", "-pk"]
        indexes = [
            # With `urgent` it answers the counts of the desk, too, without a look at the rows.
            models.Index(
                fields=["status", "due_by", "id"],
                name="queue_of_the_centre",
                include=["urgent"],
                condition=Q(status__in=OPEN),
            ),
            models.Index(fields=["lead", "due_by", "id"], name="queue_of_an_office", condition=Q(status__in=OPEN)),
            models.Index(fields=["lead", "-filed_at", "-id"], name="cases_of_an_office"),
            GinIndex(fields=["supporting"], name="cases_an_office_supports"),
            # An office has helped in far more cases than are open: its queue must not wade through them.
            GinIndex(fields=["supporting"], name="queue_of_a_support", condition=Q(status__in=OPEN)),
            models.Index(fields=["enterprise", "-filed_at", "-id"], name="cases_of_an_enterprise"),
            models.Index(fields=["-filed_at", "-id"], name="newest_cases"),
            models.Index(fields=["park", "-filed_at", "-id"], name="cases_of_a_park", condition=Q(park__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                name="dispatched_appeal_has_a_lead",
                condition=~Q(status__in=WITH_LEAD) | Q(lead__isnull=False, level__gt=""),
            ),
            models.CheckConstraint(
                name="signed_appeal_has_a_handler",
                condition=~Q(status=Status.SIGNED) | Q(handler__isnull=False, signed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="replied_appeal_says_what_was_achieved",
                condition=~Q(status__in=[Status.REPLIED, Status.VISITING, Status.CLOSED])
                | Q(replied_at__isnull=False, reply_outcome__gt=""),
            ),
            models.CheckConstraint(
                name="only_a_closed_appeal_has_a_closing_moment",
                condition=Q(status=Status.CLOSED, closed_at__isnull=False)
                | (~Q(status=Status.CLOSED) & Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(name="stars_go_from_one_to_five", condition=Q(stars=None) | Q(stars__range=(1, 5))),
            models.CheckConstraint(
                name="complained_of_department_does_not_lead",
                condition=Q(complained_of=None) | Q(lead=None) | ~Q(complained_of=models.F("lead")),
            ),
            models.UniqueConstraint(
                fields=["filed_by", "external_number"],
                name="external_number_is_filed_once",
                condition=Q(external_number__isnull=False),
            ),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("appeals:detail", args=[self.number])

    @property
    def chain(self) -> str | None:
        return self.topic.chain if self.topic else None

    @cached_property
    def open_hand_back(self):
        return self.requests.waiting("hand_back").first()

    @cached_property
    def worker_ids(self) -> set[int]:
        """Everybody who dispatched, handled or answered the case."""
        return self.events.workers()

    @property
    def was_visited(self) -> bool:
        return self.events.of_round(self.round).of_verb("visit").exists()
