from datetime import date

import pytest
from django.core.management import CommandError, call_command

from chains.models import Post, User

HEADER = "username,name,email,office,role,from,to\n"
pytestmark = pytest.mark.django_db


@pytest.fixture
def imported(tmp_path, capsys):
    def run(text, encoding="utf-8"):
        file = tmp_path / "staff.csv"
        file.write_bytes(text.encode(encoding))
        call_command("import_staff", file)
        return capsys.readouterr().out.strip()

    return run


def test_people_get_accounts_and_posts(imported):
    text = (
        HEADER
        + "chen,陈立,chen@qz.example,330800-KJJ,handler,2026-01-01,\n"
        + "chen,陈立,chen@qz.example,科技局,head,2026-03-01,2026-12-31\n"
    )
    assert imported(text) == "posts: 2 added, 0 changed, 0 unchanged"
    user = User.objects.get(username="chen")
    assert (user.name, user.email, user.has_usable_password()) == ("陈立", "chen@qz.example", False)
    posts = (
        Post.objects.filter(user=user).order_by("starts_on").values_list("department", "role", "starts_on", "ends_on")
    )
    assert list(posts) == [
        ("330800-KJJ", "handler", date(2026, 1, 1), None),
        ("330800-KJJ", "head", date(2026, 3, 1), date(2026, 12, 31)),
    ]


def test_a_second_run_changes_nothing_and_a_newer_file_ends_a_post(imported):
    line = "chen,陈立,,衢州市科学技术局,handler,2026-01-01,"
    imported(HEADER + line)
    assert imported(HEADER + line) == "posts: 0 added, 0 changed, 1 unchanged"
    assert imported(HEADER + line + "2026-06-30") == "posts: 0 added, 1 changed, 0 unchanged"
    assert Post.objects.get().ends_on == date(2026, 6, 30)


def test_a_new_name_changes_the_account_and_keeps_its_password(imported):
    imported(HEADER + "chen,陈立,,科技局,handler,2026-01-01,")
    user = User.objects.get()
    user.set_password("a password of her own")
    user.save()
    assert (
        imported(HEADER + "chen,陈丽,li@qz.example,科技局,handler,2026-01-01,")
        == "posts: 0 added, 1 changed, 0 unchanged"
    )
    user.refresh_from_db()
    assert (user.name, user.email, user.check_password("a password of her own")) == ("陈丽", "li@qz.example", True)


def test_posts_of_the_whole_city_need_no_office_and_a_byte_order_mark_does_no_harm(imported):
    assert imported(HEADER + "shi,石审,,,auditor,2026-01-01,\n", "utf-8-sig").startswith("posts: 1 added")
    assert Post.objects.get().department is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ch en,陈立,,科技局,handler,2026-01-01,", "username"),
        ("chen,,,科技局,handler,2026-01-01,", "name must have 1 to 50 characters"),
        ("chen,陈立,nowhere,科技局,handler,2026-01-01,", "email"),
        ("chen,陈立,,科学院,handler,2026-01-01,", "office “科学院” is unknown"),
        ("chen,陈立,,科技局,boss,2026-01-01,", "role “boss” is unknown"),
        ("chen,陈立,,,handler,2026-01-01,", "needs an office"),
        ("chen,陈立,,科技局,station,2026-01-01,", "sits in a park"),
        ("chen,陈立,,科技局,handler,1.1.2026,", "not a date"),
        ("chen,陈立,,科技局,handler,2026-02-01,2026-01-31", "ends before it begins"),
        ("chen,陈立,,科技局,handler,2026-01-01", "6 cells instead of 7"),
        ("wang,王芳,,科技局,handler,2026-01-01,", "stands in line 2 already"),
        ("wang,王方,,科技局,head,2026-01-01,", "another name"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_written(imported, in_english, line, words):
    with pytest.raises(CommandError) as refused:
        imported(HEADER + "wang,王芳,,科技局,handler,2026-01-01,\n" + line + "\n")
    assert "line 3: " in str(refused.value) and words in str(refused.value)
    assert not User.objects.exists()


def test_every_fault_of_the_file_is_told_at_once(imported, in_english):
    with pytest.raises(CommandError) as refused:
        imported(HEADER + "a,甲,,科学院,handler,2026-01-01,\n\nb,乙,,科技局,boss,2026-01-01,\n")
    assert [line.split(":")[0] for line in str(refused.value).splitlines()[1:]] == ["line 2", "line 4"]


@pytest.mark.parametrize(
    ("text", "encoding", "words"),
    [
        ("username,name\nchen,陈立\n", "utf-8", "The column names lack: email, office, role, from, to."),
        (HEADER + "chen,陈立,,科技局,handler,2026-01-01,", "gb18030", "not UTF-8"),
        (HEADER + '"chen,陈立', "utf-8", "not CSV"),
        ("", "utf-8", "The column names lack"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(imported, in_english, text, encoding, words):
    with pytest.raises(CommandError, match=words):
        imported(text, encoding)


def test_a_missing_file_is_said_plainly():
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_staff", "nowhere.csv")
