"""The taxonomy's sheets: read and checked as a whole, every fault with its line."""

import pytest

from chains.loading import OWN_SHEETS
from chains.sheets import COLUMNS, BadSheets, read_sheets
from chains.taxonomy import CENTRE_OFFICE, FALLBACK_OFFICE, Chain, Level

OWN = {name: (OWN_SHEETS / name).read_text("utf-8") for name in COLUMNS}


def changed(sheet: str, old: str, new: str) -> dict[str, str]:
    assert old in OWN[sheet]
    return OWN | {sheet: OWN[sheet].replace(old, new, 1)}


def problems_of(texts) -> list[str]:
    with pytest.raises(BadSheets) as wrong:
        read_sheets(texts)
    return [str(problem) for problem in wrong.value.problems]


def test_our_own_sheets_are_whole():
    sheets = read_sheets(OWN)
    assert [len(part) for part in (sheets.districts, sheets.industries, sheets.topics)] == [9, 7, 44]
    assert {topic.chain for topic in sheets.topics} == set(Chain)
    codes = {office.code for office in sheets.departments}
    assert {CENTRE_OFFICE, FALLBACK_OFFICE} <= codes
    assert sum(office.industry is not None for office in sheets.departments) == 6, "a task force for each industry"


def test_a_line_becomes_a_row():
    topic = next(topic for topic in read_sheets(OWN).topics if topic.code == "N01")
    assert (topic.chain, topic.level) == (Chain.INNOVATION, Level.A)
    assert (topic.lead, topic.support) == (("科技局", "经信局"), ("税务局",))
    assert "高企" in topic.aliases
    assert topic.valid_from.isoformat() == "2024-01-01"


def test_the_capital_chain_may_be_called_by_either_name():
    texts = OWN | {"topics.csv": OWN["topics.csv"].replace(",capital,", ",资金链,")}
    assert sum(topic.chain == Chain.CAPITAL for topic in read_sheets(texts).topics) == 7


@pytest.mark.parametrize(
    ("sheet", "old", "new", "place", "says"),
    [
        ("topics.csv", "N01,innovation", "N1,innovation", "topics.csv line 17", "not a valid code"),
        ("topics.csv", "N01,innovation", "N01,invention", "topics.csv line 17", "none of"),
        ("topics.csv", "N02,innovation", "N01,innovation", "topics.csv line 18", "already in line 17"),
        ("topics.csv", "科技局|经信局,税务局,A", "科技局|经信局,税务局,X", "topics.csv line 17", "none of"),
        ("topics.csv", "科技局|经信局,税务局,A", "科枝局,税务局,A", "topics.csv line 17", "No office"),
        ("topics.csv", "科技局|经信局,税务局,A", "管委会,税务局,A", "topics.csv line 17", "At least one office"),
        ("topics.csv", "科技局|经信局,税务局,A", "科技局,科技局,A", "topics.csv line 17", "both lead and support"),
        ("topics.csv", "科技局|经信局,税务局,A", "科技局|科技局,税务局,A", "topics.csv line 17", "twice"),
        ("topics.csv", "高企|高新企业", "高企|营业执照", "topics.csv line 40", "already in line 17"),
        ("topics.csv", "高企|高新企业", "企|高新企业", "topics.csv line 17", "too short"),
        ("topics.csv", "高企|高新企业", "高企||高新企业", "topics.csv line 17", "empty or overlong"),
        ("topics.csv", "资质认定,2024-01-01", "资质认定,2024-13-01", "topics.csv line 17", "not a date"),
        ("topics.csv", "资质认定,2024-01-01", "资质认定", "topics.csv line 17", "7 cells instead of 8"),
        ("topics.csv", "code,chain,name", "code,chain,title", "topics.csv line 1", "lack: name"),
        ("districts.csv", "330800,衢州市,city", "330800,衢州市,town", "districts.csv line 2", "none of"),
        ("districts.csv", "330800,衢州市,city", "330800,衢州市,county", "districts.csv", "the city itself"),
        ("districts.csv", "330802,柯城区", "330802,衢州市", "districts.csv line 3", "already in line 2"),
        ("industries.csv", "NEWMAT,新材料", "NEWMAT,", "industries.csv line 2", "1 to 50 characters"),
        ("departments.csv", "330800-FGW,", "330800-,", "departments.csv line 3", "not a valid code"),
        ("departments.csv", "发改委,city,330800", "发改委,city,330899", "departments.csv line 3", "does not exist"),
        ("departments.csv", "发改委,city,330800", "发改委,city,330802", "departments.csv line 3", "only they"),
        ("departments.csv", "发改委,city,330800", "管委会,city,330800", "departments.csv line 3", "is a role"),
        ("departments.csv", "330800-QFZX,,2024", "330800-NONE,,2024", "departments.csv line 3", "does not exist"),
        ("departments.csv", "330800-JXJ,", "330800-JX,", "departments.csv", FALLBACK_OFFICE),
    ],
)
def test_a_fault_is_named_with_its_line(in_english, sheet, old, new, place, says):
    found = problems_of(changed(sheet, old, new))
    assert any(problem.startswith(place) and says in problem for problem in found), found


def test_every_fault_is_named_at_once(in_english):
    texts = changed("topics.csv", "N01,innovation", "N1,invention") | {"industries.csv": "code,name\n"}
    assert len(problems_of(texts)) == 1, "without its columns a sheet cannot be read"
    texts = changed("topics.csv", "N01,innovation", "N1,invention")
    assert len(problems_of(texts)) == 2


@pytest.mark.parametrize("sheet", COLUMNS)
def test_a_missing_or_empty_sheet_changes_nothing_by_mishap(in_english, sheet):
    missing = {name: text for name, text in OWN.items() if name != sheet}
    assert f"{sheet}: The sheet is missing." in problems_of(missing)
    header = OWN[sheet].splitlines()[0]
    assert f"{sheet}: The sheet is empty." in problems_of(OWN | {sheet: header})


def test_what_is_no_csv_says_so(in_english):
    assert "not CSV" in problems_of(OWN | {"districts.csv": 'code,name,kind,valid_from\n"330800,衢州市\n'})[0]


def test_an_office_is_nobodys_own_ancestor(in_english):
    texts = changed("departments.csv", "企业综合服务中心,city,330800,,", "企业综合服务中心,city,330800,330800-FGW,")
    assert any("its own ancestor" in problem for problem in problems_of(texts))


def test_a_sheet_from_a_table_program_with_a_mark_and_crlf_is_read():
    marked = {name: "\ufeff" + text.replace("\n", "\r\n") for name, text in OWN.items()}
    assert len(read_sheets(marked).topics) == 44
