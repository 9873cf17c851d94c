from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from routing import calendar


class Command(BaseCommand):
    help = "Load the State Council's workdays of the named years (国务院办公厅放假通知)."

    def add_arguments(self, parser):
        parser.add_argument("years", nargs="+", type=int, metavar="YEAR")

    def handle(self, *args, years, **options):
        known = calendar.known_years()
        if unknown := [year for year in years if year not in known]:
            raise CommandError(
                f"Not announced, so not loaded: {', '.join(map(str, unknown))}. Known: {known[0]}–{known[-1]}."
            )
        for year in years:
            self.stdout.write(f"{year}: {calendar.load_year(year, now=timezone.now())} days changed")
