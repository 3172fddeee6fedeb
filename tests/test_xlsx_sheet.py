"""connectors.workbooks.xlsx_sheet and xlsx_parts: whole workbooks, by several writers, against calamine."""

from __future__ import annotations

import datetime as dt
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.workbooks import xlsx_sheet
from connectors.workbooks.calamine_sheet import calamine_sheets
from connectors.workbooks.excel import open_workbook
from connectors.workbooks.number_format import number_text
from connectors.workbooks.sheet import Sheet
from connectors.workbooks.workbook_check import sheet_facts
from schemas.problem import Problem
from tests.published import REAL

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def package(
    path: Path,
    sheet: str | bytes,
    strings: str = "",
    styles: str = "",
    book: str = "",
    name: str = "xl/worksheets/sheet1.xml",
) -> Path:
    """A workbook of given parts, as no library would write it."""
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts: dict[str, str | bytes] = {
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="a" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": book or f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/><Relationship Id="r3" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/sharedStrings.xml": strings or f'<sst xmlns="{MAIN}"/>',
        "xl/styles.xml": styles or f'<styleSheet xmlns="{MAIN}"/>',
        name: sheet,
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for member, data in parts.items():
            target.writestr(member, data)
    return path


def sheet_xml(rows: str, before: str = "", after: str = "") -> str:
    return f'<?xml version="1.0"?><worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def rows_of(sheet: Sheet) -> list[list[str]]:
    return [cells for _, cells in sheet.rows()]


def test_shared_strings_of_every_make(tmp_path: Path) -> None:
    strings = (
        f'<?xml version="1.0" encoding="UTF-8"?><sst xmlns="{MAIN}" count="9"><si><t>张伟</t></si><si><t xml:space="preserve"> a &amp; b </t></si>'
        "<si><r><rPr><sz val='9'/></rPr><t>富</t></r><r><t>文本</t></r><rPh sb='0' eb='1'><t>fu</t></rPh><phoneticPr fontId='1'/></si><si/><si><t/></si>"
        "<si><t>line_x000D_\nend</t></si><si><t>_x005F_x0041_</t></si><si><t>末尾的字符串超过十二个字节</t></si></sst>"
    )
    cells = "".join(
        f'<row r="{n + 1}"><c r="A{n + 1}" t="s"><v>{n}</v></c><c r="B{n + 1}"><v>{n}</v></c></row>'
        for n in range(8)
    )
    expected = ["张伟", " a & b ", "富文本", "", "", "line\r\nend", "_x0041_", "末尾的字符串超过十二个字节"]
    for text in (
        strings, strings.replace("<si>", "<!-- x --><si>"), strings.replace("<si><t>张伟</t>", "<si><t><![CDATA[张伟]]></t>"),
        strings.replace("<sst xmlns=", "<x:sst xmlns:x=").replace("<si", "<x:si").replace("<t", "<x:t").replace("<r", "<x:r")
        .replace("</", "</x:").replace("<phon", "<x:phon").replace("<sz", "<x:sz"),
    ):  # fmt: skip
        [sheet] = open_workbook(package(tmp_path / "a.xlsx", sheet_xml(cells), text))
        assert rows_of(sheet) == [[text, str(n)] for n, text in enumerate(expected)]


def test_prefixes_marks_and_other_encodings(tmp_path: Path) -> None:
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c><c r="B1"><v>12</v></c></row>'
    plain = sheet_xml(cells, after='<mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells>')
    prefixed = (
        plain.replace("<?xml", "<?XML")
        .replace("</", "</x:")
        .replace("<", "<x:")
        .replace("<x:/x:", "</x:")
        .replace("<x:?XML", "<?xml")
    )
    prefixed = prefixed.replace("xmlns=", "xmlns:x=")
    for data in (
        plain,
        plain.encode("utf-8-sig"),
        plain.replace('1.0"?', '1.0" encoding="UTF-16"?').encode("utf-16"),
        prefixed,
    ):
        [sheet] = open_workbook(package(tmp_path / "a.xlsx", data))
        assert rows_of(sheet) == [["姓名", "12"]] and list(sheet.merges) == [(1, 0, 2, 1)]


def test_dates_of_both_systems_and_padded_numbers(tmp_path: Path) -> None:
    for from_1904, date in ((False, "2024-11-01"), (True, "2024-11-01")):
        with xlsxwriter.Workbook(str(tmp_path / "a.xlsx"), {"date_1904": from_1904}) as book:
            sheet = book.add_worksheet()
            for at, (value, code) in enumerate(
                [(dt.datetime(2024, 11, 1), "yyyy-mm-dd"), (dt.datetime(2024, 11, 1, 10, 20, 30), 'yyyy"年"m"月"d"日" h:mm'), (dt.time(9, 5), "h:mm"),
                 (1.5, "[h]:mm"), (12345, "000000"), (370602199003120000, "0"), (5, "00")]
            ):  # fmt: skip
                style = book.add_format({"num_format": code})
                if isinstance(value, dt.datetime | dt.time):
                    sheet.write_datetime(0, at, value, style)
                else:
                    sheet.write_number(0, at, value, style)
        [read] = open_workbook(tmp_path / "a.xlsx")
        assert rows_of(read) == [
            [date, f"{date} 10:20:30", "09:05:00", "36:00:00", "012345", "370602199003120000", "05"]
        ]
        assert read.long == {1: [5]}


def test_hidden_columns_merges_and_findings(tmp_path: Path) -> None:
    cells = (
        '<row r="2" hidden="1"><c r="B2"><f>1+1</f></c><c r="C2"><v>1</v></c></row><row r="9" hidden="1"/>'
    )
    sheet = sheet_xml(
        cells, '<cols><col min="2" max="3" hidden="1"/><col min="9" max="16384" hidden="true"/></cols>'
    )
    [read] = open_workbook(package(tmp_path / "a.xlsx", sheet))
    assert rows_of(read) == [["", "", ""], ["", "", "1"]]
    assert read.hidden_rows == {2} and read.hidden_columns == {1, 2}
    assert [(f.code, f.text) for f in read.findings()] == [
        ("formula_no_value", "1；B2"),
        ("hidden_columns", "B、C"),
    ]


def test_sheets_that_are_none_and_parts_that_are_missing(tmp_path: Path) -> None:
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="表" state="veryHidden" r:id="r1"/><sheet name="图" r:id="r3"/></sheets></workbook>'
    path = package(tmp_path / "a.xlsx", sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>'), book=book)
    assert [(s.sheet, s.hidden) for s in open_workbook(path)] == [("表", True)]
    for name, words in (("xl/worksheets/sheet2.xml", "damaged"),):
        with pytest.raises(Problem, match=words):
            for one in open_workbook(package(tmp_path / "b.xlsx", sheet_xml(""), name=name)):
                list(one.rows())


def test_empty_sheets(tmp_path: Path) -> None:
    for text in (
        sheet_xml(""),
        f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData /><x/></worksheet>',
    ):
        assert rows_of(open_workbook(package(tmp_path / "a.xlsx", text))[0]) == []


def test_rows_without_end_are_refused(tmp_path: Path) -> None:
    for rows, words in (
        ("".join(f'<row r="{n}"/>' for n in range(1, 1_100_000)), "too far apart"),
        ('<row r="1"><c r="A1" t="inlineStr"><is><t>' + os.urandom(1 << 20).hex() * 40 + "</t></is></c></row>", "more than 64 MiB"),
    ):  # fmt: skip
        path = package(tmp_path / "a.xlsx", sheet_xml(rows))
        start = time.process_time()
        with pytest.raises(Problem, match=words):
            list(open_workbook(path)[0].rows())
        assert time.process_time() - start < 3


def test_damage_falls_to_the_other_reader_or_is_told(tmp_path: Path) -> None:
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2" t="s"><v>7</v></c></row>'
    with pytest.raises(Problem, match="damaged") as caught:
        list(open_workbook(package(tmp_path / "a.xlsx", sheet_xml(cells)))[0].rows())
    assert caught.value.file == "a.xlsx"
    # Rows out of order are read by the other reader.
    cells = '<row r="2"><c r="A2"><v>2</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>'
    assert rows_of(open_workbook(package(tmp_path / "a.xlsx", sheet_xml(cells)))[0]) == [["1"], ["2"]]
    with pytest.raises(Problem, match="damaged"):
        list(open_workbook(package(tmp_path / "a.xlsx", sheet_xml(cells)[:120]))[0].rows())


TEXT = st.text(alphabet=st.sampled_from("张王路12 0Xx<>&\"'é䶮𠀀_x000D_\n　"), min_size=1, max_size=14)
VALUE = st.one_of(
    TEXT, st.none(), st.integers(-(10**17), 10**17), st.floats(-1e9, 1e9), st.booleans(),
    st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(9998, 1, 1)).map(lambda d: d.replace(microsecond=0)),
)  # fmt: skip
TABLE = st.lists(st.lists(VALUE, min_size=1, max_size=6), min_size=1, max_size=10)


def write(path: Path, rows: list[list[Any]], writer: str) -> None:
    if writer.startswith("xlsxwriter"):
        with xlsxwriter.Workbook(str(path), {"constant_memory": writer.endswith("inline")}) as book:
            sheet, style = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(r, c, value)
                    elif isinstance(value, dt.datetime):
                        sheet.write_datetime(r, c, value, style)
                    elif value is not None:
                        sheet.write(r, c, value)
        return
    made = openpyxl.Workbook(write_only=writer == "openpyxl-only")
    page = made.create_sheet("表") if made.write_only else made.active
    assert page is not None
    for row in rows:
        page.append(row)
    made.save(path)


def shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S").replace(" 00:00:00", "").rjust(10, "0")
    return number_text(float(value)) if isinstance(value, int | float) else str(value)


@settings(max_examples=60, deadline=None)
@given(TABLE, st.sampled_from(["xlsxwriter", "xlsxwriter-inline", "openpyxl", "openpyxl-only"]))
def test_random_tables_come_back(rows: list[list[Any]], writer: str) -> None:
    from tempfile import TemporaryDirectory

    if writer.startswith("openpyxl"):
        rows = [[v.replace("_x000D_", "") if isinstance(v, str) else v for v in row] for row in rows]
    # Writers keep 16 digits of a number or fewer.
    rows = [
        [round(v, 3) if isinstance(v, float) else v % 10**15 if type(v) is int else v for v in row]
        for row in rows
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        write(path, rows, writer)
        expected = [[shown(v) for v in row] for row in rows]
        width = max((n for r in expected for n, c in enumerate(r, 1) if c), default=0)
        while expected and not any(expected[-1]):
            expected.pop()
        [sheet] = open_workbook(path)
        assert rows_of(sheet) == [(r + [""] * width)[:width] for r in expected]


@settings(max_examples=30, deadline=None)
@given(TABLE, st.integers(20, 200))
def test_pieces_of_any_size_and_calamine_give_the_same(rows: list[list[Any]], chunk: int) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "a.xlsx"
        write(path, rows, "xlsxwriter")
        patch.setattr(xlsx_sheet, "CHUNK", chunk)
        [sheet] = open_workbook(path)
        [other] = calamine_sheets(path, "a.xlsx", sheet_facts(path, "a.xlsx"))
        assert rows_of(sheet) == rows_of(other) and sheet.long == other.long


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason="needs ONCEGRID_SHARED")
def test_real_workbooks_read_as_calamine_reads_them() -> None:
    seen = 0
    for path in sorted(REAL.glob("*.xls*")):
        try:
            facts = sheet_facts(path, path.name)
        except Problem:  # no archive, or a damaged one
            continue
        for sheet, other in zip(open_workbook(path), calamine_sheets(path, path.name, facts), strict=True):
            assert (sheet.sheet, rows_of(sheet)) == (other.sheet, rows_of(other))
            assert sorted(sheet.merges) == sorted(other.merges) and sheet.long == other.long
            assert sheet.hidden_rows == other.hidden_rows and sheet.errors == other.errors
            seen += 1
    assert seen
