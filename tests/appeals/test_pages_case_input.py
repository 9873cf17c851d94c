import pytest

from appeals.models import Appeal, Event
from appeals.states import Status
from tests.appeals.pages import now, signed_in, take, text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("status", "person", "verb", "values", "field"),
    [
        (Status.TRIAGE, "triage", "dispatch", {"topic": "", "level": "B", "lead": "科技局"}, "topic"),
        (Status.TRIAGE, "triage", "dispatch", {"topic": "Z99", "level": "B", "lead": "科技局"}, "topic"),
        (Status.TRIAGE, "triage", "dispatch", {"topic": "N01", "level": "Q", "lead": "科技局"}, "level"),
        (Status.TRIAGE, "triage", "dispatch", {"topic": "N01", "level": "B", "lead": "没有这个局"}, "lead"),
        (
            Status.TRIAGE,
            "triage",
            "dispatch",
            {"topic": "N01", "level": "B", "lead": "科技局", "support": ["x"]},
            "support",
        ),
        (Status.TRIAGE, "triage", "decline", {"ground": "bored", "explanation": "请走诉讼"}, "ground"),
        (Status.TRIAGE, "triage", "decline", {"ground": "litigation", "explanation": " \x00 "}, "explanation"),
        (
            Status.DISPATCHED,
            "handler",
            "hand_back",
            {"reason": "不归我们管", "proposed_lead": "科技局"},
            "proposed_lead",
        ),
        (Status.SIGNED, "handler", "reply", {"outcome": "", "text": "材料清单"}, "outcome"),
        (Status.SIGNED, "handler", "reply", {"outcome": "solved", "text": "长" * 5001}, "text"),
        (Status.SIGNED, "handler", "message", {"text": "x" * 100_000}, "text"),
        (Status.REPLIED, "reviewer", "review", {"passed": "perhaps"}, "passed"),
        (Status.VISITING, "reviewer", "visit", {"reached": "true", "note": "好", "stars": "６"}, "stars"),
        (Status.VISITING, "member", "rate", {"solved": "yes", "stars": "6", "comment": "谢谢"}, "stars"),
        (Status.VISITING, "member", "rate", {"solved": "maybe", "stars": "5", "comment": "谢谢"}, "solved"),
    ],
)
def test_a_wrong_value_is_answered_at_its_field_and_the_rest_is_kept(status, person, verb, values, field):
    city, case = now(status)
    events = case.events.count()
    page = take(getattr(city, person), case, verb, **values)
    assert page.status_code == 400
    body = text(page)
    assert f'id="{verb}-{field}-error"' in body
    for name, value in values.items():
        if name != field and isinstance(value, str) and not value.isascii():
            assert value in body
    assert case.events.count() == events


def test_html_emoji_and_control_characters_in_a_message():
    city, case = now(Status.SIGNED)
    take(city.member, case, "message", text="<img src=x onerror=alert(1)> 😀\x00\x1b[31m")
    assert Event.objects.latest("pk").text == "<img src=x onerror=alert(1)> 😀[31m"
    assert "<img src=x" not in text(signed_in(city.handler).get(f"/appeals/{case.number}/"))


def test_an_older_version_is_answered_with_the_newer_state_and_the_text_is_kept():
    city, case = now(Status.SIGNED)
    page = take(city.handler, case, "reply", version=case.version - 1, outcome="solved", text="写了很久的答复")
    assert page.status_code == 409
    assert "写了很久的答复" in text(page)
    assert f'name="version" value="{case.version}"' in text(page)


def test_what_can_no_longer_be_sent_is_shown_to_be_copied():
    city, case = now(Status.REPLIED)
    page = take(city.handler, case, "reply", outcome="solved", text="晚了一步的答复")
    assert page.status_code == 409
    assert "晚了一步的答复" in text(page)
    assert page.context["lost"].verb == "reply"


def test_without_a_version_nothing_happens():
    city, case = now(Status.DISPATCHED)
    assert take(city.handler, case, "sign", version="").status_code == 400
    assert take(city.handler, case, "sign", version="one").status_code == 400
    assert Appeal.objects.get(pk=case.pk).status == Status.DISPATCHED


def test_what_one_may_see_but_not_do_is_forbidden_with_the_reason():
    city, case = now(Status.DISPATCHED)
    page = take(city.member, case, "sign")
    assert page.status_code == 403
    assert text(page).count("<h1") == 1
