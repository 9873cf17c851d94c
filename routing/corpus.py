"""What there is to learn from: texts and words written for a start, aliases, and what persons decided."""

import csv
import json
from pathlib import Path

from routing.classification import OUT_OF_SCOPE
from routing.features import Text
from routing.models import Label

_DATA = Path(__file__).parent / "data"


def seed_texts() -> list[Text]:
    """Texts written for a start, when no appeal has been decided yet."""
    sheets = sorted((_DATA / "seed").glob("*.jsonl"))
    rows = [json.loads(line) for sheet in sheets for line in sheet.read_text("utf-8").splitlines() if line]
    return [Text(row["title"], row["description"], row["topic"] or OUT_OF_SCOPE) for row in rows]


def seed_words() -> list[tuple[str, str]]:
    """Words and turns of phrase, each with the code of the topic it speaks for."""
    with (_DATA / "words.csv").open(encoding="utf-8", newline="") as sheet:
        return [
            (word, row["topic"] or OUT_OF_SCOPE) for row in csv.DictReader(sheet) for word in row["words"].split("|")
        ]


def confirmed_texts() -> list[Text]:
    """What persons decided."""
    rows = Label.objects.values_list("title", "description", "topic")
    return [Text(title, description, topic or OUT_OF_SCOPE) for title, description, topic in rows]
