import os
import subprocess
import sys

from django.conf import settings


def test_without_a_mail_server_mail_lies_in_the_data_folder_wherever_the_command_runs(tmp_path):
    # pytest puts a mailbox of its own in place of the backend: only a process apart sees what the settings say.
    given = {name: value for name, value in os.environ.items() if name not in ("EMAIL_URL", "SECRET_KEY")}
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "from django.conf import settings; print(settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH)",
        ],
        env={**given, "QIYING_DATA": str(tmp_path), "PYTHONPATH": str(settings.BASE_DIR)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == ["django.core.mail.backends.filebased.EmailBackend", str(tmp_path / "mail")]
