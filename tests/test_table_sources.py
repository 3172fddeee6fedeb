"""connectors.tables.table_sources: workbooks and texts with several tables, read whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from connectors.raw import read_edition
from connectors.reading import ReadTable, read_tables
from connectors.report import FileReport
from connectors.views import as_csv


def book(
    path: Path, sheets: dict[str, Sequence[Sequence[object]]], hidden: dict[str, Sequence[int]] | None = None
) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)  # type: ignore[arg-type]
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        for number in (hidden or {}).get(title, ()):
            sheet.row_dimensions[number].hidden = True
    made.save(path)
    return path


def read(path: Path, layout: object = None) -> tuple[FileReport, list[ReadTable]]:
    report, tables = read_tables(path, layout)
    assert report.rows_read == report.n_rows + sum(report.skip_counts().values()) + report.rejected()
    return report, tables


STACKED = [
    ["表一 人员"], ["姓名", "性别", "电话"], ["张伟", "男", 1], ["王秀英", "女", 2], ["合计", "", "2人"], [],
    ["表二 房屋"], ["单位：平方米"], ["楼号", "面积", "层数", "年份"], ["1号楼", 3000, 6, 2001], ["2号楼", 4000, 7, 2002],
    ["合计", 7100, 13], ["制表人：李四"],
]  # fmt: skip


def test_two_tables_on_a_sheet(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"表": STACKED}, {"表": [4, 10]})
    report, [people, houses] = read(path)
    assert report.rows_read == len(STACKED)
    assert people.report.columns == ["姓名", "性别", "电话"] and people.numbers == [3, 4]
    assert houses.report.columns == ["楼号", "面积", "层数", "年份"] and houses.numbers == [10, 11]
    assert houses.report.header_rows == [9] and [t.hidden_rows for t in report.tables] == [1, 1]
    assert houses.report.stated == {"单位": "平方米", "制表人": ""}
    assert [(f.code, f.row, f.column) for f in houses.report.findings] == [("total_mismatch", 12, "面积")]
    assert people.report.totals_checked == 1 and not people.report.findings
    assert [n for _, n in as_csv(path, tmp_path / "x.csv")] == [2, 2]
    raw = read_edition(path, tmp_path / "raw")
    assert [t.parquet for t in raw.tables] == ["1.parquet", "2.parquet"]


def test_a_stated_header_makes_it_one_table(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"表": STACKED})
    report, [table] = read(path, {"header": 2})
    assert table.report.columns[:3] == ["姓名", "性别", "电话"] and report.rows_read == len(STACKED)


def test_two_tables_in_a_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(",".join(str(c) for c in row) for row in STACKED), "utf-8")
    report, tables = read(path)
    assert [t.numbers for t in tables] == [[3, 4], [10, 11]] and report.rows_read == len(STACKED)


def test_side_by_side(tmp_path: Path) -> None:
    rows = [
        ["编号", "姓名", "性别", None, "代码", "含义"],
        *[[n, "张伟", n % 2, None, None, None] for n in range(1, 9)],
    ]
    rows[1][4:], rows[2][4:] = [0, "女"], [1, "男"]
    _, [people, codes] = read(book(tmp_path / "a.xlsx", {"表": rows}))
    assert people.report.columns == ["编号", "姓名", "性别"] and people.report.n_rows == 8
    assert codes.report.columns == ["代码", "含义"] and codes.rows == [["0", "女"], ["1", "男"]]
    assert codes.numbers == [2, 3] and codes.report.rows_read == 3


def test_one_table_over_sheets(tmp_path: Path) -> None:
    one = [["编号", "姓名", "性别"], [110101, "张伟", "男"], [110102, "王秀英", "女"]]
    sheets = {
        "一": one,
        "二": [[110103, "李四", "男"], [110104, "赵六", "女"]],
        "三": [one[0], [110105, "钱七", "男"]],
    }
    report, tables = read(book(tmp_path / "a.xlsx", sheets))
    assert [t.continues for t in report.tables] == [None, "一", "一"]
    assert all(t.report.columns == ["编号", "姓名", "性别"] for t in tables)
    assert [t.report.header_rows for t in tables] == [[1], [], [1]] and tables[1].numbers == [1, 2]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_list_with_headings(tmp_path: Path, kind: str) -> None:
    cells = ["*代表脱贫县", "安徽", "砀山县*", "寿县", "山东", "历城区"]
    path = tmp_path / f"a.{kind}"
    if kind == "csv":
        path.write_text("\n".join(cells), "utf-8")
    else:
        book(path, {"表": [[c] for c in cells]})
    report, [table] = read(path)
    assert table.report.columns == ["省", "县", "脱贫"] and report.rows_read == 6
    assert table.rows == [["安徽", "砀山县", "*"], ["安徽", "寿县", None], ["山东", "历城区", None]]
