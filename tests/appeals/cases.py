"""A case and its people without a database, and the rules of product.md §2 and §3 as they should be."""

from types import SimpleNamespace

from appeals.states import CLOCKWORK, Actor, Part, Refused, Status, Why
from appeals.table import check_move
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
        "decided_by": "auto",
        "person_asked_at": None,
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
    "supervise": (f"triage {AT_WORK} parked replied", "", "supervisor leader"),
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
    "ask_person": ("dispatched signed", "", "member"),
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
