"""The pages of the record: who did what when from where, without a text, for those who watch over it."""

import pytest

from appeals import anchoring, auditing, handling, oversight, tasks
from appeals.states import Status
from chains import audit
from chains.models import Audit
from chains.taxonomy import Role
from tests.factory import CENTRE, SCIENCE, City, actor, at, make_appeal, make_enterprise, make_member, make_user
from tests.pages import see, signed_in, text

pytestmark = pytest.mark.django_db
NOON = at(9, 8, 12)
SECRETS = ("高企认定材料", "需要哪些材料", "已与企业电话联系", "衢州保密有限公司", "内部意见")


@pytest.fixture
def case():
    city = City()
    city._people["member"] = make_member(make_enterprise(name="衢州保密有限公司"), username="经办人")
    case = make_appeal(Status.SIGNED, city=city)
    handling.note(case, by=actor(city.handler), text="内部意见", at=NOON)
    return case


@pytest.fixture
def auditor():
    return make_user(Role.AUDITOR, username="auditor1")


def holder(role, office=None):
    return make_user(role, office)


class TestRecord:
    @pytest.mark.parametrize("role", [Role.TRIAGE, Role.DIRECTOR])
    def test_the_centre_reads_it_and_comes_from_the_case(self, case, role):
        user = holder(role, CENTRE)
        path = f"/appeals/{case.number}/record/"
        assert f'href="{path}"' in see(user, f"/appeals/{case.number}/")
        assert f'href="/appeals/{case.number}/"' in see(user, path)

    def test_the_reviewer_reads_that_of_the_appeals_before_him(self):
        reviewer = holder(Role.REVIEWER, CENTRE)
        see(reviewer, f"/appeals/{make_appeal(Status.REPLIED).number}/record/")
        assert signed_in(reviewer).get(f"/appeals/{make_appeal(Status.TRIAGE).number}/record/").status_code == 404

    @pytest.mark.parametrize(
        ("role", "office"),
        [(Role.HANDLER, SCIENCE), (Role.HEAD, SCIENCE), (Role.SYSADMIN, None), (Role.LEADER, None), (None, None)],
    )
    def test_nobody_else_finds_it(self, case, role, office):
        assert signed_in(make_user(role, office)).get(f"/appeals/{case.number}/record/").status_code == 404

    def test_the_office_has_no_link_to_it(self, case):
        assert "/record/" not in see(case.handler, f"/appeals/{case.number}/")

    def test_a_number_that_is_none_is_not_there(self, auditor):
        assert signed_in(auditor).get("/appeals/no-number/record/").status_code == 404

    def test_each_line_says_what_who_when_and_from_where(self, case, auditor):
        client = signed_in(case.handler)
        client.post(f"/appeals/{case.number}/note/", {"version": case.version, "text": "x"}, REMOTE_ADDR="192.0.2.7")
        page = see(auditor, f"/appeals/{case.number}/record/")
        event = case.events.last()
        for part in ("192.0.2.7", event.hash[:12], str(case.handler), "科技局", "Dispatched → In progress"):
            assert part in page
        assert "2026-09-07 09:00:00" in page  # when it was filed

    def test_a_reminder_says_how_late_it_came(self, case, auditor):
        oversight.sweep(at(12, 1))
        page = see(auditor, f"/appeals/{case.number}/record/")
        assert f"{case.events.of_verb('due').first().late_by // 1440} d " in page

    def test_the_auditor_reads_lines_without_texts_and_cannot_open_the_case(self, case, auditor):
        page = see(auditor, f"/appeals/{case.number}/record/")
        assert [word for word in SECRETS if word in page] == []
        assert f'href="/appeals/{case.number}/"' not in page
        assert signed_in(auditor).get(f"/appeals/{case.number}/").status_code == 404

    def test_it_asks_few_times(self, case, auditor, django_assert_max_num_queries):
        client = signed_in(auditor)
        with django_assert_max_num_queries(10):
            client.get(f"/appeals/{case.number}/record/")


