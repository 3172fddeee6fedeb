"""connectors.workbooks.ods_sheet: OpenDocument spreadsheets, with rows and cells that repeat without end."""

from __future__ import annotations

import datetime as dt
import time
import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from connectors.reading import read_tables
from connectors.sniff import sniff
from connectors.workbooks.excel import open_workbook
from connectors.workbooks.number_format import number_text
from connectors.workbooks.sheet import Sheet
from schemas.problem import Problem

SPACES = (
    " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"))
    )
    + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def archive(path: Path, tables: str, styles: str = "", before: str = "") -> Path:
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content {SPACES}><office:automatic-styles>{styles}'
        f"</office:automatic-styles><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        target.writestr("content.xml", content)
    return path


def opened(tmp_path: Path, rows: str, styles: str = "") -> Sheet:
    path = archive(tmp_path / "a.ods", f'<table:table table:name="表">{rows}</table:table>', styles)
    assert sniff(path).kind == "ods"
    return open_workbook(path)[0]


def cell(text: str, more: str = "", kind: str = "string") -> str:
    return f'<table:table-cell office:value-type="{kind}" {more}><text:p>{text}</text:p></table:table-cell>'


def test_what_cells_show(tmp_path: Path) -> None:
    rows = (
        '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
        "<table:table-row>"
        + cell("012345", 'office:value="12345"', "float") + cell("3.7E+17", 'office:value="370602199003120128"', "float")
        + cell("12/1", 'office:date-value="2024-12-01"', "date") + cell("x", 'office:date-value="2024-12-01T10:20:30.500000000"', "date")
        + cell("x", 'office:time-value="PT09H05M00S"', "time") + cell("x", 'office:time-value="PT30H05M00.25S"', "time")
        + cell("真", 'office:boolean-value="true"', "boolean") + cell("50%", 'office:value="0.5"', "percentage")
        + "</table:table-row><table:table-row table:visibility='collapse'>"
        + cell("#N/A", 'calcext:value-type="error" table:formula="of:=NA()"') + cell("#DIV/0!", 'office:value="0" table:formula="of:=1/0"', "float")
        + '<table:table-cell table:formula="of:=1"/>'
        + "<table:table-cell office:value-type='string'><office:annotation><text:p>批注</text:p></office:annotation>"
        "<text:p>一<text:s text:c='2'/>二</text:p><text:p>三<text:line-break/><text:span>四</text:span></text:p></table:table-cell>"
        + cell("#号楼") + "</table:table-row>"
    )  # fmt: skip
    sheet = opened(tmp_path, rows)
    assert [c for _, c in sheet.rows()] == [
        [
            "012345",
            "370602199003120128",
            "2024-12-01",
            "2024-12-01 10:20:30.5",
            "09:05:00",
            "30:05:00.25",
            "TRUE",
            "0.5",
        ],
        ["#N/A", "#DIV/0!", "", "一  二\n三\n四", "#号楼", "", "", ""],
    ]
    assert sheet.long == {1: [1]} and sheet.errors == {(2, 0): "#N/A", (2, 1): "#DIV/0!"}
    assert sheet.hidden_rows == {2} and sheet.hidden_columns == {2}
    assert [(f.code, f.row) for f in sheet.findings()] == [("formula_no_value", 2), ("hidden_columns", None)]


def test_repetitions_and_spans(tmp_path: Path) -> None:
    sheet = opened(
        tmp_path,
        "<table:table-row>" + cell("甲", 'table:number-columns-spanned="2" table:number-rows-spanned="2"')
        + '<table:covered-table-cell/>' + cell("乙", 'table:number-columns-repeated="2"')
        + '<table:table-cell table:number-columns-repeated="16380"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="3">' + cell("丙") + "</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>',
    )  # fmt: skip
    assert list(sheet.merges) == [(1, 0, 2, 1)]
    assert list(sheet.rows()) == [
        (1, ["甲", "", "乙", "乙"]), (2, [""] * 4), (3, [""] * 4), *((n, ["丙", "", "", ""]) for n in (4, 5, 6)),
    ]  # fmt: skip


