"""Accounts and posts (岗位): who sits where, in which role, from when to when."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q

from chains.models.duties import Department
from chains.taxonomy import Role


class User(AbstractUser):
    """An account of a person or a channel; what it may do comes from posts and memberships only."""

    first_name = None
    last_name = None
    name = models.CharField(max_length=50, blank=True)

    def __str__(self):
        return self.name or self.username

    def get_full_name(self):
        return str(self)

    def get_short_name(self):
        return str(self)


class PostQuerySet(models.QuerySet):
    def held(self, today):
        return self.filter(Q(starts_on__lte=today), Q(ends_on=None) | Q(ends_on__gte=today))

    def at(self, department, *roles):
        return self.filter(department=department, role__in=roles)

    def concerning(self, offices, roles):
        """The handlers and heads of `offices`, and everybody in one of `roles`."""
        office = Q(department__in=offices, role__in=[Role.HANDLER, Role.HEAD])
        return self.filter(office | Q(role__in=roles))


class Post(models.Model):
    """`department` is the office of the post: a park's for a station officer, none for leader and auditor."""

    user = models.ForeignKey(User, models.CASCADE, related_name="posts")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="posts")
    role = models.CharField(max_length=12, choices=Role)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
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
