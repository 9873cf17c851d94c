"""Who may do what when (product.md §2, §3), without a database: every verb × every status × every part."""

import pytest

from appeals.states import Actor, Part, Status, Why, parts_of, reads_as_staff
from appeals.table import MOVES, TABLE, check_move, possible_moves
from chains.taxonomy import Role
from tests.appeals.cases import (
    ACTORS,
    LEAVE_THE_VERSION,
    NOW,
    RULES,
    STRANGERS,
    case_of,
    is_barred,
    prepared,
    refusal,
    roles,
)


def test_the_table_has_the_verbs_of_the_rules_and_no_others():
    assert {move.verb for move in TABLE} == set(RULES)


@pytest.mark.parametrize("verb", RULES)
def test_a_verb_leads_where_the_rules_say(verb):
    sources, targets, who = RULES[verb]
    move = MOVES[verb]
    assert {str(status) for status in move.sources} == set(sources.split())
    assert {str(status) for status in move.to} == set(targets.split())
    assert {str(part) for part in move.who} == set(who.split())


@pytest.mark.parametrize("verb", RULES)
@pytest.mark.parametrize("status", Status)
def test_every_part_may_what_the_rules_say_and_nothing_else(verb, status):
    sources, _targets, who = RULES[verb]
    for part, actor in ACTORS.items():
        expected = None if status in sources.split() else Why.CONFLICT
        if part not in who.split() or is_barred(verb, status, part):
            expected = Why.FORBIDDEN  # who comes before when
        assert refusal(verb, prepared(verb, status, part), actor) == expected, part


@pytest.mark.parametrize("verb", RULES)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_strangers_may_nothing(verb, stranger):
    assert refusal(verb, prepared(verb, Status.SIGNED), stranger) == Why.FORBIDDEN


@pytest.mark.parametrize("verb", RULES)
def test_an_older_version_is_refused_after_who_and_when(verb):
    part = MOVES[verb].who[0]
    source = next(status for status in MOVES[verb].sources if not is_barred(verb, status, part))
    right = ACTORS[part]
    elsewhere = next((status for status in Status if status not in MOVES[verb].sources), None)
    assert refusal(verb, prepared(verb, source, part), right, version=3) is None
    assert refusal(verb, prepared(verb, source, part), right, version=2) == Why.STALE
    assert refusal(verb, prepared(verb, source, part), STRANGERS[0], version=2) == Why.FORBIDDEN
    if elsewhere:
        assert refusal(verb, prepared(verb, elsewhere, part), right, version=2) == Why.CONFLICT


@pytest.mark.parametrize("verb", RULES)
def test_the_version_rises_but_for_what_changes_nothing(verb):
    assert MOVES[verb].counts is (verb not in LEAVE_THE_VERSION)


def test_only_the_head_assigns_also_where_one_person_is_both():
    both = Actor(40, roles=roles(Role.HEAD, Role.HANDLER), handles=frozenset({"OFFICE"}), heads=frozenset({"OFFICE"}))
    assert check_move("assign", case_of(), both, at=NOW) == Part.HEAD
    assert check_move("sign", case_of(Status.DISPATCHED), both, at=NOW) == Part.HANDLER


def test_a_person_may_have_several_parts_and_a_stranger_has_none():
    busy = Actor(41, roles=roles(Role.TRIAGE, Role.HANDLER), handles=frozenset({"OFFICE"}), enterprises=frozenset({1}))
    assert parts_of(busy, case_of()) == [Part.MEMBER, Part.HANDLER, Part.TRIAGE]
    assert all(parts_of(stranger, case_of()) == [] for stranger in STRANGERS)


@pytest.mark.parametrize("part", Part)
def test_only_the_enterprise_and_other_systems_do_not_read_as_staff(part):
    assert reads_as_staff(ACTORS[part], case_of()) is (part not in (Part.MEMBER, Part.CHANNEL))


def test_the_buttons_are_the_moves_that_would_be_accepted():
    for part, actor in ACTORS.items():
        for status in Status:
            case = case_of(status)
            offered = {move.verb for move in possible_moves(case, actor, at=NOW)}
            accepted = {verb for verb in RULES if refusal(verb, case, actor) is None and verb != "close_unrated"}
            assert offered == accepted, (part, status)
