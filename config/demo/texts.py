"""The texts of the samples, written for the demo. Decides only."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Text:
    topic: str
    title: str
    description: str
    reply: str = ""
    industries: tuple[str, ...] = ()
    ground: str = ""  # why it is declined; then `reply` is the explanation
    complained_of: str = ""

    def filled(self, rng: Random, place: str) -> "Text":
        """With its numbers drawn; the same range is the same number throughout one text."""
        drawn: dict[str, str] = {}

        def number(found: re.Match) -> str:
            low, high = map(int, found.group(1, 2))
            return drawn.setdefault(found.group(), str(rng.randint(low, high)))

        words = (
            re.sub(r"\{(\d+)-(\d+)\}", number, words.replace("{place}", place))
            for words in (self.title, self.description, self.reply)
        )
        return Text(self.topic, *words, self.industries, self.ground, self.complained_of)


def read_texts() -> list[Text]:
    lines = (FOLDER / "texts.jsonl").read_text("utf-8").splitlines()
    return [Text(**{**row, "industries": tuple(row.get("industries", ()))}) for row in map(json.loads, lines)]


def read_declined() -> list[Text]:
    lines = (FOLDER / "declined.jsonl").read_text("utf-8").splitlines()
    rows = map(json.loads, lines)
    return [
        Text(row.get("topic", ""), row["title"], row["description"], row["explanation"], ground=row["ground"])
        for row in rows
    ]
