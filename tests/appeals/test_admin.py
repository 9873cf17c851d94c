"""/admin/ is for configuration and accounts: in the administrator's language, and without a word of a case."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.utils.functional import Promise

from appeals import models as appeals_models
from appeals.models import Enterprise, LimitRun, Timer
from chains.models import User
from chains.taxonomy import Role
from tests.appeals.pages import signed_in
from tests.factory import SCIENCE, make_appeal, make_user

OURS = ("chains", "routing", "appeals")
REGISTERED = [model for model in admin.site._registry if model._meta.app_label in OURS]
INLINES = [inline.model for row in admin.site._registry.values() for inline in row.inlines]
SHOWN = sorted({*REGISTERED, *INLINES}, key=lambda model: model._meta.label)


@pytest.fixture
def sysadmin():
    user = make_user(Role.SYSADMIN)
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    return User.objects.get(pk=user.pk)


def test_no_case_content_is_registered():
    of_cases = {getattr(appeals_models, name) for name in appeals_models.__all__}
    assert of_cases & set(REGISTERED) == {Enterprise, LimitRun, Timer}, "of a timer: a number, a clock, an error"
    assert {model.__name__ for model in of_cases & set(INLINES)} == {"Membership"}


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model._meta.label)
def test_every_name_and_label_is_looked_up_in_the_catalogue(model):
    names = {"": model._meta.verbose_name, "plural": model._meta.verbose_name_plural}
    names |= {field.name: field.verbose_name for field in model._meta.fields if not field.auto_created}
    assert [name for name, words in names.items() if not isinstance(words, Promise)] == []


@pytest.mark.parametrize("label", sorted({model._meta.app_label for model in SHOWN}))
def test_every_app_has_a_name_in_the_catalogue(label):
    app = apps.get_app_config(label)
    assert isinstance(app.verbose_name, Promise)


@pytest.mark.django_db
def test_an_administrator_opens_every_list_and_form_and_reads_no_case(sysadmin):
    case = make_appeal("signed")
    browser = signed_in(sysadmin)
    for model, row in admin.site._registry.items():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        page = browser.get(base)
        assert page.status_code == 200, base
        assert case.title not in page.content.decode()
        if row.has_add_permission(page.wsgi_request):
            assert browser.get(f"{base}add/").status_code == 200, base


@pytest.mark.django_db
def test_an_administrator_sees_no_case_elsewhere_either(sysadmin):
    case = make_appeal("signed")
    browser = signed_in(sysadmin)
    assert browser.get(case.get_absolute_url()).status_code == 404
    assert browser.get(f"/api/v1/appeals/{case.number}/").status_code == 404


@pytest.mark.django_db
def test_the_icon_is_named_so_that_no_browser_asks_for_another(sysadmin):
    page = signed_in(sysadmin).get("/admin/").content.decode()
    assert re.search(r'<link[^>]*rel="icon"[^>]*href="/static/appeals/favicon\.svg"', page, re.DOTALL)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.HEAD, Role.DIRECTOR, Role.LEADER])
def test_others_do_not_get_in(role):
    answer = signed_in(make_user(role, SCIENCE)).get("/admin/")
    assert answer.status_code == 302
