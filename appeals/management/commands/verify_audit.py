import time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from appeals import auditing


class Command(BaseCommand):
    help = "Walk the chains of all appeals and of the audit; exit 1 and the first entry that does not hold."

    def add_arguments(self, parser):
        parser.add_argument(
            "--known", metavar="SEQ:HASH", type=_known, help="a line of the audit as it was noted elsewhere before"
        )

    def handle(self, *args, known, **options):
        began = time.monotonic()
        found = auditing.verify_on_record(by=None, at=timezone.now(), known=known)
        seconds = time.monotonic() - began
        if not found.holds:
            raise CommandError(f"{found.where}: {found.fault.label}")
        self.stdout.write(
            f"{found.events} events of {found.appeals} appeals ({found.anchored} anchored) and {found.lines} lines"
            f" of the audit hold; {seconds:.1f} s, {found.events / seconds:.0f} events a second"
        )
        self.stdout.write(f"head of the audit: {found.lines}:{found.head}")


def _known(text):
    seq, _colon, seal = text.partition(":")
    return int(seq), seal
