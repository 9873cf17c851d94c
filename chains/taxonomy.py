"""The words of the house: chains (五链), levels, tiers, roles. Data that officers may change lives in CSV and rows."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Chain(TextChoices):
    INDUSTRY = "industry", _("Industry chain")  # 产业链
    INNOVATION = "innovation", _("Innovation chain")  # 创新链
    TALENT = "talent", _("Talent chain")  # 人才链
    CAPITAL = "capital", _("Capital chain")  # 资本链, elsewhere 资金链
    SERVICE = "service", _("Service chain")  # 服务链


class Level(TextChoices):
    """How hard a matter is; it decides the limits of working time."""

    S = "S", _("S Inquiry")  # 咨询
    A = "A", _("A Simple")  # 简单
    B = "B", _("B Ordinary")  # 一般
    C = "C", _("C Complex")  # 复杂
    D = "D", _("D Hard")  # 疑难
    L = "L", _("L Statutory")  # 法定


class Nature(TextChoices):
    CONSULT = "consult", _("Inquiry")  # 咨询
    HELP = "help", _("Request for help")  # 求助
    COMPLAIN = "complain", _("Complaint")  # 投诉
    SUGGEST = "suggest", _("Suggestion")  # 建议
    REPORT = "report", _("Report of wrongdoing")  # 举报


class Tier(TextChoices):
    CITY = "city", _("City")
    COUNTY = "county", _("County")
    PARK = "park", _("Park")


class Role(TextChoices):
    """What a post (岗位) entitles its holder to. Members of an enterprise hold no post."""

    STATION = "station", _("Station officer")  # 专员
    TRIAGE = "triage", _("Triage officer")  # 研判员
    REVIEWER = "reviewer", _("Reviewer")  # 回访员
    DIRECTOR = "director", _("Centre director")  # 主任
    HANDLER = "handler", _("Handler")  # 经办
    HEAD = "head", _("Department head")  # 分管领导
    SUPERVISOR = "supervisor", _("Supervisor")  # 督办员
    LEADER = "leader", _("Leader")  # 领导
    AUDITOR = "auditor", _("Auditor")  # 审计员
    SYSADMIN = "sysadmin", _("System administrator")
    CHANNEL = "channel", _("Channel account")  # another system that files


class Solved(TextChoices):
    """The enterprise's own word on whether its problem is solved."""

    YES = "yes", _("Solved")
    PARTLY = "partly", _("Partly solved")
    NO = "no", _("Not solved")


FALLBACK_OFFICE = "330800-JXJ"  # 市经信局 leads where nobody is responsible: 浙江省民营企业发展促进条例 §41
CENTRE_OFFICE = "330800-QFZX"  # 企业综合服务中心, the triage centre
SENSITIVE_TOPICS = frozenset({"V03", "V04", "C07"})  # always seen by a person
