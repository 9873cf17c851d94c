"""A file of an appeal (附件): ready with whoever sent it until it is filed, then seen by whoever sees the case."""

from django.conf import settings
from django.db import models
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from appeals.models.appeal import Appeal
from appeals.states import Part


class AttachmentQuerySet(models.QuerySet):
    def kept(self):
        return self.filter(removed_at=None)

    def numbered(self, pk):
        return self.filter(pk=pk)

    def among(self, ids):
        return self.filter(pk__in=ids)

    def open_to(self, *, staff: bool):
        """Without the internal ones, unless staff asks."""
        return self if staff else self.filter(internal=False)

    def sent_by(self, user_id):
        return self.filter(uploaded_by=user_id)

    def sums(self) -> list[str]:
        return sorted(self.values_list("sha256", flat=True))

    def staged_by(self, user_id):
        """Sent before filing, and not yet part of an appeal."""
        return self.sent_by(user_id).filter(appeal=None)

    def staged_before(self, moment):
        return self.filter(appeal=None, uploaded_at__lt=moment)

    def at_paths(self, paths) -> set[str]:
        """Which of `paths` a row leads to."""
        return set(self.filter(file__in=paths).values_list("file", flat=True))

    def waiting(self):
        """For the scanner."""
        return self.kept().filter(state=Attachment.State.CHECKING)

    def load(self) -> tuple[int, int]:
        """Number and bytes of what takes up room: neither removed nor refused."""
        found = self.kept().exclude(state=Attachment.State.REFUSED).aggregate(files=Count("pk"), bytes=Sum("size"))
        return found["files"], found["bytes"] or 0


class Attachment(models.Model):
    class Reason(models.TextChoices):
        """Why a file is kept from everybody."""

        INFECTED = "infected", _("The virus scanner found something in it.")

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        CLEAN = "clean", _("Checked")
        REFUSED = "refused", _("Refused")

    appeal = models.ForeignKey(Appeal, models.CASCADE, null=True, blank=True, related_name="attachments")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    part = models.CharField(max_length=10, choices=Part, blank=True)
    department = models.ForeignKey(
        "chains.Department", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=100)  # by its content
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)  # of what is kept
    file = models.FileField(blank=True)
    internal = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.CHECKING)
    reason = models.CharField(max_length=10, choices=Reason, blank=True)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["uploaded_at"], name="files_not_yet_filed", condition=Q(appeal=None)),
            models.Index(fields=["id"], name="files_to_be_scanned", condition=Q(state="checking")),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_file_of_a_case_says_in_which_part_it_came", condition=Q(appeal=None) | Q(part__gt="")
            ),
            models.CheckConstraint(
                name="an_internal_file_belongs_to_a_case", condition=Q(internal=False) | ~Q(appeal=None)
            ),
            models.CheckConstraint(name="a_file_is_not_empty", condition=Q(size__gt=0)),
            models.CheckConstraint(
                name="a_refused_file_says_why",
                condition=Q(state="refused", reason__gt="") | (~Q(state="refused") & Q(reason="")),
            ),
            models.CheckConstraint(
                name="a_file_that_can_be_read_is_there",
                condition=~Q(state="clean") | Q(removed_at__isnull=False) | Q(file__gt=""),
            ),
            models.CheckConstraint(
                name="a_removed_file_says_who_removed_it",
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
        ]

    def __str__(self):
        return self.name
