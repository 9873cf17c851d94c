import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from routing import labelled
from routing.classification import OUT_OF_SCOPE
from routing.evaluation import Example, evaluate
from routing.versions import champion


class Command(BaseCommand):
    help = "Measure the champion on a JSONL or CSV file with title, description and topic (empty: out of scope)."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args, file, **options):
        try:
            examples = [_example(row) for row in labelled.read(file, "title", "description", "topic")]
        except labelled.BadFile as error:
            raise CommandError(str(error)) from error
        if not examples:
            raise CommandError(f"{file} holds no texts.")
        version, model = champion()
        measures = {"version": version, **evaluate(model, examples)}
        if options["format"] == "json":
            self.stdout.write(json.dumps(measures, ensure_ascii=False, indent=1))
        else:
            self._show(measures)

    def _show(self, measures):
        for name, value in measures.items():
            if not isinstance(value, dict):
                self.stdout.write(f"{name:28} {'–' if value is None else value}")
                continue
            self.stdout.write(f"{name}:")
            for key, parts in value.items():
                self.stdout.write(f"  {key:14} " + "  ".join(f"{part} {number}" for part, number in parts.items()))


def _example(row) -> Example:
    urgent = row.get("urgent")
    if isinstance(urgent, str):
        urgent = {"true": True, "false": False}.get(urgent.lower())
    return Example(
        str(row["title"] or ""),
        str(row["description"] or ""),
        str(row["topic"] or OUT_OF_SCOPE),
        kind=str(row.get("kind") or ""),
        urgent=urgent,
    )
