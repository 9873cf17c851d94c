"""What `POST /deadlines/preview/` says of a dispatch is what the clocks of a dispatched appeal say."""

from datetime import datetime, timedelta
from random import Random

import pytest

from appeals.states import Status
from chains.taxonomy import Level
from tests.api import Api
from tests.factory import City, at, make_appeal, make_member

pytestmark = pytest.mark.django_db

_MINUTES = 330 * 1440  # of 2026, with every holiday and make-up day of the year


@pytest.mark.parametrize("starts", [50, pytest.param(1_000, marks=pytest.mark.slow)])
def test_the_preview_agrees_with_the_clocks(starts, settings):
    settings.FILINGS_PER_HOUR = 0
    rng, api, city = Random(2026), Api(make_member()), City()
    for _ in range(starts):
        filed_at = at(1, 1, 0) + timedelta(minutes=rng.randrange(_MINUTES))
        asked = {"level": rng.choice(Level.values), "urgent": rng.random() < 0.3}
        case = make_appeal(Status.DISPATCHED, city=city, filed_at=filed_at, **asked)
        body = api.post("deadlines/preview/", asked | {"start": case.dispatched_at.isoformat()}).json()
        clocks = {clock.kind: clock for clock in case.clocks.running()}
        for kind in ("sign", "contact", "resolve"):
            said = datetime.fromisoformat(body[f"{kind}_by"])
            assert said == clocks[kind].due_at == getattr(case, f"{kind}_by"), (asked, case.dispatched_at)
        assert body["provisional"] == case.provisional
