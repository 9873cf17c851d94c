from contextlib import ExitStack
from datetime import date, datetime

import pytest

_servers = ExitStack()


def pytest_configure(config):
    """The same door as every command: the given servers, else our own. Workers of xdist find them running."""
    if hasattr(config, "workerinput"):
        return
    from django.conf import settings

    from config import embedded

    _servers.enter_context(
        embedded.running(settings.DATA_DIR, postgres=settings.EMBEDDED_POSTGRES, valkey=settings.EMBEDDED_REDIS)
    )


def pytest_unconfigure(config):
    _servers.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The taxonomy, the calendar and a trained classifier stand in every test's database."""
    from django.utils import timezone

    from chains import loading
    from routing import calendar, training

    with django_db_blocker.unblock():
        loading.load(loading.read_folder(loading.OWN_SHEETS), today=date(2026, 1, 1))
        for year in (2024, 2025, 2026):
            calendar.load_year(year, now=datetime(2026, 1, 1, tzinfo=timezone.get_default_timezone()))
        training.ensure_champion()


@pytest.fixture(autouse=True)
def _fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _rules_as_they_are():
    """Rows that a test changed in its transaction are gone; so is what was read of them."""
    from routing import calendar

    yield
    calendar.forget()


@pytest.fixture
def in_english():
    from django.utils import translation

    with translation.override("en"):
        yield
