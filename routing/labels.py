"""What persons decided appeals to be about: the classifier learns from it (product.md §4)."""

from datetime import datetime

from chains.models import Topic
from routing.models import Label

# Declined because it is nobody's matter here, not because it was answered before.
OUT_OF_SCOPE = frozenset({"litigation", "arbitration", "petition", "reconsideration", "discipline", "beyond_duty"})


def note(
    number: str, title: str, description: str, topic: Topic | None, *, source: str, author: int | None, at: datetime
) -> None:
    """A person decided by the verb `source` that appeal `number` is about `topic`; None: out of scope."""
    Label.objects.bulk_create(
        [
            Label(
                number=number,
                title=title,
                description=description,
                topic=topic,
                source=source,
                author_id=author,
                at=at,
            )
        ],
        update_conflicts=True,
        unique_fields=["number"],
        update_fields=["title", "description", "topic", "source", "author", "at"],
    )
