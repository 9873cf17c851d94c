"""One step on many appeals: previewed with reasons, confirmed once, done row by row as its owner of that moment."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection, connections
from django.utils import timezone
from kombu import Connection
from kombu.pools import producers

from appeals import bulk, handling
from appeals.models import Appeal, BulkJob, BulkRow, Event
from appeals.states import Status
from appeals.tasks import sweep_bulk
from chains.models import Audit, Post
from tests.appeals.bulks import confirm, fresh, prepared, run
from tests.factory import LABOUR, SCIENCE, City, actor, make_appeal, make_user
from tests.pages import see, signed_in, text

pytestmark = pytest.mark.django_db


def events(verb) -> list[str]:
    return sorted(Event.objects.filter(verb=verb).values_list("appeal__title", flat=True))


def test_several_cases_are_signed_by_one_press():
    city = City()
    cases = [fresh(Status.DISPATCHED, city, title=f"第{n}件") for n in range(3)]
    other = fresh(Status.DISPATCHED, city, title="不选")
    job = prepared(city.handler, "sign", cases)
    page = see(city.handler, f"/bulk/{job.pk}/")
    assert "Sign: 3 appeals" in page
    assert events("sign") == []
    answer = confirm(city.handler, job)
    assert answer.headers["Location"] == f"/bulk/{job.pk}/"
    assert run(job) == {f"第{n}件": ("done", "") for n in range(3)}
    assert job.state == BulkJob.State.DONE
    assert events("sign") == ["第0件", "第1件", "第2件"]
    assert {case.handler for case in Appeal.objects.filter(status=Status.SIGNED)} == {city.handler}
    other.refresh_from_db()
    assert other.status == Status.DISPATCHED
    page = see(city.handler, f"/bulk/{job.pk}/")
    assert "3 / 3" in page
    assert "every 2s" not in page
    assert f'href="/appeals/{cases[0].number}/"' in page


def test_the_preview_says_to_how_many_it_cannot_be_done_and_why():
    city = City()
    mixed = [fresh(status, city, title=status) for status in (Status.DISPATCHED, Status.SIGNED, Status.VISITING)]
    mixed += [fresh(Status.SIGNED, city, title="又一件")]
    mixed += [fresh(Status.DISPATCHED, city, lead=LABOUR, support=(SCIENCE,), title="别家的")]
    job = prepared(city.handler, "sign", mixed)
    context = signed_in(city.handler).get(f"/bulk/{job.pk}/").context
    assert [case.title for case in context["found"].able] == ["dispatched"]
    assert {str(reason): count for reason, count, _cases in context["reasons"]} == {
        "“Sign” is not possible while the appeal is “In progress”.": 2,
        "“Sign” is not possible while the appeal is “Awaiting rating”.": 1,
        "“Sign” is for: Handler、Department head.": 1,
    }
    confirm(city.handler, job)
    found = run(job)
    assert found["dispatched"] == ("done", "")
    assert [state for state, _reason in found.values()].count("refused") == 4
    assert "not possible while" in found["又一件"][1]
    assert events("sign").count("dispatched") == 1


def test_where_it_can_be_done_to_none_there_is_nothing_to_confirm():
    city = City()
    job = prepared(city.handler, "sign", [fresh(Status.SIGNED, city)])
    assert "/confirm/" not in see(city.handler, f"/bulk/{job.pk}/")
    page = confirm(city.handler, job)
    assert page.status_code == 409
    assert "None of these appeals allows it now." in text(page)
    assert BulkJob.objects.get().state == BulkJob.State.PREVIEWED


def test_the_head_assigns_many_to_one_of_the_office():
    city = City()
    cases = [fresh(Status.DISPATCHED, city, title=f"第{n}件") for n in range(2)]
    colleague, stranger = make_user("handler", SCIENCE), make_user("handler", LABOUR)
    job = prepared(city.head, "assign", cases)
    assert f'<option value="{colleague.username}"' in see(city.head, f"/bulk/{job.pk}/")
    for wrong in ("", stranger.username, "nobody"):
        page = confirm(city.head, job, handler=wrong)
        assert page.status_code == 400
        assert 'id="assign-handler-error"' in text(page)
    confirm(city.head, job, handler=colleague.username)
    assert {state for state, _reason in run(job).values()} == {"done"}
    assert {case.handler for case in Appeal.objects.all()} == {colleague}


def test_a_head_of_two_offices_learns_which_cases_the_handler_cannot_take():
    city = City()
    ours = fresh(Status.DISPATCHED, city, title="市局的")
    theirs = fresh(Status.DISPATCHED, city, lead="330802-KJJ", title="区局的")
    job = prepared(city.head, "assign", [ours, theirs])
    confirm(city.head, job, handler=city.handler.username)
    found = run(job)
    assert found["市局的"] == ("done", "")
    assert found["区局的"][0] == "refused"
    assert "does not work in the department" in found["区局的"][1]


def test_a_note_goes_to_all_of_them_and_stays_hidden_where_one_says_so():
    city = City()
    cases = [fresh(status, city) for status in (Status.TRIAGE, Status.SIGNED)]
    job = prepared(city.director, "note", cases, what="every")
    assert confirm(city.director, job, text="  ", internal="true").status_code == 400
    confirm(city.director, job, text="台风停工，统一备注", internal="true")
    run(job)
    assert [(event.text, event.internal) for event in Event.objects.filter(verb="note")] == [
        ("台风停工，统一备注", True)
    ] * 2


def test_the_supervisor_orders_many_at_once():
    city = City()
    cases = [make_appeal(Status.DISPATCHED, city=city, title=f"第{n}件") for n in range(2)]
    job = prepared(city.supervisor, "supervise", cases, what="every")
    assert job.total == 2
    answer_by = timezone.localdate() + timedelta(days=5)
    confirm(city.supervisor, job, order="请说明超期原因", answer_by=answer_by.isoformat())
    assert set(run(job).values()) == {("done", "")}
    assert events("supervise") == ["第0件", "第1件"]


def test_a_row_that_changed_meanwhile_says_so():
    city = City()
    cases = [fresh(Status.DISPATCHED, city, title=title) for title in ("签了", "改派了", "原样")]
    job = prepared(city.head, "sign", cases)
    confirm(city.head, job)
    by = actor(city.head)
    handling.sign(cases[0], by=actor(city.handler))
    handling.assign(cases[1], by=by, handler=city.handler)
    found = run(job)
    assert found["签了"] == ("refused", "“Sign” is not possible while the appeal is “In progress”.")
    assert found["改派了"] == found["原样"] == ("done", "")
    assert set(job.rows.filter(has_changed=True).values_list("appeal__title", flat=True)) == {"签了", "改派了"}
    assert see(city.head, f"/bulk/{job.pk}/").count("it had changed since the preview") == 2


def test_each_row_is_done_as_its_owner_of_that_moment():
    city = City()
    fresh(Status.DISPATCHED, city, title="一")
    job = prepared(city.handler, "sign", which="all", query="view=all")
    confirm(city.handler, job)
    Post.objects.filter(user=city.handler).update(ends_on=timezone.localdate() - timedelta(days=1))
    assert run(job)["一"] == ("refused", "You can no longer see this appeal.")
    assert "一" not in re.sub(r"<title>.*?</title>", "", see(city.handler, f"/bulk/{job.pk}/"))


def test_a_closed_account_does_nothing_any_more():
    city = City()
    case = fresh(Status.DISPATCHED, city, title="一")
    job = prepared(city.handler, "sign", [case])
    confirm(city.handler, job)
    city.handler.is_active = False
    city.handler.save()
    assert run(job)["一"][0] == "refused"


def test_confirmed_twice_it_runs_once_and_leaves_one_line_in_the_audit():
    city = City()
    case = fresh(Status.SIGNED, city)
    job = prepared(city.handler, "note", [case])
    confirm(city.handler, job, text="一次", internal="true")
    page = signed_in(city.handler).post(f"/bulk/{job.pk}/confirm/", {"text": "两次"}, follow=True)
    assert "This had been confirmed already" in text(page)
    run(job)
    run(job)
    assert list(Event.objects.filter(verb="note").values_list("text", flat=True)) == ["一次"]
    line = Audit.objects.get(kind="bulk")
    assert (line.actor_id, line.subject, line.data) == (city.handler.pk, str(job.pk), {"verb": "note", "appeals": 1})


def test_a_broken_row_is_set_aside_and_the_others_go_on(monkeypatch):
    city = City()
    cases = [fresh(Status.SIGNED, city, title=title) for title in ("好", "坏", "也好")]
    job = prepared(city.handler, "note", cases)
    confirm(city.handler, job, text="备注", internal="true")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.appeal_id = "
            f"{cases[1].pk} THEN RAISE EXCEPTION $$broken$$; END IF; RETURN NEW; END'; "
            "CREATE TRIGGER break BEFORE INSERT ON appeals_event FOR EACH ROW EXECUTE FUNCTION break()"
        )
    found = run(job)
    assert found["好"] == found["也好"] == ("done", "")
    assert found["坏"][0] == "broken"
    assert "broken" not in found["坏"][1]
    assert job.state == BulkJob.State.DONE


def test_with_the_broker_down_the_job_waits_and_the_sweep_picks_it_up(monkeypatch, django_capture_on_commit_callbacks):
    city = City()
    job = prepared(city.handler, "sign", [fresh(Status.DISPATCHED, city, title="一")])
    nowhere = producers[Connection("redis://127.0.0.1:1/0")]
    with monkeypatch.context() as down, django_capture_on_commit_callbacks(execute=True):
        down.setattr(current_app.amqp, "_producer_pool", nowhere)
        assert confirm(city.handler, job).status_code == 302
    assert "Waiting" in see(city.handler, f"/bulk/{job.pk}/")
    woken = []
    monkeypatch.setattr(bulk, "wake", woken.append)
    sweep_bulk()
    assert woken == []  # whoever works on it has a minute
    BulkJob.objects.update(touched_at=timezone.now() - timedelta(seconds=61))
    sweep_bulk()
    assert woken == [job.pk]
    assert run(job)["一"] == ("done", "")
    sweep_bulk()
    assert woken == [job.pk]


def test_old_previews_and_old_jobs_are_forgotten():
    city = City()
    case, now = fresh(Status.DISPATCHED, city), timezone.now()
    old, done, new = (prepared(city.handler, "sign", [case]) for _ in range(3))
    BulkJob.objects.numbered(old.pk).update(asked_at=now - timedelta(days=1, minutes=1))
    confirm(city.handler, done)
    run(done)
    BulkJob.objects.numbered(done.pk).update(finished_at=now - timedelta(days=29))
    bulk.sweep(now)
    assert set(BulkJob.objects.values_list("pk", flat=True)) == {done.pk, new.pk}
    bulk.sweep(now + timedelta(days=2))
    assert not BulkJob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_confirmations_at_once_one_counts_and_each_case_is_done_once():
    city = City()
    cases = [fresh(Status.DISPATCHED, city, title=f"第{n}件") for n in range(6)]
    job = prepared(city.handler, "sign", cases)
    by = actor(city.handler)

    def at_once(act):
        def alone(_n):
            try:
                return act()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(alone, range(4)))

    assert sorted(at_once(lambda: bulk.confirm(job, {}, by=by, at=timezone.now()))) == [False, False, False, True]
    at_once(lambda: bulk.work(job.pk))
    job.refresh_from_db()
    assert job.state == BulkJob.State.DONE
    assert set(BulkRow.objects.values_list("state", flat=True)) == {"done"}
    assert events("sign") == sorted(case.title for case in cases)
    assert Audit.objects.filter(kind="bulk").count() == 1
