from contextlib import ExitStack

import pytest
from hypothesis import settings as laws
from pytest_django.plugin import blocking_manager_key

# The same cases at every run: a law that breaks is found again, and a slow machine breaks none.
laws.register_profile("house", deadline=None, derandomize=True)
laws.load_profile("house")

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
    from tests import ground

    with django_db_blocker.unblock():
        ground.lay()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """A test with transactions of its own empties all tables at its end: the ground is laid for whoever comes next."""
    try:
        return (yield)
    finally:  # also where a fixture failed at its end
        if nextitem is not None and _emptied(item):  # after the last one the database is gone by now
            from tests import ground

            with item.config.stash[blocking_manager_key].unblock():
                ground.lay()


def _emptied(item) -> bool:
    marker = item.get_closest_marker("django_db")
    has_own = bool(marker and marker.kwargs.get("transaction"))
    return has_own or bool({"transactional_db", "live_server"} & set(item.fixturenames))


@pytest.fixture(autouse=True)
def _fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _rules_as_they_are():
    """Rows that a test changed in its transaction are gone; so is what was read of them."""
    from chains import freshness

    yield
    freshness.forget()


@pytest.fixture
def in_english():
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _files_of_the_tests(settings, tmp_path_factory):
    """No test leaves a file of an appeal in the house."""
    settings.MEDIA_ROOT = tmp_path_factory.getbasetemp() / "attachments"
