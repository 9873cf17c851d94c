"""Teaching the classifier: seed texts and what persons decided, learned, compared with the champion, promoted."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from routing.classification import FORM, OUT_OF_SCOPE, Classification, Model, answer, predict_many
from routing.corpus import confirmed_texts, seed_texts, seed_words
from routing.features import Text
from routing.learning import Taught, learn
from routing.models import ModelVersion
from routing.versions import words_of_topics


def train(*, now: datetime, texts: Iterable[Text] | None = None) -> ModelVersion:
    """Learn from `texts`, or from everything there is; texts of ended topics are left out.

    Promoted unless more held-out texts go wrong than under the champion.
    """
    aliases = words_of_topics()
    topics = {OUT_OF_SCOPE, *(topic for _word, topic in aliases)}
    texts = [*seed_texts(), *confirmed_texts()] if texts is None else texts
    texts = [text for text in dict.fromkeys(texts) if text.topic in topics]
    taught = learn(texts, [*aliases, *(hint for hint in seed_words() if hint[1] in topics)])
    held_out = _verdicts(texts, taught)
    version = ModelVersion(
        blob=taught.model.to_bytes(),
        form=FORM,
        metrics={"texts": len(texts), "held_out_accuracy": sum(held_out.values()) / max(1, len(texts))},
        held_out=held_out,
        corpus=sha256("".join(held_out).encode()).hexdigest(),
        created_at=now,
    )
    with transaction.atomic():
        champion = ModelVersion.objects.champion().select_for_update().first()
        version.save()
        if champion is None or sum(held_out.values()) >= _right(champion, texts):
            promote(version, now=now)
    return version


def _verdicts(texts: list[Text], taught: Taught) -> dict[str, bool]:
    answers = [answer(taught.model, probable) for probable in taught.held_out]
    return {_digest(text): _is_right(text, found) for text, found in zip(texts, answers, strict=True)}


def _right(champion: ModelVersion, texts: Iterable[Text]) -> int:
    """How many of `texts` the champion gets right: those it learned from by its held-out answers, others asked now."""
    known = champion.held_out
    new = [text for text in texts if _digest(text) not in known]
    model = Model.from_bytes(bytes(champion.blob))
    answers = predict_many(model, [(text.title, text.description) for text in new])
    right = sum(_is_right(text, found) for text, found in zip(new, answers, strict=True))
    return right + sum(known.get(_digest(text), False) for text in texts)


def _is_right(text: Text, found: Classification) -> bool:
    return (found.topic or OUT_OF_SCOPE) == text.topic


def _digest(text: Text) -> str:
    return sha256("\n".join((text.topic, text.title, text.description)).encode()).hexdigest()[:12]


@transaction.atomic
def promote(version: ModelVersion, *, now: datetime) -> None:
    """Make `version` the one champion; web processes take it up with their next appeal."""
    ModelVersion.objects.exclude(pk=version.pk).filter(is_champion=True).update(is_champion=False)
    version.is_champion, version.promoted_at = True, now
    version.save(update_fields=["is_champion", "promoted_at"])
