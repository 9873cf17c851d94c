"""After the reply (回访): review, visit, rating, redo, withdrawal, the silent closing."""

from datetime import timedelta

import pytest

from appeals import asking, followup, handling, oversight
from appeals.models import Appeal, Timer
from appeals.states import Refused, Status, Why
from chains.models import CaseFact, Department
from chains.taxonomy import Role
from routing.models import Notice
from tests.factory import CENTRE, LABOUR, SCIENCE, City, actor, at, make_appeal, post_of

pytestmark = pytest.mark.django_db

# The factory files on Monday 7 September at 9:00 and takes a step each half hour: replied 11:00, reviewed 11:30.
NOW = at(9, 8, 10)


@pytest.fixture
def city():
    return City()


def fresh(case):
    return Appeal.objects.get(pk=case.pk)


def told(case, event):
    return set(Notice.objects.of_cause(f"{case.number}:{event.seq}").values_list("recipient", flat=True))


def rate(case, city, solved, stars, moment=NOW, **more):
    event = followup.rate(case, by=actor(city.member), solved=solved, stars=stars, at=moment, **more)
    return fresh(case), event


def run_again(case, city, moment):
    """From a redo to the next rating: contact, reply, review."""
    handling.contact(case, by=actor(city.handler), note="再次联系", at=moment)
    handling.reply(case, by=actor(city.handler), outcome="solved", text="再次办理。", at=moment + timedelta(minutes=10))
    followup.review(case, by=actor(city.reviewer), passed=True, at=moment + timedelta(minutes=20))
    return fresh(case)


class TestReview:
    def test_passed_the_enterprise_is_asked_to_rate(self, city):
        case = make_appeal(Status.REPLIED, city=city)
        member = city.member.pk
        event = followup.review(case, by=actor(city.reviewer), passed=True, at=NOW)
        case = fresh(case)
        assert (case.status, case.visiting_at, case.due_by) == (Status.VISITING, NOW, None)
        assert told(case, event) == {member}
        assert case.clocks.get(kind="review").verdict == "met"
        armed = Timer.objects.armed().filter(clock__appeal=case).values_list("rung", "due_at")
        assert set(armed) == {("invite", at(9, 11, 17, 30)), ("close", at(9, 21, 17, 30))}

    def test_sent_back_it_says_what_the_reply_lacks(self, city):
        case = make_appeal(Status.REPLIED, city=city)
        with pytest.raises(Refused) as refused:
            followup.review(case, by=actor(city.reviewer), passed=False, at=at(9, 8, 9))
        assert (refused.value.why, list(refused.value.errors)) == (Why.INVALID, ["note"])

    def test_sent_back_the_limit_moves_by_the_working_minutes_the_review_took(self, city):
        case = make_appeal(Status.REPLIED, city=city)  # replied on the 7th at 11:00, due on the 14th
        event = followup.review(case, by=actor(city.reviewer), passed=False, note="未答复第二问", at=at(9, 8, 9))
        case = fresh(case)
        # 60 minutes before lunch, 210 after it, 30 the next morning.
        assert case.resolve_by == at(9, 15, 15, 30) == case.due_by
        assert (case.status, case.replied_at, case.reply_outcome, case.reply_text) == (Status.SIGNED, None, "", "")
        assert (case.used_minutes, case.handler, case.round) == (None, city.handler, 1)
        assert (event.data, event.text) == ({"passed": False}, "未答复第二问")
        assert told(case, event) == {city.handler.pk}
        (clock,) = case.clocks.filter(kind="resolve")
        assert (clock.ended_at, clock.verdict, clock.generation, clock.paused_minutes) == (None, "", 2, 300)
        assert Timer.objects.armed().filter(clock=clock, generation=2).count() == 5
        assert CaseFact.objects.get(pk=case.number).replied_at is None

    def test_the_time_of_the_review_is_nobodys_when_it_is_answered_again(self, city):
        case = make_appeal(Status.REPLIED, city=city)
        followup.review(case, by=actor(city.reviewer), passed=False, note="未答复第二问", at=at(9, 8, 9))
        handling.reply(case, by=actor(city.handler), outcome="solved", text="补充答复。", at=at(9, 8, 10))
        # Monday 9:30 to 11:00, and the hour of Tuesday.
        assert fresh(case).used_minutes == 90 + 60

    def test_what_was_told_before_the_limit_moved_is_not_told_again(self, city):
        case = make_appeal(Status.SIGNED, city=city)
        oversight.sweep(at(9, 16, 8))  # yellow, due and one day over
        handling.reply(case, by=actor(city.handler), outcome="solved", text="已办。", at=at(9, 16, 9))
        followup.review(case, by=actor(city.reviewer), passed=False, note="未答复第二问", at=at(9, 16, 10))
        case = fresh(case)
        assert case.resolve_by == at(9, 15, 9, 30), "still over"
        oversight.sweep(at(9, 16, 10, 1))
        fired = list(case.events.filter(part="automatic", data__clock="resolve").values_list("verb", flat=True))
        assert fired == ["yellow", "due", "plus1"]
        oversight.sweep(at(9, 18, 17, 30))
        assert case.events.filter(data__clock="resolve").latest("seq").verb == "plus3"

    def test_the_director_reviews_where_the_reviewer_worked_on_the_case(self, city):
        case = make_appeal(Status.REPLIED, city=city)
        post_of(city.triage, Role.REVIEWER, CENTRE)  # who has dispatched it
        with pytest.raises(Refused):
            followup.review(case, by=actor(city.triage), passed=True, at=NOW)
        assert followup.review(case, by=actor(city.director), passed=True, at=NOW)

    @pytest.mark.parametrize("passed", [True, False])
    def test_a_late_review_is_late(self, city, passed):
        case = make_appeal(Status.REPLIED, city=city)
        followup.review(case, by=actor(city.reviewer), passed=passed, note="请核对", at=at(9, 8, 17, 31))
        assert case.clocks.get(kind="review").verdict == "late"


