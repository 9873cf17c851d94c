import re

import pytest

from appeals import followup
from appeals.states import Status
from chains.taxonomy import Role
from routing.models import Notice
from tests.factory import (
    City,
    actor,
    at,
    make_appeal,
    make_user,
)
from tests.pages import see, signed_in, text

pytestmark = pytest.mark.django_db


def told(user, n=1, **changes):
    moment = at(9, 7)
    usual = {"channel": "inbox", "kind": "sign", "state": "sent", "params": {"title": "用电", "lead": "科技局"}}
    return [
        Notice.objects.create(
            **{
                **usual,
                "cause": f"c{Notice.objects.count()}",
                "recipient": user,
                "created_at": moment,
                "due_at": moment,
                "sent_at": moment,
                **changes,
            }
        )
        for _ in range(n)
    ]


def test_a_notice_leads_to_its_case_and_is_read_from_then_on():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    (notice,) = told(city.handler, number=case.number)
    client = signed_in(city.handler)
    assert "is-unread" in text(client.get("/inbox/"))
    assert client.get(f"/inbox/{notice.pk}/").headers["Location"] == case.get_absolute_url()
    assert "is-unread" not in text(client.get("/inbox/"))
    read_at = Notice.objects.get(pk=notice.pk).read_at
    client.get(f"/inbox/{notice.pk}/")
    assert Notice.objects.get(pk=notice.pk).read_at == read_at


def test_all_are_marked_as_read_and_nobody_elses():
    user, other = make_user(Role.TRIAGE), make_user(Role.TRIAGE)
    told(user, 3)
    told(other)
    client = signed_in(user)
    assert client.get("/inbox/read/").status_code == 405
    page = text(client.post("/inbox/read/", follow=True))
    assert "3 notices marked as read." in page
    assert Notice.objects.unread().get().recipient == other


def test_anothers_notice_is_not_there():
    (notice,) = told(make_user(Role.TRIAGE))
    user = make_user(Role.TRIAGE)
    assert signed_in(user).get(f"/inbox/{notice.pk}/").status_code == 404
    assert signed_in(user).get(f"/inbox/?before={notice.pk}").status_code == 404


def test_older_notices_follow_page_by_page():
    user = make_user(Role.TRIAGE)
    told(user, 51)
    client = signed_in(user)
    first = text(client.get("/inbox/"))
    assert first.count("notices__line") == 50
    before = re.search(r"before=(\d+)", first)[1]
    assert text(client.get(f"/inbox/?before={before}")).count("notices__line") == 1
    assert text(client.get("/inbox/?show=unread")).count("notices__line") == 50
    assert client.get("/inbox/?before=x").status_code == 200


def test_every_kind_of_notice_has_words_in_the_inbox():
    city = City()
    make_appeal(Status.CLOSED, city=city)
    case = make_appeal(Status.REPLIED, city=city)
    followup.review(case, by=actor(city.reviewer), passed=False, note="请补充依据", at=at(9, 7, 15))
    Notice.objects.update(state="sent", sent_at=at(9, 8))
    for user in (city.handler, city.member, city.reviewer):
        assert see(user, "/inbox/").count("notices__line") > 0
