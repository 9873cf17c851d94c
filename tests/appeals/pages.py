"""What the tests of pages share: a browser that is signed in, a step through the page, a case of today."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from appeals.models import Appeal
from tests.factory import City, make_appeal


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(page) -> str:
    return page.content.decode()


def take(user, case, verb, **values):
    values.setdefault("version", Appeal.objects.get(pk=case.pk).version)
    return signed_in(user).post(f"/appeals/{case.number}/{verb}/", values)


def now(status, **changes):
    """A city and a case at `status`, filed a moment ago, so that no limit of it has passed."""
    city = City()
    return city, make_appeal(status, city=city, filed_at=timezone.now() - timedelta(hours=5), **changes)
