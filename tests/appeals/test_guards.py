"""What stands against a step though part and status would allow it: a bar for this person, a guard for everybody."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from appeals.states import OPEN, Actor, Part, Refused, Status, Why, wants_redo
from appeals.table import TABLE, check_move
from chains.taxonomy import Role
from tests.appeals.cases import ACTORS, NOW, case_of, prepared, refusal, roles
from tests.factory import at

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
