import json
import resource
from pathlib import Path
from time import perf_counter

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from routing import corpus, labelled, training
from routing.classification import OUT_OF_SCOPE
from routing.features import Text
from routing.learning import FOLDS, cross_validate
from routing.versions import words_of_topics


class Command(BaseCommand):
    help = (
        "Teach the classifier from seed texts and confirmed appeals, or from a labelled file; promoted only if not "
        "worse on held-out texts. With --folds, or labels that are not our topics: measure only, and print JSON."
    )

    def add_arguments(self, parser):
        parser.add_argument("--from", dest="source", type=Path, metavar="FILE", help="CSV or JSON lines")
        parser.add_argument("--text", metavar="COL", help="default: title and description")
        parser.add_argument("--label", metavar="COL", default="topic")
        parser.add_argument("--folds", type=int, metavar="K")

    def handle(self, *args, source, folds, **options):
        try:
            texts = _read(source, options["text"], options["label"]) if source else None
            if folds or (texts and not _are_ours(texts)):
                self._measure(texts or corpus.seed_texts(), folds or FOLDS)
            else:
                self._train(texts)
        except ValueError as error:
            raise CommandError(str(error)) from error

    def _train(self, texts):
        version = training.train(now=timezone.now(), texts=texts)
        state = "promoted" if version.is_champion else "kept beside the champion, which is better"
        right = version.metrics["held_out_accuracy"]
        self.stdout.write(
            f"Version {version.pk}: {version.metrics['texts']} texts, {right:.4f} right held out; {state}."
        )

    def _measure(self, texts, folds):
        if not 2 <= folds <= len(texts):
            raise CommandError(f"--folds must lie between 2 and the number of texts, {len(texts)}.")
        started = perf_counter()
        measures = cross_validate(texts, folds)
        measures["seconds"] = round(perf_counter() - started, 2)
        measures["peak_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
        self.stdout.write(json.dumps(measures))


def _read(source: Path, text: str | None, label: str) -> list[Text]:
    columns = [text] if text else ["title", "description"]
    return [
        Text("" if text else str(row["title"] or ""), str(row[columns[-1]] or ""), str(row[label] or OUT_OF_SCOPE))
        for row in labelled.read(source, *columns, label)
    ]


def _are_ours(texts: list[Text]) -> bool:
    ours = {OUT_OF_SCOPE, *(topic for _word, topic in words_of_topics())}
    return all(text.topic in ours for text in texts)
