"""Enterprises of the register and the people who speak for them."""

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q
from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as InvalidNumber

from chains.taxonomy import Role


class EnterpriseQuerySet(models.QuerySet):
    def of_actor(self, actor):
        """Those that `actor` speaks for."""
        return self.filter(pk__in=actor.enterprises)

    def owned_by(self, actor):
        return self.filter(pk__in=actor.owned)

    def registered_as(self, credit_code):
        return self.filter(credit_code=credit_code)

    def called(self, names):
        return self.filter(name__in=names)

    def of_the_case_named(self, how, word):
        """That of the appeal around the subquery, if its name holds `word`; `how`: contains, icontains."""
        return self.filter(pk=OuterRef("enterprise"), **{f"name__{how}": word})

    def with_place(self):
        """With what an appeal takes over from its enterprise, in one query."""
        return self.select_related("district", "park", "industry")


class Enterprise(models.Model):
    class Size(models.TextChoices):
        LARGE = "large", _("Large")
        MEDIUM = "medium", _("Medium")
        SMALL = "small", _("Small")
        MICRO = "micro", _("Micro")

    credit_code = models.CharField(_("credit code"), max_length=18, unique=True)  # 统一社会信用代码, GB 32100-2015
    name = models.CharField(_("name"), max_length=100)
    district = models.ForeignKey("chains.District", models.PROTECT, related_name="+", verbose_name=_("district"))
    park = models.ForeignKey(
        "chains.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("park")
    )
    industry = models.ForeignKey(
        "chains.Industry", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("industry")
    )
    size = models.CharField(_("size"), max_length=6, choices=Size, blank=True)

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name, verbose_name_plural = _("enterprise"), _("enterprises")
        constraints = [
            models.CheckConstraint(
                name="credit_code_has_eighteen_characters",
                condition=Q(credit_code__regex=r"^[0-9A-HJ-NP-RTUW-Y]{18}$"),
            )
        ]

    def __str__(self):
        return self.name


def checked_credit_code(text: str) -> str:
    """The code in its one form (capitals, no spaces); ValueError where length, characters or check digit are wrong."""
    try:
        return uscc.validate(text)
    except InvalidNumber as wrong:
        raise ValueError(str(wrong)) from wrong


class MembershipQuerySet(models.QuerySet):
    def confirmed(self):
        return self.filter(state=Membership.State.CONFIRMED)

    def seen_by(self, actor):
        """One's own, those of enterprises one owns, and for the centre every request that waits."""
        seen = Q(user=actor.user_id) | Q(enterprise__in=actor.owned)
        if actor.roles & {Role.TRIAGE, Role.DIRECTOR}:
            seen |= Q(state=Membership.State.PENDING)
        return self.filter(seen)

    def owners(self):
        return self.confirmed().filter(role=Membership.Role.OWNER)


class Membership(models.Model):
    """A person speaks for an enterprise once confirmed: by its owner, else by the centre."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")  # 法人
        MEMBER = "member", _("Member")  # 经办人

    class State(models.TextChoices):
        PENDING = "pending", _("Awaiting confirmation")
        CONFIRMED = "confirmed", _("Confirmed")
        REFUSED = "refused", _("Refused")

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="memberships", verbose_name=_("enterprise"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=6, choices=Role, default=Role.MEMBER)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.PENDING)
    asked_at = models.DateTimeField(_("asked at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["enterprise", "asked_at"]
        verbose_name, verbose_name_plural = _("membership"), _("members")
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "user"], name="person_joins_an_enterprise_once"),
            models.CheckConstraint(
                name="decided_membership_says_when",
                condition=Q(state="pending") | Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.user} · {self.enterprise}"
