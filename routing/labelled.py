"""Labelled texts from files of others: JSON lines or CSV."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path


class BadFile(ValueError):
    """What is wrong with the file, for the person at the keyboard."""


def read(path: Path, *needed: str) -> Iterator[dict]:
    """The rows of a .jsonl or .csv file as dicts; raises BadFile where it is neither, or lacks a `needed` column."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path}: {error}") from error
    rows = _from_csv(text) if path.suffix.lower() == ".csv" else _from_lines(text)
    for number, row in rows:
        if missing := [column for column in needed if column not in row]:
            raise BadFile(f"{path} line {number} lacks: {', '.join(missing)}")
        yield row


def _from_csv(text: str) -> Iterator[tuple[int, dict]]:
    reader = csv.DictReader(text.splitlines(keepends=True))
    for row in reader:
        yield reader.line_num, {column: value or "" for column, value in row.items() if column}


def _from_lines(text: str) -> Iterator[tuple[int, dict]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadFile(f"line {number} is not JSON: {error}") from error
        if not isinstance(row, dict):
            raise BadFile(f"line {number} is not a JSON object")
        yield number, row
