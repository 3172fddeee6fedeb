"""connectors.workbooks.spreadsheet_xml: Excel 2003 XML as Excel, WPS and many systems write it."""

from __future__ import annotations

import time
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.reading import read_tables
from connectors.sniff import sniff
from connectors.workbooks.excel import open_workbook
from connectors.workbooks.number_format import beyond_float, number_text
from connectors.workbooks.sheet import Sheet
from schemas.problem import Problem

HEAD = (
    '<?xml version="1.0"{encoding}?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="{space}" '
    'xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel" xmlns:ss="{space}" '
    'xmlns:html="http://www.w3.org/TR/REC-html40">{styles}{sheets}</Workbook>'
)
SPACE = "urn:schemas-microsoft-com:office:spreadsheet"
STYLES = """<Styles><Style ss:ID="Default" ss:Name="Normal"/><Style ss:ID="s1"><NumberFormat ss:Format="000000"/></Style>
<Style ss:ID="s2"><NumberFormat ss:Format="Short Date"/></Style><Style ss:ID="s3"><NumberFormat ss:Format="h:mm"/></Style></Styles>"""


def book(rows: str, more: str = "", encoding: str = "") -> str:
    sheet = f'<Worksheet ss:Name="低保 &amp; 特困"><Table ss:ExpandedColumnCount="9">{rows}</Table>{more}</Worksheet>'
    return HEAD.format(space=SPACE, styles=STYLES, sheets=sheet, encoding=encoding)


def opened(tmp_path: Path, text: str | bytes) -> list[Sheet]:
    path = tmp_path / "a.xls"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    assert sniff(path).kind == "xml_spreadsheet"
    return open_workbook(path)


def cell(kind: str, text: str, more: str = "") -> str:
    return f'<Cell {more}><Data ss:Type="{kind}">{text}</Data></Cell>'


def test_types_gaps_and_spans(tmp_path: Path) -> None:
    rows = (
        '<Column ss:Index="2" ss:Hidden="1" ss:Span="1"/><Column ss:Hidden="1"/>'
        '<Row ss:Index="2" ss:Hidden="1">' + cell("String", "姓名&#10;汉字", 'ss:MergeAcross="1" ss:MergeDown="1"') + cell("String", "日期")
        + "</Row><Row ss:Span='1'/><Row>" + cell("Number", "12345", 'ss:Index="3" ss:StyleID="s1"')
        + cell("Number", "370602199003120128") + cell("Number", "370602199003120113") + cell("Number", "0.30000000000000004") + "</Row><Row>"
        + cell("DateTime", "2024-11-01T00:00:00.000") + cell("DateTime", "2024-11-01T10:20:30.500")
        + cell("DateTime", "1899-12-31T09:05:00.000", 'ss:StyleID="s3"') + cell("Boolean", "1") + cell("Error", "#N/A")
        + cell("Number", "45000.25", 'ss:StyleID="s2"')
        + '<Cell><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40"><B>粗</B><Font html:Color="#F">体</Font></ss:Data>'
        '<Comment ss:Author="x"><ss:Data>批注</ss:Data></Comment></Cell><Cell ss:Formula="=1+1"/></Row>'
    )  # fmt: skip
    [sheet] = opened(tmp_path, book(rows))
    assert sheet.sheet == "低保 & 特困" and not sheet.hidden
    assert list(sheet.merges) == [(2, 0, 3, 1)]
    found = dict(sheet.rows())
    assert found[1] == [""] * 7 and found[3] == found[4] == [""] * 7
    assert found[2] == ["姓名\n汉字", "", "日期", "", "", "", ""]
    assert found[5] == ["", "", "012345", "370602199003120128", "370602199003120113", "0.3", ""]
    assert found[6] == [
        "2024-11-01",
        "2024-11-01 10:20:30.5",
        "09:05:00",
        "TRUE",
        "#N/A",
        "2023-03-15 06:00:00",
        "粗体",
    ]
    assert sheet.long == {5: [3]} and sheet.hidden_rows == {2} and sheet.hidden_columns == {1, 2, 3}
    assert sheet.errors == {(6, 4): "#N/A"}
    assert [(f.code, f.row) for f in sheet.findings()] == [("formula_no_value", 6), ("hidden_columns", None)]


