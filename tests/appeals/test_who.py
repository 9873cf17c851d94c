"""Where a request comes from."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from appeals.views.who import actor_in
from chains.origin import address_of

FORWARDED = "203.0.113.9, 198.51.100.7, 10.0.0.2"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, FORWARDED, "192.0.2.1"),  # nobody of ours wrote the header
        (1, FORWARDED, "10.0.0.2"),
        (2, FORWARDED, "198.51.100.7"),  # what stands before it the sender may have invented
        (2, "198.51.100.7", "192.0.2.1"),  # fewer stations than there are: not through our proxies
        (1, "nonsense", ""),
        (1, None, "192.0.2.1"),
    ],
)
def test_the_address_is_the_one_that_the_first_proxy_of_ours_saw(settings, proxies, forwarded, address):
    settings.PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert address_of(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", **headers)) == address


def test_a_stranger_has_an_address_too():
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1")
    request.user = AnonymousUser()
    actor = actor_in(request)
    assert (actor.user_id, actor.origin) == (0, "192.0.2.1")
