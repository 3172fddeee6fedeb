"""County codes through the years, against a list that was made by others."""

from __future__ import annotations

import csv

import pytest
from published import DATA

from warehouse.normalize.county_codes import last_years

LIST = DATA / "areacodes_1981_2024_cc0.csv"


@pytest.mark.parametrize(("code", "last"), [
    ("370620", "1986"), ("370622", "1990"), ("370623", "1985"), ("370625", "1987"), ("370631", "1993"), ("370634", "2019"),
    ("370684", "2019"), ("210219", "1985"), ("210221", "1986"), ("210282", "2014"), ("370602", ""), ("370614", ""),
])  # fmt: skip
def test_the_last_year_of_a_code(code: str, last: str) -> None:
    found = last_years()[code]
    # lists of several years may keep a code on longer, never shorter
    assert found == last or (last != "" and found > last)


def test_prefectures_and_permits_have_codes_that_no_list_names() -> None:
    years = last_years()
    assert all(years[code] == "" for code in ("370601", "110101", "210220", "810000", "820000", "830000"))
    assert "999901" not in years and "370699" not in years


@pytest.mark.skipif(not LIST.exists(), reason="ONCEGRID_SHARED")
def test_no_county_of_the_published_list_is_missing_or_ends_too_early() -> None:
    years = last_years()
    with LIST.open(encoding="utf-8-sig", newline="") as file:
        counties = [row for row in csv.DictReader(file) if row["级别"] == "县级"]
    assert len(counties) > 5_000
    for row in counties:
        ours, change = years[row["代码"]], row["变更/弃用时间"]
        assert ours == "" or (change and int(ours) >= int(change) - 1), row["代码"]
