"""Who may enter which page or endpoint that is about no single case, and whose single things are whose."""

from dataclasses import dataclass

from tests.matrix.people import KEYS

OUTSIDER = "outsider"
SIGNED_IN = frozenset(KEYS) - {OUTSIDER}
EVERYBODY = frozenset(KEYS)
CENTRE = frozenset({"triage", "reviewer", "director"})
OFFICE = frozenset(key for key in KEYS if key.startswith(("handler", "head", "deputy")))
STATION = frozenset({"station", "station_else"})
ABOVE = frozenset({"supervisor", "leader", "leader_else"})
WITH_A_BOARD = STATION | CENTRE | OFFICE | ABOVE
STAFF = WITH_A_BOARD | {"auditor", "sysadmin"}
CHANNELS = frozenset({"channel", "channel_else"})
MEMBERS = frozenset({"owner_a", "member_a", "member_b", "member_c"})
FILERS = MEMBERS | STATION | CHANNELS | {"triage", "director"}
GROUPS = (
    (EVERYBODY, "任何人，无须登录"),
    (SIGNED_IN, "任何已登录的人"),
    (STAFF, "在岗工作人员"),
    (STAFF | CHANNELS, "在岗工作人员和外部系统"),
    (WITH_A_BOARD, "专员、中心、部门、督办员、领导"),
    (CENTRE, "研判员、回访员、主任"),
    (OFFICE, "各部门经办、分管领导及其代理人"),
    (OFFICE | {"director"}, "各部门经办、分管领导及其代理人、主任"),
    (FILERS, "已确认的企业人员、专员、研判员、主任、外部系统"),
    (frozenset({"auditor", "director"}), "审计员、主任"),
)


@dataclass(frozen=True)
class Place:
    """`get`, `post`: whom it lets in, None where there is no such method; `found`: what an empty request gives them."""

    route: str
    says: str
    get: frozenset | None = SIGNED_IN
    post: frozenset | None = None
    found: tuple[int, int] = (200, 200)
    path: str = ""
    outside: tuple[int, int] | None = None  # what whoever is not signed in gets, where that is something else

    @property
    def address(self) -> str:
        return "/" + (self.path or self.route)

    @property
    def is_api(self) -> bool:
        return self.route.startswith("api/")


PAGES = (
    Place("", "首页", EVERYBODY),
    Place("privacy/", "个人信息如何处理", EVERYBODY),
    Place("i18n/setlang/", "切换语言", EVERYBODY, EVERYBODY, (302, 302)),
    Place("accounts/login/", "登录", EVERYBODY, EVERYBODY, (302, 302), outside=(200, 200)),
    Place("accounts/logout/", "退出登录", None, SIGNED_IN, (405, 302)),
    Place("accounts/join/", "申请代表企业", EVERYBODY, EVERYBODY),
    Place("accounts/members/", "企业成员"),
    Place("accounts/invitations/", "邀请成员", None, SIGNED_IN, (405, 404)),
    Place("home/", "回到各自的工作台", found=(302, 405)),
    Place("appeals/", "诉求列表"),
    Place("appeals/new/", "提交诉求", SIGNED_IN, FILERS, (200, 400)),
    Place("appeals/counts/", "列表各视图的件数"),
    Place("appeals/new/files/", "提交前上传附件", None, FILERS),
    Place("appeals/new/preview/", "填写时的提示", None, SIGNED_IN),
    Place("appeals/new/drafts/", "保存草稿", None, SIGNED_IN),
    Place("drafts/", "本人的草稿"),
    Place("appeals/export/", "导出列表"),
    Place("office/export/", "导出部门队列", OFFICE),
    Place("exports/", "本人的导出文件", SIGNED_IN, SIGNED_IN, (200, 302)),
    Place("centre/", "中心工作台", CENTRE),
    Place("office/former/", "本部门转出各件的存根", OFFICE),
    Place("centre/counts/", "中心工作台的件数", CENTRE),
    Place("office/", "部门队列", OFFICE),
    Place("office/counts/", "部门队列的件数", OFFICE),
    Place("absences/", "请假与代理", STAFF | CHANNELS, STAFF | CHANNELS),
    Place("roster/", "值班表", OFFICE | {"director"}),
    Place("watch/", "值班提醒"),
    Place("bulk/", "批量办理", None, SIGNED_IN, (405, 302)),
    Place("bulk/count/", "批量办理的件数"),
    Place("bulk/mine/", "本人的批量办理"),
    Place("views/", "本人保存的视图"),
    Place("views/save/", "保存视图", None, SIGNED_IN, (405, 404)),
    Place("inbox/", "通知"),
    Place("inbox/read/", "全部标为已读", None, SIGNED_IN, (405, 302)),
    Place("audit/", "审计日志", frozenset({"auditor", "director"})),
    Place("audit/verify/", "校验审计链", None, frozenset({"auditor", "director"}), (405, 302)),
    Place("board/", "统计与评价", WITH_A_BOARD),
    Place("healthz", "进程是否在运行", EVERYBODY, EVERYBODY),
    Place("readyz", "系统是否就绪", EVERYBODY, EVERYBODY, (503, 503)),
    Place("metrics", "运行指标（限内网或令牌）", EVERYBODY),
)
API = (
    Place("api/schema/", "接口说明（OpenAPI）", EVERYBODY),
    Place("api/docs/", "接口说明", EVERYBODY),
    Place("^api(/.*)?$", "不存在的接口地址", EVERYBODY, EVERYBODY, (404, 404), path="api/nothing/"),
    Place("api/v1/auth/token/", "换取令牌", None, EVERYBODY, (405, 400)),
    Place("api/v1/appeals/", "诉求列表、提交诉求", SIGNED_IN, FILERS, (200, 400)),
    Place("api/v1/appeals/former/", "本部门转出各件的存根", OFFICE),
    Place("api/v1/appeals/export/", "导出列表"),
    Place("api/v1/attachments/", "提交前上传附件", None, FILERS, (405, 415)),
    Place("api/v1/classify/", "试分类", None, STAFF, (405, 400)),
    Place("api/v1/workdays/", "工作日"),
    Place("api/v1/deadlines/preview/", "试算时限", None, SIGNED_IN, (405, 400)),
    Place("api/v1/stats/summary/", "统计", WITH_A_BOARD),
    Place("api/v1/stats/trend/", "趋势", WITH_A_BOARD),
    Place("api/v1/stats/by/<str:by>/", "分组统计", WITH_A_BOARD, path="api/v1/stats/by/department/"),
    Place("api/v1/scores/", "得分", WITH_A_BOARD),
    Place("api/v1/coupling/", "耦合协调度", WITH_A_BOARD),
    Place("api/v1/taxonomy/", "分类目录"),
)
PLACES = (*PAGES, *API)


