"""What the published exports (ONCEGRID_SHARED) say around and between their rows."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from connectors.reading import ReadTable, read_tables
from connectors.report import TableReport
from connectors.tables.divisions import provinces
from tests.published import REAL

EXPECTED: dict[str, Any] = (
    json.loads((REAL / "expect.json").read_text("utf-8")) if (REAL / "expect.json").is_file() else {}
)
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not EXPECTED, reason="ONCEGRID_SHARED"),
]


def reports(file: str) -> list[TableReport]:
    return read_tables(REAL / file)[0].tables


def test_counties_under_their_provinces() -> None:
    file = "贫困县名单_单列分组.xlsx"
    [expected] = EXPECTED[file]["tables"]
    [table] = read_tables(REAL / file)[1]
    report = table.report
    assert report.columns == expected["columns"] and report.header_rows == []
    assert report.first_data_row is not None and report.first_data_row - 1 == expected["data_rows"][0]
    assert [c or "" for c in table.rows[0]] == expected["first_row"]
    assert [c or "" for c in table.rows[-1]] == expected["last_row"]
    # The catalogue counts 21 provinces; the column names 22, each of them a province.
    sections = [s.text for s in report.skipped if s.why == "section"]
    assert len(sections) == len(set(sections) & provinces()) == 22
    assert report.n_rows == expected["n_rows"] - 1 == report.rows_read - 22 - 1
    assert set(sections) == {row[0] for row in table.rows}
    assert Counter(row[2] for row in table.rows) == {"*": 433, None: 397}


@pytest.mark.parametrize("file", ["moe_2011_高校名单.xls", "moe_2016_高校名单.xlsx"])
def test_every_section_holds_as_many_as_it_says(file: str) -> None:
    [expected] = EXPECTED[file]["tables"]
    [table] = read_tables(REAL / file)[1]
    report = table.report
    assert report.section_column == report.columns[-1] == "分组"
    assert Counter(row[-1] for row in table.rows) == dict(expected["sections"])
    titles = 1 if file.startswith("moe_2011") else 0  # （共2101所）
    assert report.totals_checked == expected["section_rows"] + titles and not report.findings


def test_one_table_over_eight_sheets() -> None:
    first, *others = reports("nbs_2017_区划代码_8sheets.xlsx")
    assert first.continues is None and {t.continues for t in others} == {first.sheet}
    assert [t.continues for t in reports("人口_3sheets.xlsx")] == [None] * 3


def test_what_form_lines_state() -> None:
    assert reports("nbs_分省年度数据.xls")[0].stated == {
        "数据库": "分省年度数据",
        "指标": "地区生产总值(亿元)",
        "时间": "最近5年",
        "数据来源": "国家统计局",
    }
    assert reports("census2010_A0101a.xls")[0].stated == {"单位": "户、人"}
    assert reports("moe_2011_高校名单.xls")[0].stated == {"截至": "2011年5月23日"}


def tables_of(file: str) -> list[ReadTable]:
    return read_tables(REAL / file)[1]


@pytest.mark.parametrize(
    "file", sorted(f for f, e in EXPECTED.items() if e["tables"] and "damaged" not in e["note"])
)
def test_a_sheet_of_one_table_stays_one_and_no_total_is_wrong(file: str) -> None:
    tables = tables_of(file)
    assert len(tables) == len(EXPECTED[file]["tables"])
    assert not [f for t in tables for f in t.report.findings if f.code == "total_mismatch"]
