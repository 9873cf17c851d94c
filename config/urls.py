from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView

from appeals.api import problems
from appeals.api import urls as appeals_api
from appeals.views import accounts, receiving
from chains import api as chains_api
from config import docs, health, metrics
from routing import api as routing_api

handler400 = receiving.too_large

urlpatterns = [
    # One door for signing in and out.
    path("admin/login/", accounts.into_admin),
    path("admin/logout/", accounts.logout),
    path("admin/", admin.site.urls),
    # Whoever has not signed in yet reads pages, too.
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("api/v1/", include([*appeals_api.urlpatterns, *routing_api.urlpatterns, *chains_api.urlpatterns])),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", docs.document, name="docs"),
    # Whatever else lies under /api/ answers here: no redirect to a slash or to the login page.
    re_path(r"^api(/.*)?$", problems.nowhere),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("", include("chains.urls")),
    path("", include("appeals.urls")),
]
