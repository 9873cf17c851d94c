"""Who may do what when (product.md §2, §3), without a database: every verb × every status × every part."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from appeals.states import CLOCKWORK, OPEN, Actor, Part, Refused, Status, Why, parts_of, reads_as_staff, wants_redo
from appeals.table import MOVES, TABLE, check_move, possible_moves
from chains.taxonomy import Role
from tests.factory import at

NOW = at(9, 8)


def case_of(status=Status.SIGNED, **changes):
    usual = {
        "status": status,
        "version": 3,
        "round": 1,
        "enterprise_id": 1,
        "lead_id": "OFFICE",
        "park_id": "PARK",
        "filed_by_id": 11,
        "supporting": ["HELPER"],
        "dispatched_by_id": 90,
        "open_hand_back": None,
        "hand_backs_lost": 0,
        "hand_back_by": at(9, 9, 17, 30),
        "contacted_at": None,
        "anonymous": False,
        "worker_ids": set(),
        "was_visited": True,
        "closed_unrated": True,
        "closed_at": at(9, 7),
    }
    return SimpleNamespace(**{**usual, **changes})


def roles(*held):
    return frozenset(held)


ACTORS = {
    Part.MEMBER: Actor(10, enterprises=frozenset({1})),
    Part.STATION: Actor(12, roles=roles(Role.STATION), stations=frozenset({"PARK"})),
    Part.TRIAGE: Actor(13, roles=roles(Role.TRIAGE)),
    Part.REVIEWER: Actor(14, roles=roles(Role.REVIEWER)),
    Part.DIRECTOR: Actor(15, roles=roles(Role.DIRECTOR)),
    Part.HANDLER: Actor(16, roles=roles(Role.HANDLER), handles=frozenset({"OFFICE"})),
    Part.HEAD: Actor(17, roles=roles(Role.HEAD), heads=frozenset({"OFFICE"})),
    Part.SUPPORTER: Actor(18, roles=roles(Role.HANDLER), handles=frozenset({"HELPER"})),
    Part.SUPERVISOR: Actor(19, roles=roles(Role.SUPERVISOR)),
    Part.LEADER: Actor(20, roles=roles(Role.LEADER)),
    Part.CHANNEL: Actor(11, roles=roles(Role.CHANNEL)),
    Part.AUTOMATIC: CLOCKWORK,
}
STRANGERS = [
    Actor(0),
    Actor(30, enterprises=frozenset({2})),
    Actor(31, roles=roles(Role.HANDLER), handles=frozenset({"ELSEWHERE"})),
    Actor(32, roles=roles(Role.STATION), stations=frozenset({"ANOTHER PARK"})),
    Actor(33, roles=roles(Role.CHANNEL)),  # filed something else
    Actor(34, roles=roles(Role.AUDITOR)),
    Actor(35, roles=roles(Role.SYSADMIN)),
]

# verb: from · to · who, as product.md §2 and §3 have it.
OFFICE, CENTRE = "handler head", "triage director"
STAFF = f"{OFFICE} supporter {CENTRE} reviewer supervisor station"
ANY = "triage dispatched signed parked replied visiting closed declined withdrawn merged"
RULES = {
    "dispatch": ("triage", "dispatched", CENTRE),
    "decline": ("triage", "declined", CENTRE),
    "sign": ("dispatched", "signed", OFFICE),
    "hand_back": ("dispatched signed", "", OFFICE),
    "decide_hand_back": ("dispatched signed", "triage", CENTRE),
    "assign": ("dispatched signed", "", "head"),
    "contact": ("signed parked", "", OFFICE),
    "note": (ANY, "", STAFF),
    "message": (ANY.replace(" merged", ""), "", f"member {STAFF} channel"),
    "upload": (ANY.replace(" merged", ""), "", f"member {STAFF} channel"),
    "remove_attachment": ("triage dispatched signed parked", "", f"member {STAFF} channel"),
    "reveal": (ANY, "", f"{OFFICE} {CENTRE} reviewer"),
    "reply": ("signed", "replied", OFFICE),
    "review": ("replied", "visiting signed triage", "reviewer director"),
    "visit": ("visiting", "", "reviewer"),
    "rate": ("visiting closed", "closed signed triage", "member"),
    "redo": ("visiting", "signed triage", "reviewer"),
    "withdraw": ("triage dispatched signed parked", "withdrawn", "member"),
    "close_unrated": ("visiting", "closed", "automatic"),
}
LEAVE_THE_VERSION = {"message", "note", "upload", "remove_attachment", "visit", "reveal"}


def refusal(verb, case, actor, **asked) -> Why | None:
    try:
        check_move(verb, case, actor, at=NOW, **asked)
    except Refused as refused:
        return refused.why
    return None


def prepared(verb, status, **changes):
    """A case on which nothing but status and person can stand against `verb`."""
    waits = SimpleNamespace(asked_by_id=99) if verb == "decide_hand_back" else None
    return case_of(status, open_hand_back=waits, **changes)


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
        if part not in who.split():
            expected = Why.FORBIDDEN  # who comes before when
        assert refusal(verb, prepared(verb, status), actor) == expected, part


@pytest.mark.parametrize("verb", RULES)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_strangers_may_nothing(verb, stranger):
    assert refusal(verb, prepared(verb, Status.SIGNED), stranger) == Why.FORBIDDEN


@pytest.mark.parametrize("verb", RULES)
def test_an_older_version_is_refused_after_who_and_when(verb):
    source = MOVES[verb].sources[0]
    right = ACTORS[MOVES[verb].who[0]]
    elsewhere = next((status for status in Status if status not in MOVES[verb].sources), None)
    assert refusal(verb, prepared(verb, source), right, version=3) is None
    assert refusal(verb, prepared(verb, source), right, version=2) == Why.STALE
    assert refusal(verb, prepared(verb, source), STRANGERS[0], version=2) == Why.FORBIDDEN
    if elsewhere:
        assert refusal(verb, prepared(verb, elsewhere), right, version=2) == Why.CONFLICT


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


ASKED = SimpleNamespace(asked_by_id=16)


@pytest.mark.parametrize(
    ("changes", "moment"),
    [
        ({"contacted_at": at(9, 7)}, NOW),  # the enterprise has been spoken to
        ({"hand_backs_lost": 1}, NOW),  # refused once: Weifang §22
        ({"round": 2}, NOW),  # a redone case stays
        ({"open_hand_back": ASKED}, NOW),  # one at a time
        ({}, at(9, 9, 17, 31)),  # a minute after the second workday closed
    ],
)
@pytest.mark.parametrize("status", [Status.DISPATCHED, Status.SIGNED])
def test_a_hand_back_has_its_conditions(changes, moment, status):
    with pytest.raises(Refused) as refused:
        check_move("hand_back", case_of(status, **changes), ACTORS[Part.HANDLER], at=moment)
    assert refused.value.why == Why.CONFLICT


def test_a_hand_back_is_possible_to_the_last_minute():
    assert check_move("hand_back", case_of(), ACTORS[Part.HANDLER], at=at(9, 9, 17, 30)) == Part.HANDLER


@pytest.mark.parametrize(
    ("decider", "changes", "may"),
    [
        (ACTORS[Part.TRIAGE], {}, True),
        (ACTORS[Part.DIRECTOR], {}, True),
        (ACTORS[Part.TRIAGE], {"dispatched_by_id": 13}, False),  # dispatched it by hand
        (ACTORS[Part.DIRECTOR], {"dispatched_by_id": 13}, True),  # then the director decides
        (ACTORS[Part.DIRECTOR], {"dispatched_by_id": 15}, True),  # also alone
        (ACTORS[Part.TRIAGE], {"dispatched_by_id": None}, True),  # dispatched automatically
        (Actor(16, roles=roles(Role.TRIAGE)), {}, False),  # asked for it himself
        (Actor(16, roles=roles(Role.DIRECTOR)), {}, False),
        (ACTORS[Part.TRIAGE], {"open_hand_back": None}, False),  # nobody asked
    ],
)
def test_who_decides_a_hand_back(decider, changes, may):
    case = case_of(Status.DISPATCHED, **{"open_hand_back": ASKED, **changes})
    assert (refusal("decide_hand_back", case, decider) is None) is may


def test_a_reply_waits_for_the_decision_on_a_hand_back_but_signing_does_not():
    assert refusal("reply", case_of(open_hand_back=ASKED), ACTORS[Part.HANDLER]) == Why.CONFLICT
    assert refusal("sign", case_of(Status.DISPATCHED, open_hand_back=ASKED), ACTORS[Part.HANDLER]) is None


@pytest.mark.parametrize(("verb", "status"), [("review", "replied"), ("visit", "visiting"), ("redo", "visiting")])
def test_who_worked_on_a_case_neither_reviews_nor_visits_it(verb, status):
    worked = case_of(Status(status), worker_ids={14})
    assert refusal(verb, worked, ACTORS[Part.REVIEWER]) == Why.FORBIDDEN
    assert refusal(verb, worked, Actor(50, roles=roles(Role.REVIEWER))) is None


def test_a_redo_needs_a_visit_of_this_round():
    assert refusal("redo", case_of(Status.VISITING, was_visited=False), ACTORS[Part.REVIEWER]) == Why.CONFLICT


@pytest.mark.parametrize(
    ("part", "may"),
    [(Part.HANDLER, False), (Part.HEAD, False), (Part.TRIAGE, True), (Part.DIRECTOR, True), (Part.REVIEWER, True)],
)
def test_the_contact_of_an_anonymous_appeal_is_for_the_centre(part, may):
    assert (refusal("reveal", case_of(anonymous=True), ACTORS[part]) is None) is may
    assert refusal("reveal", case_of(), ACTORS[part]) is None


@pytest.mark.parametrize(
    ("closed_unrated", "after", "may"),
    [
        (True, timedelta(days=30), True),
        (True, timedelta(days=30, minutes=1), False),
        (False, timedelta(days=1), False),  # rated already
    ],
)
def test_a_closed_case_is_rated_late_only_if_nobody_did_and_for_thirty_days(closed_unrated, after, may):
    case = case_of(Status.CLOSED, closed_unrated=closed_unrated, closed_at=NOW - after)
    assert (refusal("rate", case, ACTORS[Part.MEMBER]) is None) is may


@pytest.mark.parametrize(
    ("solved", "stars", "redo", "done", "again"),
    [
        ("yes", 5, None, 0, False),
        ("yes", 3, None, 0, False),
        ("partly", 3, None, 0, False),
        ("partly", 2, None, 0, True),  # two stars and fewer
        ("yes", 1, None, 0, True),
        ("no", 5, None, 0, True),  # not solved, however kind
        ("no", 1, True, 0, True),
        ("no", 1, False, 0, False),  # 不再重办
        ("no", 1, None, 2, True),
        ("no", 1, None, 3, False),  # three redos have been done
        ("no", 1, True, 3, False),
    ],
)
def test_which_rating_starts_a_redo(solved, stars, redo, done, again):
    assert wants_redo(solved, stars, redo=redo, redo_count=done) is again


def test_every_open_status_leads_on():
    left = {source for move in TABLE if move.to for source in move.sources}
    assert set(OPEN) <= left


def test_every_step_says_in_words_what_it_is_and_what_it_asks_for(in_english):
    for move in TABLE:
        assert str(move.label)
        assert all(str(field.label) for field in move.fields)
        assert all(field.choices for field in move.fields if field.kind == "choice")
        assert all(field.low < field.high for field in move.fields if field.kind == "integer")
