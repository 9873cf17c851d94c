from datetime import timedelta

import pytest
from django.test import Client

from appeals import handling, privacy, supervision
from appeals.models import SupervisionOrder
from appeals.states import Status
from chains.models import Audit
from chains.taxonomy import Role
from tests.factory import LABOUR, City, actor, at, make_appeal, make_member, make_user
from tests.pages import see, signed_in

pytestmark = pytest.mark.django_db


def printed(user, case) -> str:
    return see(user, f"{case.get_absolute_url()}print/")


def ordered(city, case, text="请三日内书面答复") -> SupervisionOrder:
    supervision.supervise(case, by=actor(city.supervisor), order=text, answer_by=at(9, 30).date(), at=at(9, 15))
    return case.orders.get()


# The case file


def test_a_case_file_holds_facts_texts_and_every_step_in_order():
    city = City()
    case = make_appeal(Status.CLOSED, city=city, title="电价太高", contact_name="张三", contact_phone="13812341234")
    page = printed(city.handler, case)
    for words in (case.number, "衢州市", "电价太高", case.description, case.reply_text, case.lead.name):
        assert words in page
    assert page.index("Filed</td>") < page.index("Taken on") < page.index("Review passed") < page.index("Rated")
    assert "Department head" in page
    assert case.enterprise.credit_code in page


def test_a_case_file_masks_contacts_for_the_staff_also_right_after_a_look():
    city = City()
    case = make_appeal(Status.SIGNED, city=city, contact_name="张三", contact_phone="13812341234")
    privacy.reveal(case, by=actor(city.handler), field="contact_phone", purpose="电话联系")
    page = printed(city.handler, case)
    assert "138****1234" in page
    assert "13812341234" not in page
    assert "13812341234" in printed(city.member, case)


def test_an_enterprise_prints_what_it_may_read_only():
    city = City()
    case = make_appeal(Status.REPLIED, city=city)
    handling.note(case, by=actor(city.handler), text="仅内部", internal=True, at=at(9, 8))
    page = printed(city.member, case)
    assert case.reply_text not in page
    assert "仅内部" not in page
    assert city.handler.name not in page
    assert "For the enterprise" in page
    page = printed(city.reviewer, case)
    assert case.reply_text in page
    assert "仅内部" in page


def test_an_anonymous_enterprise_is_not_named_on_the_departments_paper():
    city = City()
    case = make_appeal(Status.SIGNED, city=city, anonymous=True, contact_phone="13812341234")
    ordered(city, case)
    order = case.orders.get()
    for page in (printed(city.handler, case), see(city.handler, f"{case.get_absolute_url()}orders/{order.pk}/print/")):
        assert case.enterprise.name not in page
        assert case.enterprise.credit_code not in page
        assert "138****" not in page
        assert "Anonymous to the department" in page
    assert case.enterprise.name in printed(city.director, case)


@pytest.mark.parametrize("status", [Status.TRIAGE, Status.DECLINED, Status.WITHDRAWN, Status.VISITING])
def test_a_case_in_any_state_can_be_printed(status):
    city = City()
    case = make_appeal(status, city=city)
    assert case.number in printed(city.director, case)


def test_a_print_is_in_the_audit():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    printed(city.handler, case)
    line = Audit.objects.of_kind("print").get()
    assert (line.actor_id, line.subject, line.data) == (city.handler.pk, case.number, {"what": "case_file"})
    assert line.origin == "127.0.0.1"


def test_what_one_does_not_see_one_does_not_print():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    order = ordered(city, case)
    stranger, other = make_member(), make_user(Role.HANDLER, LABOUR)
    for path in (f"{case.get_absolute_url()}print/", f"{case.get_absolute_url()}orders/{order.pk}/print/"):
        assert signed_in(stranger).get(path).status_code == 404
        assert signed_in(other).get(path).status_code == 404
        assert Client().get(path).status_code == 302
        assert signed_in(city.director).post(path).status_code == 405
    assert not Audit.objects.of_kind("print").exists()


def test_a_print_takes_few_queries(django_assert_max_num_queries):
    city = City()
    case = make_appeal(Status.CLOSED, city=city)
    client = signed_in(city.director)
    with django_assert_max_num_queries(18):
        client.get(f"{case.get_absolute_url()}print/")


# The supervision order


def test_a_supervision_order_says_to_whom_what_and_until_when():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    order = ordered(city, case)
    page = see(city.handler, f"{case.get_absolute_url()}orders/{order.pk}/print/")
    for words in ("请三日内书面答复", case.lead.name, "2026-09-30 17:30", f"2026 no. {order.pk}", city.supervisor.name):
        assert words in page
    assert "late" in page
    line = Audit.objects.of_kind("print").get()
    assert (line.subject, line.data) == (case.number, {"what": "order", "order": order.pk})
    assert f"/orders/{order.pk}/print/" in see(city.handler, case.get_absolute_url())


def test_an_answered_order_shows_its_answer():
    city = City()
    case = make_appeal(Status.SIGNED, city=city)
    order = ordered(city, case)
    case.refresh_from_db()
    supervision.answer_supervision(
        case, by=actor(city.head), text="已约谈施工单位", at=order.issued_at + timedelta(hours=3)
    )
    page = see(city.head, f"{case.get_absolute_url()}orders/{order.pk}/print/")
    assert "已约谈施工单位" in page
    assert "Not answered yet" not in page


def test_an_order_is_no_matter_of_the_enterprise_and_belongs_to_its_case():
    city = City()
    case, other = make_appeal(Status.SIGNED, city=city), make_appeal(Status.SIGNED, city=city)
    order = ordered(city, case)
    assert signed_in(city.member).get(f"{case.get_absolute_url()}orders/{order.pk}/print/").status_code == 404
    assert signed_in(city.director).get(f"{other.get_absolute_url()}orders/{order.pk}/print/").status_code == 404
    assert "orders/" not in see(city.member, case.get_absolute_url())
