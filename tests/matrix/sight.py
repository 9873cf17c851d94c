"""Who sees which case (product.md §2): in lists, by number only, as a stub; whatever is not named answers 404."""

from tests.matrix import cases
from tests.matrix.people import KEYS

ENDED = {"closed", "closed_long", "merged", "declined", "withdrawn"}
_OPEN = set(cases.KEYS) - ENDED
_OF_SCIENCE = {"own", "closed", "closed_long", "anonymous", "parked", "merged", "supported"}
_OF_LABOUR = {"former", "complaint", "other", "replied", "visiting", "late", "escalated", "owned"}
_OF_LABOUR |= {"attached", "channelled"}
_OF_A = {"new", "own", "closed", "closed_long"}
_OF_C = {"attached", "channelled"}

LISTED: dict[str, set[str]] = {key: set() for key in KEYS} | {
    "owner_a": _OF_A,
    "member_a": _OF_A,
    "member_b": set(cases.KEYS) - _OF_A - _OF_C - {"anonymous"},
    "member_c": _OF_C,
    "station": _OF_A,
    "triage": _OPEN,
    "reviewer": {"replied", "visiting", "closed"},
    "director": set(cases.KEYS),
    "handler": _OF_SCIENCE,
    "head": _OF_SCIENCE | {"county"},
    "deputy": _OF_SCIENCE,
    "handler_county": {"county"},
    "handler_labour": _OF_LABOUR,
    "head_labour": _OF_LABOUR,
    "handler_economy": {"supported"},
    "supervisor": {"late"},
    "leader": {"escalated", "owned"},
    "leader_else": {"escalated"},
    "channel": {"channelled"},
}
# The centre opens closed cases by number; its lists hold the open ones.
BY_NUMBER = LISTED | {"triage": set(cases.KEYS)}
# The number and one's own steps of a case that went to another office; never of one that complains of it.
STUBS = {"handler": {"former"}, "head": {"former"}, "deputy": {"former"}}

# Who reads whose case it is, where the enterprise stays anonymous to the department.
KNOWS_THE_ANONYMOUS = {"triage", "director"}
# Who reads a case as the enterprise or another system does: without names and internal lines, and alone.
READS_AS_ENTERPRISE = {"owner_a", "member_a", "member_b", "member_c", "channel"}

# The record page: who did what when from where, without a word of the case.
RECORDS = {key: set() for key in KEYS} | {
    "triage": set(cases.KEYS),
    "director": set(cases.KEYS),
    "reviewer": LISTED["reviewer"],
    "auditor": set(cases.KEYS),
}


def sees(person: str, case: str) -> bool:
    return case in BY_NUMBER[person]