class TestAudit:
    def test_the_auditor_begins_the_day_there(self, auditor):
        assert signed_in(auditor).get("/home/").headers["Location"] == "/audit/"
        assert 'href="/audit/"' in see(auditor, "/audit/")

    @pytest.mark.parametrize(
        ("role", "office", "status"),
        [
            (Role.AUDITOR, None, 200),
            (Role.DIRECTOR, CENTRE, 200),
            (Role.TRIAGE, CENTRE, 403),
            (Role.SYSADMIN, None, 403),
            (Role.LEADER, None, 403),
            (None, None, 403),
        ],
    )
    def test_it_is_for_auditor_and_director(self, role, office, status):
        client = signed_in(make_user(role, office))
        assert client.get("/audit/").status_code == status
        assert client.post("/audit/verify/").status_code == (302 if status == 200 else 403)

    def test_it_shows_lines_without_texts(self, case, auditor):
        data = {"field": "contact_phone", "event": 3}
        audit.note(Audit.Kind.REVEAL, by=case.handler.pk, subject=case.number, data=data, origin="192.0.2.7", at=NOON)
        page = see(auditor, "/audit/")
        for part in ("Contact looked at", case.number, "Phone", "192.0.2.7", str(case.handler), "2026-09-08 12:00:00"):
            assert part in page
        assert [word for word in SECRETS if word in page] == []

    @pytest.mark.parametrize(
        ("kind", "data", "words"),
        [
            ("export", {"rows": 3, "filters": {"q": "衢州保密有限公司"}}, "3 rows"),
            ("import", {}, "Data imported"),
            (
                "configuration",
                {"action": "changed", "model": "chains.topic", "fields": ["Level"]},
                "chains.topic changed: Level",
            ),
            ("membership", {"decision": "confirmed", "enterprise": 1}, "may speak for an enterprise"),
            ("login_failed", {"locked": True}, "locked out"),
            ("download", {"name": "衢州保密有限公司.pdf"}, "File downloaded"),
        ],
    )
    def test_each_kind_is_told_in_words(self, auditor, kind, data, words):
        audit.note(kind, by=None, data=data, at=NOON)
        page = see(auditor, "/audit/")
        assert words in page
        assert "保密" not in page

    def test_it_is_narrowed_by_kind_person_and_day(self, auditor):
        chen = make_user(username="chen", name="陈明")
        audit.note("login", by=chen.pk, origin="10.0.0.1", at=at(9, 7, 23, 59))
        audit.note("login", by=None, origin="10.0.0.2", at=at(9, 8, 0, 0))
        audit.note("export", by=chen.pk, origin="10.0.0.3", at=at(9, 8, 23, 59))

        def shown(query):
            page = see(auditor, f"/audit/?{query}")
            return [n for n in (1, 2, 3) if f"10.0.0.{n}" in page]

        assert shown("") == [1, 2, 3]
        assert shown("kind=login") == [1, 2]
        assert shown("person=chen") == shown("person=陈明") == [1, 3]
        assert shown("day=2026-09-08") == [2, 3]
        assert shown("day=2026-09-08&person=chen&kind=export") == [3]
        assert shown("person=nobody") == []
        assert shown("kind=nonsense&day=yesterday&before=x") == [1, 2, 3]

    def test_it_has_pages_that_keep_what_was_asked(self, auditor):
        for n in range(120):
            audit.note("login" if n % 2 else "export", by=None, subject=f"<{n}>", at=NOON)
        page = see(auditor, "/audit/?kind=login")
        assert page.count("Signed in</th>") == 50
        assert 'href="?kind=login&amp;before=22"' in page
        last = see(auditor, "/audit/?kind=login&before=22")
        assert last.count("Signed in</th>") == 10
        assert "Older lines" not in last
        assert "&lt;1&gt;" in last

    def test_the_number_of_an_appeal_leads_to_its_record(self, case, auditor):
        client = signed_in(auditor)
        assert (
            client.get(f"/audit/?number={case.number.lower()}").headers["Location"] == f"/appeals/{case.number}/record/"
        )
        for number in ("QY202609070000001", "'; --"):
            assert "There is no appeal with this number" in text(client.get("/audit/", {"number": number}))

    def test_it_asks_few_times(self, auditor, django_assert_max_num_queries):
        for _line in range(60):
            audit.note("login", by=auditor.pk, at=NOON)
        client = signed_in(auditor)
        with django_assert_max_num_queries(10):
            client.get("/audit/")


class TestVerification:
    def test_it_says_that_nobody_has_verified_yet(self, auditor):
        assert see(auditor, "/audit/").count("never yet") == 2

    def test_it_says_how_the_last_one_went(self, case, auditor):
        anchoring.anchor(NOON)
        auditing.verify_on_record(by=auditor.pk, at=NOON)
        page = see(auditor, "/audit/")
        assert "both chains hold: 5 events, 1 lines" in page
        assert "light--met" in page

    def test_it_says_where_the_chain_does_not_hold(self, case, auditor):
        data = {"holds": False, "where": f"{case.number} 2", "fault": "missing", "events": 0, "lines": 0}
        audit.note("verification", by=None, data=data, at=NOON)
        assert f"does not hold at {case.number} 2: it is missing" in see(auditor, "/audit/")

    def test_the_auditor_has_a_worker_verify(self, case, auditor, monkeypatch, settings):
        sent = []
        monkeypatch.setattr("celery.current_app.send_task", lambda name, **options: sent.append((name, options)))
        answer = signed_in(auditor).post("/audit/verify/", REMOTE_ADDR="192.0.2.7")
        assert answer.headers["Location"] == "/audit/"
        ((name, options),) = sent
        assert name == tasks.verify_record.name
        tasks.verify_record(**options["kwargs"])
        row = Audit.objects.newest().first()
        assert (row.kind, row.actor, row.origin) == ("verification", auditor, "192.0.2.7")
