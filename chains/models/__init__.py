from chains.models.audit import Audit
from chains.models.duties import Department, District, Duty, Industry, Topic
from chains.models.measures import CaseFact, ScoreRule
from chains.models.people import Post, User

__all__ = [
    "Audit",
    "CaseFact",
    "Department",
    "District",
    "Duty",
    "Industry",
    "Post",
    "ScoreRule",
    "Topic",
    "User",
]
