"""Texts in bulk: titles and sentences of the seed texts, recombined within their topic. Decides only."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from routing.features import Text

_LONGEST_TITLE = 80
_SIGNS = (
    "安柏昌辰达东帆丰港古广海和恒弘华佳江锦晋景康科蓝力联林龙茂明南"
    "宁鹏启前清瑞润山盛石顺泰天通万威西祥信星旭岩扬益永宇远云泽展正中"
)


@dataclass(frozen=True)
class Phrases:
    """What was said about each topic: whole titles, and the sentences of the descriptions."""

    titles: Mapping[str, Sequence[str]]
    sentences: Mapping[str, Sequence[str]]
    every: Sequence[str]

    @classmethod
    def of(cls, texts: Iterable[Text], topics: Iterable[str]) -> "Phrases":
        titles, sentences, wanted = defaultdict(list), defaultdict(list), set(topics)
        for text in texts:
            if text.topic in wanted:
                titles[text.topic].append(text.title[:_LONGEST_TITLE])
                sentences[text.topic] += [part for part in re.split(r"(?<=[。？！])", text.description) if part]
        return cls(dict(titles), dict(sentences), [part for parts in sentences.values() for part in parts])


def compose(topic: str, name: str, phrases: Phrases, rng: Random) -> tuple[str, str]:
    """A title and a description about `topic` as the enterprise `name` might put them; numbers and places are new."""
    pool = phrases.sentences[topic]
    parts = [pool[int(rng.random() * len(pool))] for _ in range(2 + int(rng.random() * 3))]
    if rng.random() < 0.2:
        parts.append(phrases.every[int(rng.random() * len(phrases.every))])
    titles = phrases.titles[topic]
    title = titles[int(rng.random() * len(titles))]
    opening = f"我们是{name}，厂址在{invented(rng)}路{int(rng.random() * 400) + 1}号。" if rng.random() < 0.4 else ""
    return _renumbered(title, rng), opening + _renumbered("".join(dict.fromkeys(parts)), rng)


def _renumbered(text: str, rng: Random) -> str:
    return re.sub(r"\d{2,}", lambda found: str(int(rng.random() * 9 * 10 ** (len(found[0]) - 1)) + 1), text)


def invented(rng: Random) -> str:
    """A name of two signs that nobody has thought of."""
    return _SIGNS[int(rng.random() * len(_SIGNS))] + _SIGNS[int(rng.random() * len(_SIGNS))]
