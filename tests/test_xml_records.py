"""XML made here: paths, attributes, nesting, encodings, what is refused, what breaks off."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.child import Reader
from connectors.reading import ReadTable, read_tables
from connectors.report import FileReport
from connectors.sniff import sniff
from connectors.text import encoding
from schemas.problem import Problem

PEOPLE = """<?xml version="1.0" encoding="{0}"?>
<!-- 导出 -->
<rows xmlns:x="urn:x" total="2">
  <x:row id="1"><姓名>张伟</姓名><x:住址 type="现">中山区人民路<!-- - -->街道</x:住址><tag>a</tag><tag>b</tag></x:row>
  <x:row id="2"><姓名><![CDATA[<王> & "秀英"]]></姓名><p><no>3</no><old/></p><备注>&lt;x&gt; &#24352;</备注></x:row>
</rows>
"""


def read(
    folder: Path, data: bytes | str, layout: object = None, **options: Any
) -> tuple[FileReport, ReadTable]:
    path = folder / "a.xml"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    report, tables = read_tables(path, layout, **options)
    assert report.rows_read == report.n_rows + sum(report.skip_counts().values()) + report.rejected()
    return report, tables[0] if tables else ReadTable(report.tables[0], [], [], [])


def codes(report: FileReport) -> dict[str, str]:
    return {f.code: f.text for f in report.tables[0].findings}


@pytest.mark.parametrize("record", [None, "/rows/row", "/x:rows/x:row", "row", "//row"])
def test_attributes_nesting_and_lists(tmp_path: Path, record: str | None) -> None:
    report, table = read(tmp_path, PEOPLE.format("utf-8"), {"record": record})
    assert (report.format, report.kind, report.encoding) == ("xml", "xml", "utf-8")
    assert table.report.columns == ["@id", "姓名", "住址", "住址.@type", "tag", "p.no", "p.old", "备注"]
    assert table.rows == [
        ["1", "张伟", "中山区人民路街道", "现", "a;b", None, None, None],
        ["2", '<王> & "秀英"', None, None, None, "3", None, "<x> 张"],
    ]
    assert table.numbers == [1, 2] and table.report.stated == {"@total": "2"} and codes(report) == {}


@pytest.mark.parametrize(
    ("declared", "codec", "told"),
    [
        ("GBK", "gb18030", "gb18030"), ("gb2312", "gb18030", "gb18030"), ("GB18030", "gb18030", "gb18030"),
        ("big5", "big5hkscs", "cp950"), ("UTF-8", "gb18030", "gb18030"), ("gb2312", "utf-8", "utf-8"),
        ("utf-16", "utf-16", "utf-16-le"), ("no-such-code", "gb18030", "gb18030"),
    ],
)  # fmt: skip
def test_encodings(tmp_path: Path, declared: str, codec: str, told: str) -> None:
    street = "東街鄉" if declared == "big5" else "郳街乡镇居民委员会地址"
    text = f'<?xml version="1.0" encoding="{declared}"?><r>' + f"<p><a>{street}</a></p>" * 3 + "</r>"
    report, table = read(tmp_path, text.encode(codec))
    assert report.encoding == told and table.rows == [[street]] * 3 and report.undecodable == 0


def test_the_records_are_found(tmp_path: Path) -> None:
    kids = "<kids>" + "<kid><n>x</n></kid>" * 5 + "</kids>"
    _, table = read(tmp_path, "<r>" + f"<p><no>1</no><name>x</name>{kids}</p>" * 3 + "</r>")
    assert table.report.columns == ["no", "name", "kids.kid"] and table.rows[0][2] == json.dumps(
        [{"n": "x"}] * 5
    ).replace(" ", "")
    groups = "".join(
        f'<g no="{g}"><title>{g}</title>' + "<row><a>1</a><b>2</b><c>3</c></row>" * 5 + "</g>" for g in "AB"
    )
    report, table = read(tmp_path, f"<r><head><unit>民政局</unit></head>{groups}</r>")
    assert table.report.columns == ["g.@no", "g.title", "a", "b", "c"] and table.rows[5] == [
        "B",
        "B",
        "1",
        "2",
        "3",
    ]
    assert table.report.stated == {"head.unit": "民政局"} and codes(report)["records_chosen"].startswith(
        "/r/g/row (10), /r/g (2)"
    )
    soap = "<E><B><code>0</code><list n='1'><item><a>1</a></item></list></B></E>"
    assert read(tmp_path, soap)[1].rows == [["1"]]
    report, table = read(tmp_path, "<r><row a='1'/><row a='2'/><row/></r>")
    assert table.rows == [["1"], ["2"]] and report.skip_counts() == {"blank": 1}
    assert read(tmp_path, "<person><a>1</a></person>")[1].rows == [["1"]]
    assert read(tmp_path, "<r><w>1</w><w>2</w></r>")[1].rows == [["1;2"]]
    assert read(tmp_path, "<r><w>1</w><w>2</w></r>", {"record": "/r/w"})[1].rows == [["1"], ["2"]]
    assert read(tmp_path, "<r/>")[0].rows_read == 1
    with pytest.raises(Problem, match="leads to no element; elements that hold values are: /r/row"):
        read(tmp_path, "<r><row a='1'/><row a='2'/></r>", {"record": "/r/none"})


def test_values_around_the_records_are_told(tmp_path: Path) -> None:
    text = "<r><g><row><a>1</a><b/></row><end>x</end></g><g><row><a>2</a><b/></row><end>y</end></g></r>"
    report, table = read(tmp_path, text, {"record": "/r/g/row"})
    assert table.report.columns == ["a", "b"] and codes(report)["values_outside"] == "2"


def test_text_between_the_records_is_counted(tmp_path: Path) -> None:
    report, table = read(tmp_path, "<r>front<p><a>1</a></p>\n<p><a>2</a></p>behind<!-- x --></r>")
    assert table.rows == [["1"], ["2"]] and codes(report)["values_outside"] == "2"


def test_mixed_text_and_nil(tmp_path: Path) -> None:
    text = "<r><p>own<a>1</a><b xsi:nil='true'/><c>x<d>2</d>y</c></p><p><a>2</a></p></r>"
    _, table = read(tmp_path, text)
    assert table.report.columns == ["a", "b", "c", "c.d", "#text"]
    assert table.rows[0] == ["1", None, "xy", "2", "own"]


def test_what_is_no_xml_but_plain_is_mended(tmp_path: Path) -> None:
    text = "<r><p><a>A&B &nbsp; &bad; &amp; &#0; &AMP;\x0b</a></p><p><a><![CDATA[A&B &nbsp;]]></a></p></r>"
    report, table = read(tmp_path, text)
    assert table.rows == [["A&B \xa0 &bad; & \ufffd &\ufffd"], ["A&B &nbsp;"]]
    assert codes(report)["text_mended"] == "6"


@pytest.mark.parametrize(
    "end", ["", "<p><a>3", "<p><a>3</b></p></r>", "</r><r><p><a>9</a></p></r>", "<p a=1/></r>"]
)
def test_a_file_that_breaks_off(tmp_path: Path, end: str) -> None:
    report, table = read(tmp_path, "<r><p><a>1</a></p>\n<p><a>2</a></p>" + end)
    assert table.rows == [["1"], ["2"]] and [(r.row, r.reason) for r in table.report.rejected] == [
        (3, "structure")
    ]
    assert codes(report)["file_cut_off"].startswith("line 2: ")


LAUGHS = (
    "<!DOCTYPE r ["
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + '<!ENTITY l0 "x">]>'
)


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS + "<r><p><a>&l9;</a></p></r>",
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><p><a>&x;</a></p></r>',
        '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]><r><p><a>1</a></p></r>',
        "<r>" * 100_000 + "</r>" * 100_000,
        "<r><p><a>1</a></p><p>" + "<a>" * 1000 + "</a>" * 1000 + "</p></r>",
    ],
    ids=["laughs", "external", "parameter", "deep", "deep record"],
)
def test_refused_at_once(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(text)
    assert sniff(path).kind == "xml"
    with Reader() as reader:
        reader.read_edition(_small(tmp_path), tmp_path / "small")
        began = time.monotonic()
        with pytest.raises(Problem, match="this XML is refused"):
            reader.read_edition(path, tmp_path / "raw")
        assert time.monotonic() - began < 2


def _small(folder: Path) -> Path:
    path = folder / "small.xml"
    path.write_text("<r><p><a>1</a></p></r>")
    return path


def test_a_doctype_that_declares_nothing_is_passed_over(tmp_path: Path) -> None:
    text = '<!DOCTYPE r SYSTEM "r.dtd"><r><p><a>x&y;z</a></p><p><a>2</a></p></r>'
    assert read(tmp_path, text, format="xml")[1].rows == [["x&y;z"], ["2"]]


def test_a_record_that_is_nested_too_deeply_is_rejected(tmp_path: Path) -> None:
    deep = (
        "<p>"
        + "".join(f"<a{n}>" for n in range(40))
        + "x"
        + "".join(f"</a{n}>" for n in range(39, -1, -1))
        + "</p>"
    )
    _report, table = read(tmp_path, f"<r><p><a>1</a></p>{deep}<p><a>2</a></p></r>")
    assert table.rows == [["1"], ["2"]] and [r.row for r in table.report.rejected] == [2]


def test_padding_at_the_end_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "CHUNK", 7)
    report, table = read(tmp_path, "<r><p><a>1</a></p><p><a>2\x00\x1a   \n3</a></p></r>\n\x00\x00\x1a\n")
    assert table.rows == [["1"], ["2\ufffd\ufffd   \n3"]] and report.rejected() == 0
    assert codes(report) == {"text_mended": "2"}


def test_no_xml(tmp_path: Path) -> None:
    for text in ("<r", "<r><p a=1", "<?xml version='1.0'?>", "x"):
        with pytest.raises(Problem, match="no whole XML"):
            read(tmp_path, text, format="xml")


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=";\ufffe\uffff"), max_size=6)
ROW = st.fixed_dictionaries({"a": TEXT, "姓名": TEXT, "b.c": TEXT}, optional={"@d": TEXT})


def written(rows: list[dict[str, str]], style: int) -> str:
    parts = []
    for row in rows:
        attribute = f" d={quoteattr(row['@d'])}" if "@d" in row else ""
        cell = (lambda t: f"<![CDATA[{t}]]>" if "]]>" not in t else escape(t)) if style else escape
        parts.append(
            f"<n:row{attribute}>\n<a>{cell(row['a'])}</a><姓名>{cell(row['姓名'])}</姓名><b><c>{cell(row['b.c'])}</c></b></n:row>"
        )
    return "<n:rows xmlns:n='urn:n'>" + "\n".join(parts) + "</n:rows>"


@settings(max_examples=150, deadline=None)
@given(
    st.lists(ROW, min_size=2, max_size=8),
    st.integers(0, 1),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
    st.integers(1, 90),
)
def test_tables_come_through(rows: list[dict[str, str]], style: int, codec: str, chunk: int) -> None:
    data = ("\ufeff" if codec == "utf-16" else "") + written(rows, style)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "CHUNK", chunk)
        stated = {"utf-16": None}.get(codec, codec)
        report, table = read(
            Path(folder),
            data.encode(codec.replace("16", "16-le")),
            {"record": "/rows/row"},
            encoding=stated,
            format="xml",
        )
    assert report.rows_read == len(rows) and report.rejected() == 0
    got = dict(zip(table.numbers, table.rows, strict=True))
    for n, row in enumerate(rows, 1):
        cells = dict(zip(table.report.columns, got.get(n, [None] * 9), strict=False))
        for key, text in row.items():
            assert (cells.get(key) or "") == text or not text.strip()


@settings(max_examples=200, deadline=None)
@given(st.text("<>/=\"'&;a r!?-[]CDT\n", max_size=40))
def test_any_text_ends(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(Problem):
        read(Path(folder), "<r><p>" + text, format="xml", encoding="utf-8")
