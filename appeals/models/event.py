"""The record (办理记录): one event for each accepted step, written in the same transaction, never changed.

The database refuses to change or delete a row; `appeals.sealing` chains them.
"""

from django.conf import settings
from django.db import models

from appeals.models.appeal import Appeal
from appeals.states import Part, Status

# Whoever took one of these worked on the case: another person reviews it, visits, and finds a false closure.
WORK = (
    "dispatch decline answer sign assign contact progress reply hand_back decide_hand_back ask_extension pause support "
    "resume promise ask_support ask_termination ask_exclusion"
).split()


# Steps that name the office that leads from then on.
LEADING = ("file", "dispatch", "escalate", "move_office")


class EventQuerySet(models.QuerySet):
    def of_round(self, round):
        return self.filter(round=round)

    def of_verb(self, verb):
        return self.filter(verb=verb)

    def of_verbs(self, *verbs):
        return self.filter(verb__in=verbs)

    def besides_verb(self, verb):
        return self.exclude(verb=verb)

    def of_appeals(self, appeals):
        return self.filter(appeal__in=appeals)

    def by_offices_or_leading(self, offices):
        """What people of `offices` did, and what gave a case a lead or took it away."""
        leading = models.Q(verb__in=LEADING) | models.Q(to_status=Status.TRIAGE)
        return self.filter(models.Q(department__in=offices) | leading)

    def by(self, user_id):
        return self.filter(actor=user_id)

    def with_ids(self, after, to):
        return self.filter(pk__gt=after, pk__lte=to)

    def workers(self) -> set[int]:
        return set(self.filter(verb__in=WORK, actor__isnull=False).values_list("actor_id", flat=True))


class Event(models.Model):
    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    verb = models.CharField(max_length=20)  # a verb of the table of moves, or the kind of a timer
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    part = models.CharField(max_length=10, choices=Part)
    department = models.ForeignKey("chains.Department", models.PROTECT, null=True, blank=True, related_name="+")
    from_status = models.CharField(max_length=10, choices=Status, blank=True)
    to_status = models.CharField(max_length=10, choices=Status, blank=True)
    round = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    internal = models.BooleanField(default=False)
    data = models.JSONField(default=dict)
    late_by = models.PositiveIntegerField(null=True)  # minutes after the moment a timer was due
    origin = models.GenericIPAddressField(null=True)  # the address it was done from
    hash = models.CharField(max_length=64)  # of this row and of the hash before it: appeals.sealing

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["appeal", "seq"], name="events_of_an_appeal_are_numbered_once"),
            models.CheckConstraint(name="event_is_sealed", condition=~models.Q(hash="")),
        ]

    def __str__(self):
        return f"{self.appeal_id}:{self.seq} {self.verb}"
