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
        "waiting": {},
        "hand_backs_lost": 0,
        "hand_back_by": at(9, 9, 17, 30),
        "contacted_at": None,
        "anonymous": False,
        "worker_ids": set(),
        "was_visited": True,
        "closed_unrated": True,
        "closed_at": at(9, 7),
        "ended_at": at(9, 7),
        "level": "B",
        "paused_at": None,
        "owner_id": None,
        "extensions_granted": False,
        "resolve_by": at(9, 14, 17, 30),
        "promised_at": None,
        "promise_by": at(9, 14, 17, 30),
        "open_supports": [],
        "open_orders": 0,
        "open_conference": None,
        "reopen_count": 0,
        "objected": False,
        "object_by": at(9, 21, 17, 30),
        "declined_by_id": 99,
        "excluded_at": None,
        "parent_id": None,
        "has_children": False,
        "split_from_id": None,
        "was_split": False,
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
AT_WORK = "dispatched signed"
OPEN_NOW = "triage dispatched signed parked replied visiting"
RULES = {
    "dispatch": ("triage", "dispatched", CENTRE),
    "answer": ("triage", "replied", CENTRE),
    "decline": ("triage", "declined", CENTRE),
    "reclassify": (f"triage {AT_WORK} parked", "", CENTRE),
    "reroute": (AT_WORK, "triage", CENTRE),
    "merge": (f"triage {AT_WORK}", "merged", CENTRE),
    "unmerge": ("merged", f"triage {AT_WORK}", CENTRE),
    "attach": (OPEN_NOW, "", CENTRE),
    "split": ("triage", "", CENTRE),
    "sign": ("dispatched", "signed", OFFICE),
    "hand_back": (AT_WORK, "", OFFICE),
    "decide_hand_back": (AT_WORK, "triage", CENTRE),
    "assign": (f"{AT_WORK} parked", "", "head"),
    "contact": ("signed parked", "", OFFICE),
    "progress": (f"{AT_WORK} parked", "", f"{OFFICE} director"),
    "ask_support": (AT_WORK, "", OFFICE),
    "support": (f"{AT_WORK} parked", "", "supporter"),
    "ask_extension": (AT_WORK, "", OFFICE),
    "decide_extension": (f"{AT_WORK} replied", "", f"head {CENTRE} leader"),
    "ask_termination": (AT_WORK, "", OFFICE),
    "decide_termination": (AT_WORK, "declined", CENTRE),
    "promise": ("signed", "", OFFICE),
    "pause": ("signed", "", OFFICE),
    "resume": ("signed", "", OFFICE),
    "park": ("signed", "parked", "director"),
    "unpark": ("parked", "signed", "director"),
    "escalate": (AT_WORK, "dispatched", "head director automatic"),
    "confer": (f"triage {AT_WORK} parked", "", "director"),
    "conclude": (f"triage {AT_WORK} parked", "", "director"),
    "supervise": (f"triage {AT_WORK} parked replied", "", "supervisor"),
    "answer_supervision": (OPEN_NOW, "", f"{OFFICE} {CENTRE}"),
    "comment": (f"{OPEN_NOW} closed", "", "leader"),
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
    "reopen": ("closed", "signed triage", "member reviewer"),
    "urge": ("triage dispatched signed parked replied", "", "member"),
    "withdraw": ("triage dispatched signed parked", "withdrawn", "member"),
    "object": ("declined", "", "member"),
    "decide_objection": ("declined", "triage", "director"),
    "ask_exclusion": ("dispatched signed parked replied visiting closed", "", OFFICE),
    "decide_exclusion": ("dispatched signed parked replied visiting closed", "", "director"),
    "find_false_closure": ("closed", "signed triage", "director"),
    "close_unrated": ("visiting", "closed", "automatic"),
}
LEAVE_THE_VERSION = set("message note urge progress support visit reveal upload remove_attachment".split())
DECISIONS = {f"decide_{kind}": kind for kind in "hand_back extension termination objection exclusion".split()}
# Whoever may decide an extension at some level, decides at another only with the post of that level.
APPROVED_BY = {Part.HEAD: "head", Part.TRIAGE: "triage", Part.DIRECTOR: "director", Part.LEADER: "leader"}


