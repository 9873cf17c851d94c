"""The appeal (诉求): what was filed, where it stands, and the facts of its latest round."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from appeals.models.appealset import AppealQuerySet
from appeals.models.beside import BesideIt
from appeals.models.enterprise import Enterprise
from appeals.models.fields import EncryptedTextField
from appeals.states import OPEN, WITH_LEAD, Outcome, Status
from chains.taxonomy import Level, Nature, Solved
from routing import deadlines


class Appeal(BesideIt, models.Model):
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
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="appeals", db_index=False)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    source = models.CharField(max_length=8, choices=Source, default=Source.WEB)
    district = models.ForeignKey("chains.District", models.PROTECT, related_name="+", db_index=False)
    park = models.ForeignKey(
        "chains.Department", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    industry = models.ForeignKey(
        "chains.Industry", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
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
    topic = models.ForeignKey("chains.Topic", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    level = models.CharField(max_length=1, choices=Level, blank=True)
    lead = models.ForeignKey(
        "chains.Department", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    supporting = ArrayField(models.CharField(max_length=20), default=list)  # offices that help (协办)
    handler = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    dispatched_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_by = models.CharField(max_length=6, choices=DecidedBy, blank=True)
    person_asked_at = models.DateTimeField(null=True)  # the enterprise wants a person to look at what was automatic
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
    due_kind = models.CharField(max_length=12, choices=deadlines.ClockKind, blank=True)  # of which clock that is
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
    former_leads = ArrayField(models.CharField(max_length=20), default=list)  # whoever lost it keeps a stub
    reroutes = models.PositiveSmallIntegerField(default=0)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")  # 包案

    # What stands beside the case
    direct = models.BooleanField(default=False)  # answered by the centre itself
    paused_at = models.DateTimeField(null=True)  # paused or parked since
    promised_at = models.DateTimeField(null=True)
    urged_at = models.DateTimeField(null=True)
    open_orders = models.PositiveSmallIntegerField(default=0)  # supervision orders without an answer
    excluded_at = models.DateTimeField(null=True)
    false_closure_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    merged_from = models.CharField(max_length=10, choices=Status, blank=True)  # the status an un-merge restores
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")  # mass incident
    split_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followers")

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["-filed_at", "-pk"]
        # A list is read along one of these, whatever its order: a foreign key that begins one has no other index.
        indexes = [
            # With these beside it, it answers the counts of the desk, too, without a look at the rows.
            models.Index(
                fields=["status", "due_by", "id"],
                name="queue_of_the_centre",
                include=[
                    "urgent",
                    "decided_by",
                    "person_asked_at",
                    "closed_at",
                    "complained_of",
                    "escalated_at",
                    "owner",
                ],
                condition=Q(status__in=OPEN),
            ),
            models.Index(fields=["ended_at"], name="merged_lately", condition=Q(status=Status.MERGED)),
            # Every view of an office in every order: what it has open is read here and sorted.
            models.Index(
                fields=["lead", "due_by", "id"],
                name="queue_of_an_office",
                include=[
                    "status",
                    "handler",
                    "filed_at",
                    "resolve_by",
                    "closed_at",
                    "yellow_at",
                    "paused_at",
                    "open_orders",
                    "escalated_at",
                    "complained_of",
                ],
                condition=Q(status__in=OPEN),
            ),
            models.Index(
                fields=["due_by", "id"],
                name="cases_with_orders",
                include=["status", "filed_at", "resolve_by", "closed_at"],
                condition=Q(open_orders__gt=0),
            ),
            models.Index(
                fields=["due_by", "id"],
                name="lifted_cases",
                include=["status", "owner", "filed_at", "resolve_by", "closed_at"],
                condition=Q(status__in=OPEN, escalated_at__isnull=False),
            ),
            models.Index(
                fields=["due_by", "id"],
                name="cases_a_person_shall_see",
                include=["status", "decided_by"],
                condition=Q(status__in=OPEN, person_asked_at__isnull=False),
            ),
            models.Index(fields=["lead", "-filed_at", "-id"], name="cases_of_an_office"),
            GinIndex(fields=["supporting"], name="cases_an_office_supports"),
            # An office has helped in far more cases than are open: its queue must not wade through them.
            GinIndex(fields=["supporting"], name="queue_of_a_support", condition=Q(status__in=OPEN)),
            models.Index(fields=["enterprise", "-filed_at", "-id"], name="cases_of_an_enterprise"),
            models.Index(fields=["-filed_at", "-id"], name="newest_cases"),
            models.Index(fields=["park", "-filed_at", "-id"], name="cases_of_a_park", condition=Q(park__isnull=False)),
            models.Index(fields=["district", "-filed_at", "-id"], name="cases_of_a_district"),
            models.Index(fields=["industry", "-filed_at", "-id"], name="cases_of_an_industry"),
            models.Index(fields=["topic", "-filed_at", "-id"], name="cases_of_a_topic"),
            # In every order of a list, with what tells the late ones.
            *(
                models.Index(
                    fields=[moment, "id"], name=name, include=["status", "due_by"], condition=Q(status__in=OPEN)
                )
                for moment, name in (
                    ("filed_at", "open_cases_by_filing"),
                    ("resolve_by", "open_cases_by_reply"),
                    ("closed_at", "open_cases_by_closing"),
                )
            ),
            models.Index(
                fields=["due_by", "id"], name="open_cases_by_limit", include=["status"], condition=Q(status__in=OPEN)
            ),
            models.Index(fields=["due_by", "id"], name="cases_by_limit"),
            models.Index(fields=["resolve_by", "id"], name="cases_by_reply"),
            # Those closed of late are sorted by other moments without a look at the rows.
            models.Index(
                fields=["closed_at", "id"], name="cases_by_closing", include=["filed_at", "resolve_by", "due_by"]
            ),
            models.Index(fields=["lead", "due_by", "id"], name="cases_of_an_office_by_limit"),
            models.Index(fields=["lead", "resolve_by", "id"], name="cases_of_an_office_by_reply"),
            models.Index(fields=["lead", "closed_at", "id"], name="cases_of_an_office_by_closing"),
            models.Index(fields=["park", "due_by", "id"], name="cases_of_a_park_by_limit"),
            models.Index(fields=["park", "resolve_by", "id"], name="cases_of_a_park_by_reply"),
            models.Index(fields=["park", "closed_at", "id"], name="cases_of_a_park_by_closing"),
            GinIndex(fields=["former_leads"], name="stubs_of_an_office"),
            models.Index(fields=["owner", "due_by", "id"], name="cases_of_a_leader", condition=Q(owner__isnull=False)),
            models.Index(
                fields=["external_number"], name="cases_of_other_systems", condition=Q(external_number__isnull=False)
            ),
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
            models.CheckConstraint(
                name="merged_appeal_says_into_which_and_whence",
                condition=Q(status=Status.MERGED, merged_into__isnull=False, merged_from__gt="")
                | (~Q(status=Status.MERGED) & Q(merged_into=None, merged_from="")),
            ),
            models.CheckConstraint(
                name="only_work_stands_still",
                condition=Q(paused_at=None) | Q(status__in=[Status.SIGNED, Status.PARKED, Status.MERGED]),
            ),
            models.CheckConstraint(
                name="appeal_is_not_linked_to_itself",
                condition=(Q(merged_into=None) | ~Q(merged_into=models.F("id")))
                & (Q(parent=None) | ~Q(parent=models.F("id"))),
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
    def awaits_a_person(self) -> bool:
        return bool(self.person_asked_at) and self.decided_by == self.DecidedBy.AUTO

    @property
    def chain(self) -> str | None:
        return self.topic.chain if self.topic else None
