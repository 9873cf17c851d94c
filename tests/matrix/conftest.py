import logging

import pytest


@pytest.fixture(autouse=True)
def _refusals_are_no_news():
    """Thousands of 403 and 404 are what is asked for here; a line of the log for each drowns the one that is not."""
    log = logging.getLogger("django.request")
    level = log.level
    log.setLevel(logging.ERROR)
    yield
    log.setLevel(level)
