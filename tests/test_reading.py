"""connectors.reading: whole files, every row accounted for, the views of ``oncegrid read``."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.reading import as_json, read_tables
from connectors.report import FileReport
from connectors.sniff import NotReadableYet
from connectors.views import as_csv
from schemas.problem import Problem

TEXT = """附件1：名单,,
姓名,住址,电话
 张伟 ,"人民路1号,2室",1
王秀英,\u00a0海佃路,
,,
合计,,1
注：无,,
"""


def put(folder: Path, data: bytes, name: str = "f.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_json_is_trimmed_and_raw_is_exact(tmp_path: Path) -> None:
    path = put(tmp_path, TEXT.encode("gb18030").replace(b"\xc2\xa0", b" "))
    _, [table] = read_tables(path)
    assert table.rows[0] == [" 张伟 ", "人民路1号,2室", "1"] and table.numbers == [3, 4]
    [told] = as_json(path)
    assert list(told) == ["sheet", "header_rows", "first_data_row", "columns", "rows", "skipped"]
    assert told["sheet"] is None and told["header_rows"] == [2] and told["first_data_row"] == 3
    assert told["columns"] == ["姓名", "住址", "电话"]
    assert told["rows"] == [["张伟", "人民路1号,2室", "1"], ["王秀英", "海佃路", None]]
    assert [(s["row"], s["why"]) for s in told["skipped"]] == [
        (1, "title"),
        (5, "blank"),
        (6, "total"),
        (7, "note"),
    ]
    assert json.loads(json.dumps(told)) == told


def test_clean_csv(tmp_path: Path) -> None:
    out = tmp_path / "x.csv"
    assert as_csv(put(tmp_path, TEXT.encode("gb18030")), out) == [(out, 2)]
    assert list(csv.reader(io.StringIO(out.read_text("utf-8")))) == [
        ["姓名", "住址", "电话"], ["张伟", "人民路1号,2室", "1"], ["王秀英", "海佃路", ""],
    ]  # fmt: skip


def test_several_tables_are_several_files(tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        for name in ("一", "二"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["姓名", "住址"])
            sheet.write_row(1, 0, [name, "x"])
    written = as_csv(tmp_path / "a.xlsx", tmp_path / "x.csv")
    assert [(p.name, n) for p, n in written] == [("x.1.csv", 1), ("x.2.csv", 1)]


def test_rejected_rows_are_told(tmp_path: Path) -> None:
    lines = ["id,name,sex", *[f'{n},"张,伟",男' for n in range(60)]]
    lines[31] = '30,"王,女,x,y'
    path = put(tmp_path, ("\n".join(lines) + "\n").encode())
    report, [table] = read_tables(path)
    assert [(r.row, r.reason) for r in table.report.rejected] == [(32, "quote")]
    assert report.rows_read == 61 and report.n_rows == 59 and report.rejected() == 1
    assert {"row": 32, "why": "rejected: quote", "text": ""} in as_json(path)[0]["skipped"]


def test_report_and_facts(tmp_path: Path) -> None:
    data = "姓名|住址|电话\n张伟|x\n王秀英|y|2|多\n李四|z|3\n钱".encode("gb18030") + b"\xff|z|4\n"
    report, _ = read_tables(put(tmp_path, data))
    assert (report.format, report.encoding, report.delimiter, report.undecodable) == (
        "delimited",
        "gb18030",
        "|",
        1,
    )
    table = report.tables[0]
    assert (table.ragged_short, table.ragged_long, table.columns[-1]) == (1, 1, "列4")
    assert FileReport.of(json.loads(json.dumps(report.plain()))) == report


def test_stated_encoding_and_delimiter(tmp_path: Path) -> None:
    path = put(tmp_path, "姓名;備註,說明\n張偉;a,b\n".encode("cp950"))
    report, [table] = read_tables(path, {"delimiter": ";"}, "big5")
    assert report.decided_by == "stated by the source" and table.rows == [["張偉", "a,b"]]


def test_problems_name_the_file_and_say_what_to_do(tmp_path: Path) -> None:
    for data, word in ((b"", "0 bytes"), (b"PAR1aaaaPAR1", "Parquet"), (b"%PDF-1.7", "PDF")):
        path = put(tmp_path, data, "某.csv")
        with pytest.raises(Problem, match=word) as caught:
            read_tables(path, name="inbox/某.csv")
        assert caught.value.file == "inbox/某.csv"
    with pytest.raises(NotReadableYet):
        read_tables(path)


ROW = st.lists(
    st.one_of(
        st.sampled_from(["姓名", "住址", "合计", "注：无", "1", "2024-01-01", "", "", " ", "北京市（2所）"]),
        st.text(max_size=4),
    ),
    max_size=5,
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(ROW, max_size=25),
    st.sampled_from([",", "\t", "|"]),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
    st.booleans(),
)
def test_every_row_is_data_skipped_or_rejected(
    rows: list[list[str]], delimiter: str, encoding: str, quoted: bool
) -> None:
    if quoted:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter).writerows(rows)
        text = out.getvalue()
    else:
        text = "\n".join(delimiter.join(r) for r in rows)
    with TemporaryDirectory() as folder:
        path = put(Path(folder), text.encode(encoding, "replace"))
        try:
            report, tables = read_tables(path)
        except Problem as problem:
            assert problem.en and problem.zh and problem.file
            return
    covered: set[int] = set()
    for table in report.tables:
        numbers = [s.row for s in table.skipped] + [r.row for r in table.rejected]
        numbers += [n for t in tables if t.report is table for n in t.numbers]
        # Every row of a table from its first to its last, once: nothing lost, nothing twice.
        first = min(numbers, default=1)
        assert sorted(numbers) == list(range(first, first + table.rows_read))
        covered |= set(numbers)
        assert len(table.columns) == len(set(table.columns))
    assert covered == set(range(1, len(covered) + 1))
    assert report.rows_read == report.n_rows + sum(report.skip_counts().values()) + report.rejected()


@settings(max_examples=250, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = put(Path(folder), data)
        try:
            report, _ = read_tables(path)
        except Problem as problem:
            assert problem.en and problem.zh
        else:
            assert report.rows_read == report.n_rows + sum(report.skip_counts().values()) + report.rejected()


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_visible_cell_is_lost(data: st.DataObject) -> None:
    """All text of a ragged table comes out: as a cell of a data row or in the text of a skipped one."""
    cell = st.text(alphabet="张王1234号x", max_size=5)
    body = data.draw(st.lists(st.lists(cell, max_size=7), min_size=3, max_size=30))
    text = "\n".join(",".join(r) for r in [["编号", "姓名", "住址"], *body])
    with TemporaryDirectory() as folder:
        _, tables = read_tables(put(Path(folder), text.encode()))
    # What a heading says stands among the skipped rows, and once more in the column that carries it down.
    own = [(r[:-1] if t.report.section_column else r) for t in tables for r in t.rows]
    out = "".join(c or "" for r in own for c in r) + "".join(s.text for t in tables for s in t.report.skipped)
    # A row that was split anew may hold the delimiter among its words.
    kept = sorted(out.replace(" | ", "").replace(",", ""))
    assert kept == sorted("编号姓名住址" + "".join(c for r in body for c in r))
