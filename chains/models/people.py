"""Accounts and posts (岗位): who sits where, in which role, from when to when."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from chains.models.duties import Department
from chains.taxonomy import Role


class UserQuerySet(models.QuerySet):
    def holding(self, posts):
        """Whoever holds one of `posts` and may sign in."""
        return self.filter(pk__in=posts.order_by().values("user"), is_active=True)

    def itself(self, user_id):
        return self.filter(pk=user_id)

    def besides(self, user):
        return self.exclude(pk=user.pk)


class AccountManager(UserManager.from_queryset(UserQuerySet)):
    use_in_migrations = False


class User(AbstractUser):
    """An account of a person or a channel; what it may do comes from posts and memberships only."""

    first_name = None
    last_name = None
    name = models.CharField(_("full name"), max_length=50, blank=True)

    objects = AccountManager()

    class Meta(AbstractUser.Meta):
        verbose_name, verbose_name_plural = _("account"), _("accounts")

    def __str__(self):
        return self.name or self.username

    def get_full_name(self):
        return str(self)

    def get_short_name(self):
        return str(self)


class PostQuerySet(models.QuerySet):
    def held(self, today):
        return self.filter(Q(starts_on__lte=today), Q(ends_on=None) | Q(ends_on__gte=today))

    def acting_for(self, user, today):
        """Those of `user`, and of whoever is absent on `today` with `user` as deputy: one step, not theirs in turn."""
        absent = Absence.objects.current(today).deputised_by(user).values("user")
        return self.filter(Q(user=user) | Q(user__in=absent) & ~Q(role=Role.CHANNEL))

    def with_deputies(self, today):
        """With `deputies`: the ids of whoever stands in for the holder on `today`."""
        standing_in = Absence.objects.current(today).filter(user=OuterRef("user")).with_deputy()
        return self.annotate(deputies=ArraySubquery(standing_in.order_by().values("deputy")))

    def of_people(self, users):
        return self.filter(user__in=users)

    def beside(self, posts):
        """Who works with the holder of `posts`: in the same offices, heads of those above, equals without an office."""
        offices = {post.department_id for post in posts if post.department_id}
        above = Department.objects.filter(children__in=offices)
        equals = {post.role for post in posts if post.department_id is None}
        near = Q(department__in=offices) | Q(department__in=above, role=Role.HEAD)
        return self.filter(near | Q(department=None, role__in=equals)).exclude(role=Role.CHANNEL)

    def in_offices(self, offices):
        return self.filter(department__in=offices)

    def at(self, department, *roles):
        return self.filter(department=department, role__in=roles)

    def of_role(self, role):
        return self.filter(role=role)

    def concerning(self, offices, roles):
        """The handlers and heads of `offices`, and everybody in one of `roles`."""
        office = Q(department__in=offices, role__in=[Role.HANDLER, Role.HEAD])
        return self.filter(office | Q(role__in=roles))


class Post(models.Model):
    """`department` is the office of the post: a park's for a station officer, none for leader and auditor."""

    user = models.ForeignKey(User, models.CASCADE, related_name="posts", verbose_name=_("person"))
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("department")
    )
    role = models.CharField(_("role"), max_length=12, choices=Role)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("post"), _("posts")
        ordering = ["user", "role", "starts_on"]
        indexes = [models.Index(fields=["department", "role"], name="posts_of_an_office")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "department", "role", "starts_on"],
                name="post_is_held_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="post_ends_after_it_starts", condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="post_of_an_office_names_the_office",
                condition=~Q(role__in=[Role.HANDLER, Role.HEAD, Role.STATION]) | Q(department__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.user} {self.get_role_display()} {self.department or ''}".strip()

    def is_held_on(self, day) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


class AbsenceQuerySet(models.QuerySet):
    def current(self, today):
        return self.filter(starts_on__lte=today, ends_on__gte=today)

    def not_over(self, today):
        return self.filter(ends_on__gte=today)

    def deputised_by(self, user):
        return self.filter(deputy=user)

    def with_deputy(self):
        return self.filter(deputy__isnull=False)

    def of_people(self, users):
        return self.filter(user__in=users)

    def seen_by(self, user_id, people):
        """One's own, those with oneself as deputy, and those of `people`."""
        return self.filter(Q(user=user_id) | Q(deputy=user_id) | Q(user__in=people))

    def with_people(self):
        return self.select_related("user", "deputy")

    def touching(self, first, last):
        """Those with a day in common with `first`…`last`."""
        return self.filter(starts_on__lte=last, ends_on__gte=first)


class Absence(models.Model):
    """Leave (请假) of somebody on the staff, both days included; `deputy` (代理人) holds the posts meanwhile."""

    user = models.ForeignKey(User, models.CASCADE, related_name="absences", verbose_name=_("person"))
    deputy = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="deputyships", verbose_name=_("deputy")
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "pk"]
        verbose_name, verbose_name_plural = _("absence"), _("absences")
        indexes = [models.Index(fields=["deputy", "ends_on"], name="absences_by_deputy")]
        constraints = [
            models.CheckConstraint(name="absence_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(name="nobody_is_their_own_deputy", condition=Q(deputy=None) | ~Q(deputy=F("user"))),
        ]

    def __str__(self):
        return f"{self.user} {self.starts_on} – {self.ends_on}"


class ShiftQuerySet(models.QuerySet):
    def running(self, moment):
        return self.filter(starts_at__lte=moment, ends_at__gt=moment)

    def of(self, offices):
        return self.filter(office__in=offices)

    def of_people(self, users):
        return self.filter(user__in=users)

    def between(self, start, end):
        """Those with a minute in common with `start`…`end`."""
        return self.filter(starts_at__lt=end, ends_at__gt=start)


class Shift(models.Model):
    """A line of the duty roster (值班表): who answers for an office, from when to when, by the clock."""

    office = models.ForeignKey(Department, models.PROTECT, related_name="shifts", verbose_name=_("office"))
    user = models.ForeignKey(User, models.CASCADE, related_name="shifts", verbose_name=_("person"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))

    objects = ShiftQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "office", "pk"]
        verbose_name, verbose_name_plural = _("shift"), _("duty roster")
        indexes = [models.Index(fields=["office", "ends_at"], name="shifts_of_an_office")]
        constraints = [
            models.UniqueConstraint(fields=["office", "user", "starts_at"], name="shift_is_listed_once"),
            models.CheckConstraint(name="shift_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
        ]

    def __str__(self):
        return f"{self.office} {self.starts_at:%Y-%m-%d %H:%M} {self.user}"