def refusal(verb, case, actor, **asked) -> Why | None:
    try:
        check_move(verb, case, actor, at=NOW, **asked)
    except Refused as refused:
        return refused.why
    return None


def prepared(verb, status, part=None, **changes):
    """A case on which nothing but status and person can stand against `verb`."""
    needs = {
        "promise": {"level": "D"},
        "resume": {"paused_at": at(9, 7)},
        "conclude": {"open_conference": SimpleNamespace()},
        "answer_supervision": {"open_orders": 1},
    }.get(verb, {})
    if kind := DECISIONS.get(verb):
        asked = SimpleNamespace(asked_by_id=99, approver=APPROVED_BY.get(part, "director"), asked_by_head=False)
        needs = {"waiting": {kind: asked}}
    return case_of(status, **needs, **changes)


def is_barred(verb, status, part) -> bool:
    """An order is answered by whoever holds the case just then."""
    held_by_centre = status in (Status.TRIAGE, Status.REPLIED)
    return verb == "answer_supervision" and held_by_centre != (part in (Part.TRIAGE, Part.DIRECTOR))


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


ASKED = {"hand_back": SimpleNamespace(asked_by_id=16)}


@pytest.mark.parametrize(
    ("changes", "moment"),
    [
        ({"contacted_at": at(9, 7)}, NOW),  # the enterprise has been spoken to
        ({"hand_backs_lost": 1}, NOW),  # refused once: Weifang §22
        ({"round": 2, "hand_back_by": None}, NOW),  # a redone case stays
        ({"waiting": ASKED}, NOW),  # one at a time
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
        (ACTORS[Part.TRIAGE], {"waiting": {}}, False),  # nobody asked
    ],
)
def test_who_decides_a_hand_back(decider, changes, may):
    case = case_of(Status.DISPATCHED, **{"waiting": ASKED, **changes})
    assert (refusal("decide_hand_back", case, decider) is None) is may


def test_a_reply_waits_for_the_decision_on_a_hand_back_but_signing_does_not():
    assert refusal("reply", case_of(waiting=ASKED), ACTORS[Part.HANDLER]) == Why.CONFLICT
    assert refusal("sign", case_of(Status.DISPATCHED, waiting=ASKED), ACTORS[Part.HANDLER]) is None


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


def waiting(kind, asked_by=99, **more):
    return {"waiting": {kind: SimpleNamespace(**{"asked_by_id": asked_by, "asked_by_head": False, **more})}}


@pytest.mark.parametrize(
    ("approver", "may"),
    [
        ("head", {Part.HEAD}),  # A
        ("triage", {Part.TRIAGE}),  # B
        ("director", {Part.DIRECTOR}),  # C and L
        ("leader", {Part.LEADER}),  # D
    ],
)
def test_the_level_says_who_decides_an_extension(approver, may):
    case = case_of(**waiting("extension", approver=approver))
    deciding = {part for part, actor in ACTORS.items() if refusal("decide_extension", case, actor) is None}
    assert deciding == may


def test_of_a_case_that_a_leader_owns_the_leader_decides_an_extension():
    case = case_of(owner_id=20, **waiting("extension", approver="triage"))
    assert refusal("decide_extension", case, ACTORS[Part.LEADER]) is None
    assert refusal("decide_extension", case, ACTORS[Part.TRIAGE]) == Why.FORBIDDEN


def test_where_the_head_asked_for_an_extension_himself_the_centre_decides():
    case = case_of(**waiting("extension", asked_by=17, approver="head", asked_by_head=True))
    assert refusal("decide_extension", case, ACTORS[Part.HEAD]) == Why.FORBIDDEN
    assert refusal("decide_extension", case, ACTORS[Part.TRIAGE]) is None


@pytest.mark.parametrize(
    ("kind", "status", "part"),
    [
        ("extension", Status.SIGNED, Part.TRIAGE),
        ("termination", Status.SIGNED, Part.TRIAGE),
        ("objection", Status.DECLINED, Part.DIRECTOR),
        ("exclusion", Status.CLOSED, Part.DIRECTOR),
    ],
)
def test_whoever_asks_never_approves(kind, status, part):
    me = ACTORS[part]
    assert refusal(f"decide_{kind}", case_of(status, **waiting(kind, 99, approver="triage")), me) is None
    own = case_of(status, **waiting(kind, me.user_id, approver="triage"))
    assert refusal(f"decide_{kind}", own, me) == Why.FORBIDDEN


