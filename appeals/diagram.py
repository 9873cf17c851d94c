"""The life of an appeal as a picture (mermaid), drawn from the table of moves. Decides only."""

from collections.abc import Iterator

from appeals.states import OPEN, Status
from appeals.table import TABLE, Move


def mermaid() -> str:
    """A state diagram: an arrow for each pair of statuses, with the verbs that lead along it."""
    verbs: dict[tuple[str, str], list[str]] = {}
    reached = {str(Status.TRIAGE)} | {str(target) for move in TABLE for target in move.to}
    for move in TABLE:
        for source, target in _arrows(move):
            if source in reached:
                verbs.setdefault((source, target), []).append(move.verb)
    lines = ["stateDiagram-v2", "    [*] --> triage: file", "    [*] --> dispatched: file, where the machine is sure"]
    lines += [f"    {source} --> {target}: {', '.join(names)}" for (source, target), names in verbs.items()]
    lines += [f"    {status} --> [*]" for status in Status if status in reached and status not in OPEN]
    return "\n".join(lines)


def _arrows(move: Move) -> Iterator[tuple[str, str]]:
    for source in move.sources:
        # A step that may also be taken at its end leaves that as it is: a late rating does not start a redo.
        if source not in move.to:
            yield from ((str(source), str(target)) for target in move.to)
