"""connectors.workbooks.html_table: pages saved as .xls, however loosely written, as sheets."""

from __future__ import annotations

import html
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.reading import read_tables
from connectors.sniff import sniff
from connectors.workbooks import html_table
from connectors.workbooks.excel import open_workbook
from connectors.workbooks.sheet import Sheet
from schemas.problem import Problem


def page(tmp_path: Path, text: str | bytes, name: str = "a.xls") -> list[Sheet]:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    assert sniff(path).kind in ("html", "mhtml")
    return open_workbook(path)


def rows_of(sheet: Sheet) -> list[list[str]]:
    return [cells for _, cells in sheet.rows()]


def test_a_plain_page(tmp_path: Path) -> None:
    [sheet] = page(
        tmp_path,
        """<html><head><style>td{mso-number-format:"\\@"}</style><title>报表</title></head><body>
        <table border=1><tr><th>姓名</th><th>身份证号</th><th>备注</th></tr>
        <tr><td>张伟</td><td style='mso-number-format:"\\@"'>011020199003072416</td><td>&nbsp;</td></tr>
        <tr><td>王 <b>秀</b>英</td><td x:str>370602199003120113</td><td>一<br>二 &lt;三&gt; &amp;amp;</td></tr>
        </table></body></html>""",
    )
    assert rows_of(sheet) == [
        ["姓名", "身份证号", "备注"],
        ["张伟", "011020199003072416", ""],
        ["王 秀英", "370602199003120113", "一\n二 <三> &amp;"],
    ]
    assert sheet.sheet is None and not sheet.merges
    report, [table] = read_tables(tmp_path / "a.xls")
    assert (report.format, report.kind, report.encoding) == ("excel", "html", "utf-8")
    assert table.report.columns == ["姓名", "身份证号", "备注"] and len(table.rows) == 2


def test_ends_left_out_and_rows_without_a_table(tmp_path: Path) -> None:
    expected = [["姓名", "年龄"], ["张伟", "8"], ["李娜", "9"]]
    for text in (
        "<table><tr><td>姓名<td>年龄<tr><td>张伟<td>8<tr><td>李娜<td>9</table>",
        "<table><td>姓名<td>年龄</tr><tr><td>张伟</td><td>8</td><tr><td>李娜<td>9",
        "<html><body><tr><td>姓名</td><td>年龄</td></tr><tr><td>张伟<td>8<tr><td>李娜<td>9</body></html>",
        "<table><thead><tr><th>姓名<th>年龄</thead><tbody><tr><td>张伟</td></td><td>8</td></tr></tbody>"
        "<tfoot><tr><td>李娜<td>9</tfoot></table></table></table>",
    ):
        [sheet] = page(tmp_path, text)
        assert rows_of(sheet) == expected


def test_spans_are_merges(tmp_path: Path) -> None:
    [sheet] = page(
        tmp_path,
        "<table><tr><td rowspan=2>姓名<td colspan='2'>住址<td rowspan=2>年龄<tr><td>街道<td>小区"
        "<tr><td>张伟<td>向阳街道<td>幸福小区<td>8<tr><td rowspan=2>李娜<td>a<td>b<td>c<tr><td>d<td>e<td>f</table>",
    )
    assert rows_of(sheet) == [
        ["姓名", "住址", "", "年龄"], ["", "街道", "小区", ""], ["张伟", "向阳街道", "幸福小区", "8"],
        ["李娜", "a", "b", "c"], ["", "d", "e", "f"],
    ]  # fmt: skip
    assert list(sheet.merges) == [(1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 2, 3), (4, 0, 5, 0)]
    _, [table] = read_tables(tmp_path / "a.xls")
    assert table.report.columns == ["姓名", "住址/街道", "住址/小区", "年龄"]


def test_several_tables_and_tables_in_tables(tmp_path: Path) -> None:
    sheets = page(
        tmp_path,
        "<table><tr><td><table><tr><td>甲<td>乙<tr><td>1<td>2</table></td></tr></table><p>x</p>"
        "<table></table><table><tr><td>丙</td></tr><tr><td>3</td></tr></table>",
    )
    assert [(s.sheet, rows_of(s)) for s in sheets] == [
        ("表1", [["甲", "乙"], ["1", "2"]]),
        ("表2", [["丙"], ["3"]]),
    ]


def test_sheet_names_of_excel_and_rows_not_displayed(tmp_path: Path) -> None:
    [sheet] = page(
        tmp_path,
        "<html xmlns:x='urn:schemas-microsoft-com:office:excel'><!--[if gte mso 9]><xml><x:ExcelWorkbook><x:ExcelWorksheets>"
        "<x:ExcelWorksheet><x:Name>低保 &amp; 特困</x:Name></x:ExcelWorksheet></x:ExcelWorksheets></x:ExcelWorkbook></xml>"
        "<![endif]--><table><tr><td>甲</tr><tr style='mso-yfti:1; display: none'><td>乙</tr><tr><td>丙</tr></table>",
    )
    assert sheet.sheet == "低保 & 特困" and sheet.hidden_rows == {2}
    assert rows_of(sheet) == [["甲"], ["乙"], ["丙"]]


def test_numbers_shown_short_are_taken_in_full(tmp_path: Path) -> None:
    [sheet] = page(
        tmp_path,
        '<table><tr><td x:num="370602199003120128">3.70602E+17<td x:num="0.5">50%<td x:num="x">1E+5</table>',
    )
    assert rows_of(sheet) == [["370602199003120128", "50%", "1E+5"]] and sheet.long == {1: [0]}


