from chains.models.audit import Audit
from chains.models.duties import Department, District, Duty, Industry, Topic
from chains.models.measures import CaseFact, ScoreRule
from chains.models.people import Absence, Post, Shift, User

__all__ = [
    "Absence",
    "Audit",
    "CaseFact",
    "Department",
    "District",
    "Duty",
    "Industry",
    "Post",
    "ScoreRule",
    "Shift",
    "Topic",
    "User",
]
