"""What the clock work lifts (提级) is lifted as a person lifts it, many cases at once."""

import pytest

from appeals import escalation, pausing
from appeals.models import Appeal, Timer
from appeals.states import PauseReason, Status
from chains.taxonomy import Role
from routing.models import Notice
from tests.factory import KECHENG, City, actor, at, make_appeal

pytestmark = pytest.mark.django_db

COUNTY, MOMENT = f"{KECHENG}-RSJ", at(9, 9, 11)
COLUMNS = (
    "status version lead_id handler_id dispatched_by_id supporting dispatched_at escalated_at signed_at contacted_at "
    "paused_at sign_by contact_by resolve_by hand_back_by due_by due_kind yellow_at provisional last_seq"
).split()
CLOCK = "kind subject office round generation due_at ended_at verdict used_minutes paused_minutes stopped_at".split()


def fresh(case):
    return Appeal.objects.get(pk=case.pk)


def found(case) -> dict:
    armed = Timer.objects.armed().of(case.clocks.all())
    return {
        "case": {name: getattr(fresh(case), name) for name in COLUMNS},
        "clocks": list(case.clocks.values_list(*CLOCK)),
        "timers": sorted(armed.values_list("clock__kind", "rung", "generation", "due_at")),
        "pauses": list(case.pauses.values_list("ended_at", "ended_by")),
        "event": case.events.values_list("verb", "from_status", "to_status", "data", "internal", "text").last(),
    }


def told(case) -> set[int]:
    return set(Notice.objects.filter(number=case.number, kind="escalate").values_list("recipient", flat=True))


@pytest.mark.parametrize("status", [Status.DISPATCHED, Status.SIGNED])
def test_it_leaves_what_a_director_leaves(status):
    city = City()
    by_hand, *by_clock = (make_appeal(status, city=city, lead=COUNTY) for _ in range(3))
    if status == Status.SIGNED:
        for case in (by_hand, *by_clock):
            handler = actor(city.holder(Role.HANDLER, COUNTY))
            pausing.pause(case, by=handler, reason=PauseReason.ENTERPRISE, note="等待", at=at(9, 8, 11))
    escalation.escalate(fresh(by_hand), by=actor(city.director), reason="", at=MOMENT)
    escalation.escalate_by_clock(dict.fromkeys(map(fresh, by_clock), 7), at=MOMENT)
    for case in by_clock:
        assert found(case) == found(by_hand)
        assert told(case) == told(by_hand) | {city.director.pk}
        assert case.events.last().late_by == 7
