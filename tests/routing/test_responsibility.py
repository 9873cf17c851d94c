"""Which office leads (product.md §4): the right tier and district, the complained-of one never, never a dead end."""

import pytest

from chains.taxonomy import CENTRE_OFFICE, FALLBACK_OFFICE, Level, Tier
from routing.responsibility import PARK, TASK_FORCE, Directory, Office, Responsible, responsible

OFFICES = (
    Office("C-KJ", "科技局", Tier.CITY, "CITY"),
    Office("C-JX", "经信局", Tier.CITY, "CITY"),
    Office("C-SF", "司法局", Tier.CITY, "CITY"),
    Office("C-TAX", "税务局", Tier.CITY, "CITY"),
    Office("K-KJ", "柯城区科技局", Tier.COUNTY, "KECHENG", parent="C-KJ"),
    Office("K-TAX", "柯城区税务局", Tier.COUNTY, "KECHENG", parent="C-TAX"),
    Office("J-KJ", "江山市科技局", Tier.COUNTY, "JIANGSHAN", parent="C-KJ"),
    Office("K-PARK", "柯城经开区管委会", Tier.PARK, "KECHENG"),
    Office("TF-STEEL", "钢铁专班", Tier.CITY, "CITY", industry="steel"),
)


def led(leads, level, district, *, supports=(), industry=None, complained_of=None) -> Responsible:
    directory = Directory(OFFICES, district, industry)
    return responsible(leads, supports, level=level, directory=directory, complained_of=complained_of)


@pytest.mark.parametrize(
    ("leads", "level", "district", "lead"),
    [
        (["科技局"], Level.S, "KECHENG", "K-KJ"),  # simple matters stay in the county
        (["科技局"], Level.A, "KECHENG", "K-KJ"),
        (["科技局"], Level.B, "JIANGSHAN", "J-KJ"),  # each county its own
        (["科技局"], Level.C, "KECHENG", "C-KJ"),  # hard ones go to the city
        (["科技局"], Level.D, "KECHENG", "C-KJ"),
        (["科技局"], Level.L, "KECHENG", "C-KJ"),
        (["科技局"], Level.B, "CITY", "C-KJ"),  # 市本级
        (["经信局"], Level.B, "KECHENG", "C-JX"),  # no such office in the county
        (["司法局", "科技局"], Level.B, "KECHENG", "C-SF"),  # the first lead's duty is held at the city
        ([PARK], Level.B, "KECHENG", "K-PARK"),
        ([PARK, "经信局"], Level.B, "CITY", "C-JX"),  # no park there: the next lead
        ([PARK, "经信局"], Level.C, "KECHENG", "C-JX"),  # the city has no park committee
        ([PARK], Level.B, "JIANGSHAN", FALLBACK_OFFICE),  # nobody: 浙江民营企业发展促进条例 §41
        (["无此局"], Level.B, "KECHENG", FALLBACK_OFFICE),
        ([], Level.B, "KECHENG", FALLBACK_OFFICE),
        ([TASK_FORCE], Level.B, "KECHENG", FALLBACK_OFFICE),  # no industry named
    ],
)
def test_who_leads(leads, level, district, lead):
    assert led(leads, level, district).lead == lead


def test_the_task_force_of_the_industry_leads_and_supports():
    assert led([TASK_FORCE], Level.C, "KECHENG", industry="steel").lead == "TF-STEEL"
    assert led(["经信局"], Level.B, "CITY", supports=[TASK_FORCE], industry="steel").supporting == ("TF-STEEL",)


@pytest.mark.parametrize(
    ("complained_of", "leads", "lead"),
    [
        ("K-KJ", ["科技局", "税务局"], "K-TAX"),  # the next lead of the topic
        ("K-KJ", ["科技局"], CENTRE_OFFICE),  # else the centre, not the office above it
        (FALLBACK_OFFICE, ["无此局"], CENTRE_OFFICE),  # the fallback itself is complained of
        (FALLBACK_OFFICE, [], CENTRE_OFFICE),
        ("K-TAX", ["科技局", "税务局"], "K-KJ"),
    ],
)
def test_the_complained_of_office_never_leads(complained_of, leads, lead):
    assert led(leads, Level.B, "KECHENG", complained_of=complained_of).lead == lead


def test_the_complained_of_office_does_not_support():
    found = led(["科技局"], Level.B, "KECHENG", supports=["税务局", "经信局"], complained_of="K-TAX")
    assert found.supporting == ("C-JX",)


def test_where_the_city_leads_the_county_supports():
    found = led(["科技局"], Level.C, "KECHENG", supports=["税务局"])
    assert found == Responsible("C-KJ", ("K-KJ", "C-TAX"))


def test_a_park_committee_supports_whoever_leads_at_the_city_instead():
    found = led([PARK, "经信局"], Level.C, "KECHENG", supports=["税务局"])
    assert found == Responsible("C-JX", ("K-PARK", "C-TAX"))


def test_the_lead_is_not_among_those_who_support_and_nobody_is_twice():
    found = led(["科技局"], Level.B, "KECHENG", supports=["科技局", "税务局", "税务局"])
    assert found.supporting == ("K-TAX",)
