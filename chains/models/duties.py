"""Who is responsible for what, where (职责清单): dated rows, loaded from CSV, codes never reused."""

from collections import defaultdict

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chains.taxonomy import Chain, Level, Tier


class DatedQuerySet(models.QuerySet):
    def valid(self, today):
        return self.filter(Q(valid_from__lte=today), Q(valid_to=None) | Q(valid_to__gt=today))

    def named(self, word):
        """By code or by name."""
        return self.filter(Q(pk=word) | Q(name=word))

    def names_of(self, codes) -> dict[str, str]:
        return dict(self.filter(pk__in=codes).values_list("pk", "name"))


class Dated(models.Model):
    """A row that begins and ends instead of being deleted: old cases still name it."""

    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
            )
        ]


class District(Dated):
    class Kind(models.TextChoices):
        CITY = "city", _("City")
        DISTRICT = "district", _("District")
        COUNTY_LEVEL_CITY = "county_level_city", _("County-level city")
        COUNTY = "county", pgettext_lazy("kind of district", "County")
        FUNCTIONAL_BLOCK = "functional_block", _("Functional block")

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=50, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(Dated.Meta):
        ordering = ["position"]

    def __str__(self):
        return self.name


class Industry(Dated):
    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=50, unique=True)
    aliases = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(Dated.Meta):
        ordering = ["position"]
        verbose_name_plural = "industries"

    def __str__(self):
        return self.name


class DepartmentQuerySet(DatedQuerySet):
    def named(self, word):
        """By code, full name, or what officers call it."""
        return self.filter(Q(pk=word) | Q(name=word) | Q(short_name=word))

    def names_of(self, codes) -> dict[str, str]:
        return dict(self.filter(pk__in=codes).values_list("pk", "short_name"))

    def tiers_of(self, codes) -> dict[str, str]:
        return dict(self.filter(pk__in=codes).values_list("pk", "tier"))

    def below(self, offices):
        """The codes of the offices under `offices`, down the tree: the whole tree is read, it is small."""
        children = defaultdict(set)
        for code, parent in self.values_list("pk", "parent") if offices else ():
            children[parent].add(code)
        found, fresh = set(), set(offices)
        while fresh:
            fresh = set().union(*(children[office] for office in fresh)) - found
            found |= fresh
        return frozenset(found)


class Department(Dated):
    """An office (承办单位) of the city, a county or a park. `short_name` is what officers call it."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=100)
    short_name = models.CharField(max_length=50, unique=True)
    tier = models.CharField(max_length=10, choices=Tier)
    district = models.ForeignKey(District, models.PROTECT, related_name="departments")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    industry = models.ForeignKey(Industry, models.PROTECT, null=True, blank=True, related_name="task_forces")
    position = models.PositiveSmallIntegerField(default=0)

    objects = DepartmentQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["position"]

    def __str__(self):
        return self.short_name


class TopicQuerySet(DatedQuerySet):
    def with_duties(self):
        return self.prefetch_related("duties")


class Topic(Dated):
    """A leaf of the taxonomy (类别): what an appeal is about; it decides chain, level and duty."""

    code = models.CharField(max_length=10, primary_key=True)
    chain = models.CharField(max_length=12, choices=Chain)
    name = models.CharField(max_length=100)
    level = models.CharField(max_length=1, choices=Level)
    aliases = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    objects = TopicQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["position"]

    def __str__(self):
        return f"{self.code} {self.name}"


class Duty(models.Model):
    """Which office leads (主办) or supports (协办) a topic, by short name; 管委会 is the park's own."""

    class Part(models.TextChoices):
        LEAD = "lead", _("Lead")
        SUPPORT = "support", _("Support")

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="duties")
    part = models.CharField(max_length=10, choices=Part)
    position = models.PositiveSmallIntegerField()
    office = models.CharField(max_length=50)

    class Meta:
        ordering = ["topic", "part", "position"]
        constraints = [
            models.UniqueConstraint(fields=["topic", "part", "position"], name="duty_has_one_office_at_a_position")
        ]

    def __str__(self):
        return f"{self.topic_id} {self.part} {self.position}: {self.office}"
