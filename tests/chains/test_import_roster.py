from datetime import date

import pytest
from django.core.management import CommandError, call_command

from chains.models import Shift
from chains.taxonomy import Role
from tests.factory import CENTRE, LABOUR, SCIENCE, at, make_user, post_of

HEADER = "office,username,from,to\n"
LINE = "科技局,chen,2026-10-01 17:30,2026-10-02 08:30"
pytestmark = pytest.mark.django_db


@pytest.fixture
def chen():
    return make_user(Role.HANDLER, SCIENCE, username="chen")


@pytest.fixture
def imported(tmp_path, capsys):
    def run(text, encoding="utf-8"):
        file = tmp_path / "roster.csv"
        file.write_bytes(text.encode(encoding))
        call_command("import_roster", file)
        return capsys.readouterr().out.strip()

    return run


def test_shifts_are_written_in_local_time_or_with_an_offset(imported, chen):
    text = HEADER + LINE + "\n330800-KJJ,chen,2026-10-02T17:30+08:00,2026-10-03T00:30+00:00\n"
    assert imported(text, "utf-8-sig") == "shifts: 2 added, 0 changed, 0 unchanged"
    assert list(Shift.objects.values_list("office", "user", "starts_at", "ends_at")) == [
        (SCIENCE, chen.pk, at(10, 1, 17, 30), at(10, 2, 8, 30)),
        (SCIENCE, chen.pk, at(10, 2, 17, 30), at(10, 3, 8, 30)),
    ]


def test_a_second_run_changes_nothing_and_a_later_end_changes_the_shift(imported, chen):
    imported(HEADER + LINE)
    assert imported(HEADER + LINE) == "shifts: 0 added, 0 changed, 1 unchanged"
    assert imported(HEADER + LINE.replace("08:30", "09:00")) == "shifts: 0 added, 1 changed, 0 unchanged"
    assert Shift.objects.get().ends_at == at(10, 2, 9)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("科学院,chen,2026-10-01 17:30,2026-10-02 08:30", "office “科学院” is unknown"),
        ("科技局,nobody,2026-10-01 17:30,2026-10-02 08:30", "username “nobody” is unknown"),
        ("科技局,,2026-10-01 17:30,2026-10-02 08:30", "username “” is unknown"),
        ("科技局,chen,tonight,2026-10-02 08:30", "from “tonight”"),
        ("科技局,chen,2026-10-01 17:30,", "to “”"),
        ("科技局,chen,2026-10-03 17:30,2026-10-03 17:30", "ends before it begins"),
        ("人社局,chen,2026-10-03 17:30,2026-10-04 08:30", "chen holds no post there"),
        ("企业综合服务中心,chen,2026-10-03 17:30,2026-10-04 08:30", "chen holds no post there"),
        ("科技局,wang,2026-10-03 17:30,2026-10-04 08:30", "wang holds no post there"),  # the post is over
        (LINE, "stands in line 2 already"),
        ("科技局,chen,2026-10-01 17:30", "3 cells instead of 4"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_written(imported, in_english, chen, line, words):
    post_of(make_user(username="wang"), Role.HANDLER, SCIENCE, ends_on=date(2026, 10, 2))
    post_of(chen, Role.TRIAGE, LABOUR)
    with pytest.raises(CommandError) as refused:
        imported(HEADER + LINE + "\n" + line + "\n")
    assert "line 3: " in str(refused.value) and words in str(refused.value)
    assert not Shift.objects.exists()


@pytest.mark.parametrize(("role", "may"), [(Role.TRIAGE, True), (Role.DIRECTOR, True), (Role.REVIEWER, False)])
def test_the_centre_s_watch_is_stood_by_who_can_dispatch(imported, role, may):
    make_user(role, CENTRE, username="li")
    line = HEADER + "330800-QFZX,li,2026-10-01 17:30,2026-10-02 08:30"
    if may:
        assert imported(line).startswith("shifts: 1 added")
    else:
        with pytest.raises(CommandError):
            imported(line)


def test_a_file_that_is_no_such_table_is_refused(imported, in_english):
    with pytest.raises(CommandError, match="The column names lack: username, from, to"):
        imported("office\n科技局\n")
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_roster", "nowhere.csv")
