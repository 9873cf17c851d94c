import pytest
from django.core.management import CommandError, call_command

from appeals.models import Enterprise
from tests.factory import credit_code

HEADER = "credit_code,name,district,park,industry,size\n"
ONE, TWO = credit_code(880_000_001), credit_code(880_000_002)
pytestmark = pytest.mark.django_db


@pytest.fixture
def imported(tmp_path, capsys):
    def run(text, encoding="utf-8"):
        file = tmp_path / "register.csv"
        file.write_bytes(text.encode(encoding))
        call_command("import_enterprises", file)
        return capsys.readouterr().out.strip()

    return run


def test_enterprises_are_added_by_names_or_codes(imported):
    text = HEADER + f"{ONE},衢州甲公司,智造新城,智造新城管委会,新材料,中型\n{TWO.lower()},衢州乙公司,330802,,,\n"
    assert imported(text, "utf-8-sig") == "enterprises: 2 added, 0 changed, 0 unchanged"
    one, two = Enterprise.objects.order_by("credit_code")
    assert (one.district_id, one.park_id, one.industry_id, one.size) == ("ZZXC", "ZZXC-GWH", "NEWMAT", "medium")
    assert (two.credit_code, two.district_id, two.park_id, two.industry_id, two.size) == (TWO, "330802", None, None, "")


def test_a_second_run_changes_nothing_and_a_newer_register_moves_an_enterprise(imported):
    imported(HEADER + f"{ONE},衢州甲公司,柯城区,,其他,small\n{TWO},衢州乙公司,柯城区,,其他,small\n")
    newer = HEADER + f"{ONE},衢州甲公司,江山市,330881-GWH,其他,small\n"
    assert imported(newer) == "enterprises: 0 added, 1 changed, 0 unchanged"
    assert imported(newer) == "enterprises: 0 added, 0 changed, 1 unchanged"
    assert Enterprise.objects.get(credit_code=ONE).park_id == "330881-GWH"
    assert Enterprise.objects.filter(credit_code=TWO).exists()


def test_columns_may_stand_in_any_order_beside_others(imported):
    assert "1 added" in imported(f"name,remark,credit_code,size,industry,park,district\n甲,好,{ONE},,,,柯城区\n")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"{ONE[:-1]},甲,柯城区,,,", "credit_code"),
        (f"{ONE[:-1]}{'A' if ONE[-1] != 'A' else 'B'},甲,柯城区,,,", "credit_code"),
        (f"{ONE},,柯城区,,,", "name must have 1 to 100 characters"),
        (f"{ONE},甲,杭州市,,,", "district “杭州市” is unknown"),
        (f"{ONE},甲,,,,", "district “” is unknown"),
        (f"{ONE},甲,柯城区,科技局,,", "park “科技局” is unknown"),
        (f"{ONE},甲,柯城区,,采矿,", "industry “采矿” is unknown"),
        (f"{ONE},甲,柯城区,,,巨型", "size “巨型” is unknown"),
        (f"{TWO},甲,柯城区,,,", "stands in line 2 already"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_written(imported, in_english, line, words):
    with pytest.raises(CommandError) as refused:
        imported(HEADER + f"{TWO},乙,柯城区,,,\n{line}\n")
    assert "line 3: " in str(refused.value) and words in str(refused.value)
    assert not Enterprise.objects.exists()


def test_a_large_register_takes_few_statements(imported, django_assert_max_num_queries):
    lines = "".join(f"{credit_code(770_000_000 + n)},企业{n},柯城区,,其他,small\n" for n in range(2500))
    with django_assert_max_num_queries(20):
        assert imported(HEADER + lines).startswith("enterprises: 2500 added")
