from appeals.models.appeal import Appeal
from appeals.models.clock import Clock, Timer
from appeals.models.draft import Draft
from appeals.models.enterprise import Enterprise, Membership
from appeals.models.event import Event
from appeals.models.export import ExportJob
from appeals.models.filing import FilingKey
from appeals.models.requests import Request

__all__ = [
    "Appeal",
    "Clock",
    "Draft",
    "Enterprise",
    "Event",
    "ExportJob",
    "FilingKey",
    "Membership",
    "Request",
    "Timer",
]