class TestVisit:
    def visit(self, case, city, moment=NOW, **said):
        followup.visit(case, by=actor(city.reviewer), note="电话回访", at=moment, **said)
        return fresh(case)

    def test_what_the_enterprise_says_counts_as_its_answer(self, city):
        case = self.visit(make_appeal(Status.VISITING, city=city), city, reached=True, solved="partly", stars=4)
        assert (case.solved, case.stars, case.rated_at) == ("partly", 4, NOW)
        assert (case.first_solved, case.first_stars) == ("partly", 4)
        assert case.visited_by_phone
        assert case.status == Status.VISITING, "a visit closes nothing"

    def test_who_was_not_reached_has_said_nothing(self, city):
        case = self.visit(make_appeal(Status.VISITING, city=city), city, reached=False, solved="yes", stars=5)
        assert (case.solved, case.stars, case.rated_at, case.visited_by_phone) == ("", None, None, False)

    def test_a_visit_that_asks_for_no_stars_erases_none(self, city):
        case = self.visit(make_appeal(Status.VISITING, city=city), city, reached=True, solved="yes", stars=4)
        case = self.visit(case, city, at(9, 9), reached=True, solved="no")
        assert (case.solved, case.stars, case.rated_at) == ("no", 4, at(9, 9))
        assert (case.first_solved, case.first_stars) == ("yes", 4), "the first answer stays beside"
        case = self.visit(case, city, at(9, 10), reached=True)
        assert (case.solved, case.stars, case.rated_at) == ("no", 4, at(9, 9))

    def test_an_answer_by_telephone_is_no_silence(self, city):
        case = self.visit(make_appeal(Status.VISITING, city=city), city, reached=True, solved="yes", stars=5)
        oversight.sweep(at(10, 20))
        case = fresh(case)
        assert (case.status, case.closed_unrated, case.stars) == (Status.CLOSED, False, 5)


