"""A link that lets one person speak for an enterprise (邀请): only the digest of its token is kept."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from appeals.models.enterprise import Enterprise, Membership


class InvitationQuerySet(models.QuerySet):
    def open(self, now):
        """Neither used nor taken back nor too old, and from somebody who is still the owner."""
        return self.filter(
            used_at=None,
            revoked_at=None,
            expires_at__gt=now,
            enterprise__memberships__user=F("invited_by"),
            enterprise__memberships__role=Membership.Role.OWNER,
            enterprise__memberships__state=Membership.State.CONFIRMED,
        )

    def tokened(self, digest):
        return self.filter(digest=digest)

    def of_owner(self, actor):
        return self.filter(enterprise__in=actor.owned)


class Invitation(models.Model):
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(name="invitation_ends_after_it_begins", condition=Q(expires_at__gt=F("created_at"))),
            models.CheckConstraint(
                name="invitation_is_used_or_taken_back", condition=Q(used_at=None) | Q(revoked_at=None)
            ),
        ]

    def __str__(self):
        return f"{self.enterprise} {self.created_at:%Y-%m-%d}"