@pytest.mark.parametrize(
    ("meta", "codec", "decided"),
    [
        ("gb2312", "gb18030", "gb18030"), ("gbk", "utf-8", "utf-8"), ("utf-8", "gb18030", "gb18030"),
        ("big5", "cp950", "cp950"), (None, "gb18030", "gb18030"), (None, "utf-16", "utf-16-le"),
    ],
)  # fmt: skip
def test_encodings(tmp_path: Path, meta: str | None, codec: str, decided: str) -> None:
    words = (
        ["姓名", "戶籍地址", "張偉", "臺北市中山區"]
        if codec == "cp950"
        else ["姓名", "户籍地址", "张伟", "烟台市芝罘区"]
    )
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={meta}">' if meta else ""
    text = f"<html><head>{head}</head><table><tr><td>{words[0]}<td>{words[1]}<tr><td>{words[2]}<td>{words[3]}</table>"
    [sheet] = page(tmp_path, text.encode(codec))
    assert rows_of(sheet) == [words[:2], words[2:]]
    assert sheet.encoding is not None and sheet.encoding.codec == decided


def test_a_page_of_ascii_has_the_encoding_it_states(tmp_path: Path) -> None:
    [sheet] = page(tmp_path, "<html><meta charset=gb2312><table><tr><td>name<td>x</table>")
    assert (
        sheet.encoding is not None and sheet.encoding.codec == "gb18030" and rows_of(sheet) == [["name", "x"]]
    )
    [sheet] = page(tmp_path, "<html><meta charset=nonsense><table><tr><td>name<td>x</table>")
    assert sheet.encoding is not None and sheet.encoding.codec == "utf-8"


def test_web_archives(tmp_path: Path) -> None:
    text = (
        'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n--x\r\n'
        'Content-Type: text/html; charset="gb2312"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
        "<table><tr><td>=D0=D5=C3=FB</td><td>=\r\nb</td></tr></table>\r\n--x\r\nContent-Type: image/png\r\n\r\nx\r\n--x--\r\n"
    )
    [sheet] = page(tmp_path, text)
    assert rows_of(sheet) == [["姓名", "b"]]


def test_hostile_pages_cost_no_more_than_their_length(tmp_path: Path) -> None:
    for text in (
        "<table>" * 100_000, "<table><tr><td>" * 100_000, "<td a=\"" * 100_000, "<div>" * 300_000 + "x",
        "<table><tr>" + "<td rowspan=60000 colspan=16000>" * 200, "<!--" * 200_000, "<table><tr><td" + " a=" * 200_000,
        "<table>" + "<tr><td rowspan=65000>" * 3_000 + "x", "<" * 500_000, "<script>" * 100_000, "<table><td>" + "&" * 500_000,
        "<html>" + "<tr><td>x</table>" * 50_000, "<table><tr>" + "<td rowspan=65000>" * 9_000 + "<tr><td>x" * 20_000,
        "<table>" + "<tr><td colspan=1000>x" * 50_000,
    ):  # fmt: skip
        start = time.process_time()
        path = tmp_path / "a.xls"
        path.write_text("<html>" + text)
        try:
            for sheet in open_workbook(path, kind="html"):
                for _ in sheet.blocks(sheet.content.width):
                    pass
        except Problem as problem:
            assert "refused" in problem.en or "without a worksheet" in problem.en
        assert time.process_time() - start < 2, text[:40]


def test_a_cell_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_table, "LONGEST_CELL", 1_000)
    fine = "<html><table><tr><td>a<td>b\n<tr><td>c<td>"
    assert rows_of(page(tmp_path, fine + "x" * 1_000)[0])[1] == ["c", "x" * 1_000]
    for text in ("x" * 1_001, "x" * 900 + "<b>y</b>" * 90 + "z" * 20, "<br>" * 9 + "x " * 600):
        with pytest.raises(Problem, match=r"a cell of this page .*line 2") as caught:
            page(tmp_path, fine + text)
        assert caught.value.line == 2 and "第 2 行" in caught.value.zh and caught.value.file == "a.xls"
    # What stands outside cells is not read, however long.
    assert (
        len(rows_of(page(tmp_path, "<html>" + "说明" * 900 + fine[6:] + "d</table>" + "x" * 9_000)[0])) == 2
    )


CELL = st.text(alphabet=st.sampled_from("张王路12 0Xx<>&\"'é䶮𠀀/"), max_size=6).map(
    lambda t: " ".join(t.split())
)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_random_tables_come_back(data: st.DataObject) -> None:
    from tempfile import TemporaryDirectory

    width = data.draw(st.integers(1, 5))
    rows = data.draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=8))
    codec = data.draw(st.sampled_from(["utf-8", "gb18030", "utf-16"]))
    row_end, cell_end = data.draw(st.sampled_from([("</tr>", "</td>"), ("", ""), ("</tr>\r\n", " </td >\n")]))
    body = "".join(
        "<TR align='a>b'>" + "".join(f'<td class="x">{html.escape(c)}{cell_end}' for c in row) + row_end
        for row in rows
    )
    text = f"<html><meta charset={codec}><p>说明文字在表外，烟台市芝罘区</p><table>{body}</table></html>"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.xls"
        path.write_bytes(text.encode(codec))
        expected = [list(r) for r in rows]
        while expected and not any(expected[-1]):
            expected.pop()
        if not expected:
            with pytest.raises(Problem):
                open_workbook(path)
            return
        filled = max(max((n for n, c in enumerate(r) if c), default=-1) for r in expected) + 1
        [sheet] = open_workbook(path)
        assert [r[:filled] for r in rows_of(sheet)] == [r[:filled] for r in expected]