def let_in(place: Place, method: str) -> frozenset | None:
    return place.get if method == "get" else place.post


def expected(place: Place, method: str, person: str) -> int | str:
    """The status of an empty request; "login": sent to the page where one signs in."""
    who = let_in(place, method)
    if who is None:
        return _without_method(place, method, person)
    if person == OUTSIDER and place.outside:
        return place.outside[method == "post"]
    if person in who:
        return place.found[method == "post"]
    if person == OUTSIDER:
        return 401 if place.is_api else "login"
    return 403


def _without_method(place, method, person):
    others = place.post if method == "get" else place.get
    if person == OUTSIDER and OUTSIDER not in others:
        return 401 if place.is_api else "login"
    return 405


@dataclass(frozen=True)
class Thing:
    """A place about one thing of somebody's. `kind`: of tests.matrix.things; `seen`: may look, and not do this: 403.

    Whoever is in neither gets 404; a thing that is not theirs is not there.
    """

    route: str
    says: str
    kind: str
    own: frozenset
    method: str = "post"
    seen: frozenset = frozenset()
    found: int = 302


_ASKED = {"kind": "asked", "own": frozenset({"owner_a", "triage", "director"}), "seen": frozenset({"asked_a"})}
THINGS = (
    Thing("accounts/members/<int:pk>/confirm/", "确认甲企业的申请人", **_ASKED),
    Thing("accounts/members/<int:pk>/refuse/", "拒绝甲企业的申请人", **_ASKED),
    Thing(
        "accounts/members/<int:pk>/leave/",
        "退出甲企业",
        "member",
        own=frozenset({"member_a"}),
        seen=frozenset({"owner_a"}),
    ),
    Thing(
        "accounts/members/<int:pk>/hand_over/",
        "把甲企业移交给成员",
        "member",
        own=frozenset({"owner_a"}),
        seen=frozenset({"member_a"}),
    ),
    Thing("accounts/invitations/<int:pk>/take_back/", "收回甲企业的邀请", "invitation", frozenset({"owner_a"})),
    Thing("accounts/invitations/<str:token>/", "打开邀请链接", "link", EVERYBODY, "get", found=200),
    Thing("drafts/<int:pk>/discard/", "删除自己的草稿", "draft", frozenset({"handler"})),
    Thing("views/<int:pk>/", "修改自己保存的视图", "view", frozenset({"handler"})),
    Thing("bulk/<int:pk>/", "查看自己的批量办理", "bulk", frozenset({"handler"}), "get", found=200),
    Thing("bulk/<int:pk>/confirm/", "确认自己的批量办理", "bulk", frozenset({"handler"}), found=400),
    Thing("bulk/<int:pk>/cancel/", "取消自己的批量办理", "bulk", frozenset({"handler"})),
    Thing("exports/<int:pk>/", "下载自己的导出文件", "export", frozenset({"handler"}), "get", found=200),
    Thing("inbox/<int:pk>/", "打开自己的通知", "notice", frozenset({"handler"}), "get"),
    Thing(
        "absences/<int:pk>/end/",
        "结束科技局经办的请假",
        "absence",
        own=frozenset({"head"}),
        seen=frozenset({"deputy"}),
    ),
)


def expected_of(thing: Thing, person: str) -> int | str:
    if person == OUTSIDER and OUTSIDER not in thing.own:
        return "login"
    if person in thing.own:
        return thing.found
    return 403 if person in thing.seen else 404


# Addresses about one case: who sees the case (tests.matrix.sight) enters, everybody else gets 404.
PAGES_OF_CASES = (
    "appeals/<str:number>/",
    "appeals/<str:number>/<slug:verb>/",
    "appeals/<str:number>/dispatch/suggestion/",
    "appeals/<str:number>/presence/",
    "appeals/<str:number>/drafts/",
    "appeals/<str:number>/record/",
    "appeals/<str:number>/print/",
    "appeals/<str:number>/orders/<int:pk>/print/",
    "appeals/<str:number>/upload/",
    "appeals/<str:number>/files/<int:pk>/",
    "appeals/<str:number>/files/<int:pk>/remove/",
    "centre/<str:number>/proposal/",
    "centre/<str:number>/steps/",
)
API_OF_CASES = (
    "api/v1/appeals/<appeal:number>/",
    "api/v1/appeals/<appeal:number>/events/",
    "api/v1/appeals/<appeal:number>/moves/",
    "api/v1/appeals/<appeal:number>/attachments/",
    "api/v1/appeals/<appeal:number>/attachments/<int:pk>/",
)
