from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from appeals import reorganisation
from appeals.states import Refused
from chains.models import Department


class Command(BaseCommand):
    help = (
        "An office is reorganised: NEW takes over from OLD. From that day NEW has the duties of OLD, which ends; "
        "the open appeals that OLD leads or supports pass to NEW with one event each, their clocks unchanged, the "
        "handler kept who has a post at NEW (else its head goes on; what is not signed yet waits for whoever signs). "
        "Appeals that complain of NEW stay and are listed, as are those where NEW first has to answer a support. "
        "With a day to come only the duties are written: run it again on that day. Re-runnable. OLD and NEW by code, "
        "name or short name. Take OLD out of the sheets before the next load_taxonomy, or it begins again."
    )

    def add_arguments(self, parser):
        parser.add_argument("old", metavar="OLD")
        parser.add_argument("new", metavar="NEW")
        parser.add_argument("--from", dest="on", type=date.fromisoformat, metavar="DATE", help="default: today")

    def handle(self, *args, old, new, on, **options):
        now = timezone.now()
        try:
            moved = reorganisation.move_office(_office(old), _office(new), on=on or timezone.localdate(now), at=now)
        except Refused as refused:
            raise CommandError(f"Nothing was changed.\n{refused.reason}") from refused
        self.stdout.write(f"duties: {moved.duties} passed on")
        if moved.waits:
            self.stdout.write(f"appeals: wait until {on}; run this again on that day")
            return
        self.stdout.write(f"appeals: {moved.led} led, {moved.supported} supported passed on, {len(moved.left)} left")
        if moved.left:
            self.stdout.write(f"  left (they complain of NEW, or NEW owes a support): {', '.join(moved.left)}")


def _office(word: str) -> Department:
    found = Department.objects.named(word).first()
    if found is None:
        raise CommandError(f"There is no office “{word}”.")
    return found
