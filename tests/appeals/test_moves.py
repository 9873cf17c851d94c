"""Every step of the table on real rows: what it writes, and that a refused one writes nothing."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from appeals import facts, handling, steps
from appeals.models import Appeal, Clock, Request, Timer
from appeals.moves import claim, move
from appeals.states import Refused, Status, Why
from appeals.table import MOVES
from chains.models import CaseFact
from tests.factory import LABOUR, SCIENCE, City, actor, at, make_appeal

pytestmark = pytest.mark.django_db

NOW = at(9, 8, 10)
VALUES = {
    "dispatch": {"topic": "N01", "level": "B", "lead": SCIENCE},
    "decline": {"ground": "petition", "explanation": "请到信访局反映。"},
    "sign": {},
    "hand_back": {"reason": "不属本局职责", "proposed_lead": LABOUR},
    "decide_hand_back": {"granted": True, "reason": "同意"},
    "assign": {},
    "contact": {"note": "已电话联系"},
    "note": {"text": "内部备注", "internal": True},
    "message": {"text": "请补充材料"},
    "reveal": {"field": "contact_phone", "purpose": "联系企业"},
    "reply": {"outcome": "solved", "text": "已解决。"},
    "review": {"passed": True},
    "visit": {"reached": True, "note": "满意", "solved": "yes", "stars": 5},
    "rate": {"solved": "yes", "stars": 5},
    "redo": {"reason": "企业反映未解决"},
    "withdraw": {"reason": "已自行解决"},
}
WALKED = [status for status in Status if status not in (Status.PARKED, Status.MERGED)]


def person(city: City, verb: str):
    if verb == "decide_hand_back":  # the triage officer dispatched by hand
        return actor(city.director)
    by_part = {
        "triage": city.triage,
        "reviewer": city.reviewer,
        "handler": city.handler,
        "head": city.head,
        "member": city.member,
    }
    return actor(next(who for part, who in by_part.items() if part in MOVES[verb].who))


def prepare(case: Appeal, verb: str, city: City) -> Appeal:
    """What `verb` needs besides the right status."""
    if verb == "redo":
        steps.take(case, "visit", VALUES["visit"], by=actor(city.reviewer), version=case.version, at=NOW)
    if verb == "hand_back" and case.contacted_at:
        Appeal.objects.filter(pk=case.pk).update(contacted_at=None)
    if verb == "decide_hand_back":
        Appeal.objects.filter(pk=case.pk).update(contacted_at=None, dispatched_by=None)
        fresh = Appeal.objects.get(pk=case.pk)
        steps.take(fresh, "hand_back", VALUES["hand_back"], by=actor(city.handler), version=fresh.version, at=NOW)
    if verb == "rate" and case.status == Status.CLOSED:
        Appeal.objects.filter(pk=case.pk).update(closed_unrated=True)
    return Appeal.objects.get(pk=case.pk)


def row_of(case: Appeal) -> dict:
    return Appeal.objects.filter(pk=case.pk).values().get()


def everything_of(case: Appeal) -> tuple:
    return (
        row_of(case),
        list(case.events.values()),
        list(Clock.objects.filter(appeal=case).values()),
        list(Timer.objects.filter(clock__appeal=case).values()),
        list(Request.objects.filter(appeal=case).values()),
        CaseFact.objects.filter(pk=case.number).values().get(),
    )


def check_accepted(case, verb, city):
    case = prepare(case, verb, city)
    before, lines = row_of(case), case.events.count()
    values = VALUES[verb] | ({"handler": city.handler.username} if verb == "assign" else {})
    event = steps.take(case, verb, values, by=person(city, verb), version=case.version, at=NOW)
    after = Appeal.objects.get(pk=case.pk)
    assert case.events.count() == lines + 1, "one event"
    assert (event.seq, after.last_seq) == (before["last_seq"] + 1, before["last_seq"] + 1)
    assert (event.verb, event.from_status, event.to_status) == (verb, before["status"], after.status)
    assert event.at == NOW
    assert event.round == before["round"], "the round it ends"
    assert after.version == before["version"] + MOVES[verb].counts
    assert after.status in (MOVES[verb].to or [before["status"]])
    assert CaseFact.objects.filter(pk=case.number).values().get() == _as_row(facts.facts_of(after))


def _as_row(fact):
    return {column.attname: getattr(fact, column.attname) for column in fact._meta.concrete_fields}


def check_refused(case, verb, city):
    before = everything_of(case)
    values = VALUES[verb] | ({"handler": city.handler.username} if verb == "assign" else {})
    with pytest.raises(Refused) as refused:
        steps.take(case, verb, values, by=person(city, verb), version=case.version, at=NOW)
    is_nobodys = case.lead_id is None and MOVES[verb].who[0] in ("handler", "head")
    assert refused.value.why == (Why.FORBIDDEN if is_nobodys else Why.CONFLICT)
    assert everything_of(case) == before, "nothing is written"


@pytest.mark.parametrize("status", WALKED)
def test_each_step_writes_one_event_or_nothing(status):
    city = City()
    case = make_appeal(status, city=city)
    for verb in steps.STEPS:  # everybody comes to stay: what follows is rolled back
        person(city, verb)
    for verb in steps.STEPS:
        with transaction.atomic():
            (check_accepted if status in MOVES[verb].sources else check_refused)(case, verb, city)
            transaction.set_rollback(True)


def test_every_verb_of_the_table_is_walked():
    assert set(steps.STEPS) == set(VALUES) == set(MOVES) - {"close_unrated", "upload", "remove_attachment"}


@pytest.mark.parametrize("verb", ["sign", "contact", "reply", "withdraw", "note", "message"])
def test_a_stale_version_is_refused_and_says_so(verb):
    city = City()
    status = Status.DISPATCHED if verb == "sign" else Status.SIGNED
    case = make_appeal(status, city=city)
    before = everything_of(case)
    with pytest.raises(Refused) as refused:
        steps.take(case, verb, VALUES[verb], by=person(city, verb), version=case.version - 1, at=NOW)
    assert refused.value.why == Why.STALE
    assert everything_of(case) == before


def test_a_line_that_changes_nothing_lets_others_go_on_with_the_version_they_saw():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    seen = case.version
    handling.note(case, by=actor(city.handler), text="备注", version=seen, at=NOW)
    handling.message(case, by=actor(city.member), text="何时有答复？", version=seen, at=NOW)
    assert steps.take(case, "reply", VALUES["reply"], by=actor(city.handler), version=seen, at=NOW)


def test_a_move_does_not_leave_the_table():
    city = City()
    case = make_appeal(Status.DISPATCHED, city=city)
    claimed = claim(case, "sign", by=actor(city.handler), at=NOW)
    with pytest.raises(Refused):
        move(claimed, "sign", Status.CLOSED, by=actor(city.handler), at=NOW)
    assert row_of(case)["status"] == Status.DISPATCHED


def test_a_move_loses_against_a_row_that_has_changed_since_it_was_read():
    city = City()
    case = make_appeal(Status.DISPATCHED, city=city)
    claimed = claim(case, "sign", by=actor(city.handler), at=NOW)
    handling.sign(case, by=actor(city.head), at=NOW)
    with pytest.raises(Refused) as refused:
        move(claimed, "sign", Status.SIGNED, by=actor(city.handler), at=NOW, handler_id=city.handler.pk, signed_at=NOW)
    assert refused.value.why == Why.STALE


def test_an_event_names_part_and_office_of_whoever_acted():
    city = City()
    case = make_appeal(Status.VISITING, city=city)
    told = list(case.events.values_list("verb", "part", "department"))
    assert told == [
        ("file", "member", None),
        ("dispatch", "triage", "330800-QFZX"),
        ("sign", "handler", SCIENCE),
        ("contact", "handler", SCIENCE),
        ("reply", "handler", SCIENCE),
        ("review", "reviewer", "330800-QFZX"),
    ]


# Each with the two statements of a savepoint, which are the transaction's own outside the tests.
FEW = {"dispatch": 16, "sign": 12, "contact": 9, "note": 6, "message": 9, "reply": 15, "review": 15, "rate": 14}


@pytest.mark.parametrize("verb", FEW)
def test_a_step_takes_few_queries(verb, django_assert_max_num_queries):
    city = City()
    by = {name: person(city, name) for name in FEW}[verb]
    case = prepare(make_appeal(MOVES[verb].sources[0], city=city), verb, city)
    values = steps._read(MOVES[verb].fields, VALUES[verb], case, NOW)
    with django_assert_max_num_queries(FEW[verb]):
        steps.STEPS[verb](case, by=by, version=case.version, at=NOW, **values)


LATER = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "changes", "broken"),
    [
        (Status.DISPATCHED, {"lead": None}, "dispatched_appeal_has_a_lead"),
        (Status.DISPATCHED, {"level": ""}, "dispatched_appeal_has_a_lead"),
        (Status.SIGNED, {"handler": None}, "signed_appeal_has_a_handler"),
        (Status.SIGNED, {"signed_at": None}, "signed_appeal_has_a_handler"),
        (Status.REPLIED, {"replied_at": None}, "replied_appeal_says_what_was_achieved"),
        (Status.VISITING, {"reply_outcome": ""}, "replied_appeal_says_what_was_achieved"),
        (Status.CLOSED, {"closed_at": None}, "only_a_closed_appeal_has_a_closing_moment"),
        (Status.VISITING, {"closed_at": NOW}, "only_a_closed_appeal_has_a_closing_moment"),
        (Status.CLOSED, {"stars": 6}, "stars_go_from_one_to_five"),
        (Status.CLOSED, {"stars": 0}, "stars_go_from_one_to_five"),
        (Status.SIGNED, {"complained_of": SCIENCE}, "complained_of_department_does_not_lead"),
    ],
)
def test_the_database_refuses_what_cannot_be(status, changes, broken):
    case = make_appeal(status)
    with pytest.raises(IntegrityError, match=broken), transaction.atomic():
        Appeal.objects.filter(pk=case.pk).update(**changes)


def _broken(make):
    with pytest.raises(IntegrityError) as wrong, transaction.atomic():
        make()
    return str(wrong.value)


def test_the_database_refuses_a_second_clock_a_second_line_and_a_timer_out_of_time():
    case = make_appeal(Status.SIGNED)
    running = case.clocks.running().first()
    twin = Clock(appeal=case, kind=running.kind, round=1, started_at=NOW, due_at=LATER)
    assert "one_clock_of_a_kind_runs" in _broken(twin.save)
    assert "ended_clock_has_a_verdict" in _broken(lambda: case.clocks.running().update(ended_at=NOW))
    first = case.events.first()
    first.pk = None
    assert "events_of_an_appeal_are_numbered_once" in _broken(lambda: first.save(force_insert=True))
    armed = Timer.objects.armed().filter(clock__appeal=case)
    assert "a_timer_never_fires_early" in _broken(lambda: armed.update(fired_at=at(9, 7)))
    assert "a_timer_fires_or_is_cancelled" in _broken(lambda: armed.update(fired_at=at(12, 1), cancelled_at=NOW))
    again = Timer.objects.filter(clock__appeal=case).first()
    again.pk = None
    assert "a_rung_is_armed_once" in _broken(lambda: again.save(force_insert=True))


def test_the_database_refuses_a_hand_back_that_is_asked_twice_or_decided_by_its_author():
    city = City()
    case = make_appeal(Status.DISPATCHED, city=city)
    ask = {"appeal": case, "kind": "hand_back", "round": 1, "asked_by": city.handler, "asked_at": NOW, "reason": "…"}
    asked = Request.objects.create(**ask, proposed_lead_id=LABOUR)
    rows = Request.objects.filter(pk=asked.pk)
    decision = {"decided_at": LATER, "granted": True}
    assert "hand_back_proposes_a_lead" in _broken(lambda: rows.update(proposed_lead=None))
    assert "one_request_of_a_kind_waits" in _broken(lambda: Request.objects.create(**ask, proposed_lead_id=LABOUR))
    assert "requester_does_not_decide" in _broken(lambda: rows.update(decided_by=city.handler, **decision))
    assert "a_decision_says_who_when_and_yes_or_no" in _broken(lambda: rows.update(**decision))
    assert "a_decision_says_who_when_and_yes_or_no" in _broken(lambda: rows.update(granted=True))


@pytest.mark.django_db(transaction=True)
def test_of_officers_who_press_together_one_wins_and_the_others_are_told():
    city = City()
    case = make_appeal(Status.DISPATCHED, city=city)
    officers = [actor(city.handler), actor(city.head)] * 4
    barrier, outcomes = Barrier(len(officers)), []

    def press(officer):
        barrier.wait()
        try:
            outcomes.append(handling.sign(case, by=officer, version=case.version, at=NOW).verb)
        except Refused as refused:
            outcomes.append(refused.why)
        finally:
            connection.close()

    threads = [Thread(target=press, args=[officer]) for officer in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == sorted(["sign"] + [Why.CONFLICT] * 7)
    assert [event.verb for event in case.events.all()] == ["file", "dispatch", "sign"]
    assert row_of(case)["version"] == case.version + 1
