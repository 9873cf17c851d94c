"""The classifier in force: read from its row once for each change of the champion."""

from functools import lru_cache

import numpy as np
from django.utils import timezone

from chains.models import Topic
from routing.classification import Model
from routing.models import ModelVersion


def champion() -> tuple[int | None, Model]:
    """The promoted version and its model; before the first training None and what the aliases alone teach."""
    version = ModelVersion.objects.champion_pk()
    if version is None:
        return None, _from_words(tuple(words_of_topics()))
    return version, _loaded(version)


def words_of_topics() -> list[tuple[str, str]]:
    """Names and aliases of today's topics, each with the topic's code."""
    topics = Topic.objects.valid(timezone.localdate()).values_list("pk", "name", "aliases")
    return [(word, code) for code, name, aliases in topics for word in (name, *aliases)]


# Two, so that a request that began under the former champion does not load it again.
@lru_cache(maxsize=2)
def _loaded(version: int) -> Model:
    return Model.from_bytes(bytes(ModelVersion.objects.get(pk=version).blob))


NOTHING = Model((), (), np.zeros(0), np.zeros((0, 0)), np.zeros(0))  # no topics: every appeal is for a person


@lru_cache(maxsize=1)
def _from_words(words: tuple[tuple[str, str], ...]) -> Model:
    from routing.learning import learn  # SciPy is slow to load, and needed in a web process only before any training

    return learn([], words).model if len({code for _word, code in words}) > 1 else NOTHING
