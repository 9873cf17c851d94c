import locale
import sys

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone, translation

from config import doctor


class Command(BaseCommand):
    help = "Examine the house: database, broker, worker, clock, files, mail, calendar, rules; exit 1 with what to do."
    requires_system_checks = ()

    def handle(self, *args, **options):
        with translation.override(_language()):
            wrong = sum(self._say(finding) for finding in doctor.examine(timezone.now()))
        if wrong:
            sys.exit(1)

    def _say(self, finding) -> bool:
        style = self.style.ERROR if finding.advice else self.style.SUCCESS
        self.stdout.write(f"{style('✗' if finding.advice else '✓')} {finding.name}: {finding.found}")
        if finding.advice:
            self.stdout.write(f"    → {finding.advice}")
        return bool(finding.advice)


def _language() -> str:
    """That of the terminal, where the house speaks it."""
    try:
        # As it stands: Python's own reading of a locale takes C.UTF-8 for American.
        named = locale.setlocale(locale.LC_MESSAGES, "")
    except locale.Error:  # one that is not installed
        return settings.LANGUAGE_CODE
    return "en" if named.partition("_")[0] == "en" else settings.LANGUAGE_CODE
