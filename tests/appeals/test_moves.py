"""Every step of the table on real rows: what it writes, and that a refused one writes nothing."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from appeals import facts, handling, steps
from appeals.models import Appeal, Clock, Request, Timer
from appeals.moves import claim, move
from appeals.states import Refused, Status, Why, parts_of
from appeals.table import MOVES
from chains.models import CaseFact
from tests.factory import LABOUR, SCIENCE, City, actor, at, make_appeal, make_request, order_to

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
    "answer": {"text": "请登录平台查询。"},
    "reclassify": {"level": "C", "reason": "涉及多个部门"},
    "reroute": {"reason": "应由另一单位办理"},
    "merge": {},
    "unmerge": {"reason": "并非同一事项"},
    "attach": {},
    "split": {"parts": [{"title": "用工问题", "description": "招不到技工。"}]},
    "progress": {"text": "已与供电公司会商"},
    "ask_support": {"department": LABOUR, "request": "请核实社保缴纳情况"},
    "support": {"text": "已核实"},
    "ask_extension": {"until": "2026-09-18", "reason": "需现场勘查", "words_to_enterprise": "请再等几天。"},
    "decide_extension": {"granted": True, "reason": "同意"},
    "ask_termination": {"ground": "litigation", "explanation": "法院已受理"},
    "decide_termination": {"granted": True, "reason": "同意"},
    "promise": {"until": "2026-09-30", "words_to_enterprise": "月底前答复。"},
    "pause": {"reason": "enterprise", "note": "等待补充材料"},
    "resume": {},
    "park": {"plan": "待规划调整"},
    "unpark": {},
    "escalate": {"reason": "本级无法解决"},
    "confer": {"departments": [LABOUR], "on": "2026-09-10", "agenda": "研究解决办法"},
    "conclude": {"text": "由市科技局牵头"},
    "supervise": {"order": "请尽快办理", "answer_by": "2026-09-10"},
    "answer_supervision": {"text": "正在办理"},
    "comment": {"text": "请认真办理"},
    "reopen": {"reason": "问题又出现了"},
    "urge": {"text": "请加快"},
    "ask_person": {},
    "object": {"reason": "法院并未受理"},
    "decide_objection": {"granted": True, "reason": "情况属实"},
    "ask_exclusion": {"ground": "不可抗力"},
    "decide_exclusion": {"granted": True, "reason": "同意"},
    "find_false_closure": {"reason": "回访发现未解决"},
}
WALKED = list(Status)


def person(city: City, verb: str):
    if verb == "decide_hand_back":  # the triage officer dispatched by hand
        return actor(city.director)
    if verb == "decide_extension":  # of level B
        return actor(city.triage)
    by_part = {
        "triage": city.triage,
        "reviewer": city.reviewer,
        "handler": city.handler,
        "head": city.head,
        "member": city.member,
        "director": city.director,
        "supervisor": city.supervisor,
        "leader": city.leader,
        "supporter": city.supporter,
    }
    return actor(next(who for part, who in by_part.items() if part in MOVES[verb].who))


def _taken(verb, by, case, **values):
    fresh = Appeal.objects.get(pk=case.pk)
    steps.take(fresh, verb, VALUES[verb] | values, by=by, version=fresh.version, at=NOW)


def _needs(verb: str, case: Appeal, city: City) -> None:
    """What has to be there besides the right status, by the real steps."""
    handler = actor(city.handler)
    changes = {
        "hand_back": {"contacted_at": None},
        "decide_hand_back": {"contacted_at": None, "dispatched_by": None},
        "promise": {"level": "D", "resolve_by": at(12, 1, 17, 30)},
        "support": {"supporting": [LABOUR]},
        "ask_person": {"decided_by": "auto"},
        "rate": {"closed_unrated": case.status == Status.CLOSED},
    }
    if verb in changes:
        Appeal.objects.filter(pk=case.pk).update(**changes[verb])
    if verb == "promise":
        case.clocks.of_kind("resolve").update(due_at=at(12, 1, 17, 30))
    before = {
        "decide_hand_back": ("hand_back", handler),
        "decide_termination": ("ask_termination", handler),
        "decide_objection": ("object", actor(city.member)),
        "decide_exclusion": ("ask_exclusion", handler),
        "redo": ("visit", actor(city.reviewer)),
        "resume": ("pause", handler),
        "conclude": ("confer", actor(city.director)),
    }
    if verb in before:
        _taken(before[verb][0], before[verb][1], case)
    if verb == "decide_extension":
        make_request(case, "extension", city.handler, until=at(9, 18, 17, 30), approver="triage")
    if verb == "answer_supervision":
        order_to(case, city.supervisor)


def prepare(case: Appeal, verb: str, city: City) -> Appeal:
    _needs(verb, case, city)
    return Appeal.objects.get(pk=case.pk)


def values_of(verb: str, case: Appeal, city: City) -> dict:
    if verb == "assign":
        return {"handler": city.handler.username}
    if verb in ("merge", "attach"):
        return {{"merge": "into", "attach": "to"}[verb]: city.another.number}
    return VALUES[verb]


def holder(city: City, verb: str, status):
    """Who takes `verb`: an order is answered by the centre where the centre holds the case."""
    if verb == "answer_supervision":
        return actor(city.director if status in (Status.TRIAGE, Status.REPLIED) else city.handler)
    return person(city, verb)


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
    by = holder(city, verb, case.status)
    event = steps.take(case, verb, values_of(verb, case, city), by=by, version=case.version, at=NOW)
    after = Appeal.objects.get(pk=case.pk)
    assert case.events.count() == lines + 1, "one event"
    assert (event.seq, after.last_seq) == (before["last_seq"] + 1, before["last_seq"] + 1)
    assert (event.verb, event.from_status, event.to_status) == (verb, before["status"], after.status)
    assert event.at == NOW
    assert event.round == before["round"], "the round it ends"
    assert after.version == before["version"] + MOVES[verb].counts
    stays = verb == "escalate"  # a lead of the city stays
    assert after.status in ([before["status"]] if stays else MOVES[verb].to or [before["status"]])
    assert CaseFact.objects.filter(pk=case.number).values().get() == _as_row(facts.facts_of(after))


def _as_row(fact):
    return {column.attname: getattr(fact, column.attname) for column in fact._meta.concrete_fields}


def check_refused(case, verb, city):
    before = everything_of(case)
    by = holder(city, verb, case.status)
    with pytest.raises(Refused) as refused:
        steps.take(case, verb, values_of(verb, case, city), by=by, version=case.version, at=NOW)
    assert refused.value.why in (Why.FORBIDDEN, Why.CONFLICT)
    if parts_of(by, case) and set(parts_of(by, case)) & set(MOVES[verb].who) and not MOVES[verb].bar(case, by):
        assert refused.value.why == Why.CONFLICT
    assert everything_of(case) == before, "nothing is written"


@pytest.mark.parametrize("status", WALKED)
def test_each_step_writes_one_event_or_nothing(status):
    city = City()
    case = make_appeal(status, city=city)
    for verb in steps.STEPS:  # everybody comes to stay: what follows is rolled back
        person(city, verb)
    assert city.another
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
FEW = {"dispatch": 16, "sign": 13, "contact": 10, "note": 6, "message": 9, "reply": 17, "review": 16, "rate": 14}


@pytest.mark.parametrize("verb", FEW)
def test_a_step_takes_few_queries(verb, django_assert_max_num_queries):
    city = City()
    by = {name: person(city, name) for name in FEW}[verb]
    case = prepare(make_appeal(MOVES[verb].sources[0], city=city), verb, city)
    values = steps._read(MOVES[verb].fields, VALUES[verb], steps.Asked(case, by, NOW))
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
