"""The README says what is true: its commands, its picture, its lists."""

import re
from pathlib import Path

import pytest

from appeals.diagram import mermaid

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    "command",
    [
        "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python manage.py demo",
        "python3 -m venv .venv && .venv/bin/pip install -r tests/requirements.txt && .venv/bin/pytest",
    ],
)
def test_the_two_commands_stand_at_the_top(command):
    assert f"\n```\n{command}\n```\n" in README[:1200]


def test_the_picture_of_an_appeals_life_is_the_table_of_moves():
    drawn = re.search(r"```mermaid\n(.*?)\n```", README, re.DOTALL).group(1)
    assert drawn == mermaid()


@pytest.mark.parametrize("file", ["requirements.txt", "tests/requirements.txt"])
def test_every_dependency_is_pinned_and_explained(file):
    lines = [line for line in (ROOT / file).read_text().splitlines() if line and line[0] not in "#-"]
    explained = README.split("## Dependencies")[1].split("## ")[0]
    names = {name for row in re.findall(r"^\| (.+?) \|", explained, re.MULTILINE) for name in row.split(", ")}
    assert all(re.fullmatch(r"[\w.\[\]-]+==[\w.]+", line) for line in lines)
    assert {line.split("==")[0] for line in lines} <= names


def test_every_command_is_listed():
    listed = README.split("## Commands")[1].split("## ")[0]
    commands = {file.stem for file in ROOT.glob("*/management/commands/[a-z]*.py")}
    assert set(re.findall(r"`([a-z]+_?[a-z]+)[ `]", listed)) == commands


def test_every_variable_of_the_environment_is_listed():
    read = set(re.findall(r"""env(?:\.\w+)?\(\s*"(\w+)\"""", (ROOT / "config" / "settings.py").read_text()))
    assert read <= set(re.findall(r"`([A-Z_]+)`", README.split("## Environment")[1].split("## ")[0]))


def test_the_known_accounts_are_listed():
    from config.demo.accounts import KNOWN_MEMBERS, KNOWN_STAFF

    for username, *_rest in (*KNOWN_STAFF, *KNOWN_MEMBERS):
        assert f"`{username}`" in README
