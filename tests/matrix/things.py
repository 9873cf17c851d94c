"""Single things of somebody's, made when first asked for: a draft, an export, a notice, a membership, leave."""

from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from appeals import bulk, invitations
from appeals.models import Appeal, Draft, ExportJob, Invitation, Membership, SavedView
from chains.models import Absence
from routing.models import Notice
from tests.factory import actor


class Things:
    """`of(kind)`: the last part of its address. What is `spent` by being used is made again."""

    def __init__(self, town):
        self.town = town

    def of(self, kind: str) -> str:
        return str(getattr(self, f"_{kind}")())

    def _membership(self, key):
        return Membership.objects.get(user=self.town.users[key]).pk

    def _asked(self):
        return self._membership("asked_a")

    def _member(self):
        return self._membership("member_a")

    def _link(self):
        return invitations.invite(self.town.enterprises["a"], by=actor(self.town.users["owner_a"]))

    def _invitation(self):
        self._link()
        return Invitation.objects.latest("pk").pk

    def _draft(self):
        mine = {"user": self.town.users["handler"], "appeal": self.town.cases["own"], "verb": "reply", "field": "text"}
        return Draft.objects.get_or_create(**mine, defaults={"text": "写了一半", "saved_at": timezone.now()})[0].pk

    def _view(self):
        mine = {"owner": self.town.users["handler"], "page": "office", "name": "我的视图"}
        return SavedView.objects.get_or_create(**mine, defaults={"query": "", "position": 1})[0].pk

    def _bulk(self):
        now, by = timezone.now(), actor(self.town.users["handler"])
        rows = Appeal.objects.listed_to(by, now).order_by("pk")
        return bulk.prepare("note", rows, by=by, at=now, back="/office/").pk

    def _export(self):
        now = timezone.now()
        file = default_storage.save("exports/matrix.xlsx", ContentFile(b"xlsx"))
        return ExportJob.objects.create(
            owner=self.town.users["handler"],
            what="every",
            state=ExportJob.State.DONE,
            asked_at=now,
            touched_at=now,
            finished_at=now,
            expires_at=now + timedelta(days=1),
            file=file,
        ).pk

    def _notice(self):
        return Notice.objects.inbox_of(self.town.users["handler"]).first().pk

    def _absence(self):
        return Absence.objects.get(deputy=self.town.users["deputy"]).pk
