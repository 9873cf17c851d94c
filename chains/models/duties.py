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

    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_ends_after_it_begins",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
            )
        ]


class DistrictQuerySet(DatedQuerySet):
    def city_name(self) -> str:
        """What the whole of it is called."""
        return self.filter(kind=District.Kind.CITY).values_list("name", flat=True).first() or ""


class District(Dated):
    class Kind(models.TextChoices):
        CITY = "city", _("City")
        DISTRICT = "district", _("District")
        COUNTY_LEVEL_CITY = "county_level_city", _("County-level city")
        COUNTY = "county", pgettext_lazy("kind of district", "County")
        FUNCTIONAL_BLOCK = "functional_block", _("Functional block")

    code = models.CharField(_("code"), max_length=20, primary_key=True)
    name = models.CharField(_("name"), max_length=50, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = DistrictQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["position"]
        verbose_name, verbose_name_plural = _("district"), _("districts")

    def __str__(self):
        return self.name


class Industry(Dated):
    code = models.CharField(_("code"), max_length=20, primary_key=True)
    name = models.CharField(_("name"), max_length=50, unique=True)
    aliases = ArrayField(models.CharField(max_length=50), verbose_name=_("aliases"), default=list, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta(Dated.Meta):
        ordering = ["position"]
        verbose_name, verbose_name_plural = _("industry"), _("industries")

    def __str__(self):
        return self.name


class DepartmentQuerySet(DatedQuerySet):
    def named(self, word):
        """By code, full name, or what officers call it."""
        return self.filter(Q(pk=word) | Q(name=word) | Q(short_name=word))

    def names_of(self, codes) -> dict[str, str]:
        return dict(self.filter(pk__in=codes).values_list("pk", "short_name"))

    def coded(self, codes):
        return self.filter(pk__in=codes)

    def tiers_of(self, codes) -> dict[str, str]:
        return dict(self.filter(pk__in=codes).values_list("pk", "tier"))

    def of_tier(self, tier):
        return self.filter(tier=tier)

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

    code = models.CharField(_("code"), max_length=20, primary_key=True)
    name = models.CharField(_("name"), max_length=100)
    short_name = models.CharField(_("short name"), max_length=50, unique=True)
    tier = models.CharField(_("tier"), max_length=10, choices=Tier)
    district = models.ForeignKey(District, models.PROTECT, related_name="departments", verbose_name=_("district"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("office above")
    )
    industry = models.ForeignKey(
        Industry, models.PROTECT, null=True, blank=True, related_name="task_forces", verbose_name=_("industry")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = DepartmentQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["position"]
        verbose_name, verbose_name_plural = _("department"), _("departments")

    def __str__(self):
        return self.short_name


class DutyQuerySet(models.QuerySet):
    def valid(self, today):
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=today), Q(valid_to=None) | Q(valid_to__gt=today))

    def ending_after(self, day):
        """In force on `day` or some time later."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day))

    def ended_by(self, day):
        return self.filter(valid_to__lte=day)

    def of(self, office):
        """Those that name `office` by what officers call it."""
        return self.filter(office=office)


class TopicQuerySet(DatedQuerySet):
    def with_duties(self, today):
        """With the duties of `today`, each in its place."""
        return self.prefetch_related(models.Prefetch("duties", Duty.objects.valid(today)))


class Topic(Dated):
    """A leaf of the taxonomy (类别): what an appeal is about; it decides chain, level and duty."""

    code = models.CharField(_("code"), max_length=10, primary_key=True)
    chain = models.CharField(_("chain"), max_length=12, choices=Chain)
    name = models.CharField(_("name"), max_length=100)
    level = models.CharField(_("level"), max_length=1, choices=Level)
    aliases = ArrayField(models.CharField(max_length=50), verbose_name=_("aliases"), default=list, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = TopicQuerySet.as_manager()

    class Meta(Dated.Meta):
        ordering = ["position"]
        verbose_name, verbose_name_plural = _("topic"), _("topics")

    def __str__(self):
        return f"{self.code} {self.name}"


class Duty(models.Model):
    """Which office leads (主办) or supports (协办) a topic, by short name; 管委会 is the park's own.

    A duty that passes to another office ends (`valid_to`) and begins there; no `valid_from`: since always.
    """

    class Part(models.TextChoices):
        LEAD = "lead", _("Lead")
        SUPPORT = "support", _("Support")

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="duties", verbose_name=_("topic"))
    part = models.CharField(_("part"), max_length=10, choices=Part)
    position = models.PositiveSmallIntegerField(_("position"))
    office = models.CharField(_("office"), max_length=50)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        ordering = ["topic", "part", "position"]
        verbose_name, verbose_name_plural = _("duty"), _("duties")
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "part", "position", "valid_from"],
                name="duty_has_one_office_at_a_position",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="duty_ends_after_it_begins",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
            ),
        ]

    def __str__(self):
        return f"{self.topic_id} {self.part} {self.position}: {self.office}"