def test_whoever_declined_does_not_decide_on_the_objection():
    case = case_of(Status.DECLINED, declined_by_id=15, **waiting("objection"))
    assert refusal("decide_objection", case, ACTORS[Part.DIRECTOR]) == Why.FORBIDDEN


@pytest.mark.parametrize(
    ("verb", "part", "status", "changes"),
    [
        ("ask_extension", Part.HANDLER, Status.SIGNED, {"level": "S"}),  # no extension at this level
        ("ask_extension", Part.HANDLER, Status.SIGNED, {"extensions_granted": True}),  # once a round
        ("ask_extension", Part.HANDLER, Status.SIGNED, {"paused_at": at(9, 7)}),  # there is no limit to extend
        ("ask_extension", Part.HANDLER, Status.SIGNED, {"resolve_by": at(9, 7)}),  # it has passed
        ("ask_extension", Part.HANDLER, Status.SIGNED, waiting("extension")),
        ("ask_termination", Part.HANDLER, Status.SIGNED, waiting("termination")),
        ("promise", Part.HANDLER, Status.SIGNED, {"level": "C"}),  # of hard cases only
        ("promise", Part.HANDLER, Status.SIGNED, {"level": "D", "promised_at": at(9, 7)}),
        ("promise", Part.HANDLER, Status.SIGNED, {"level": "D", "promise_by": at(9, 7)}),
        ("pause", Part.HANDLER, Status.SIGNED, {"paused_at": at(9, 7)}),
        ("pause", Part.HANDLER, Status.SIGNED, {"level": "L"}),  # a statute's limit runs on
        ("resume", Part.HANDLER, Status.SIGNED, {}),
        ("park", Part.DIRECTOR, Status.SIGNED, {"level": "L"}),
        ("reply", Part.HANDLER, Status.SIGNED, {"open_supports": [SimpleNamespace(due_at=at(9, 8, 12))]}),
        ("reply", Part.HANDLER, Status.SIGNED, waiting("termination")),
        ("reopen", Part.MEMBER, Status.CLOSED, {"reopen_count": 2}),
        ("reopen", Part.MEMBER, Status.CLOSED, {"closed_at": NOW - timedelta(days=30, minutes=1)}),
        ("object", Part.MEMBER, Status.DECLINED, {"objected": True}),
        ("object", Part.MEMBER, Status.DECLINED, {"object_by": at(9, 7)}),
        ("object", Part.MEMBER, Status.DECLINED, waiting("objection")),
        ("unmerge", Part.TRIAGE, Status.MERGED, {"ended_at": NOW - timedelta(days=7, minutes=1)}),
        ("attach", Part.TRIAGE, Status.SIGNED, {"parent_id": 5}),
        ("attach", Part.TRIAGE, Status.SIGNED, {"has_children": True}),
        ("split", Part.TRIAGE, Status.TRIAGE, {"was_split": True}),
        ("split", Part.TRIAGE, Status.TRIAGE, {"split_from_id": 5}),
        ("ask_exclusion", Part.HANDLER, Status.CLOSED, {"excluded_at": at(9, 7)}),
        ("confer", Part.DIRECTOR, Status.SIGNED, {"open_conference": SimpleNamespace()}),
        ("conclude", Part.DIRECTOR, Status.SIGNED, {}),
        ("answer_supervision", Part.HANDLER, Status.SIGNED, {}),
    ],
)
def test_what_stands_against_a_step_just_now(verb, part, status, changes):
    assert refusal(verb, prepared(verb, status, part), ACTORS[part]) is None
    assert refusal(verb, case_of(status, **changes), ACTORS[part]) == Why.CONFLICT


def test_a_support_that_is_late_does_not_keep_the_enterprise_waiting():
    late = {"open_supports": [SimpleNamespace(due_at=at(9, 7))]}
    assert refusal("reply", case_of(Status.SIGNED, **late), ACTORS[Part.HANDLER]) is None
