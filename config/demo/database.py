"""Whose the database is and how far the demo has come with it: said in the comment on its schema, and gone with it."""

from enum import StrEnum

from django.db import connection


class State(StrEnum):
    EMPTY = "empty"  # nobody has an account in it
    FILING = "filing"  # the demo was stopped before its samples were in
    READY = "ready"
    FOREIGN = "foreign"  # somebody else works with it


_MARK = "qiying demo: "


def state() -> State:
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regnamespace('public'))")
        said = cursor.fetchone()[0] or ""
        if said.startswith(_MARK):
            return State(said.removeprefix(_MARK))
        cursor.execute("SELECT to_regclass('public.chains_user') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return State.EMPTY
        cursor.execute("SELECT EXISTS (SELECT 1 FROM chains_user)")
        return State.FOREIGN if cursor.fetchone()[0] else State.EMPTY


def mark(state: State) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON SCHEMA public IS '{_MARK}{state}'")


def clear() -> None:
    """Drop every table; the caller knows that they are the demo's."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def hurry() -> None:
    """Do not wait for the disk after each of thousands of sample steps; after a crash they are filed anew anyway."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
