"""What leaves a line in the audit: who signs in and out, who gets a token, who decides, who changes the rules."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.test import Client

from appeals import intake, membership, privacy
from appeals.intake import Filing
from appeals.models import Membership
from appeals.states import Refused, Status, Why
from chains.models import Audit, District, Post
from chains.recorded import ModelAdmin
from chains.taxonomy import Role
from tests.api import Api
from tests.appeals.test_api_together import together
from tests.factory import CENTRE, PASSWORD, City, actor, at, credit_code, make_appeal, make_enterprise, make_user

NOON = at(9, 8, 12)
FROM = {"REMOTE_ADDR": "192.0.2.7"}
db = pytest.mark.django_db


def lines(*columns):
    return list(Audit.objects.order_by("seq").values_list(*columns))


@db
class TestSigningIn:
    def test_in_and_out_leave_a_line_each(self, client):
        clerk = make_user(username="chen")
        client.post("/accounts/login/", {"username": "chen", "password": PASSWORD}, **FROM)
        client.post("/accounts/logout/", **FROM)
        assert lines("kind", "actor", "origin") == [
            ("login", clerk.pk, "192.0.2.7"),
            ("logout", clerk.pk, "192.0.2.7"),
        ]

    def test_whoever_is_not_signed_in_leaves_none_by_signing_out(self, client):
        client.post("/accounts/logout/")
        assert lines("kind") == []

    @pytest.mark.parametrize(("typed", "kept"), [("chen", "chen"), ("a password typed too early", "")])
    def test_a_wrong_password_leaves_the_name_of_an_account_only(self, client, typed, kept):
        make_user(username="chen")
        client.post("/accounts/login/", {"username": typed, "password": "wrong"}, **FROM)
        Api().post("auth/token/", {"username": typed, "password": "wrong"})
        assert lines("kind", "actor", "subject") == [("login_failed", None, kept)] * 2

    def test_a_lock_is_said(self, client):
        make_user(username="chen")
        for _time in range(11):
            answer = client.post("/accounts/login/", {"username": "chen", "password": "wrong"})
        assert answer.status_code == 429
        assert [data for (data,) in lines("data")][-2:] == [{"locked": True}] * 2

    def test_an_empty_form_is_no_attempt_at_an_account(self, client):
        assert client.post("/accounts/login/", {}).status_code == 200
        assert lines("kind", "subject") == [("login_failed", "")]

    def test_a_token_leaves_a_line_without_the_token(self):
        clerk = make_user(username="chen")
        answer = Api().post("auth/token/", {"username": "chen", "password": PASSWORD})
        assert lines("kind", "actor", "data") == [("token", clerk.pk, {})]
        assert answer.json()["token"]

    def test_the_admin_has_no_door_of_its_own(self, client):
        assert client.get("/admin/").headers["Location"] == "/admin/login/?next=/admin/"
        assert client.get("/admin/login/?next=/admin/").headers["Location"] == "/accounts/login/?next=%2Fadmin%2F"
        client.force_login(make_user())
        assert client.get("/admin/login/?next=/admin/").status_code == 403


@db
def test_looking_at_a_contact_leaves_a_line_beside_the_event():
    city = City()
    case = make_appeal(Status.TRIAGE, city=city)
    event = privacy.reveal(case, by=actor(city.triage), field="contact_phone", purpose="核对", at=NOON)
    row = Audit.objects.get()
    assert (row.kind, row.actor, row.subject) == ("reveal", city.triage, case.number)
    assert row.data == {"field": "contact_phone", "event": event.seq}  # the purpose is a text and stays on the case


@db
@pytest.mark.parametrize("decide", [membership.confirm, membership.refuse])
def test_a_decision_on_a_membership_leaves_a_line(decide):
    centre, person = make_user(Role.TRIAGE, CENTRE), make_user()
    enterprise = make_enterprise()
    row = decide(membership.join(enterprise, by=person, name="陈明", at=NOON), by=actor(centre), at=NOON)
    assert lines("kind", "actor", "subject", "data") == [
        (
            "membership",
            centre.pk,
            person.username,
            {"enterprise": enterprise.pk, "decision": row.state, "role": row.role},
        )
    ]
    assert row.state in (Membership.State.CONFIRMED, Membership.State.REFUSED)


@db
class TestAdministration:
    @pytest.fixture
    def browser(self):
        browser = Client(REMOTE_ADDR="192.0.2.7")
        browser.force_login(make_user(Role.SYSADMIN, username="sys", is_staff=True, is_superuser=True))
        return browser

    def test_a_change_names_the_fields_but_no_values(self, browser):
        address = "/admin/chains/district/330802/change/"
        form = browser.get(address).context["adminform"].form
        values = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}
        browser.post(address, values | {"name": "另一个名称"})
        assert District.objects.get(pk="330802").name == "另一个名称"
        row = Audit.objects.get()
        assert (row.kind, row.actor.username, row.origin) == ("configuration", "sys", "192.0.2.7")
        assert (row.data["action"], row.data["model"], row.data["pk"]) == ("changed", "chains.district", "330802")
        assert [field.lower() for field in row.data["fields"]] == ["name"]
        assert "另一个名称" not in str(row.data)

    def test_what_is_added_and_deleted_leaves_a_line_too(self, browser):
        clerk = make_user(username="chen")
        post = {"user": clerk.pk, "role": "leader", "department": "", "starts_on": "2026-01-01", "ends_on": ""}
        browser.post("/admin/chains/post/add/", post)
        row = Post.objects.get(user=clerk)
        browser.post(f"/admin/chains/post/{row.pk}/delete/", {"post": "yes"})
        assert [(data["action"], data["pk"]) for (data,) in lines("data")] == [
            ("added", str(row.pk)),
            ("deleted", str(row.pk)),
        ]
        assert lines("subject")[0] == (str(row),)

    def test_an_enterprise_is_named_by_its_code(self, browser):
        enterprise = make_enterprise(name="衢州保密有限公司")
        browser.post(
            "/admin/appeals/enterprise/",
            {"action": "delete_selected", "_selected_action": enterprise.pk} | {"post": "yes"},
        )
        row = Audit.objects.get()
        assert row.subject == enterprise.credit_code
        assert "保密" not in str(row.data)

    def test_every_admin_of_the_house_is_recorded(self):
        assert [model for model, shown in admin.site._registry.items() if not isinstance(shown, ModelAdmin)] == []

    def test_nobody_issues_a_token_for_somebody_else(self, browser):
        assert browser.get("/admin/knox/authtoken/add/").status_code == 403

    def test_neither_record_is_in_the_admin(self):
        assert not {"Event", "Audit", "Appeal"} & {model.__name__ for model in admin.site._registry}


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_the_last_look_of_the_hour_is_had_once(self):
        city = City()
        cases = [make_appeal(Status.TRIAGE, city=city) for _case in range(3)]
        clerk = actor(city.triage)
        for _look in range(privacy.MOST_AN_HOUR - 1):
            privacy.reveal(cases[0], by=clerk, field="contact_phone", purpose="核对", at=NOON)

        def look(case):
            try:
                return privacy.reveal(case, by=clerk, field="contact_phone", purpose="核对", at=NOON)
            except Refused as refused:
                assert refused.why == Why.LIMITED
                return None

        answers = together(*(lambda case=case: look(case) for case in cases))
        assert len([answer for answer in answers if answer]) == 1

    def test_the_last_filing_of_the_hour_is_taken_once(self, settings):
        settings.FILINGS_PER_HOUR = 2
        city = City()
        make_appeal(Status.TRIAGE, city=city, filed_at=NOON)
        by, filing = actor(city.member), Filing(title="用工难", description="招不到工人", enterprise=city.enterprise)

        def file():
            try:
                return intake.accept(filing, by=by, at=NOON + timedelta(minutes=1))
            except Refused as refused:
                assert refused.why == Why.LIMITED
                return None

        answers = together(*[file] * 4)
        assert len([answer for answer in answers if answer]) == 1


@db
def test_a_look_of_an_hour_ago_counts_no_more():
    city = City()
    case, clerk = make_appeal(Status.TRIAGE, city=city), actor(city.triage)
    for look in range(privacy.MOST_AN_HOUR):
        privacy.reveal(case, by=clerk, field="contact_phone", purpose="核对", at=NOON + timedelta(minutes=look))
    with pytest.raises(Refused) as refused:
        privacy.reveal(case, by=clerk, field="contact_phone", purpose="核对", at=NOON + timedelta(minutes=30))
    assert refused.value.retry_after == 30 * 60 + 1
    assert privacy.reveal(case, by=clerk, field="contact_phone", purpose="核对", at=NOON + timedelta(minutes=61))


@db
def test_accounts_and_enterprises_from_a_file_leave_a_line_each(tmp_path):
    staff, register = tmp_path / "staff.csv", tmp_path / "register.csv"
    staff.write_text("username,name,email,office,role,from,to\nchen,陈明,,,auditor,2026-01-01,\n", "utf-8")
    register.write_text(
        f"credit_code,name,district,park,industry,size\n{credit_code(7)},衢州保密有限公司,330800,,,\n", "utf-8"
    )
    call_command("import_staff", staff, stdout=StringIO())
    call_command("import_enterprises", register, stdout=StringIO())
    assert lines("kind", "subject", "data") == [
        ("import", "staff.csv", {"rows": 1}),
        ("import", "register.csv", {"rows": 1}),
    ]
