"""Writes the matrix where a director reads it: python -m tests.matrix."""

import os

import django
from django.utils import translation


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tests.matrix import printing

    with translation.override("en"):
        printing.FILE.write_text(printing.text(), encoding="utf-8")
    print(printing.FILE)  # noqa: T201 -- where it is


if __name__ == "__main__":
    main()
