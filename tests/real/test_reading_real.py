"""The published exports (ONCEGRID_SHARED) read as their catalogue says."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from connectors.reading import as_json, read_tables
from connectors.sniff import NotReadableYet
from schemas.problem import Problem
from tests.published import REAL

EXPECTED: dict[str, Any] = (
    json.loads((REAL / "expect.json").read_text("utf-8")) if (REAL / "expect.json").is_file() else {}
)

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not EXPECTED, reason="ONCEGRID_SHARED"),
]
# The catalogue shortens one label: the cells say 人口数.
RENAMED = {"人口数/": "人口/"}


def _name(column: str) -> str:
    for said, meant in RENAMED.items():
        column = column.replace(said, meant)
    return "" if column.startswith("列") and column[1:].isdigit() else column


def _cells(row: list[str | None], width: int) -> list[str]:
    return [c or "" for c in row] + [""] * (width - len(row))


CASES = [
    (file, n)
    for file, entry in EXPECTED.items()
    for n, table in enumerate(entry["tables"])
    if not table.get("stretch")
]


@pytest.mark.parametrize(("file", "n"), CASES, ids=[f"{f}-{n}" for f, n in CASES])
def test_table(file: str, n: int) -> None:
    entry, tables = EXPECTED[file], as_json(REAL / file)
    assert len(tables) == len(entry["tables"])
    told, expected = tables[n], entry["tables"][n]
    assert told["sheet"] == expected["sheet"]
    assert [r - 1 for r in told["header_rows"]] == expected["header_rows"]
    assert told["first_data_row"] - 1 == expected["data_rows"][0]
    columns = list(expected["columns"])
    # Formatted columns without a header and without a cell are no columns.
    while len(columns) > len(told["columns"]) and columns[-1] == "":
        columns.pop()
    names = [_name(c) for c in told["columns"]]
    if "sections" in expected:
        # The headings' words come down to the rows, in a column of their own behind the others.
        assert names.pop() == "分组"
        columns = [c for c in columns if c] if "" in columns else columns
        assert Counter(r.pop() for r in told["rows"]) == dict(expected["sections"])
    assert names == columns
    assert len(told["rows"]) == expected["n_rows"]
    width = len(expected["columns"])
    assert _cells(told["rows"][0], width) == expected["first_row"]
    assert _cells(told["rows"][-1], width) == expected["last_row"]
    for at, total in expected["sums"].items():
        assert sum(float(r[int(at)]) for r in told["rows"] if r[int(at)]) == pytest.approx(total, abs=0.01)
    if "section_rows" in expected:
        sections = [s for s in told["skipped"] if s["why"] == "section"]
        assert len(sections) == expected["section_rows"]
        assert [r[0] for r in told["rows"]][:3] == ["1", "2", "3"]


@pytest.mark.parametrize("file", sorted(EXPECTED))
def test_every_row_is_accounted_for(file: str) -> None:
    try:
        report, _ = read_tables(REAL / file)
    except Problem:
        return
    for table in report.tables:
        assert table.rows_read == table.n_rows + sum(table.skip_counts.values()) + len(table.rejected)
        assert not table.rejected and not report.undecodable


def test_the_damaged_workbook_is_refused_with_what_to_do() -> None:
    with pytest.raises(Problem) as caught:
        read_tables(REAL / "学校_损坏.xlsx")
    assert not isinstance(caught.value, NotReadableYet)
    assert "damaged" in caught.value.text("en") and "另存" in caught.value.text("zh")
