from django.urls import path, register_converter

from appeals.api import attachments, exports, former, views
from appeals.api.token import Token
from appeals.steps import STEPS
from appeals.table import MOVES


class NumberConverter:
    regex = "QY[0-9]{15}"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


register_converter(NumberConverter, "appeal")

urlpatterns = [
    path("auth/token/", Token.as_view()),
    path("appeals/", views.Appeals.as_view()),
    path("appeals/former/", former.Former.as_view()),
    path("appeals/export/", exports.Export.as_view()),
    path("appeals/<appeal:number>/", views.Detail.as_view()),
    path("appeals/<appeal:number>/events/", views.Events.as_view()),
    path("appeals/<appeal:number>/moves/", views.Moves.as_view()),
    path("attachments/", attachments.Staged.as_view()),
    path("appeals/<appeal:number>/attachments/", attachments.OfCase.as_view()),
    path("appeals/<appeal:number>/attachments/<int:pk>/", attachments.OneOfCase.as_view()),
    *(path(f"appeals/<appeal:number>/{verb}/", views.step(MOVES[verb])) for verb in STEPS),
]