class TestRating:
    @pytest.mark.parametrize(("solved", "stars"), [("yes", 5), ("yes", 3), ("partly", 3), ("partly", 5)])
    def test_a_good_one_closes(self, city, solved, stars):
        case, event = rate(
            make_appeal(Status.VISITING, city=city), city, solved, stars, speed=4, attitude=5, comment="谢谢"
        )
        assert (case.status, case.closed_at, case.closed_unrated) == (Status.CLOSED, NOW, False)
        assert (case.solved, case.stars, case.speed, case.attitude) == (solved, stars, 4, 5)
        assert (case.rating_comment, case.rated_at) == ("谢谢", NOW)
        assert (case.first_solved, case.first_stars) == (solved, stars)
        assert case.total_minutes == 25 * 60, "day and night since the filing"
        assert not case.clocks.running().exists()
        assert event.text == "谢谢"
        fact = CaseFact.objects.get(pk=case.number)
        assert (fact.status, fact.closed_at, fact.solved, fact.stars) == ("closed", NOW, solved, stars)

    @pytest.mark.parametrize(("solved", "stars"), [("no", 5), ("no", 1), ("yes", 2), ("partly", 1)])
    def test_a_bad_one_starts_the_next_round(self, city, solved, stars):
        people = {city.handler.pk, city.head.pk}
        case, event = rate(make_appeal(Status.VISITING, city=city, level="C"), city, solved, stars)
        assert (case.status, case.round, case.redo_count) == (Status.SIGNED, 2, 1)
        assert (case.lead_id, case.handler) == (SCIENCE, city.handler), "lead and handler stay"
        assert case.signed_at == case.sign_by == NOW
        assert (case.contacted_at, case.replied_at, case.visiting_at, case.reply_outcome) == (None, None, None, "")
        assert (case.contact_by, case.resolve_by) == (at(9, 9, 17, 30), at(9, 29, 17, 30)), "the level's limits anew"
        assert (case.used_minutes, case.paused_minutes, case.hand_back_by) == (None, 0, None)
        assert (case.solved, case.stars, case.failed_leads) == (solved, stars, [SCIENCE])
        assert (event.round, event.from_status, event.to_status) == (1, "visiting", "signed")
        assert told(case, event) == people, "handler and head"
        running = {(clock.kind, clock.round) for clock in case.clocks.running()}
        assert running == {("contact", 2), ("resolve", 2)}

    def test_the_next_round_has_no_hand_back(self, city):
        case, _event = rate(make_appeal(Status.VISITING, city=city), city, "no", 1)
        with pytest.raises(Refused):
            proposed = Department.objects.get(pk=LABOUR)
            asking.hand_back(case, by=actor(city.handler), reason="…", proposed_lead=proposed, at=NOW)

    def test_at_level_a_the_contact_of_a_redo_is_due_in_an_hour(self, city):
        case, _event = rate(make_appeal(Status.VISITING, city=city, level="A"), city, "no", 1)
        assert case.contact_by == at(9, 8, 11)

    def test_who_wants_no_redo_closes_with_that_answer(self, city):
        case, _event = rate(make_appeal(Status.VISITING, city=city), city, "no", 1, redo=False)
        assert (case.status, case.solved, case.stars, case.redo_count) == (Status.CLOSED, "no", 1, 0)

    def test_after_three_redos_a_bad_rating_closes(self, city):
        case = make_appeal(Status.VISITING, city=city)
        for count in (1, 2, 3):
            case, _event = rate(case, city, "no", 1, at(9, 8 + count, 9))
            assert (case.status, case.redo_count, case.round) == (Status.SIGNED, count, count + 1)
            case = run_again(case, city, at(9, 8 + count, 10))
        case, _event = rate(case, city, "no", 2, at(9, 14), redo=True)
        assert (case.status, case.solved, case.stars) == (Status.CLOSED, "no", 2)
        assert (case.first_solved, case.first_stars) == ("no", 1)
        assert case.failed_leads == [SCIENCE] * 3

    def test_the_last_answer_counts_and_the_first_stays_beside(self, city):
        case, _event = rate(make_appeal(Status.VISITING, city=city), city, "no", 1)
        case, _event = rate(run_again(case, city, at(9, 9)), city, "yes", 5, at(9, 10))
        assert (case.solved, case.stars, case.first_solved, case.first_stars) == ("yes", 5, "no", 1)
        fact = CaseFact.objects.get(pk=case.number)
        assert (fact.stars, fact.first_stars, fact.redo_count, fact.round) == (5, 1, 1, 2)

    def test_the_facts_are_those_of_the_latest_round(self, city):
        case, _event = rate(make_appeal(Status.VISITING, city=city), city, "no", 1)
        case = run_again(case, city, at(9, 9))
        fact = CaseFact.objects.get(pk=case.number)
        assert (fact.signed_at, fact.sign_by) == (NOW, NOW)
        assert (fact.contacted_at, fact.replied_at) == (at(9, 9), at(9, 9, 9, 10))
        assert fact.used_minutes == 330 + 40, "of the new round: from Tuesday 10:00"


class TestRedo:
    def test_the_reviewer_starts_it_after_a_visit(self, city):
        case = make_appeal(Status.VISITING, city=city)
        with pytest.raises(Refused):
            followup.redo(case, by=actor(city.reviewer), reason="未解决", at=NOW)
        followup.visit(case, by=actor(city.reviewer), reached=True, note="没解决", solved="no", stars=1, at=NOW)
        event = followup.redo(case, by=actor(city.reviewer), reason="未解决", at=NOW)
        case = fresh(case)
        assert (case.status, case.round, case.redo_count, case.solved) == (Status.SIGNED, 2, 1, "no")
        assert event.round == 1
        assert told(case, event) == {city.handler.pk}

    def test_a_visit_of_an_earlier_round_is_not_enough(self, city):
        case = make_appeal(Status.VISITING, city=city)
        followup.visit(case, by=actor(city.reviewer), reached=True, note="没解决", at=NOW)
        followup.redo(case, by=actor(city.reviewer), reason="未解决", at=NOW)
        case = run_again(case, city, at(9, 9))
        with pytest.raises(Refused):
            followup.redo(case, by=actor(city.reviewer), reason="未解决", at=at(9, 10))


