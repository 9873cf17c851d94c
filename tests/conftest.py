from contextlib import ExitStack

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
