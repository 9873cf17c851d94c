import pytest
from django.core.management import CommandError, call_command

from tests.appeals.historytable import CODE
from tests.factory import make_enterprise


@pytest.fixture
def firm():
    return make_enterprise(credit_code=CODE, name="衢州甲公司")


@pytest.fixture
def imported(firm, tmp_path, capsys):
    """The output of a run over `text` (or a file), and its complaint."""

    def run(text, *options, encoding="utf-8"):
        file = text
        if isinstance(text, str):
            file = tmp_path / "history.csv"
            file.write_bytes(text.replace("{code}", CODE).encode(encoding))
        try:
            call_command("import_appeals", file, *options)
            wrong = ""
        except CommandError as refused:
            wrong = str(refused)
        return capsys.readouterr().out.strip(), wrong

    return run
