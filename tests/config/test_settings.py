import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import storage


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


@pytest.mark.parametrize(
    ("url", "folder"),
    [("", "/data/attachments"), ("file:///srv/files", "/srv/files"), ("file:///srv/%E9%99%84%E4%BB%B6", "/srv/附件")],
)
def test_files_lie_where_storage_url_says(url, folder):
    assert storage.folder(url, default=Path("/data/attachments")) == Path(folder)


@pytest.mark.parametrize("url", ["s3://bucket/prefix", "/srv/files", "file://srv/files", "file:///", "files"])
def test_a_storage_that_is_none_is_refused_at_the_start(url):
    with pytest.raises(ImproperlyConfigured, match="STORAGE_URL"):
        storage.folder(url, default=Path("/data"))
