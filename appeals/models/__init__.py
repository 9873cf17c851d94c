from appeals.models.appeal import Appeal
from appeals.models.attachment import Attachment
from appeals.models.bulk import BulkJob, BulkRow
from appeals.models.clock import Clock, Timer
from appeals.models.draft import Draft
from appeals.models.enterprise import Enterprise, Membership
from appeals.models.event import Event
from appeals.models.export import ExportJob
from appeals.models.filing import FilingKey
from appeals.models.findable import Findable
from appeals.models.following import FollowedCalendar, LimitRun
from appeals.models.invitation import Invitation
from appeals.models.orders import Conference, SupervisionOrder, SupportOrder
from appeals.models.pause import Pause
from appeals.models.requests import Request
from appeals.models.savedview import SavedView

__all__ = [
    "Appeal",
    "Attachment",
    "BulkJob",
    "BulkRow",
    "Clock",
    "Conference",
    "Draft",
    "Enterprise",
    "Event",
    "ExportJob",
    "FilingKey",
    "Findable",
    "FollowedCalendar",
    "Invitation",
    "LimitRun",
    "Membership",
    "Pause",
    "Request",
    "SavedView",
    "SupervisionOrder",
    "SupportOrder",
    "Timer",
]
