"""connectors.workbooks.excel and workbook_check: cells as a person sees them, unsafe workbooks refused."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.reading import read_tables
from connectors.workbooks.excel import cell_text, number_text, open_workbook
from schemas.problem import Problem


def rows_of(path: Path, sheet: int = 0) -> list[list[str]]:
    return [c for _, c in open_workbook(path)[sheet].rows()]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"), (-0.0, "0"), (110000.0, "110000"), (0.1 + 0.2, "0.3"), (1132.8700000000001, "1132.87"),
        (108.9828551436301, "108.9828551436301"), (34.27373349862101, "34.27373349862101"), (1e-05, "0.00001"),
        (3.706021990031201e17, "370602199003120128"), (2.5, "2.5"), (1e300, "1e+300"), (float("inf"), "inf"),
    ],
)  # fmt: skip
def test_numbers(value: float, text: str) -> None:
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "TRUE"), (False, "FALSE"), (dt.date(2024, 11, 1), "2024-11-01"), (dt.datetime(2024, 11, 1), "2024-11-01"),
        (dt.datetime(2024, 11, 1, 10, 20, 30), "2024-11-01 10:20:30"), (dt.time(9, 5), "09:05:00"),
        (dt.datetime(2024, 11, 1, 10, 17, 59, 999997), "2024-11-01 10:18:00"), (dt.timedelta(hours=30), "30:00:00"),
        (dt.datetime(2024, 11, 1, 10, 18, 0, 250000), "2024-11-01 10:18:00.25"), (7, "7"), (" x ", " x "), (None, ""),
    ],
)  # fmt: skip
def test_cells(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_a_sheet_that_does_not_start_at_a1(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["C5"], sheet["D6"] = "姓名", dt.datetime(2024, 11, 1, 10, 20, 30)
    sheet.merge_cells("C5:D5")
    book.create_sheet("藏").sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    sheets = open_workbook(tmp_path / "a.xlsx")
    assert [s.hidden for s in sheets] == [False, True]
    assert list(sheets[0].rows())[4:] == [(5, ["", "", "姓名", ""]), (6, ["", "", "", "2024-11-01 10:20:30"])]
    assert sheets[0].merges == [(5, 2, 5, 3)]


def test_long_numbers_are_told_by_row_and_column(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "身份证号", "电话"])
        sheet.write_row(1, 0, ["张伟", 370602199003120113, 13800000000])
        sheet.write_row(2, 0, ["王秀英", "370602199003120113", 13800000000])
        sheet.write_row(3, 0, ["李四", 370602199003120000, ""])
    report, [table] = read_tables(tmp_path / "a.xlsx")
    assert table.long == ["|身份证号|", None, "|身份证号|"]
    assert report.tables[0].long_numbers == 2
    assert table.rows[0] == ["张伟", "370602199003120128", "13800000000"]
    assert table.rows[2][2] is None


def test_cell_errors_and_hidden_rows(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet("表")
        sheet.write_row(0, 0, ["姓名", "金额", "比例"])
        sheet.write_row(1, 0, ["张伟", 1])
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write_row(2, 0, ["王秀英", 2, 3])
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.write_formula(3, 1, "=NA()", None, "#N/A")
    report, [table] = read_tables(tmp_path / "a.xlsx")
    assert table.rows == [["张伟", "1", "#DIV/0!"], ["王秀英", "2", "3"], [None, "#N/A", None]]
    assert report.tables[0].hidden_rows == 1


def test_hidden_and_empty_sheets(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        for name in ("一", "二", "Sheet3"):
            sheet = book.add_worksheet(name)
            if name != "Sheet3":
                sheet.write_row(0, 0, ["姓名", "住址"])
                sheet.write_row(1, 0, [name, "x"])
            if name == "二":
                sheet.hide()
    report, tables = read_tables(tmp_path / "a.xlsx")
    assert [(t.report.sheet, t.report.hidden) for t in tables] == [("一", False), ("二", True)]
    assert report.empty_sheets == ["Sheet3"]
    report, tables = read_tables(tmp_path / "a.xlsx", {"sheets": "二"})
    assert [t.report.sheet for t in tables] == ["二"] and report.other_sheets == ["一", "Sheet3"]
    with pytest.raises(Problem, match=r"layout\.sheets"):
        read_tables(tmp_path / "a.xlsx", {"sheets": ["三"]})


def test_old_workbooks(tmp_path: Path) -> None:
    xlwt = pytest.importorskip("xlwt")
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for at, cell in enumerate(["姓名", "年龄", "日期"]):
        sheet.write(0, at, cell)
    sheet.write(1, 0, "张伟")
    sheet.write(1, 1, 80)
    sheet.write(1, 2, dt.datetime(2024, 11, 1), xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    sheet.write_merge(2, 2, 0, 2, "注：无")
    book.save(str(tmp_path / "a.xls"))
    report, [table] = read_tables(tmp_path / "a.xls")
    assert report.kind == "xls" and table.rows == [["张伟", "80", "2024-11-01"]]
    assert table.report.skip_counts["note"] == 1


def repacked(path: Path, out: Path, **members: bytes | None) -> Path:
    """A copy of a workbook with members replaced (or added) by name; ``/`` is written ``__``, ``.`` ``_dot_``."""
    changed = {k.replace("__", "/").replace("_dot_", "."): v for k, v in members.items()}
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename not in changed:
                new.writestr(info.filename, old.read(info.filename))
        for name, data in changed.items():
            if data is not None:
                new.writestr(name, data)
    return out


@pytest.fixture
def good(tmp_path: Path) -> Path:
    with xlsxwriter.Workbook(str(tmp_path / "good.xlsx")) as book:
        sheet = book.add_worksheet()
        for row in range(50):
            sheet.write_row(row, 0, [f"甲{row}", "乙", "丙"])
    return tmp_path / "good.xlsx"


def test_damage_is_told_with_what_to_do(good: Path, tmp_path: Path) -> None:
    data = good.read_bytes()
    for n, broken in enumerate(
        (data[: len(data) // 2], data.replace(b"\0", b" "), data[:2000] + b"xx" + data[2002:])
    ):
        path = tmp_path / f"broken{n}.xlsx"
        path.write_bytes(broken)
        with pytest.raises(Problem) as caught:
            read_tables(path)
        assert "damaged" in caught.value.en and "WPS" in caught.value.zh and caught.value.file == path.name


def test_bombs_are_refused(good: Path, tmp_path: Path) -> None:
    bomb = repacked(good, tmp_path / "bomb.xlsx", xl__media__image1_dot_png=b"\0" * (300 << 20))
    with pytest.raises(Problem, match="unpack to"):
        read_tables(bomb)


def test_document_types_are_refused(good: Path, tmp_path: Path) -> None:
    styles = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><styleSheet/>'
    with pytest.raises(Problem, match="document type"):
        read_tables(repacked(good, tmp_path / "dtd.xlsx", xl__styles_dot_xml=styles))


def _sheet_xml(cells: str, dimension: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{space}">{dimension}<sheetData>{cells}</sheetData></worksheet>'.encode()


def test_cells_far_apart_are_refused_and_styled_columns_are_not(good: Path, tmp_path: Path) -> None:
    first = '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c><c r="B1" t="inlineStr"><is><t>住址</t></is></c></row>'
    wide = '<dimension ref="A1:XFD1048576"/>'
    styled = first + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    path = repacked(good, tmp_path / "styled.xlsx", xl__worksheets__sheet1_dot_xml=_sheet_xml(styled, wide))
    assert read_tables(path)[1][0].report.columns == ["姓名", "住址"]
    far = first + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    for n, dimension in enumerate((wide, "")):
        path = repacked(
            good, tmp_path / f"far{n}.xlsx", xl__worksheets__sheet1_dot_xml=_sheet_xml(far, dimension)
        )
        with pytest.raises(Problem, match="too far apart"):
            read_tables(path)


TEXT = st.text(alphabet=st.sampled_from("张王李村路1290Xx　·ａ-/\"',é䶮𠀀 "), min_size=1, max_size=8).filter(
    lambda t: t.strip("　 ")
)
VALUE = st.one_of(
    TEXT, st.integers(-(10**14), 10**14), st.floats(-1e6, 1e6).map(lambda f: round(f, 4)), st.booleans()
)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 5).flatmap(
        lambda w: st.lists(st.lists(VALUE, min_size=w, max_size=w), min_size=1, max_size=8)
    )
)
def test_random_tables_come_back(rows: list[list[object]]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        with xlsxwriter.Workbook(
            str(path), {"strings_to_numbers": False, "strings_to_formulas": False}
        ) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, [f"列名{chr(65 + i)}" for i in range(len(rows[0]))])
            for n, row in enumerate(rows, 1):
                for at, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(n, at, value)
                    else:
                        sheet.write(n, at, value)
        expected = [
            [
                v
                if isinstance(v, str)
                else cell_text(float(v) if isinstance(v, int) and not isinstance(v, bool) else v)
                for v in r
            ]
            for r in rows
        ]
        assert rows_of(path)[1:] == expected
        _, [table] = read_tables(path, {"header": 1, "footer": "none"})
        assert table.rows == expected
