"""The adjectives of appeals: which of them, to whom, narrowed by what."""

from django.db.models import Q

from appeals import scope
from appeals.models.parted import PartedQuerySet
from appeals.states import OPEN, Status


class AppealQuerySet(PartedQuerySet):
    def open(self):
        found = self.filter(status__in=OPEN)
        for part in found.parts:
            part.piece = part.piece.open()
        return found

    def overdue(self, now):
        """Past the limit of resolving, with no reply yet and the clock running."""
        return self.filter(scope.overdue(now))

    def late(self, now):
        """Past any limit that is running."""
        return self.open().filter(due_by__lt=now)

    def led_by(self, office):
        return self.filter(lead=office)

    def involving(self, office):
        """What `office` leads or supports."""
        return self.filter(Q(lead=office) | Q(supporting__contains=[office.pk]))

    def besides_complaints_of(self, office):
        return self.exclude(complained_of=office)

    def of_enterprises(self, enterprises):
        return self.filter(enterprise__in=enterprises)

    def visible_to(self, actor, now):
        """What `actor` may open; every page, endpoint, export and count starts here or at `listed_to`."""
        return self.filter(scope.seen_by(actor, now))

    def recorded_to(self, actor, now):
        """Whose record `actor` may read without texts."""
        return self.filter(scope.recorded_to(actor, now))

    def listed_to(self, actor, now):
        """What the lists and counts of `actor` are made of: never more than `visible_to`."""
        return self.split(scope.pieces(actor, now))

    def led_to(self, actor):
        """Of `listed_to` what the offices of `actor` lead."""
        return self.split(scope.led_by(actor))

    def supported_to(self, actor):
        """Of `listed_to` what they support."""
        return self.split(scope.supported_by(actor))

    def formerly_of(self, actor):
        """Led once by an office of `actor`, who sees them no more and keeps a stub."""
        return self.filter(scope.stubs_of(actor))

    def meeting(self, condition):
        """Of a saved view (`appeals.queues`) or a measure (`appeals.measured`)."""
        return self.filter(condition)

    def numbered(self, *numbers):
        return self.filter(number__in=numbers)

    def among(self, pks):
        return self.filter(pk__in=pks)

    def known_as(self, numbers, external_numbers):
        """By our number, or by that of another system, whoever filed it."""
        return self.filter(Q(number__in=numbers) | Q(external_number__in=external_numbers))

    def taken_numbers(self, numbers) -> set[str]:
        return set(self.filter(number__in=list(numbers)).values_list("number", flat=True))

    def narrowed(self, filters):
        """By what somebody chose: `appeals.listing.Filters`."""
        return self.filter(filters.condition)

    def counted(self, filters):
        """The same rows, where they are only counted."""
        return self.filter(filters.counted)

    def besides(self, case):
        return self.exclude(pk=case.pk)

    def with_rows(self):
        """What a line of a list shows, fetched in one query."""
        return self.select_related("enterprise", "topic", "lead", "handler", "district")

    def with_all_rows(self):
        """What the API says of an appeal, the same."""
        return self.with_rows().select_related("park", "industry", "complained_of")

    def urgent(self):
        return self.filter(urgent=True)

    def as_texts(self):
        """Without what is dear to read: decrypted columns and JSON."""
        return self.defer("contact_name", "contact_phone", "candidates", "reply_text", "rating_comment")

    def in_triage(self):
        return self.filter(status=Status.TRIAGE)

    def filed_by(self, user_id):
        return self.filter(filed_by=user_id)

    def filed_since(self, moment):
        return self.filter(filed_at__gte=moment)

    def numbers_of(self, ids) -> dict[int, str]:
        return dict(self.filter(pk__in=ids).values_list("pk", "number"))

    def still_together(self):
        """Neither merged, withdrawn nor declined: what another appeal may be merged into."""
        return self.exclude(status__in=[Status.MERGED, Status.WITHDRAWN, Status.DECLINED])

    def about(self, topic, filed_since):
        return self.filter(topic=topic, filed_at__gte=filed_since)

    def leading(self):
        """Not attached to a mass incident itself."""
        return self.filter(parent=None)

    def linked_with(self, case):
        """The appeals that `case` points to, and those that point to it."""
        own = [pk for pk in (case.merged_into_id, case.parent_id, case.split_from_id, case.follows_id) if pk]
        return self.filter(
            Q(pk__in=own) | Q(merged_into=case) | Q(parent=case) | Q(split_from=case) | Q(follows=case)
        ).order_by("pk")

    def attached_to(self, case):
        """The other appeals of a mass incident that `case` leads, in the order in which they lock."""
        return self.open().filter(parent=case).order_by("pk")

    def lock(self, pks) -> None:
        """Until the transaction ends, each in its turn."""
        list(self.among(pks).order_by("pk").select_for_update(no_key=True).values_list("pk"))

    def split_off(self, case):
        return self.filter(split_from=case)

    def owned(self, user_ids):
        """Cases that a leader has taken over (包案)."""
        return self.open().filter(owner__in=user_ids)