def test_several_sheets_and_hidden_ones(tmp_path: Path) -> None:
    one = "<Worksheet ss:Name='{0}'><Table><Row><Cell><Data ss:Type='String'>{0}</Data></Cell></Row></Table>{1}</Worksheet>"
    hidden = "<WorksheetOptions xmlns='urn:schemas-microsoft-com:office:excel'><Visible>SheetHidden</Visible></WorksheetOptions>"
    text = HEAD.format(
        space=SPACE, styles="", encoding="", sheets=one.format("甲", "") + one.format("乙", hidden)
    )
    sheets = opened(tmp_path, text)
    assert [(s.sheet, s.hidden, list(s.rows())) for s in sheets] == [
        ("甲", False, [(1, ["甲"])]), ("乙", True, [(1, ["乙"])]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stated", "codec"),
    [("", "utf-8"), ("UTF-8", "utf-8-sig"), ("gb2312", "gb18030"), ("GBK", "gb18030"), ("UTF-16", "utf-16"), ("utf-8", "gb18030"),
     ("UTF-8", "utf-16"), ("big5", "cp950")],
)  # fmt: skip
def test_encodings(tmp_path: Path, stated: str, codec: str) -> None:
    words = "臺北市" if codec == "cp950" else "户籍地址在烟台市芝罘区"
    name = "特困" if codec != "cp950" else "低保"
    text = book(
        "<Row>" + cell("String", words) + "</Row>", "", f' encoding="{stated}"' if stated else ""
    ).replace("低保 &amp; 特困", name)
    [sheet] = opened(tmp_path, text.encode(codec))
    assert list(sheet.rows()) == [(1, [words])]


def test_what_writers_get_wrong_is_put_right(tmp_path: Path) -> None:
    rows = "<Row>" + cell("String", "A&B &amp; &#31;\x0b1") + cell("String", "<![CDATA[a<b&c]]>") + "</Row>"
    [sheet] = opened(tmp_path, "\r\n" + book(rows.replace("<![CDATA[a<b&c]]>", "x")))
    assert list(sheet.rows()) == [(1, ["A&B & 1", "x"])]
    [sheet] = opened(tmp_path, book("<Row>" + cell("String", "<![CDATA[a<b&c]]>") + "</Row>"))
    assert list(sheet.rows()) == [(1, ["a<b&c"])]


def test_what_breaks_off_or_is_hostile_is_refused(tmp_path: Path) -> None:
    good = book("<Row>" + cell("String", "甲") + "</Row>")
    entity = '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>'
    for text, words in (
        (good[:-60], "breaks off"),
        (good.replace("<Workbook", entity + "<Workbook", 1), "document type"),
        (
            book('<Row ss:Index="1048576">' + cell("Number", "1", 'ss:Index="16384"') + "</Row>"),
            "too far apart",
        ),
        (book('<Row ss:Index="99999999"><Cell/></Row>'), "too far apart"),
        (book("<Row>" + cell("Number", "1", 'ss:Index="20000"') + "</Row>"), "too far apart"),
        (book("<Row><Cell>" + "<a>" * 300), "too deep"),
        (book('<Row ss:Index="5"/><Row ss:Index="3"/>'), "damaged"),
    ):
        start = time.process_time()
        with pytest.raises(Problem, match=words) as caught:
            read_path = tmp_path / "a.xls"
            read_path.write_text(text)
            open_workbook(read_path)
        assert caught.value.file == "a.xls" and time.process_time() - start < 2


def test_a_report_of_such_a_file(tmp_path: Path) -> None:
    rows = "".join(
        "<Row>" + "".join(cell("String", c) for c in row) + "</Row>"
        for row in (["姓名", "住址"], ["张伟", "路"], ["李娜", "街"])
    )
    opened(tmp_path, book(rows))
    report, [table] = read_tables(tmp_path / "a.xls")
    assert (report.format, report.kind) == ("excel", "xml_spreadsheet")
    assert table.report.sheet == "低保 & 特困" and table.rows == [["张伟", "路"], ["李娜", "街"]]


CELL = st.one_of(
    st.text(alphabet=st.sampled_from("张王路12 0Xx<>&\"'é䶮𠀀/\n\t"), max_size=6),
    st.integers(-(10**17), 10**17), st.floats(allow_nan=False, allow_infinity=False), st.booleans(),
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.lists(CELL, min_size=1, max_size=5), min_size=1, max_size=8),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
)
def test_random_tables_come_back(rows: list[list[object]], codec: str) -> None:
    from tempfile import TemporaryDirectory

    body, expected = "", []
    for values in rows:
        line, texts = "", []
        for value in values:
            if isinstance(value, bool):
                line, text = line + cell("Boolean", str(int(value))), "TRUE" if value else "FALSE"
            elif isinstance(value, str):
                line, text = line + cell("String", escape(value)), value
            else:
                line, text = (
                    line + cell("Number", repr(value)),
                    (repr(value) if beyond_float(repr(value)) else number_text(float(value))),
                )  # type: ignore[arg-type]
            texts.append(text)
        body += f"<Row>{line}</Row>"
        expected.append(texts)
    width = max((n for r in expected for n, c in enumerate(r, 1) if c), default=0)
    while expected and not any(expected[-1]):
        expected.pop()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.xls"
        path.write_bytes(book(body, "", f' encoding="{codec}"').encode(codec))
        [sheet] = open_workbook(path)
        assert [c for _, c in sheet.rows()] == [(r + [""] * width)[:width] for r in expected]