class TestWithdrawal:
    @pytest.mark.parametrize("status", [Status.TRIAGE, Status.DISPATCHED, Status.SIGNED])
    def test_nothing_runs_any_more(self, city, status):
        case = make_appeal(status, city=city)
        followup.withdraw(case, by=actor(city.member), reason="已自行解决", at=NOW)
        case = fresh(case)
        assert (case.status, case.ended_at, case.due_by) == (Status.WITHDRAWN, NOW, None)
        assert not case.clocks.running().exists()
        assert not Timer.objects.armed().filter(clock__appeal=case).exists()
        assert case.used_minutes is None

    @pytest.mark.parametrize("status", [Status.REPLIED, Status.VISITING, Status.CLOSED])
    def test_an_answered_appeal_is_not_withdrawn(self, city, status):
        with pytest.raises(Refused) as refused:
            followup.withdraw(make_appeal(status, city=city), by=actor(city.member), reason="…", at=NOW)
        assert refused.value.why == Why.CONFLICT


class TestSilence:
    def test_one_invitation_after_three_workdays_then_closed_unrated_after_ten(self, city):
        case = make_appeal(Status.VISITING, city=city)  # since Monday 7 September
        member = city.member.pk
        assert oversight.sweep(at(9, 10, 17, 29)) == 0
        assert oversight.sweep(at(9, 10, 17, 30)) == 1
        invitation = case.events.latest("seq")
        assert (invitation.verb, invitation.internal, invitation.late_by) == ("invite", False, 0)
        assert told(case, invitation) == {member}
        assert Notice.objects.filter(kind="invite").exists()
        assert oversight.sweep(at(9, 20, 17, 29)) == 0, "one invitation only"
        assert oversight.sweep(at(9, 20, 17, 35)) == 1
        case = fresh(case)
        assert (case.status, case.closed_at, case.closed_unrated) == (Status.CLOSED, at(9, 20, 17, 35), True)
        assert (case.solved, case.stars) == ("", None), "silence is never satisfaction"
        closing = case.events.latest("seq")
        assert (closing.verb, closing.part, closing.actor, closing.late_by) == ("close_unrated", "automatic", None, 5)
        assert told(case, closing) == {member}

    def test_a_rating_in_time_stops_it(self, city):
        case, _event = rate(make_appeal(Status.VISITING, city=city), city, "yes", 5)
        assert oversight.sweep(at(12, 1)) == 0
        assert not fresh(case).closed_unrated

    @pytest.mark.parametrize(("moment", "may"), [(at(10, 20, 17, 35), True), (at(10, 20, 17, 36), False)])
    def test_it_may_still_be_rated_for_thirty_days(self, city, moment, may):
        case = make_appeal(Status.VISITING, city=city)
        oversight.sweep(at(9, 20, 17, 35))
        if not may:
            with pytest.raises(Refused):
                rate(case, city, "yes", 4, moment)
            return
        case, event = rate(case, city, "yes", 4, moment)
        assert (case.status, case.stars, case.closed_unrated) == (Status.CLOSED, 4, False)
        assert case.closed_at == at(9, 20, 17, 35), "closed when it was"
        assert (event.from_status, event.to_status) == ("closed", "closed")
        with pytest.raises(Refused):
            rate(case, city, "yes", 5, moment)

    def test_a_bad_late_rating_is_kept_and_starts_nothing(self, city):
        case = make_appeal(Status.VISITING, city=city)
        oversight.sweep(at(9, 20, 17, 35))
        case, _event = rate(case, city, "no", 1, at(9, 22))
        assert (case.status, case.solved, case.stars, case.round) == (Status.CLOSED, "no", 1, 1)

    def test_an_answer_of_an_earlier_round_does_not_rate_the_next(self, city):
        case, _event = rate(make_appeal(Status.VISITING, city=city), city, "no", 1)
        run_again(case, city, at(9, 9))
        oversight.sweep(at(10, 20))
        case = fresh(case)
        assert (case.status, case.closed_unrated) == (Status.CLOSED, True)
        assert (case.solved, case.stars) == ("no", 1), "the last answer given still counts"
