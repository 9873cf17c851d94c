from django.urls import path

from appeals.views import (
    absences,
    accounts,
    bulk,
    case,
    centre,
    drafts,
    enterprise,
    exports,
    files,
    inbox,
    office,
    prints,
    record,
    roster,
    savedviews,
)

app_name = "appeals"

account_pages = [
    path("accounts/login/", accounts.login, name="login"),
    path("accounts/logout/", accounts.logout, name="logout"),
    path("accounts/join/", accounts.join, name="join"),
    path("accounts/members/", accounts.members, name="members"),
    path("accounts/members/<int:pk>/confirm/", accounts.confirm, name="confirm"),
    path("accounts/members/<int:pk>/refuse/", accounts.refuse, name="refuse"),
    path("accounts/members/<int:pk>/leave/", accounts.leave, name="leave"),
    path("accounts/members/<int:pk>/hand_over/", accounts.hand_over, name="hand_over"),
    path("accounts/invitations/", accounts.invite, name="invite"),
    path("accounts/invitations/<int:pk>/take_back/", accounts.take_back, name="take_back"),
    path("accounts/invitations/<str:token>/", accounts.invitation, name="invitation"),
]
enterprise_pages = [
    path("", enterprise.portal, name="portal"),
    path("privacy/", enterprise.privacy, name="privacy"),
    path("home/", enterprise.home, name="home"),
    path("appeals/", enterprise.mine, name="mine"),
    path("appeals/counts/", office.every_counts, name="every_counts"),
    path("appeals/new/", enterprise.file, name="file"),
    path("appeals/new/files/", files.stage, name="stage"),
    path("appeals/new/preview/", enterprise.preview, name="preview"),
    path("appeals/new/drafts/", drafts.keep_filing, name="keep_filing"),
    path("drafts/", drafts.mine, name="drafts"),
    path("drafts/<int:pk>/discard/", drafts.discard, name="discard_draft"),
]
# Before the pages of a case: “export” is no number.
export_pages = [
    path("appeals/export/", exports.every, name="export_every"),
    path("office/export/", exports.office, name="export_office"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<int:pk>/", exports.download, name="download_export"),
]
case_pages = [
    path("appeals/<str:number>/", case.detail, name="detail"),
    path("appeals/<str:number>/record/", record.record, name="record"),
    path("appeals/<str:number>/print/", prints.case_file, name="print_case"),
    path("appeals/<str:number>/orders/<int:pk>/print/", prints.order, name="print_order"),
    path("appeals/<str:number>/dispatch/suggestion/", case.suggest, name="suggest"),
    path("appeals/<str:number>/presence/", drafts.looking, name="presence"),
    path("appeals/<str:number>/drafts/", drafts.keep, name="keep_draft"),
    path("appeals/<str:number>/upload/", files.upload, name="upload"),
    path("appeals/<str:number>/files/<int:pk>/", files.download, name="download"),
    path("appeals/<str:number>/files/<int:pk>/remove/", files.remove, name="remove_attachment"),
    path("appeals/<str:number>/<slug:verb>/", case.step, name="step"),
]
# The desks of centre, office and board, and the inbox.
desk_pages = [
    path("centre/", centre.desk, name="centre"),
    path("centre/counts/", centre.desk_counts, name="centre_counts"),
    path("centre/<str:number>/steps/", centre.steps, name="desk_steps"),
    path("centre/<str:number>/proposal/", centre.proposal, name="proposal"),
    path("office/", office.queue, name="office"),
    path("office/former/", office.former, name="former"),
    path("office/counts/", office.queue_counts, name="office_counts"),
    path("absences/", absences.absences, name="absences"),
    path("absences/<int:pk>/end/", absences.end, name="end_absence"),
    path("roster/", roster.roster, name="roster"),
    path("watch/", roster.watch, name="watch"),
    path("bulk/", bulk.prepare, name="prepare_bulk"),
    path("bulk/count/", bulk.count, name="bulk_count"),
    path("bulk/mine/", bulk.jobs, name="bulk_jobs"),
    path("bulk/<int:pk>/", bulk.job, name="bulk_job"),
    path("bulk/<int:pk>/confirm/", bulk.confirm, name="confirm_bulk"),
    path("bulk/<int:pk>/cancel/", bulk.cancel, name="cancel_bulk"),
    path("views/", savedviews.mine, name="saved_views"),
    path("views/save/", savedviews.save, name="save_view"),
    path("views/<int:pk>/", savedviews.change, name="change_view"),
    path("audit/", record.audit, name="audit"),
    path("audit/verify/", record.verify, name="verify"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.mark_all_read, name="mark_all_read"),
    path("inbox/<int:pk>/", inbox.open_notice, name="open_notice"),
]

urlpatterns = [*account_pages, *enterprise_pages, *export_pages, *desk_pages, *case_pages]
