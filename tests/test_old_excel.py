"""connectors.workbooks.old_excel: workbooks of Excel 2 to 2003 and WPS; the slower parser only where it is needed."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st
from xlwt.CompoundDoc import XlsDoc

from connectors.reading import read_tables
from connectors.sniff import sniff
from connectors.workbooks.excel import cell_text, open_workbook
from connectors.workbooks.number_format import number_text
from schemas.problem import Problem

Cell = str | float


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def label(version: int, row: int, at: int, text: bytes) -> bytes:
    if version == 2:
        return record(0x04, struct.pack("<HH3xB", row, at, len(text)) + text)
    return record(0x204, struct.pack("<HHHH", row, at, 0, len(text)) + text)


def number(version: int, row: int, at: int, value: float) -> bytes:
    if version == 2:
        return record(0x03, struct.pack("<HH3xd", row, at, value))
    return record(0x203, struct.pack("<HHHd", row, at, 0, value))


def cells_of(version: int, rows: Sequence[Sequence[Cell]], codec: str) -> bytes:
    return b"".join(
        label(version, r, c, cell.encode(codec)) if isinstance(cell, str) else number(version, r, c, cell)
        for r, row in enumerate(rows)
        for c, cell in enumerate(row)
    )


BOF = {
    2: record(0x09, b"\x02\x00\x10\x00"),
    3: record(0x209, b"\x00\x03\x10\x00\x00\x00"),
    4: record(0x409, b"\x00\x04\x10\x00\x00\x00"),
}


def single_sheet(
    path: Path, version: int, rows: Sequence[Sequence[Cell]], codec: str, codepage: int | None
) -> Path:
    """A sheet of Excel 2, 3 or 4: no OLE file, no book around it."""
    page = record(0x42, struct.pack("<H", codepage)) if codepage is not None else b""
    path.write_bytes(BOF[version] + page + cells_of(version, rows, codec) + record(0x0A, b""))
    return path


def book_of_95(
    path: Path, rows: Sequence[Sequence[Cell]], codec: str, codepage: int | None, name: str = "人口"
) -> Path:
    """A workbook of Excel 95 in an OLE file."""
    page = record(0x42, struct.pack("<H", codepage)) if codepage is not None else b""
    title = name.encode(codec)
    font = record(0x31, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + b"\x05Arial") * 4
    style = record(0xE0, struct.pack("<HH", 0, 0) + bytes(12))
    start = record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0)) + page + font + style

    def globals_to(at: int) -> bytes:
        return start + record(0x85, struct.pack("<IHB", at, 0, len(title)) + title) + record(0x0A, b"")

    head = globals_to(len(globals_to(0)))
    sheet = (
        record(0x809, struct.pack("<HHHH", 0x500, 0x10, 0, 0)) + cells_of(5, rows, codec) + record(0x0A, b"")
    )
    XlsDoc().save(str(path), (head + sheet).ljust(8192, b"\0"))
    return path


PEOPLE: list[list[Cell]] = [
    ["姓名", "住址", "年齡", "金額"], ["張偉", "臺南市東區中華路12號", 80.0, 12.5], ["王秀英", "高雄市左營區", 7.0, 0.1 + 0.2],
]  # fmt: skip
SIMPLE: list[list[Cell]] = [
    ["姓名", "住址", "年龄", "金额"], ["张伟", "烟台市芝罘区幸福路12号", 80.0, 12.5], ["王秀英", "济南市", 7.0, 0.1 + 0.2],
]  # fmt: skip


def texts(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    return [[c if isinstance(c, str) else number_text(c) for c in row] for row in rows]


def rows_of(path: Path) -> list[list[str]]:
    return [cells for _, cells in open_workbook(path)[0].rows()]


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize(("codec", "codepage"), [("gbk", 936), ("gbk", None), ("gbk", 1252), ("gbk", 10008)])
def test_sheets_of_excel_2_to_4(tmp_path: Path, version: int, codec: str, codepage: int | None) -> None:
    path = single_sheet(tmp_path / "a.xls", version, SIMPLE, codec, codepage)
    assert sniff(path).kind == "biff"
    assert rows_of(path) == texts(SIMPLE)
    report, [table] = read_tables(path)
    assert report.format == "excel" and report.encoding == "gb18030" and len(table.rows) == 2


@pytest.mark.parametrize(
    ("codec", "codepage", "people"),
    [
        ("gbk", 936, SIMPLE), ("gbk", None, SIMPLE), ("gbk", 1252, SIMPLE), ("gbk", 10008, SIMPLE),
        ("gbk", 10000, SIMPLE), ("big5", 950, PEOPLE), ("big5", None, PEOPLE), ("big5", 10002, PEOPLE),
        ("big5", 936, PEOPLE), ("gbk", 950, SIMPLE),
    ],
)  # fmt: skip
def test_workbooks_of_excel_95_in_any_codepage(
    tmp_path: Path, codec: str, codepage: int | None, people: list[list[Cell]]
) -> None:
    path = book_of_95(tmp_path / "a.xls", people, codec, codepage)
    assert sniff(path).kind == "xls"
    [sheet] = open_workbook(path)
    assert sheet.sheet == "人口"
    assert [cells for _, cells in sheet.rows()] == texts(people)


def test_the_source_may_state_the_encoding(tmp_path: Path) -> None:
    path = book_of_95(tmp_path / "a.xls", PEOPLE, "big5", 936)
    [sheet] = open_workbook(path, encoding="big5")
    assert sheet.encoding is not None and sheet.encoding.decided_by == "stated by the source"
    assert [cells for _, cells in sheet.rows()] == texts(PEOPLE)


def test_western_text_stays_western(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["Name", "Größe"], ["Müller", 3.0], ["Façade", 4.0]]
    assert rows_of(book_of_95(tmp_path / "a.xls", rows, "cp1252", 1252, "Tabelle")) == texts(rows)


def full_book(path: Path, from_1904: bool = False) -> Path:
    book = xlwt.Workbook()
    book.dates_1904 = from_1904
    sheet = book.add_sheet("表")
    for at, cell in enumerate(("姓名", "编号", "日期", "时间", "时长", "在册")):
        sheet.write(0, at, cell)
    sheet.write(1, 0, "张伟")
    sheet.write(1, 1, 12345, xlwt.easyxf(num_format_str="000000"))
    sheet.write(1, 2, 40000, xlwt.easyxf(num_format_str='yyyy"年"m"月"d"日"'))
    sheet.write(1, 3, 0.5, xlwt.easyxf(num_format_str="h:mm"))
    sheet.write(1, 4, 1.5, xlwt.easyxf(num_format_str="[h]:mm"))
    sheet.write(1, 5, True)
    sheet.write(2, 0, "王秀英")
    sheet.row(2).set_cell_error(1, 0x2A)
    sheet.row(3).write(0, "李娜")
    sheet.row(3).hidden = True
    sheet.col(4).hidden = True
    sheet.write_merge(4, 5, 0, 1, "合并")
    other = book.add_sheet("藏")
    other.write(0, 0, "x")
    other.visibility = 1
    book.save(str(path))
    return path


@pytest.mark.parametrize(("from_1904", "date"), [(False, "2009-07-06"), (True, "2013-07-07")])
def test_what_cells_show(tmp_path: Path, from_1904: bool, date: str) -> None:
    first, second = open_workbook(full_book(tmp_path / "a.xls", from_1904))
    rows = dict(first.rows())
    assert rows[2] == ["张伟", "012345", date, "12:00:00", "36:00:00", "TRUE"]
    assert rows[3][1] == "#N/A" and first.errors == {(3, 1): "#N/A"}
    assert first.hidden_rows == {4} and first.hidden_columns == {4} and first.merges == [(5, 0, 6, 1)]
    assert (first.hidden, second.hidden) == (False, True)
    report, _ = read_tables(tmp_path / "a.xls")
    assert report.tables[0].hidden_rows == 1
    assert [f.code for f in report.tables[0].findings if f.code == "hidden_columns"]


def test_plain_workbooks_take_the_fast_way_and_read_the_same(tmp_path: Path, monkeypatch: Any) -> None:
    from connectors.workbooks import old_excel

    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for row in range(50):
        sheet.write(row, 0, f"张{row}é")
        sheet.write(row, 1, row / 8)
        sheet.write(row, 2, dt.datetime(2024, 1, 1, 5), xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm"))
    sheet.write_merge(60, 61, 0, 1, "合并")
    book.save(str(tmp_path / "a.xls"))
    slow = old_excel._XlrdBook((tmp_path / "a.xls").read_bytes(), b"", "a.xls", None).sheets()[0]
    monkeypatch.setattr(old_excel, "_XlrdBook", None)
    fast = open_workbook(tmp_path / "a.xls")[0]
    assert list(fast.rows()) == list(slow.rows())
    assert list(fast.merges) == list(slow.merges)


def test_wps_files_and_streams_of_another_name(tmp_path: Path) -> None:
    full_book(tmp_path / "a.xls")
    data = (tmp_path / "a.xls").read_bytes()
    (tmp_path / "a.et").write_bytes(data)
    renamed = data.replace("Workbook".encode("utf-16-le"), "WpsBook1".encode("utf-16-le"))
    assert renamed != data
    (tmp_path / "b.et").write_bytes(renamed)
    for name in ("a.et", "b.et"):
        assert sniff(tmp_path / name).kind == "xls"
        assert dict(open_workbook(tmp_path / name)[0].rows())[2][:2] == ["张伟", "012345"]


def test_damage_is_told(tmp_path: Path) -> None:
    data = full_book(tmp_path / "a.xls").read_bytes()
    for n, broken in enumerate((data[:600], data[:512] + b"\xff" * 4000, data[: len(data) // 2])):
        path = tmp_path / f"b{n}.xls"
        path.write_bytes(broken)
        try:
            found = [list(sheet.rows()) for sheet in open_workbook(path, kind="xls")]
        except Problem as problem:
            assert "damaged" in problem.en and problem.file == path.name
        else:
            assert found  # what is left of it


TEXT = st.text(alphabet=st.sampled_from("张王李村路1290Xxé　·ａ-/\"', "), min_size=1, max_size=8).filter(
    lambda t: t.strip("　 ")
)
VALUE = st.one_of(
    TEXT, st.integers(-(10**14), 10**14), st.floats(-1e6, 1e6).map(lambda f: round(f, 4)), st.booleans()
)
TABLE = st.integers(1, 5).flatmap(
    lambda w: st.lists(st.lists(VALUE, min_size=w, max_size=w), min_size=1, max_size=8)
)


@settings(max_examples=40, deadline=None)
@given(TABLE, st.booleans())
def test_random_tables_come_back(rows: list[list[object]], slow: bool) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.xls"
        book = xlwt.Workbook()
        sheet = book.add_sheet("表")
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                sheet.write(r, c, value)
        if slow:
            sheet.row(0).hidden = True
        book.save(str(path))
        expected = [
            [v if isinstance(v, str | bool) else float(v) for v in row]  # type: ignore[arg-type]
            for row in rows
        ]
        [found] = open_workbook(path)
        assert [cells for _, cells in found.rows()] == [[cell_text(v) for v in row] for row in expected]
        assert found.hidden_rows == ({1} if slow else set())


BIG5 = st.text(
    alphabet=st.sampled_from("臺南市東區中華路號姓名張偉王秀英陳淑芬林志明0123"), min_size=2, max_size=8
)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(BIG5, min_size=2, max_size=2), min_size=8, max_size=12))
def test_random_text_of_excel_95_comes_back(rows: list[list[str]]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = book_of_95(Path(folder) / "a.xls", rows, "big5", None)
        assert rows_of(path) == rows
