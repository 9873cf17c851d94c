"""Whatever is killed with -9 while the clock work runs: every rung once, in order; every notice once at its sink."""

import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.slow
def test_twenty_kills_leave_every_rung_and_every_notice_exactly_once():
    command = [sys.executable, "-m", "tests.faults.clockwork", "--rounds", "20", "--timers", "5000"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True)
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, done.stdout
    assert "everything once, in order" in done.stdout
