"""Searching appeals by words (检索): rare words through the index of pairs, common ones along the list itself.

Either way the texts have the last word, so that nothing is found that does not hold every word. Half a percent of the
appeals hold a word: then fifty of them stand among the newest ten thousand, and a walk finds them sooner than a sort.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Exists, Q, QuerySet
from django.utils.translation import gettext as _

from appeals.models import Appeal, Enterprise, Findable
from appeals.pairs import FEWEST_SIGNS, common_pairs, pairs_of, words_of
from appeals.privacy import knows_enterprise
from appeals.states import Actor

FEW = 2_000  # so many rows are fetched and sorted faster than a walk is sure to find a page
_NUMBER = re.compile(r"(?:qy)?(20\d{4,13})|qy\d*")
_BATCH = 2_000


@dataclass(frozen=True)
class Search:
    """Words asked for: `exact` says what holds them, read text by text; the others get there sooner."""

    exact: Q
    pairs: Sequence[int] = ()

    @cached_property
    def _are_few(self) -> bool:
        if len(self.pairs) == 1 and Findable.objects.guessed_with(self.pairs[0]) > 2 * FEW:
            return False  # counting them would take longer than the page
        return self._candidates[: FEW + 1].count() <= FEW

    @property
    def _candidates(self):
        return Findable.objects.having(self.pairs)

    @property
    def found(self) -> Q:
        """Picks the rows of a page, in the order of a list."""
        return self.counted if self.pairs and self._are_few else self.exact

    @property
    def counted(self) -> Q:
        """Picks the same rows where they are only counted."""
        return Q(pk__in=self._candidates.values("appeal")) & self.exact if self.pairs else self.exact


def search(text: str, *, by: Actor) -> Search:
    """What holds every word of `text`, as far as `by` may know it; ValueError where a word is too short."""
    words = words_of(text)
    numbers = [word for word in words if _NUMBER.fullmatch(word)]
    spoken = [word for word in words if word not in numbers]
    if any(len(word) < FEWEST_SIGNS for word in spoken):
        raise ValueError(_("Give words of at least two characters."))
    exact = Q()
    for number in numbers:
        exact &= Q(number__startswith=f"QY{number.removeprefix('qy')}")
    return Search(exact & _holding(spoken, knows_enterprise(by)), common_pairs(spoken))


def _holding(words: Sequence[str], may_know: Q) -> Q:
    holding = Q()
    for word in words:
        # Only letters are large or small; without them the database compares bytes.
        how = "contains" if word.upper() == word.lower() else "icontains"
        # A subquery, for most rows need no look at the enterprise: their texts hold the word.
        named = Q(Exists(Enterprise.objects.of_the_case_named(how, word))) & may_know
        holding &= Q(**{f"title__{how}": word}) | Q(**{f"description__{how}": word}) | named
    return holding


def index(case: Appeal, enterprise: Enterprise) -> None:
    """Make `case` findable, in the transaction that wrote it."""
    index_all([(case, enterprise.name)])


def index_all(named: Iterable[tuple[Appeal, str]]) -> None:
    """The same for many, each with the name of its enterprise; anew where one stands there already."""
    Findable.objects.bulk_create(
        [Findable(appeal_id=case.pk, pairs=pairs_of(case.title, case.description, name)) for case, name in named],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["appeal"],
        update_fields=["pairs"],
    )


def index_anew(cases: QuerySet) -> None:
    """What `cases` say, or the names of their enterprises, has changed."""
    rows = cases.only("title", "description", "enterprise__name").select_related("enterprise")
    index_all((case, case.enterprise.name) for case in rows.iterator(_BATCH))