def test_hidden_sheets_and_a_report(tmp_path: Path) -> None:
    styles = '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
    rows = "".join(
        "<table:table-row>" + "".join(map(cell, r)) + "</table:table-row>"
        for r in (("姓名", "住址"), ("张伟", "路"), ("李娜", "街"))
    )
    tables = f'<table:table table:name="甲">{rows}</table:table><table:table table:name="乙" table:style-name="ta2">{rows}</table:table>'
    report, tables_read = read_tables(archive(tmp_path / "a.ods", tables, styles))
    assert [(t.report.sheet, t.report.hidden) for t in tables_read] == [("甲", False), ("乙", True)]
    assert (report.format, report.kind) == ("excel", "ods") and tables_read[0].rows == [
        ["张伟", "路"],
        ["李娜", "街"],
    ]


def test_what_is_hostile_or_broken_is_refused(tmp_path: Path) -> None:
    row = '<table:table-row table:number-rows-repeated="{}">{}</table:table-row>'
    many = 'table:number-columns-repeated="{}"'
    for rows, before, words in (
        (row.format(1048576, cell("x", many.format(16384))), "", "too far apart"),
        (row.format(1048575, "<table:table-cell/>") + row.format(1, '<table:table-cell table:number-columns-repeated="16383"/>' + cell("x")), "", "too far apart"),
        (row.format(1048577, "<table:table-cell/>") + row.format(1, cell("x")), "", "too far apart"),
        (row.format(1, cell("x", many.format(99999999999))), "", "too far apart"),
        (row.format(1, cell("&a;")), '<!DOCTYPE x [<!ENTITY a "b">]>', "document type"),
        (row.format(1, "<text:p>" * 100_000), "", "damaged"),
    ):  # fmt: skip
        start = time.process_time()
        path = archive(tmp_path / "a.ods", f"<table:table>{rows}</table:table>", "", before)
        with pytest.raises(Problem, match=words):
            for sheet in open_workbook(path):
                list(sheet.blocks(sheet.content.width))
        assert time.process_time() - start < 2


CELL = st.one_of(
    st.text(alphabet=st.sampled_from("张王路120Xx<>&\"'é䶮𠀀/"), max_size=6), st.integers(-(10**14), 10**14),
    st.floats(-1e9, 1e9), st.booleans(), st.dates(dt.date(1900, 1, 1)),
)  # fmt: skip


def odf_cell(value: object) -> Any:
    if isinstance(value, bool):
        return TableCell(valuetype="boolean", booleanvalue=str(value).lower())
    if isinstance(value, dt.date):
        return TableCell(valuetype="date", datevalue=value.isoformat())
    if isinstance(value, int | float):
        return TableCell(valuetype="float", value=repr(value))
    made = TableCell(valuetype="string")
    made.addElement(P(text=str(value)))
    return made


def text_of(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return number_text(float(value)) if isinstance(value, int | float) else str(value)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(CELL, min_size=1, max_size=5), min_size=1, max_size=8))
def test_random_tables_come_back(rows: list[list[object]]) -> None:
    from tempfile import TemporaryDirectory

    document = OpenDocumentSpreadsheet()
    table = Table(name="表")
    for values in rows:
        row = TableRow()
        for value in values:
            row.addElement(odf_cell(value))
        table.addElement(row)
    document.spreadsheet.addElement(table)
    expected = [[text_of(v) for v in values] for values in rows]
    width = max((n for r in expected for n, c in enumerate(r, 1) if c), default=0)
    while expected and not any(expected[-1]):
        expected.pop()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.ods"
        document.save(str(path))
        [sheet] = open_workbook(path)
        assert [c for _, c in sheet.rows()] == [(r + [""] * width)[:width] for r in expected]


def test_escaped_text(tmp_path: Path) -> None:
    assert list(
        opened(tmp_path, "<table:table-row>" + cell(escape("<&>")) + "</table:table-row>").rows()
    ) == [(1, ["<&>"])]
